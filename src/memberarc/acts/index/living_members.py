"""Notice that a newcomer may be there already, by what identifies people and organisations.

Members are asked for only of an index that lies there and is up to date: none is made for it, and
without one only newcomers are told from each other.
"""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Final, NamedTuple

from memberarc.errors import UnusableIndexError
from memberarc.members.identifying import IDENTIFYING_PATHS, identifying_values
from memberarc.search.index.lookup import values_of_members

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from memberarc.acts.key.keys_at_hand import KeysAtHand
    from memberarc.acts.opening import Caller
    from memberarc.archive.opened import Archive
    from memberarc.formats.field_path import FieldPath
    from memberarc.members.packed_rows import ImportRow

    ValueOf = Callable[[FieldPath], object]

# So many last characters of a number stand together however it is written.
_PART: Final = 4


class Likeness(NamedTuple):
    """A member's code, or the row of another newcomer, with the kinds of values both have.

    ``row`` is 0 for a newcomer who comes alone.
    """

    row: int
    other: str
    kinds: tuple[str, ...]


def members_like(
    archive: Archive, caller: Caller, *, keys: KeysAtHand, value_of: ValueOf
) -> tuple[Likeness, ...]:
    """Find the members who have what identifies a newcomer."""
    traits = [*identifying_values(value_of)]
    parts = [value if kind == "e-mail" else value[-_PART:] for kind, value in traits]
    members = _members(archive, caller, keys=keys, parts=parts) if traits else ()
    alike = ((code, {*traits}.intersection(identifying_values(theirs))) for code, theirs in members)
    return tuple(
        Likeness(0, code, tuple(kind for kind, _ in sorted(both))) for code, both in alike if both
    )


def rows_alike(
    archive: Archive, caller: Caller, *, keys: KeysAtHand, rows: Iterable[ImportRow]
) -> tuple[Likeness, ...]:
    """Find the rows that have what identifies another row, or a member."""
    first: dict[int, int] = {}  # hashes: the values of a hundred thousand rows are many
    found: dict[tuple[int, str], list[str]] = {}
    for row in rows:
        for trait in identifying_values(dict(row.values).get):
            other = first.setdefault(hash(trait), row.number)
            if other != row.number:
                found.setdefault((row.number, f"row {other}"), []).append(trait[0])
    for code, theirs in _members(archive, caller, keys=keys) if first else ():
        for trait in identifying_values(theirs):
            if number := first.get(hash(trait)):
                found.setdefault((number, code), []).append(trait[0])
    return tuple(Likeness(*both, tuple(found[both])) for both in sorted(found))


def _members(
    archive: Archive, caller: Caller, *, keys: KeysAtHand, parts: Sequence[str] = ()
) -> Iterator[tuple[str, ValueOf]]:
    """Yield codes and values; with parts, at least of all members in whose values one stands."""
    from memberarc.acts.index.upkeep import index_of

    index = index_of(archive, caller, keys=keys, only_look=True)
    with suppress(UnusableIndexError):
        store = index.standing()
        if index.is_current(store):
            for code, values in values_of_members(store, IDENTIFYING_PATHS, holding=parts):
                yield code, values.get
