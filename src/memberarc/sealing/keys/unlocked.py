"""Keep opened level keys for a while in a folder that is memory, never a disk.

Identities are not kept: what is kept opens nothing once the key list has changed. It ends at an
instant by the clock on the wall and by the one that runs since boot, whichever comes first.
"""

from __future__ import annotations

import base64
import contextlib
import json
import os
import stat
import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, Final

from memberarc.errors import SettingsError
from memberarc.people.private_files import write_new
from memberarc.people.user_files import UNLOCKED_VARIABLE
from memberarc.sealing.derivation import level_commitment
from memberarc.sealing.keys.key_list import list_digest, write_key_list
from memberarc.sealing.keys.level_keys import LevelKey
from memberarc.sealing.keys.unlocked_place import KEPT_SUFFIX, folders_of_keys

if TYPE_CHECKING:
    from collections.abc import Sequence

    from memberarc.sealing.keys.key_list import KeyList
    from memberarc.sealing.keys.unlocked_place import Place

UNLOCKED_FORMAT: Final = "unlocked/1"
LONGEST: Final = timedelta(hours=12)

_IN_MEMORY: Final = ("tmpfs", "ramfs")
_MOUNTS: Final = Path("/proc/self/mountinfo")
_BOOT_ID: Final = Path("/proc/sys/kernel/random/boot_id")
_ANOTHER_PLACE: Final = f"set {UNLOCKED_VARIABLE} to a folder of yours on tmpfs, in every session"


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """Now: on the wall, and in seconds since a boot, which nobody can set."""

    wall: datetime
    boot: str
    up_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Unlocked:
    """Level keys at hand, and until when."""

    keys: tuple[LevelKey, ...]
    until: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class _Kept:
    """What a file of kept keys holds: for which key list, and until when by which clock."""

    unlocked: Unlocked
    key_list: str
    boot: str
    up_until_s: float

    def is_over(self, moment: Moment) -> bool:
        return (
            moment.wall.astimezone(UTC) >= self.unlocked.until
            or moment.boot != self.boot
            or moment.up_s >= self.up_until_s
        )


def moment_of(wall: datetime) -> Moment:
    """Add to the time of day what it takes to notice that somebody has set it.

    Raises:
        SettingsError: the system does not tell.
    """
    try:
        boot = _BOOT_ID.read_text().strip()
        return Moment(wall=wall, boot=boot, up_s=time.clock_gettime(time.CLOCK_BOOTTIME))
    except (OSError, AttributeError) as err:
        raise SettingsError("keys can be kept for a while on Linux only") from err


def keep_unlocked(
    place: Place,
    *,
    key_list: KeyList,
    keys: Sequence[LevelKey],
    length: timedelta,
    moment: Moment,
) -> Unlocked:
    """Write opened level keys where only this user reads them, in the place of any kept before.

    Raises:
        SettingsError: there is no folder in memory, or somebody else has made it.
    """
    for path in place.paths():
        _shred(path)
    unlocked = Unlocked(keys=tuple(keys), until=moment.wall + length)
    document = {
        "format": UNLOCKED_FORMAT,
        "list": _digest(key_list),
        "until": unlocked.until.isoformat(),
        "boot": moment.boot,
        "up_until": moment.up_s + length.total_seconds(),
        "keys": [
            [key.level, key.epoch, base64.b64encode(key.secret).decode()] for key in unlocked.keys
        ],
    }
    write_new(_private_folder(place.chosen) / place.name, json.dumps(document).encode())
    return unlocked


def find_unlocked(place: Place, *, key_list: KeyList, wall: datetime) -> Unlocked | None:
    """Read the kept keys, if they are for this key list; those whose time is over are destroyed."""
    for path in place.paths():
        kept = _read(path, archive=key_list.archive)
        if kept is None:
            continue
        if kept.is_over(moment_of(wall)):
            _shred(path)
        elif kept.key_list == _digest(key_list) and (
            {key.commitment for key in kept.unlocked.keys}
            <= {one.commitment for one in key_list.keys}
        ):
            return kept.unlocked
    return None


