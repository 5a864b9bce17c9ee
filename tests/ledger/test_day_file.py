"""The file of a day: exact bytes, and every flaw with its place."""

from __future__ import annotations

from datetime import date

import pytest

from memberarc.ledger.day_file import HEADER, day_path, read_day, write_day
from memberarc.ledger.event import read_event

PATH = "ledger/2026/11/2026-11-03.csv"
UID = "k5x2w7n3q4v6t2zb"


def line(ref: str, *, amount: str = "5.00", day: str = "2026-11-03") -> str:
    return f"{day},{UID},purchase,{amount},,,,,,{ref}"


def content(*lines: str) -> bytes:
    return "\n".join((HEADER, *lines, "")).encode()


def flaws(raw: bytes) -> list[tuple[int, int, str, str]]:
    _, problems = read_day(raw, path=PATH)
    return [(flaw.line, flaw.column, flaw.rule, flaw.pointer) for flaw in problems]


def test_a_day_has_its_path() -> None:
    assert day_path(date(2026, 11, 3)) == PATH


def test_the_header_is_that_of_the_format() -> None:
    assert HEADER == "date,member,kind,amount,quantity,item,branch,channel,staff,ref"


def test_events_are_written_sorted_by_the_bytes_of_their_ref() -> None:
    refs = ["shop:b", "shop:10", "shop:B", "shop:9", "other:z"]
    events = [event for ref in refs if (event := read_event(line(ref)))]

    assert write_day(events) == content(
        *(line(ref) for ref in ["other:z", "shop:10", "shop:9", "shop:B", "shop:b"])
    )


def test_a_file_is_read_and_written_unchanged() -> None:
    raw = content(line("shop:1", amount="5"), line("shop:2", amount="5.1000"))
    events, problems = read_day(raw, path=PATH)

    assert problems == ()
    assert write_day(events) == raw


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        (b"", [(1, 1, "ledger-header", "")]),
        (b"date,member\n", [(1, 1, "ledger-header", "")]),
        (b"\xef\xbb\xbf" + content(), [(1, 1, "ledger-header", "")]),
        (content(line("s:1"))[:-1], [(2, 51, "ledger-line", "")]),
        (content(line("s:1"), ""), [(3, 1, "ledger-line", "")]),
        (content(line("s:1") + ","), [(2, 1, "ledger-line", "")]),
        (
            content(line("s:1")).replace(b"\n", b"\r\n"),
            [(1, 1, "ledger-header", ""), (2, 48, "ledger-ref", "ref")],
        ),
        (content(line("s:2"), line("s:1")), [(3, 48, "ledger-order", "ref")]),
        (content(line("s:1"), line("s:1")), [(3, 48, "ledger-duplicate", "ref")]),
        (content(line("s:1", day="2026-11-04")), [(2, 1, "ledger-date", "date")]),
        (content(line("s:1", amount="x")), [(2, 38, "ledger-amount", "amount")]),
        (content(line("s:1", amount="-5")), [(2, 38, "ledger-amount", "amount")]),
        (content(line("s:1")).replace(b"purchase", b"sale"), [(2, 29, "ledger-kind", "kind")]),
        (content(line("s:1")).replace(b"k5x2", b"K5x2"), [(2, 12, "ledger-member", "member")]),
        (content(line("s:1") + "\xe4")[:-3] + b"\xe4\n", [(2, 1, "ledger-encoding", "")]),
    ],
)
def test_a_flaw_is_told_with_its_place(
    raw: bytes, expected: list[tuple[int, int, str, str]]
) -> None:
    assert flaws(raw) == expected


def test_the_lines_that_are_events_are_read_beside_those_that_are_not() -> None:
    events, problems = read_day(content(line("s:1"), "nonsense", line("s:2")), path=PATH)

    assert [event.ref for event in events] == ["s:1", "s:2"]
    assert [problem.line for problem in problems] == [3]
    assert str(problems[0]) == f"{PATH}:3:1: ledger-line: 1 cells instead of 10"
