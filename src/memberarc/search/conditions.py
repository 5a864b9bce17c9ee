"""Does a value meet a condition on its field.

How the operators compare depends on the role of the field alone, so that SQL over a column of text
can answer the same. ``v`` is ``folded`` of the stored value, ``w`` of the wanted one; of ``:``,
``=`` and ``!=`` with several wanted values one is enough.

    role      ``:``             ``=``   ``< <= > >= ..``                  ``begins``
    name      WordTest          v = w   v < w, as text by code point      WordTest, a prefix
    text      WordTest          v = w   v < w                             WordTest, a prefix
    code      v = w             v = w   v < w                             v LIKE w%
    choice    v LIKE w%         v = w   v < w                             v LIKE w%
    truth     v = w             v = w   v < w                             v LIKE w%
    date      v LIKE w%, or     v = w   substr(v, 1, length(w)) < w       v LIKE w%
              v LIKE ____w%
    number    as numbers        as numbers, both sides                    v LIKE w%

A date is brought to ISO 8601 first (``2025年3月`` is ``2025-03``); a shorter one stands for all
of its period, so that ``<`` is before it begins, ``<=`` before it is over, ``>`` after it is over.
A month or day of any year (``3月15日``, ``--03-15``) is ``-03-15`` behind four digits of a year.
``!=`` is ``present`` and not ``=``: it is settled over all values of the field, in `match`.
"""

from __future__ import annotations

import re
from decimal import Decimal
from typing import TYPE_CHECKING, Final, Literal, TypeAlias

from memberarc.errors import QuerySyntaxError
from memberarc.formats.written_dates import iso_date, on_calendar
from memberarc.search.folding import folded
from memberarc.search.query_tree import Condition, Text
from memberarc.search.words import WordTest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from memberarc.search.fields import Role
    from memberarc.search.words import Leaf

LeafTest: TypeAlias = "Callable[[Leaf], int | None]"
Comparable: TypeAlias = str | Decimal

# What a condition met exactly adds to the rank of a member: nothing.
MET: Final = 0
WORDY: Final = ("name", "text")

NUMBER: Final = re.compile(r"[+-]?[0-9]{1,30}(\.[0-9]{1,10})?")
_ANY_YEAR: Final = re.compile(
    r"--(?P<month>[0-9]{2})(?:-(?P<day>[0-9]{2}))?|(?P<m>[0-9]{1,2})月(?:(?P<d>[0-9]{1,2})日?)?"
)
_YEAR_DIGITS: Final = 4
_LEAP_YEAR: Final = "2000"


def words_of(node: Text | Condition) -> tuple[WordTest, ...]:
    """Make the tests of the words that a text or condition looks for in names and texts."""
    if isinstance(node, Text):
        return (WordTest(node),)
    if node.operator not in (":", "begins"):
        return ()
    form: Literal["prefix", "word"] = "prefix" if node.operator == "begins" else "word"
    return tuple(WordTest(Text(value=value, form=form)) for value in node.values)


def leaf_test(condition: Text | Condition, *, role: Role) -> LeafTest:
    """Make the test that tells how well a value answers; it gives None where it does not.

    Raises:
        QuerySyntaxError: a field of this role has no such values.
    """
    if isinstance(condition, Text):
        return WordTest(condition).rank
    if condition.operator == "present":
        return lambda _leaf: MET
    if role in WORDY and condition.operator in (":", "begins"):
        return _any_word(words_of(condition))
    if condition.operator == "begins" or (condition.operator == ":" and role == "choice"):
        return _beginning([folded(value) for value in condition.values])
    if condition.operator == ":" and role == "date":
        return _in_periods([wanted_period(one, place=condition.place) for one in condition.values])
    if condition.operator == "..":
        return _between(*wanted_range(condition, role=role), role=role)
    wanted = [wanted_value(value, role=role, place=condition.place) for value in condition.values]
    if condition.operator in (":", "="):
        return _equal(frozenset(wanted), role=role)
    return _ordered(wanted[0], operator=condition.operator, role=role)


def require_choice(condition: Condition, *, among: Iterable[str]) -> None:
    """Refuse a value that none of the choices is or begins with: a slip would find nobody."""
    if condition.operator not in (":", "=", "!=", "begins"):
        return
    for value in condition.values:
        if not any(folded(choice).startswith(folded(value)) for choice in among):
            raise QuerySyntaxError(
                f"{condition.field} is never {value}",
                place=condition.place,
                hint=f"it is one of: {', '.join(among)}",
            )


