"""Sheets as people bring them: text in several encodings, and real workbooks."""

from __future__ import annotations

import codecs
import io
from datetime import date, datetime, time
from typing import TYPE_CHECKING

import pytest
import xlsxwriter

from memberarc.errors import FileError, ImportRefusedError, UsageError
from memberarc.formats.sheets import Row, Sheet, SheetOptions, read_sheet

if TYPE_CHECKING:
    from pathlib import Path

# Cells of a workbook have no zone.
MOMENT = datetime(2026, 1, 2, 3, 4)  # noqa: DTZ001
MIDNIGHT = datetime(2026, 1, 2)  # noqa: DTZ001
TEXT = "姓名,电话\r\n王小明,13800138000\r\n李〇,0571-88886666\r\n"


def read(content: str | bytes, **options: object) -> Sheet:
    raw = content.encode() if isinstance(content, str) else content
    return read_sheet(raw, name="sheet.csv", options=SheetOptions(**options))  # type: ignore[arg-type]


def workbook(*rows: list[object], sheet: str = "会员") -> bytes:
    target = io.BytesIO()
    book = xlsxwriter.Workbook(target, {"in_memory": True})
    page = book.add_worksheet(sheet)
    formats = {
        datetime: book.add_format({"num_format": "yyyy-mm-dd hh:mm"}),
        date: book.add_format({"num_format": "yyyy-mm-dd"}),
        time: book.add_format({"num_format": "hh:mm"}),
    }
    for number, row in enumerate(rows):
        for column, value in enumerate(row):
            if value is not None:
                page.write(number, column, value, formats.get(type(value)))
    book.add_worksheet("第二页").write(0, 0, "另一页")
    book.close()
    return target.getvalue()


@pytest.mark.parametrize(
    ("content", "encoding"),
    [
        (TEXT.encode(), "utf-8"),
        (codecs.BOM_UTF8 + TEXT.encode(), "utf-8-sig"),
        (TEXT.encode("gb18030"), "gb18030"),
        (TEXT.encode("utf-16"), "utf-16"),
        (codecs.BOM_UTF16_BE + TEXT.encode("utf-16-be"), "utf-16"),
    ],
)
def test_the_encoding_is_found_out(content: bytes, encoding: str) -> None:
    sheet = read(content)

    assert sheet.encoding == encoding
    assert sheet.columns == ("姓名", "电话")
    assert sheet.rows == (
        Row(number=2, cells=("王小明", "13800138000")),
        Row(number=3, cells=("李〇", "0571-88886666")),
    )


def test_a_file_that_excel_saved_on_a_chinese_windows_is_read(tmp_path: Path) -> None:
    path = tmp_path / "会员.csv"
    path.write_bytes("姓名,备注\r\n镕基,㐂\r\n".encode("gb18030"))

    sheet = read_sheet(path)

    assert sheet.name == str(path)
    assert sheet.rows[0].cells == ("镕基", "㐂")


def test_a_named_encoding_is_taken_at_its_word() -> None:
    content = "Name\nMüller\n".encode("windows-1252")

    assert read(content, encoding="windows-1252").rows[0].cells == ("Müller",)


def test_bytes_of_no_encoding_are_refused_with_line_and_setting() -> None:
    with pytest.raises(FileError) as caught:
        read(b"name\nWang\nM\xfcl\xff\n")

    assert caught.value.where == "sheet.csv:3"
    assert "`encoding:`" in caught.value.hint
    assert "Wang" not in str(caught.value)


def test_bytes_that_do_not_fit_the_named_encoding_are_refused_with_their_line() -> None:
    with pytest.raises(FileError, match="line 2 is not text in utf-8") as caught:
        read(
            "姓名\n王小明\n".encode("gbk").replace("姓名".encode("gbk"), b"name"), encoding="utf-8"
        )

    assert caught.value.where == "sheet.csv:2"


def test_text_is_composed_to_nfc() -> None:
    assert read("cafe\u0301\nZoe\u0308\n").columns == ("café",)
    assert read("name\nZoe\u0308\n").rows[0].cells == ("Zoë",)


@pytest.mark.parametrize(("delimiter", "mark"), [("comma", ","), ("semicolon", ";"), ("tab", "\t")])
def test_each_delimiter_parts_cells_and_may_stand_in_quotes(delimiter: str, mark: str) -> None:
    sheet = read(f'a{mark}b\n"1{mark}2"{mark}"say ""so"""\n', delimiter=delimiter)

    assert sheet.rows[0].cells == (f"1{mark}2", 'say "so"')


def test_whitespace_parts_columns_of_a_sheet_without_a_header() -> None:
    sheet = read(
        " 00004 0001  29.33\r\n\r\n 00018 0002  7\r\n",
        delimiter="whitespace",
        header=False,
        columns=("master", "sample", "amount"),
    )

    assert sheet.rows == (
        Row(number=1, cells=("00004", "0001", "29.33")),
        Row(number=3, cells=("00018", "0002", "7")),
    )


def test_given_columns_replace_the_header() -> None:
    sheet = read("x,y\n1,2\n", columns=("a", "b"))

    assert sheet.columns == ("a", "b")
    assert [row.number for row in sheet.rows] == [2]


def test_a_row_is_numbered_by_the_line_on_which_it_begins() -> None:
    sheet = read('name,address\n王,"东路 1 号\n二楼\n三室"\n李,西路\n')

    assert [row.number for row in sheet.rows] == [2, 5]
    assert sheet.rows[0].cells[1] == "东路 1 号\n二楼\n三室"


def test_empty_rows_are_left_out_and_cells_are_trimmed() -> None:
    sheet = read("name,phone\n\n , \u3000\n\u3000王小明 ,\t138 \n,,\n")

    assert sheet.rows == (Row(number=4, cells=("王小明", "138")),)
    assert sheet.problems == ()


