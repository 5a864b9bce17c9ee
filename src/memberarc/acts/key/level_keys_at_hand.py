"""Find the level keys that were unlocked, or open them with the identities at hand."""

from __future__ import annotations

from typing import TYPE_CHECKING

from memberarc.errors import NoIdentityError
from memberarc.sealing.age.crypt import load_identities
from memberarc.sealing.keys.level_keys import open_level_keys
from memberarc.sealing.keys.unlocked_place import Place

if TYPE_CHECKING:
    from memberarc.acts.opening import Caller
    from memberarc.archive.opened import Archive
    from memberarc.sealing.keys.key_list import KeyList
    from memberarc.sealing.keys.level_keys import LevelKey


def level_keys_at_hand(
    archive: Archive, caller: Caller, *, key_list: KeyList
) -> tuple[LevelKey, ...]:
    """Take the level keys that were unlocked, or else open them with the caller's identities.

    Raises:
        NoIdentityError: there is no identity, or it opens no level at all.
    """
    place = place_of_unlocked(archive, caller)
    if place.is_in_use():
        from memberarc.sealing.keys.unlocked import find_unlocked

        if kept := find_unlocked(place, key_list=key_list, wall=caller.now):
            return kept.keys
    return identities_level_keys(archive, caller, key_list=key_list)


def identities_level_keys(
    archive: Archive, caller: Caller, *, key_list: KeyList
) -> tuple[LevelKey, ...]:
    """Open all level keys that the identities open; raises as :func:`level_keys_at_hand`."""
    identities = load_identities(caller.user.identity, asker=caller.asker)
    keys = open_level_keys(key_list, read=archive.snapshot.read, identities=identities)
    if not keys:
        raise NoIdentityError(
            "your identity opens no level of this archive",
            where=str(caller.user.identity),
            hint="memberarc key list shows whose identities do",
        )
    return keys


def place_of_unlocked(archive: Archive, caller: Caller) -> Place:
    """Say where the caller's keys of an archive are kept while they are unlocked."""
    return Place(
        archive=archive.manifest.archive,
        identity=caller.user.identity,
        chosen=caller.user.unlocked,
    )
