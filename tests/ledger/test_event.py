"""An event and its line."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from memberarc.ledger.event import COLUMNS, Event, EventKind, event_line, faults_of, read_event

LINE = "2026-11-03,k5x2w7n3q4v6t2zb,purchase,29.30,2,cd-7,east,web,s.07,shop:4711"


def with_cell(column: str, cell: str) -> str:
    cells = LINE.split(",")
    cells[COLUMNS.index(column)] = cell
    return ",".join(cells)


def test_a_line_is_read_and_written_unchanged() -> None:
    event = read_event(LINE)

    assert event == Event(
        date=date(2026, 11, 3),
        member="k5x2w7n3q4v6t2zb",
        kind=EventKind.PURCHASE,
        amount=Decimal("29.30"),
        quantity=2,
        item="cd-7",
        branch="east",
        channel="web",
        staff="s.07",
        ref="shop:4711",
    )
    assert event_line(event) == LINE


def test_cells_that_need_not_be_there_may_be_empty() -> None:
    line = "2026-11-03,k5x2w7n3q4v6t2zb,letter,,,,,,,shop:1"
    event = read_event(line)

    assert event is not None
    assert (event.amount, event.quantity, event.item) == (None, None, "")
    assert event_line(event) == line


@pytest.mark.parametrize(
    ("column", "cell"),
    [
        ("date", "2026-02-30"),
        ("date", "20261103"),
        ("date", "２026-11-03"),
        ("member", ""),
        ("member", "K5X2W7N3Q4V6T8ZB"),
        ("member", "k5x2w7n3q4v6t8z"),
        ("kind", "sale"),
        ("amount", "1e3"),
        ("amount", "12.34567"),
        ("amount", "012"),
        ("amount", "+1"),
        ("amount", "123456789012345"),
        ("amount", "-0.00"),
        ("amount", "-1.00"),
        ("quantity", "2.5"),
        ("quantity", "1234567890"),
        ("item", "Mozart Requiem"),
        ("item", "-7"),
        ("branch", "东区"),
        ("channel", "x" * 41),
        ("staff", '"7"'),
        ("ref", "4711"),
        ("ref", "Shop:4711"),
        ("ref", "shop:"),
        ("ref", "shop:47 11"),
    ],
)
def test_a_cell_that_does_not_fit_is_named_and_never_repeated(column: str, cell: str) -> None:
    line = with_cell(column, cell)

    [fault] = faults_of(line.split(","))
    assert read_event(line) is None
    assert fault.column == column
    assert not cell or cell not in fault.message


@pytest.mark.parametrize(
    ("kind", "amount", "fits"),
    [
        ("purchase", "0.00", True),
        ("purchase", "-0.01", False),
        ("payment", "5", True),
        ("payment", "-5", False),
        ("refund", "-5", True),
        ("refund", "0", True),
        ("refund", "5", False),
        ("points", "-5", True),
        ("top_up", "5", True),
        ("purchase", "", True),
    ],
)
def test_purchases_and_payments_are_positive_and_refunds_negative(
    kind: str, amount: str, fits: bool
) -> None:
    line = f"2026-11-03,k5x2w7n3q4v6t2zb,{kind},{amount},,,,,,shop:1"

    assert (read_event(line) is not None) == fits


CELLS = st.lists(
    st.one_of(
        st.sampled_from([*LINE.split(","), "", "refund", "-5", "-0", "2026-02-30", "a\nb"]),
        st.text(alphabet='a1-.:"é\n ', max_size=6),
    ),
    min_size=10,
    max_size=10,
)


@given(cells=CELLS, keep=st.sets(st.integers(0, 9)))
def test_whatever_is_no_event_has_a_fault_and_no_event_has_one(
    cells: list[str], keep: set[int]
) -> None:
    sound = LINE.split(",")
    cells = [sound[at] if at in keep else cell for at, cell in enumerate(cells)]

    assert (read_event(",".join(cells)) is None) == bool(faults_of(cells))
