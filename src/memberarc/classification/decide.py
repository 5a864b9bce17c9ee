"""Decide the category of every member by a scheme, the ledger of a year and open facts."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from memberarc.classification.sql import compile_scheme
from memberarc.ledger.table import ledger_connection

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from decimal import Decimal
    from pathlib import Path

    from memberarc.classification.scheme import Rule, Scheme


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """What the record says of a member in clear: nothing that needs a key."""

    uid: str
    code: str
    traits: tuple[str, ...] = ()
    previous: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """What the ledger says of a member in the period."""

    visits: int
    spend: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """The category the rules lead to, with all that speaks for it and against it.

    ``competing`` are the rules that lead elsewhere: with the overriding rules on the other side of
    the order they would have won, or they would win if a number that the scheme leaves undecided
    were set accordingly. Only in the second case ``needs_decision``, and ``category`` is what the
    other rules say.
    """

    uid: str
    code: str
    category: str
    previous: str | None
    rule: str
    figures: Figures
    competing: tuple[str, ...]
    needs_decision: bool

    @property
    def changed(self) -> bool:
        return self.category != self.previous


def period(year: int, *, as_of: date) -> tuple[date, date]:
    """Tell the days of a year that count, both ends included."""
    return date(year, 1, 1), min(date(year, 12, 31), as_of)


def decide(
    subjects: Sequence[Subject],
    *,
    ledger_folder: Path,
    scheme: Scheme,
    year: int,
    as_of: date,
) -> tuple[Decision, ...]:
    """Decide every subject, in their order, by the events of the year up to a day.

    Raises:
        FindingsError: A file of the ledger cannot be read.
    """
    first, last = period(year, as_of=as_of)
    columns = [
        [subject.uid for subject in subjects],
        [f" {' '.join(subject.traits)} " for subject in subjects],
        [subject.previous or "" for subject in subjects],
    ]
    with ledger_connection(ledger_folder, first=first, last=last) as connection:
        connection.execute(
            "CREATE TABLE subjects AS SELECT unnest(?::VARCHAR[]) AS uid,"
            " unnest(?::VARCHAR[]) AS traits, unnest(?::VARCHAR[]) AS previous",
            columns,
        )
        rows = connection.execute(compile_scheme(scheme, first=first, last=last)).fetchall()
    rules = {rule.id: rule for rule in scheme.rules}
    found = {row[0]: row for row in rows}
    return tuple(_decision(subject, found[subject.uid], rules=rules) for subject in subjects)


def _decision(
    subject: Subject,
    row: tuple[str, int, Decimal, str, str, str, str],
    *,
    rules: Mapping[str, Rule],
) -> Decision:
    _, visits, spend, category, rule, matched, undecided = row
    # All rules hold that are laxer than the deciding one: only those count that win on their side.
    across = [
        rules[id_] for id_ in matched.split() if rules[id_].override is not rules[rule].override
    ]
    lost = [other.id for other in across if other.category == across[0].category != category]
    tried = list(rules)
    waiting = [
        id_
        for id_ in undecided.split()
        if rules[id_].category != category and tried.index(id_) < tried.index(rule)
    ]
    return Decision(
        uid=subject.uid,
        code=subject.code,
        category=category,
        previous=subject.previous,
        rule=rule,
        figures=Figures(visits=visits, spend=spend),
        competing=(*lost, *waiting),
        needs_decision=bool(waiting),
    )
