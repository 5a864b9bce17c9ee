"""Tables for people."""

from __future__ import annotations

import time
from datetime import UTC, date, datetime
from decimal import Decimal
from unicodedata import category

import pytest
from hypothesis import assume, given, settings
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
    # A mark without a letter joins whatever stands before it, each terminal in its own way.
    assume(not any(category(text[:1] or "a")[0] == "M" for pair in pairs for text in pair))

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


HEADINGS = ["id", "text", "name", "n"]


def keyed(keys: str, *rows: tuple[Cell, ...], width_cells: int) -> list[str]:
    columns = tuple(Column(key=key, label=key) for key in keys.split())
    return [*grid_lines(Table(columns=columns, rows=rows), width_cells=width_cells, colour=False)]


@pytest.mark.parametrize("width_cells", [40, 80])
@pytest.mark.parametrize("key", ["id", "uid", "code", "commit", "member", "request"])
def test_a_code_is_never_cut(key: str, width_cells: int) -> None:
    row = ("M2026-000001-k5x2w7n3q4v6t7zb", "x" * 60, "y" * 60)

    line = keyed(f"{key} text name", row, width_cells=width_cells)[-1]

    assert line.startswith(f"{row[0]}  xxxxxxx")
    assert wcswidth(line) == max(width_cells, len(row[0]) + 20)


def test_labels_give_way_before_values() -> None:
    address = "192 Orchard Way, Ashmead Mills"
    rows = (("contact.address", address, "internal", "Address 通讯地址"), ("id", "M", "open", "Id"))

    assert keyed("field value level label", *rows, width_cells=67)[2:] == [
        "contact.address  192 Orchard Way, Ashmead Mills  internal  Address…",
        "id               M                               open      Id",
    ]


@pytest.mark.parametrize("width_cells", [40, 80])
@pytest.mark.parametrize(
    "value", ["192 Orchard Way, " * 6 + "Ashmead", "上海市黄浦区中山东一路" * 5]
)
def test_a_value_that_does_not_fit_runs_on_and_loses_nothing(value: str, width_cells: int) -> None:
    rows = (
        ("address", value, "internal", "Address 通讯地址"),
        ("name", "王小明", "internal", "Name"),
    )

    *_, long, short = keyed("field value level label", *rows, width_cells=width_cells)

    assert long == f"address  {value}  internal  Address…"
    assert wcswidth(short) <= width_cells


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
    ],
)
def test_cells_are_written_for_people(cell: Cell, shown: str) -> None:
    assert cell_text(cell) == shown


@pytest.mark.parametrize(
    ("zone", "shown"),
    [
        ("Asia/Shanghai", "2026-07-03 17:05+08:00"),
        ("America/New_York", "2026-07-03 05:05-04:00"),
        ("UTC", "2026-07-03 09:05+00:00"),
    ],
)
def test_a_time_is_told_in_the_zone_of_whoever_reads_it(
    zone: str, shown: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setenv("TZ", zone)
        time.tzset()
        text = cell_text(datetime(2026, 7, 3, 9, 5, 59, tzinfo=UTC))
    time.tzset()

    assert text == shown


@pytest.mark.parametrize(
    ("width_cells", "header"),
    [(36, "id text name n"), (22, "text name n"), (18, "text name"), (10, "text name")],
)
def test_spare_columns_are_left_out_where_cutting_is_not_enough(
    width_cells: int, header: str
) -> None:
    columns = tuple(Column(key=key, label=key, spare=key in ("id", "n")) for key in HEADINGS)
    table = Table(columns=columns, rows=(("M1", "x" * 20, "y" * 20, 5),))

    lines = [*grid_lines(table, width_cells=width_cells, colour=False)]

    assert lines[0].split() == header.split()
    assert len(lines[-1].split()) == len(header.split())


def test_spare_columns_are_all_there_where_nothing_is_cut() -> None:
    columns = tuple(Column(key=key, label=key, spare=True) for key in HEADINGS)
    table = Table(columns=columns, rows=(("M1", "x" * 300, "y" * 300, 5),))

    assert next(grid_lines(table, width_cells=None, colour=False)).split() == HEADINGS


def test_a_column_that_says_so_is_never_cut() -> None:
    columns = (Column(key="档号", label="档号", whole=True), Column(key="text", label="text"))
    table = Table(columns=columns, rows=(("M2026-000001", "x" * 60),))

    lines = [*grid_lines(table, width_cells=24, colour=False)]

    assert lines[-1] == "M2026-000001  xxxxxxxxx…"


@pytest.mark.parametrize("width_cells", [30, 60, None])
def test_what_does_not_fit_beside_a_row_stands_below_it(width_cells: int | None) -> None:
    columns = (Column(key="a", label="a"), Column(key="fix", label="fix", below=True))
    table = Table(columns=columns, rows=(("one", "y" * 40), ("two", "")))

    lines = [*grid_lines(table, width_cells=width_cells, colour=False)]

    if width_cells == 30:
        assert lines == ["a", "---", "one", f"    {'y' * 40}", "two"]
    else:
        assert lines[2:] == [f"one  {'y' * 40}", "two"]
