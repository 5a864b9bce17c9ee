"""Tell what a change of the access policy means: who may read, sign and approve."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from memberarc.formats.sealed_text import SEALED_LEVELS
from memberarc.people.access import administrators, recipients_for_level, recovers

if TYPE_CHECKING:
    from collections.abc import Iterator

    from memberarc.people.access import Access


@dataclass(frozen=True, slots=True, kw_only=True)
class LevelReaders:
    """Who reads a level once a change is in force, and who is new or gone."""

    level: str
    people: tuple[str, ...]
    added: tuple[str, ...]
    removed: tuple[str, ...]
    recovery: tuple[str, ...]


def level_readers(before: Access, after: Access) -> tuple[LevelReaders, ...]:
    """Tell who will read each level."""
    readers = []
    for level in SEALED_LEVELS:
        was, now = _people(before, level), _people(after, level)
        readers.append(
            LevelReaders(
                level=level,
                people=now,
                added=tuple(one for one in now if one not in was),
                removed=tuple(one for one in was if one not in now),
                recovery=tuple(
                    one.id for one in after.people if one.id in now and recovers(after, one)
                ),
            )
        )
    return tuple(readers)


def access_changes(before: Access, after: Access) -> tuple[str, ...]:
    """Say in a line each what somebody may do from now on, ``+``, or no longer, ``-``.

    Keys are told whole: a recipient of a stranger's would be given what the person reads.
    """
    was, now = dict.fromkeys(_facts(before)), dict.fromkeys(_facts(after))
    gone = [f"- {fact}" for fact in was if fact not in now]
    return (*gone, *(f"+ {fact}" for fact in now if fact not in was))


def lost_recipients(before: Access, after: Access) -> dict[str, tuple[str, ...]]:
    """Name the levels that recipients lose, and the people those belong to."""
    lost = {}
    for level in SEALED_LEVELS:
        kept = recipients_for_level(after, level)
        people = [one.person for one in recipients_for_level(before, level) if one not in kept]
        if people:
            lost[level] = tuple(dict.fromkeys(people))
    return lost


def _people(access: Access, level: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(one.person for one in recipients_for_level(access, level)))


def _facts(access: Access) -> Iterator[str]:
    for level in SEALED_LEVELS:
        for one in recipients_for_level(access, level):
            yield f"{one.person} reads {level} with {one.recipient}"
    for person in administrators(access):
        yield from (f"{person.id} administers with {key}" for key in person.signing_keys)
    for person in access.people:
        yield from (f"{person.id} is {role}" for role in person.roles)
        yield from (f"{person.id} signs with {key}" for key in person.signing_keys)
    for role in access.roles:
        if role.recovery:
            yield f"{role.id} is for recovery"
    for approval in access.approvals:
        yield (
            f"{approval.act} needs {approval.count} of {', '.join(approval.roles)}, and"
            f" {approval.cooling_off_days} days"
        )
