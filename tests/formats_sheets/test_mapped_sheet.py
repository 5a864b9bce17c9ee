"""Mapped rows: what becomes of a cell, and flaws that never repeat it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from memberarc.errors import ImportRefusedError, Problem
from memberarc.formats.mapped_sheet import MappedSheet, map_sheet
from memberarc.formats.mapping import parse_mapping
from memberarc.formats.sheets import Row, Sheet, read_sheet

HEAD = "format: map/1\ntarget: members\nkind: individual\nfields:\n"


def mapped(rows: str, *fields: str) -> MappedSheet:
    text = HEAD + "".join(f"  {field}\n" for field in fields)
    mapping = parse_mapping(text.encode(), path="my.map.yaml")
    return map_sheet(mapping, read_sheet(rows.encode(), name="my.csv", options=mapping.options))


def value(cell: str, entry: str) -> str | None:
    """Map one cell; None where it has a problem."""
    sheet = mapped(f'a,b\n"{cell}",x\n', f"name: {{column: a, {entry}}}")
    return None if sheet.rows[0].problems else sheet.rows[0].values.get("name", "")


def test_columns_and_constants_become_fields() -> None:
    sheet = mapped("姓名,x\n王小明,1\n", "name: {column: 姓名}", "branch: {value: east}")

    assert sheet.rows[0].number == 2
    assert sheet.rows[0].values == {"name": "王小明", "branch": "east"}


def test_an_empty_cell_is_absent_or_its_default() -> None:
    sheet = mapped("a,b\n,x\n", "name: {column: a}", "sex: {column: a, default: other}")

    assert sheet.rows[0].values == {"sex": "other"}


def test_an_empty_cell_that_is_required_is_a_problem_at_its_cell() -> None:
    [row] = mapped("b,a\nx,\n", "name: {column: a, required: true}").rows

    [problem] = row.problems
    assert (problem.path, problem.line, problem.column) == ("my.csv", 2, 2)
    assert (problem.pointer, problem.message) == ("a", "empty, but required")


def test_values_are_translated_and_others_refused_without_being_repeated() -> None:
    assert value("男", "values: {男: male, 女: female}") == "male"
    [row] = mapped("a,b\nsecret,x\n", "sex: {column: a, values: {男: male}}").rows

    assert "secret" not in str(row.problems[0])
    assert row.values == {}


@pytest.mark.parametrize(
    ("cell", "pattern", "expected"),
    [
        ("19970131", "%Y%m%d", "1997-01-31"),
        ("1997/1/5", "%Y/%m/%d", "1997-01-05"),
        ("31.12.26", "%d.%m.%y", "2026-12-31"),
        ("2026-11-03 14:22:10", "%Y-%m-%d %H:%M:%S", "2026-11-03"),
        ("2026-11-03", "%d.%m.%Y", "2026-11-03"),
        ("2026-11-03T14:22:10", "%d.%m.%Y", "2026-11-03"),
        ("2026年11月3日", "%Y年%m月%d日", "2026-11-03"),
        ("1997/02/30", "%Y/%m/%d", None),
        ("2026-02-30", "%Y/%m/%d", None),
        ("soon", "%Y/%m/%d", None),
    ],
)
def test_a_day_is_read_by_its_pattern(cell: str, pattern: str, expected: str | None) -> None:
    assert value(cell, f'date: "{pattern}"') == expected


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        ("2024-03-05", "2024-03-05"),
        ("2024-03-05T00:00:00", "2024-03-05"),
        ("2024年3月5日", "2024-03-05"),
        ("2024/3/5", "2024-03-05"),
        ("2024.3.5", "2024-03-05"),
        ("20240305", "2024-03-05"),
        ("２０２４／３／５", "2024-03-05"),
        ("2013年9月", "2013-09"),
        ("2013/9", "2013-09"),
        ("2013.12", "2013-12"),
        ("2013", "2013"),
        ("2013.1", None),  # a workbook has it of 2013.10, too
        ("201309", None),
        ("2024年2月30日", None),
        ("5/3/2024", None),
        ("24/3/5", None),
        ("去年", None),
    ],
)
def test_a_date_is_read_by_itself_where_it_can_mean_one_only(
    cell: str, expected: str | None
) -> None:
    assert value(cell, "date: auto") == expected


@pytest.mark.parametrize(
    ("cell", "mark", "expected"),
    [
        ("29.33", ".", "29.33"),
        ("1,234,567.80", ".", "1234567.80"),
        ("1.234.567,80", ",", "1234567.80"),
        ("1 234,5", ",", "1234.5"),
        ("-12", ",", "-12"),
        ("+007", ".", "7"),
        ("0.00", ".", "0.00"),
        ("－１，２３４．５０", ".", "-1234.50"),
        ("8²", ".", None),
        ("1,5", ".", None),
        ("1.5", ",", None),
        ("12,34,567", ".", None),
        ("1,234 567", ".", None),
        ("1e3", ".", None),
        (".5", ".", None),
        ("١٢", ".", None),
    ],
)
def test_a_number_is_read_by_its_decimal_mark(cell: str, mark: str, expected: str | None) -> None:
    assert value(cell, f'decimal: "{mark}"') == expected


def test_characters_are_removed_before_a_cell_is_read() -> None:
    assert value("¥ 1,200.00 元", 'remove: "¥元", decimal: "."') == "1200.00"
    assert value("138-0013-8000", 'remove: "-"') == "13800138000"
    assert value("--", 'remove: "-"') == ""


def test_an_unknown_column_is_refused_without_telling_what_stands_in_the_first_row() -> None:
    with pytest.raises(ImportRefusedError) as caught:
        mapped("姓名,联系电话\n", "name: {column: 姓名}", "contact.mobile: {column: 联系电活}")

    assert caught.value.message == "none of the sheet's 2 columns is called 联系电活"
    # Without a header the first row is a member: 联系电话 could as well be his number.
    assert "联系电话" not in caught.value.message + caught.value.hint
    assert "header_row: 2" in caught.value.hint


def test_a_header_that_stands_once_more_among_the_rows_is_refused() -> None:
    fields = ("name: {column: 姓名}", "contact.mobile: {column: 电话}")
    rows = mapped("姓名,电话,备注\n姓名,1,\n姓名,电话,续表\n", *fields).rows

    assert [[problem.rule for problem in row.problems] for row in rows] == [[], ["header"]]
    assert rows[1].values == {}


def test_flaws_of_the_sheet_reach_the_rows_they_concern() -> None:
    sheet = mapped("a,b\n1,2,3\n1,2\n", "name: {column: a}")

    assert [len(row.problems) for row in sheet.rows] == [1, 0]


def test_a_flaw_in_a_column_nobody_maps_is_left_aside() -> None:
    mapping = parse_mapping((HEAD + "  name: {column: a}\n").encode(), path="my.map.yaml")
    flaw = Problem(path="my.xlsx", rule="lost-digits", message="lost", line=2, pointer="b")
    rows = (Row(number=2, cells=("1", "2")),)
    sheet = Sheet(name="my.xlsx", encoding="", columns=("a", "b"), rows=rows, problems=(flaw,))

    assert map_sheet(mapping, sheet).rows[0].problems == ()
    told = map_sheet(mapping, replace(sheet, problems=(replace(flaw, pointer="a"),)))
    assert [problem.rule for problem in told.rows[0].problems] == ["lost-digits"]
