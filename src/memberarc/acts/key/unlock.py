"""Open the level keys once for a run of commands, tell of them, and lock them again."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from memberarc.acts.key.level_keys_at_hand import identities_level_keys, place_of_unlocked
from memberarc.acts.key.trust import accepted_key_list
from memberarc.archive.opened import open_archive
from memberarc.errors import UsageError
from memberarc.sealing.keys.unlocked import (
    LONGEST,
    find_unlocked,
    keep_unlocked,
    lock_all,
    moment_of,
)
from memberarc.sealing.keys.unlocked_place import folders_of_keys

if TYPE_CHECKING:
    from pathlib import Path

    from memberarc.acts.opening import Caller
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
    keys = identities_level_keys(archive, caller, key_list=key_list)
    return keep_unlocked(
        place_of_unlocked(archive, caller),
        key_list=key_list,
        keys=keys,
        length=length,
        moment=moment,
    )


def unlocked_now(caller: Caller) -> Unlocked | None:
    """Tell what is unlocked, without opening anything."""
    archive = open_archive(caller.directory)
    key_list = accepted_key_list(archive, caller)
    return find_unlocked(place_of_unlocked(archive, caller), key_list=key_list, wall=caller.now)


@dataclass(frozen=True, slots=True, kw_only=True)
class Locked:
    """How many archives' keys were destroyed, and all the folders they were looked for in."""

    archives: int
    looked_in: tuple[Path, ...]


def lock(caller: Caller) -> Locked:
    """Destroy all keys that are kept for the user, whichever session unlocked them."""
    chosen = caller.user.unlocked
    return Locked(archives=lock_all(chosen), looked_in=folders_of_keys(chosen))
