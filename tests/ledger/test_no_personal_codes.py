"""A ledger stands in clear for ever, so no code of it may be a telephone or an ID number."""

from __future__ import annotations

import pytest

from memberarc.ledger.event import faults_of, read_event

UID = "k5x2w7n3q4v6t2zb"
LINE = "2026-01-02,{uid},purchase,1,,{item},,,{staff},shop:{ref}"
PERSONAL = ("13912345678", "8613912345678", "99010119900307001X")


@pytest.mark.parametrize("text", PERSONAL)
@pytest.mark.parametrize("column", ["item", "staff", "ref"])
def test_a_number_that_names_a_person_is_refused(text: str, column: str) -> None:
    cells = {"item": "cd", "staff": "s1", "ref": "7", column: text}
    line = LINE.format(uid=UID, **cells)

    assert read_event(line) is None
    assert [fault.column for fault in faults_of(line.split(","))] == [column]
    assert all(text not in fault.message for fault in faults_of(line.split(",")))


@pytest.mark.parametrize(
    "text", ["12912345678", "139123456789", "202611030000000001", "13912345678-a"]
)
def test_an_order_number_is_taken(text: str) -> None:
    line = LINE.format(uid=UID, item="cd", staff="s1", ref=text)

    assert read_event(line) is not None