def lock_all(chosen: Path | None) -> int:
    """Overwrite and remove everything that is kept for this user, of whatever archive."""
    folders = folders_of_keys(chosen)
    kept = [path for folder in folders for path in sorted(folder.glob(f"*{KEPT_SUFFIX}"))]
    return sum(_shred(path) for path in kept)


def _private_folder(chosen: Path | None) -> Path:
    """Make the folder, in the first place that is memory."""
    for folder in folders_of_keys(chosen):
        if not _is_in_memory(folder.parent) or not os.access(folder.parent, os.W_OK):
            continue
        with contextlib.suppress(FileExistsError):
            folder.mkdir(mode=0o700)
        status = folder.lstat()
        if not _is_own(status, kind=stat.S_IFDIR) or status.st_mode & 0o077:
            raise SettingsError(
                "the folder is not yours alone",
                where=str(folder),
                hint=f"ls -ld {folder}, or {_ANOTHER_PLACE}",
            )
        return folder
    raise SettingsError("there is no folder in memory to keep keys in", hint=_ANOTHER_PLACE)


def _is_in_memory(folder: Path) -> bool:
    """Tell what a folder's file system is by its device: a path may lead through any mounts."""
    try:
        device = folder.stat().st_dev
        mounts = _MOUNTS.read_text(errors="replace").splitlines()
    except OSError:
        return False
    number = f"{os.major(device)}:{os.minor(device)}"
    kinds = {
        line.partition(" - ")[2].split(" ")[0] for line in mounts if line.split(" ")[2] == number
    }
    return bool(kinds) and kinds <= set(_IN_MEMORY)


def _is_own(status: os.stat_result, *, kind: int) -> bool:
    return stat.S_IFMT(status.st_mode) == kind and status.st_uid == os.geteuid()


def _open_own(path: Path, flags: int, *, barred: int) -> BinaryIO | None:
    """Open a file of this user's in a folder of this user's; None for anything else.

    Args:
        barred: the rights that nobody may have to either.
    """
    try:
        folder = path.parent.lstat()
        # A pipe would have the reader wait for ever.
        descriptor = os.open(path, flags | os.O_NOFOLLOW | os.O_NONBLOCK)
    except OSError:
        return None
    file = os.fstat(descriptor)
    if (
        _is_own(folder, kind=stat.S_IFDIR)
        and _is_own(file, kind=stat.S_IFREG)
        and not (folder.st_mode | file.st_mode) & barred
    ):
        return os.fdopen(descriptor, "wb" if flags & os.O_WRONLY else "rb")
    os.close(descriptor)
    return None


def _read(path: Path, *, archive: str) -> _Kept | None:
    """Read what was kept; None where there is nothing that this user has written for himself."""
    file = _open_own(path, os.O_RDONLY, barred=0o077)
    if file is None:
        return None
    with file:
        content = file.read()
    try:
        document: Any = json.loads(content)
        until = datetime.fromisoformat(document["until"])
        if document["format"] != UNLOCKED_FORMAT or until.tzinfo is None:
            return None
        keys = tuple(_key(*parts, archive=archive) for parts in document["keys"])
        return _Kept(
            unlocked=Unlocked(keys=keys, until=until),
            key_list=document["list"],
            boot=document["boot"],
            up_until_s=float(document["up_until"]),
        )
    except (ValueError, LookupError, TypeError, AttributeError, OverflowError):
        return None


def _key(level: str, epoch: int, secret: str, *, archive: str) -> LevelKey:
    opened = base64.b64decode(secret)
    commitment = level_commitment(opened, archive=archive, level=level, epoch=epoch)
    return LevelKey(level=level, epoch=epoch, commitment=commitment, secret=opened)


def _digest(key_list: KeyList) -> str:
    return list_digest(write_key_list(key_list))


def _shred(path: Path) -> bool:
    """Overwrite and remove a file; in memory, unlike on a disk, that leaves nothing."""
    file = _open_own(path, os.O_WRONLY, barred=0o022)
    if file is None:
        return False
    with file:
        file.write(bytes(os.fstat(file.fileno()).st_size))
    path.unlink(missing_ok=True)
    return True