def wanted_period(value: str, *, place: int) -> tuple[int, str]:
    """Read a period as a part of an ISO date, with how many characters stand before it.

    Raises:
        QuerySyntaxError: it is neither a date nor a month or day of any year.
    """
    if found := _ANY_YEAR.fullmatch(folded(value)):
        month, day = found["month"] or found["m"], found["day"] or found["d"]
        if iso := on_calendar(_LEAP_YEAR, month, day):
            return _YEAR_DIGITS, iso[_YEAR_DIGITS:]
    return 0, str(wanted_value(value, role="date", place=place))


def wanted_range(condition: Condition, *, role: Role) -> tuple[Comparable, Comparable]:
    """Read both ends of a range, of which one may be left open.

    Raises:
        QuerySyntaxError: a field of this role has no such values, or it ends before it begins.
    """
    lower, upper = (
        wanted_value(value, role=role, place=condition.place)
        for value in (*condition.values, condition.upper)
    )
    begin, end = lower, upper
    if isinstance(begin, str) and isinstance(end, str) and role == "date":
        shorter = min(len(begin), len(end))
        begin, end = begin[:shorter], end[:shorter]
    if "" not in (lower, upper) and _holds(begin, ">", end):
        raise QuerySyntaxError(
            f"{condition.values[0]}..{condition.upper} ends before it begins",
            place=condition.place,
            hint=f"{condition.field}:{condition.upper}..{condition.values[0]}",
        )
    return lower, upper


def wanted_value(value: str, *, role: Role, place: int) -> Comparable:
    """Read a wanted value; an end of a range that is left open stays empty."""
    if not value:
        return ""
    value = folded(value)
    if role == "date":
        if not (day := iso_date(value)):
            raise QuerySyntaxError(
                f"{value} is no date",
                place=place,
                hint="write a year, a month or a day: 2025, 2025-03, 2025-03-15; and behind a colon"
                " 3月 or --03 for a month of any year",
            )
        return day
    if role == "number":
        if not NUMBER.fullmatch(value):
            raise QuerySyntaxError(f"{value} is no number", place=place, hint="such as 1200.50")
        return Decimal(value)
    return value


def _stored(leaf: Leaf, *, role: Role) -> Comparable | None:
    if role != "number":
        return leaf.folded
    return Decimal(leaf.folded) if NUMBER.fullmatch(leaf.folded) else None


def _any_word(words: Sequence[WordTest]) -> LeafTest:
    def test(leaf: Leaf) -> int | None:
        ranks = [rank for word in words if (rank := word.rank(leaf)) is not None]
        return min(ranks, default=None)

    return test


def _beginning(wanted: Sequence[str]) -> LeafTest:
    beginnings = tuple(wanted)
    return lambda leaf: MET if leaf.folded.startswith(beginnings) else None


def _in_periods(periods: Sequence[tuple[int, str]]) -> LeafTest:
    def test(leaf: Leaf) -> int | None:
        return MET if any(leaf.folded.startswith(one, at) for at, one in periods) else None

    return test


def _equal(wanted: frozenset[Comparable], *, role: Role) -> LeafTest:
    return lambda leaf: MET if _stored(leaf, role=role) in wanted else None


def _between(lower: Comparable, upper: Comparable, *, role: Role) -> LeafTest:
    above, below = (
        _ordered(end, operator=operator, role=role) if end != "" else None
        for end, operator in ((lower, ">="), (upper, "<="))
    )

    def test(leaf: Leaf) -> int | None:
        held = all(end is None or end(leaf) is not None for end in (above, below))
        return MET if held else None

    return test


def _ordered(wanted: Comparable, *, operator: str, role: Role) -> LeafTest:
    def test(leaf: Leaf) -> int | None:
        stored = _stored(leaf, role=role)
        if stored is None:
            return None
        if role == "date":
            stored = str(stored)[: len(str(wanted))]
        return MET if _holds(stored, operator, wanted) else None

    return test


def _holds(stored: Comparable, operator: str, wanted: Comparable) -> bool:
    above, equal = stored > wanted, stored == wanted  # type: ignore[operator]
    return {">": above, ">=": above or equal, "<": not above and not equal, "<=": not above}[
        operator
    ]