def test_a_row_of_another_width_is_a_problem_at_its_line() -> None:
    sheet = read("a,b\n1,2,\n1,2,3\n1\n")

    assert [(problem.line, problem.rule) for problem in sheet.problems] == [
        (3, "row-width"),
        (4, "row-width"),
    ]
    assert [row.cells for row in sheet.rows] == [("1", "2"), ("1", "2"), ("1", "")]


@pytest.mark.parametrize("body", ['"open\n1,2\n', '"a"b,c\n'])
def test_text_that_is_not_rfc_4180_is_refused_with_its_line(body: str) -> None:
    with pytest.raises(FileError, match="RFC 4180") as caught:
        read("a,b\n" + body)

    assert caught.value.where == "sheet.csv:2"


def test_a_sheet_without_a_header_in_its_first_row_is_refused() -> None:
    with pytest.raises(ImportRefusedError, match="no header"):
        read(",,\n1,2,3\n")


@pytest.mark.parametrize("content", [b"", b"\r\n", b"\xef\xbb\xbf"])
def test_an_empty_file_is_told_to_be_saved_again(content: bytes) -> None:
    with pytest.raises(ImportRefusedError, match="the file is empty") as caught:
        read(content)

    assert "save the sheet again" in caught.value.hint


@pytest.mark.parametrize("title", ["东区商会会员名册,\n", '"东区商会\n会员名册",\n', "\n"])
def test_a_header_may_stand_below_a_title(title: str) -> None:
    sheet = read(f"{title}姓名,电话\n王小明,1\n", header_row=2)

    assert sheet.columns == ("姓名", "电话")
    assert [row.cells for row in sheet.rows] == [("王小明", "1")]


def test_a_header_row_of_a_workbook_is_the_row_that_excel_numbers_so() -> None:
    content = workbook(["名册"], [None], ["姓名", "电话"], ["王小明", "1"])

    assert read(content, header_row=3).columns == ("姓名", "电话")


def test_a_sheet_that_ends_above_its_header_row_is_refused() -> None:
    with pytest.raises(ImportRefusedError, match="no header in row 5") as caught:
        read("名册,\n姓名,电话\n", header_row=5)

    assert "header_row: 2" in caught.value.hint


def test_two_columns_of_the_same_name_are_refused_by_their_places() -> None:
    with pytest.raises(ImportRefusedError, match="columns 2 and 3"):
        read("姓名,电话,电话\n")


def test_no_header_and_no_columns_is_a_mistake_of_the_caller() -> None:
    with pytest.raises(UsageError):
        read("1,2\n", header=False)


def test_numbers_of_a_workbook_stay_whole_and_days_become_iso_text() -> None:
    sheet = read(
        workbook(
            ["手机", "金额", "入会", "时间", "时刻", "是否", "编号"],
            [13800138000, 12.5, date(2026, 1, 2), MOMENT, time(3, 4), True, "007"],
            [999999999999999, 0.1 + 0.2, MIDNIGHT, None, None, False, 1e-7],
        )
    )

    assert sheet.rows == (
        Row(
            number=2,
            cells=(
                "13800138000",
                "12.5",
                "2026-01-02",
                "2026-01-02T03:04:00",
                "03:04:00",
                "true",
                "007",
            ),
        ),
        Row(number=3, cells=("999999999999999", "0.3", "2026-01-02", "", "", "false", "0.0000001")),
    )
    assert sheet.problems == ()


def test_an_id_number_that_excel_kept_as_a_number_has_lost_digits() -> None:
    sheet = read(workbook(["姓名", "证件号码"], ["王小明", 990101199003071233]))

    [problem] = sheet.problems
    assert (problem.rule, problem.line, problem.column) == ("lost-digits", 2, 2)
    assert problem.pointer == "证件号码"
    assert "99010" not in str(problem)


def test_rows_of_a_workbook_have_the_numbers_that_excel_shows() -> None:
    sheet = read(workbook(["姓名"], ["王"], [None], ["李"]))

    assert [row.number for row in sheet.rows] == [2, 4]


def test_a_sheet_of_a_workbook_is_found_by_name() -> None:
    assert read(workbook(["姓名"]), sheet="第二页").columns == ("另一页",)
    with pytest.raises(ImportRefusedError, match="第三页") as caught:
        read(workbook(["姓名"]), sheet="第三页")

    assert caught.value.hint == "its sheets: 会员, 第二页"


@pytest.mark.parametrize(
    "content", [b"PK\x03\x04 no workbook", workbook(["姓名"])[:600], b"\xd0\xcf\x11\xe0 old"]
)
def test_what_is_no_workbook_is_refused(content: bytes) -> None:
    with pytest.raises(FileError) as caught:
        read(content)

    assert caught.value.where == "sheet.csv"


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(FileError) as caught:
        read_sheet(tmp_path / "none.csv")

    assert caught.value.where == str(tmp_path / "none.csv")


@pytest.mark.parametrize(
    ("cell", "value"),
    [
        ("'=1+1", "=1+1"),
        ("''@x", "'@x"),
        ("'＝HYPERLINK(x)", "＝HYPERLINK(x)"),
        ("+8613800138000", "+8613800138000"),
        ("'s-Hertogenbosch", "'s-Hertogenbosch"),
    ],
)
def test_what_keeps_a_spreadsheet_from_calculating_is_no_part_of_a_value(
    cell: str, value: str
) -> None:
    sheet = read_sheet(f"name,note\nx,{cell}\n".encode(), options=SheetOptions())

    assert sheet.rows[0].cells == ("x", value)
