"""The shipped scheme, and ledgers written in a line."""

from __future__ import annotations

import shutil
from collections import defaultdict
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from memberarc.classification.decide import Decision, Subject, decide
from memberarc.classification.scheme import Scheme, parse_schemes
from memberarc.ledger.day_file import day_path, write_day
from memberarc.ledger.event import Event, read_event

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

POLICY = Path(__file__).parents[2] / "schemas" / "policy" / "categories.yaml"
UID = "k5x2w7n3q4v6t2zb"


def read_shipped(*changes: tuple[str, str]) -> Scheme:
    text = POLICY.read_text(encoding="utf-8")
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    [scheme] = parse_schemes(text.encode(), path="policy/categories.yaml")
    return scheme


@pytest.fixture(scope="session")
def shipped() -> Callable[..., Scheme]:
    """Read the shipped policy, with some of its text replaced."""
    return read_shipped


@pytest.fixture
def ledger(tmp_path: Path) -> Callable[..., Path]:
    """Write a ledger of entries such as (uid, day, kind, amount), in place of the one before."""

    def write(entries: Iterable[tuple[str, str, str, str]]) -> Path:
        shutil.rmtree(tmp_path / "ledger", ignore_errors=True)
        days: defaultdict[date, list[Event]] = defaultdict(list)
        for number, (uid, day, kind, amount) in enumerate(entries):
            event = read_event(f"{day},{uid},{kind},{amount},,,,,,t:{number}")
            assert event is not None, (day, kind, amount)
            days[event.date].append(event)
        for day, events in days.items():
            path = tmp_path / day_path(day)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(write_day(events))
        return tmp_path / "ledger"

    return write


@pytest.fixture
def judge(ledger: Callable[..., Path]) -> Callable[..., Decision]:
    """Decide one member by entries such as (day, kind, amount)."""

    def decide_one(
        *entries: tuple[str, str, str],
        scheme: Scheme | None = None,
        traits: tuple[str, ...] = (),
        previous: str | None = None,
        as_of: date = date(2027, 1, 15),
    ) -> Decision:
        [decision] = decide(
            [Subject(uid=UID, code="M2026-000001", traits=traits, previous=previous)],
            ledger_folder=ledger((UID, *entry) for entry in entries),
            scheme=scheme or read_shipped(),
            year=2026,
            as_of=as_of,
        )
        return decision

    return decide_one
