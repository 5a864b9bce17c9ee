"""Open the level keys once for a run of commands, and find them again until their time is over."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from memberarc.acts.key.trust import accepted_key_list
from memberarc.archive.opened import open_archive
from memberarc.errors import NoIdentityError, UsageError
from memberarc.sealing.age.crypt import load_identities
from memberarc.sealing.keys.level_keys import open_level_keys
from memberarc.sealing.keys.unlocked import (
    LONGEST,
    Place,
    find_unlocked,
    folders_of_keys,
    keep_unlocked,
    lock_all,
    moment_of,
)

if TYPE_CHECKING:
    from pathlib import Path

    from memberarc.acts.opening import Caller
    from memberarc.archive.opened import Archive
    from memberarc.sealing.keys.key_list import KeyList
    from memberarc.sealing.keys.level_keys import LevelKey
    from memberarc.sealing.keys.unlocked import Unlocked

_LENGTH: Final = re.compile(r"([1-9][0-9]{0,2})([mh])")
_UNITS: Final = {"m": timedelta(minutes=1), "h": timedelta(hours=1)}


def parse_length(text: str) -> timedelta:
    """Read how long keys are kept: minutes or hours, such as ``15m`` or ``2h``.

    Raises:
        UsageError: it is neither, or too long.
    """
    found = _LENGTH.fullmatch(text)
    length = int(found[1]) * _UNITS[found[2]] if found else None
    if length is None or length > LONGEST:
        raise UsageError(
            f"not a time to stay unlocked: {text}", hint="write 15m or 2h, at most 12h"
        )
    return length


def unlock(caller: Caller, *, length: timedelta) -> Unlocked:
    """Open what the caller's identities open, asking what they ask, and keep it for a while."""
    archive = open_archive(caller.directory)
    key_list = accepted_key_list(archive, caller)
    moment = moment_of(caller.now)
    keys = _opened(archive, caller, key_list=key_list)
    return keep_unlocked(
        _place(archive, caller), key_list=key_list, keys=keys, length=length, moment=moment
    )


def unlocked_now(caller: Caller) -> Unlocked | None:
    """Tell what is unlocked, without opening anything."""
    archive = open_archive(caller.directory)
    key_list = accepted_key_list(archive, caller)
    return find_unlocked(_place(archive, caller), key_list=key_list, wall=caller.now)


@dataclass(frozen=True, slots=True, kw_only=True)
class Locked:
    """How many archives' keys were destroyed, and all the folders they were looked for in."""

    archives: int
    looked_in: tuple[Path, ...]


def lock(caller: Caller) -> Locked:
    """Destroy all keys that are kept for the user, whichever session unlocked them."""
    chosen = caller.user.unlocked
    return Locked(archives=lock_all(chosen), looked_in=folders_of_keys(chosen))


def level_keys_at_hand(
    archive: Archive, caller: Caller, *, key_list: KeyList
) -> tuple[LevelKey, ...]:
    """Take the level keys that were unlocked, or else open them with the caller's identities.

    Raises:
        NoIdentityError: there is no identity, or it opens no level at all.
    """
    kept = find_unlocked(_place(archive, caller), key_list=key_list, wall=caller.now)
    return kept.keys if kept else _opened(archive, caller, key_list=key_list)


def _opened(archive: Archive, caller: Caller, *, key_list: KeyList) -> tuple[LevelKey, ...]:
    identities = load_identities(caller.user.identity, asker=caller.asker)
    keys = open_level_keys(key_list, read=archive.snapshot.read, identities=identities)
    if not keys:
        raise NoIdentityError(
            "your identity opens no level of this archive",
            where=str(caller.user.identity),
            hint="memberarc key list shows whose identities do",
        )
    return keys


def _place(archive: Archive, caller: Caller) -> Place:
    return Place(
        archive=archive.manifest.archive,
        identity=caller.user.identity,
        chosen=caller.user.unlocked,
    )
