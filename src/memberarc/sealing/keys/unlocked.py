"""Keep opened level keys for a while in a folder that is memory, never a disk.

Identities are not kept: what is kept opens nothing once the key list has changed. It ends at an
instant by the clock on the wall and by the one that runs since boot, whichever comes first.
"""

from __future__ import annotations

import base64
import contextlib
import hashlib
import json
import os
import stat
import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from memberarc.errors import SettingsError
from memberarc.people.private_files import write_new
from memberarc.sealing.derivation import level_commitment, lp
from memberarc.sealing.keys.key_list import list_digest, write_key_list
from memberarc.sealing.keys.level_keys import LevelKey

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from memberarc.sealing.keys.key_list import KeyList

UNLOCKED_FORMAT: Final = "unlocked/1"
LONGEST: Final = timedelta(hours=12)

_SHARED_MEMORY: Final = Path("/dev/shm")  # noqa: S108 - a folder of our own in it, checked
_IN_MEMORY: Final = ("tmpfs", "ramfs")
_MOUNTS: Final = Path("/proc/self/mountinfo")
_BOOT_ID: Final = Path("/proc/sys/kernel/random/boot_id")
_SUFFIX: Final = ".unlocked"


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """Now: on the wall, and in seconds since a boot, which nobody can set."""

    wall: datetime
    boot: str
    up_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where the keys of one archive are kept for one identity; another identity sees nothing.

    ``runtime`` is what the system made for this user's session, if it made anything.
    """

    archive: str
    identity: Path
    runtime: Path | None

    @property
    def name(self) -> str:
        """The file's name, which tells neither archive nor identity."""
        named = lp(self.archive.encode(), os.fsencode(self.identity.absolute()))
        return hashlib.sha256(named).hexdigest()[:32] + _SUFFIX

    def paths(self) -> list[Path]:
        """Where the file may be."""
        return [folder / self.name for folder in _folders(self.runtime)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Unlocked:
    """Level keys at hand, and until when."""

    keys: tuple[LevelKey, ...]
    until: datetime


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
    write_new(_private_folder(place.runtime) / place.name, json.dumps(document).encode())
    return unlocked


def find_unlocked(place: Place, *, key_list: KeyList, wall: datetime) -> Unlocked | None:
    """Read the kept keys, if they are for this key list; those whose time is over are destroyed."""
    for path in place.paths():
        document = _read(path)
        if document is None:
            continue
        if _is_over(document, moment=moment_of(wall)):
            _shred(path)
        elif document["list"] == _digest(key_list):
            keys = tuple(_key(*parts, archive=key_list.archive) for parts in document["keys"])
            if {key.commitment for key in keys} <= {one.commitment for one in key_list.keys}:
                return Unlocked(keys=keys, until=datetime.fromisoformat(document["until"]))
    return None


def lock_all(runtime: Path | None) -> int:
    """Overwrite and remove everything that is kept for this user, of whatever archive."""
    kept = [path for folder in _folders(runtime) for path in sorted(folder.glob(f"*{_SUFFIX}"))]
    return sum(_shred(path) for path in kept)


def _folders(runtime: Path | None) -> Iterator[Path]:
    if runtime is not None:
        yield runtime / "memberarc"
    yield _SHARED_MEMORY / f"memberarc-{os.geteuid()}"


def _private_folder(runtime: Path | None) -> Path:
    """Make the folder, in the first place that is memory."""
    for folder in _folders(runtime):
        if not _is_in_memory(folder.parent):
            continue
        with contextlib.suppress(FileExistsError):
            folder.mkdir(mode=0o700)
        if not _is_own(folder.lstat(), kind=stat.S_IFDIR):
            raise SettingsError("the folder is not yours alone", where=str(folder))
        return folder
    raise SettingsError(
        "there is no folder in memory to keep keys in",
        hint="set XDG_RUNTIME_DIR to a folder of yours on tmpfs",
    )


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
    return (
        stat.S_IFMT(status.st_mode) == kind
        and status.st_uid == os.geteuid()
        and stat.S_IMODE(status.st_mode) & 0o077 == 0
    )


def _read(path: Path) -> dict[str, Any] | None:
    """Read what was kept; None where there is nothing that this user has written for himself."""
    try:
        if not _is_own(path.parent.lstat(), kind=stat.S_IFDIR):
            return None
        with open(os.open(path, os.O_RDONLY | os.O_NOFOLLOW), "rb") as file:  # noqa: PTH123
            own = _is_own(os.fstat(file.fileno()), kind=stat.S_IFREG)
            document: Any = json.loads(file.read()) if own else None
    except (OSError, ValueError):
        return None
    known = isinstance(document, dict) and document.get("format") == UNLOCKED_FORMAT
    return document if known else None


def _is_over(document: dict[str, Any], *, moment: Moment) -> bool:
    return bool(
        moment.wall.astimezone(UTC) >= datetime.fromisoformat(document["until"])
        or moment.boot != document["boot"]
        or moment.up_s >= document["up_until"]
    )


def _key(level: str, epoch: int, secret: str, *, archive: str) -> LevelKey:
    opened = base64.b64decode(secret)
    commitment = level_commitment(opened, archive=archive, level=level, epoch=epoch)
    return LevelKey(level=level, epoch=epoch, commitment=commitment, secret=opened)


def _digest(key_list: KeyList) -> str:
    return list_digest(write_key_list(key_list))


def _shred(path: Path) -> bool:
    """Overwrite and remove a file; in memory, unlike on a disk, that leaves nothing."""
    try:
        with open(os.open(path, os.O_WRONLY | os.O_NOFOLLOW), "wb") as file:  # noqa: PTH123
            file.write(bytes(os.fstat(file.fileno()).st_size))
        path.unlink()
    except FileNotFoundError:
        return False
    return True
