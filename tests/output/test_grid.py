"""Tables for people."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from wcwidth import wcswidth

from memberarc.output.grid import cell_text, grid_lines
from memberarc.output.result import Cell, Column, Table

HOSTILE = (
    "王小明e\u0301👩\u200d👧🏽\ufe0f❤#1שא\u094d\u0915\u200c🇨🇳\x1b\u202e[]/|\n\t \u3000\ud800\u1100"
)
TEXTS = st.text(st.one_of(st.sampled_from(HOSTILE), st.characters()), max_size=12)


def grid(*rows: tuple[Cell, ...], labels: str = "ab", width_cells: int | None = None) -> list[str]:
    columns = tuple(Column(key=label, label=label) for label in labels)
    return [*grid_lines(Table(columns=columns, rows=rows), width_cells=width_cells, colour=False)]


def test_names_of_every_script_line_up() -> None:
    lines = grid(("王小明", "|"), ("e\u0301va", "|"), ("👩‍👩‍👧", "|"), ("שרה", "|"))

    assert lines == [
        "a       b",
        "------  -",
        "王小明  |",
        "e\u0301va     |",
        "👩‍👩‍👧      |",
        "שרה     |",
    ]


@settings(max_examples=300, deadline=None)
@given(st.lists(st.tuples(TEXTS, TEXTS), min_size=1), st.sampled_from([None, 10, 30]))
def test_every_line_takes_the_same_cells(
    pairs: list[tuple[str, str]], width_cells: int | None
) -> None:
    lines = grid(*((*pair, "|") for pair in pairs), labels="abc", width_cells=width_cells)

    assert len({wcswidth(line) for line in lines}) == 1
    assert "\x1b" not in "".join(lines)


def test_digits_that_are_text_stay_as_they_are() -> None:
    assert grid(("0123", "1e3"), labels="ab")[-1] == "0123  1e3"


def test_nothing_is_cut_where_the_width_is_not_limited() -> None:
    assert grid(("x" * 300, "y"))[-1] == f"{'x' * 300}  y"


def test_the_widest_texts_give_way_to_a_terminal_and_numbers_do_not() -> None:
    lines = grid(("王小明王小明王小明", "short", 123456789012), labels="abc", width_cells=34)

    assert lines[-1] == "王小明王小明…  short  123456789012"
    assert wcswidth(lines[-1]) == 34


def test_a_terminal_too_narrow_for_anything_still_gets_every_column() -> None:
    assert grid(("x" * 20, "y" * 20), width_cells=5)[-1] == "xxxxxxx…  yyyyyyy…"


def test_numbers_stand_right_when_their_column_says_so() -> None:
    columns = (Column(key="n", label="n", align="right"), Column(key="t", label="t"))
    table = Table(columns=columns, rows=((5, "x"), (100, "y")))

    assert [*grid_lines(table, width_cells=None, colour=False)] == [
        "  n  t",
        "---  -",
        "  5  x",
        "100  y",
    ]


def test_a_newline_in_a_cell_does_not_break_the_row() -> None:
    assert grid(("one\ntwo", "x"))[2:] == ["one\\ntwo  x"]


def test_no_rows_are_no_table() -> None:
    assert grid() == []


def test_colour_marks_the_header_and_the_words_of_a_status_column() -> None:
    columns = (Column(key="status", label="status"), Column(key="word", label="word"))
    table = Table(columns=columns, rows=(("fail", "fail"),))

    header, _, row = grid_lines(table, width_cells=None, colour=True)

    assert header.startswith("\x1b[1mstatus\x1b[0m")
    assert row == "\x1b[31mfail  \x1b[0m  fail"


@pytest.mark.parametrize(
    ("cell", "shown"),
    [
        (None, ""),
        (True, "yes"),
        (False, "no"),
        (7, "7"),
        (Decimal("1E+3"), "1000"),
        (Decimal("12.50"), "12.50"),
        (date(2026, 11, 3), "2026-11-03"),
        (datetime(2026, 11, 3, 9, 5, tzinfo=UTC), "2026-11-03T09:05:00Z"),
    ],
)
def test_cells_are_written_for_people(cell: Cell, shown: str) -> None:
    assert cell_text(cell) == shown
