"""The shipped scheme, and ledgers written in a line."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable
from datetime import date
from pathlib import Path

import pytest

from memberarc.classification.decide import Decision, Subject, decide
from memberarc.classification.scheme import Scheme, parse_schemes
from memberarc.ledger.day_file import day_path, write_day
from memberarc.ledger.event import Event, read_event

POLICY = Path(__file__).parents[2] / "schemas" / "policy" / "categories.yaml"
UID = "k5x2w7n3q4v6t2zb"

Entry = tuple[str, str, str]
"""Day, kind, amount."""

Judge = Callable[..., Decision]


def shipped(*changes: tuple[str, str]) -> Scheme:
    """Read the shipped policy, with some of its text replaced."""
    text = POLICY.read_text(encoding="utf-8")
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    [scheme] = parse_schemes(text.encode(), path="policy/categories.yaml")
    return scheme


def write_ledger(folder: Path, entries: Iterable[tuple[str, Entry]]) -> None:
    """Write day files for entries of members."""
    days: defaultdict[date, list[Event]] = defaultdict(list)
    for number, (uid, (day, kind, amount)) in enumerate(entries):
        event = read_event(f"{day},{uid},{kind},{amount},,,,,,t:{number}")
        assert event is not None, (day, kind, amount)
        days[event.date].append(event)
    for day, events in days.items():
        path = folder / day_path(day)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(write_day(events))


@pytest.fixture
def judge(tmp_path: Path) -> Judge:
    """Decide one member by entries of the ledger."""

    def decide_one(
        *entries: Entry,
        scheme: Scheme | None = None,
        traits: tuple[str, ...] = (),
        previous: str | None = None,
        year: int = 2026,
        as_of: date = date(2027, 1, 15),
    ) -> Decision:
        write_ledger(tmp_path, ((UID, entry) for entry in entries))
        [decision] = decide(
            [Subject(uid=UID, code="M2026-000001", traits=traits, previous=previous)],
            ledger_folder=tmp_path / "ledger",
            scheme=scheme or shipped(),
            year=year,
            as_of=as_of,
        )
        return decision

    return decide_one
