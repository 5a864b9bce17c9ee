"""Sheets people bring: CSV and its relatives, and .xlsx workbooks, as rows of trimmed text.

A row carries the number a person sees: the row in Excel, or the line of a text file on which the
record begins, so that a cell with line breaks does not shift the rows below it.
"""

from __future__ import annotations

import codecs
import csv
import io
import re
import unicodedata
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Final

from memberarc.errors import FileError, ImportRefusedError, Problem, UsageError
from memberarc.formats.workbook_extent import refuse_boundless

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

DELIMITERS: Final = {"comma": ",", "semicolon": ";", "tab": "\t", "whitespace": ""}

ENCODINGS: Final = (
    "utf-8",
    "utf-16",
    "gb18030",
    "gbk",
    "big5",
    "shift_jis",
    "euc-kr",
    "windows-1250",
    "windows-1251",
    "windows-1252",
    "iso-8859-1",
)

_BYTE_ORDER_MARKS: Final = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_ZIP: Final = b"PK\x03\x04"
_OLE: Final = b"\xd0\xcf\x11\xe0"  # .xls, and any workbook with a password

HEADER_HINT: Final = (
    "if a title stands above the column titles, put `header_row: 2` into the mapping; if there are"
    " no column titles, `header: false`"
)

# Excel keeps fifteen digits of a number and writes zeros for the rest.
_GUARD: Final = re.compile("^'(?='*[=+\\-@\t\r\n＝＋－＠])")
_FIRST_NUMBER_WITH_LOST_DIGITS: Final = 10**15

_CellValue = str | float | bool | time | date | datetime | timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class SheetOptions:
    """How to read a sheet.

    An empty ``encoding`` means: the byte order mark, else UTF-8, else GB 18030, which Excel writes
    on a Chinese Windows. ``header_row`` is the number of the row that holds the header; what stands
    above is no row. ``columns`` stand for a missing header, or replace the one there is. An empty
    ``sheet`` is the first of the workbook.
    """

    encoding: str = ""
    delimiter: str = "comma"
    header: bool = True
    header_row: int = 1
    columns: tuple[str, ...] = ()
    sheet: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One row: as many cells as the sheet has columns, in their order; empty text where empty."""

    number: int
    cells: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """A sheet as read; a problem's line is the row's number, and its column that of the cell."""

    name: str
    encoding: str
    columns: tuple[str, ...]
    rows: tuple[Row, ...]
    problems: tuple[Problem, ...]


def read_sheet(
    source: Path | bytes, *, name: str = "", options: SheetOptions | None = None
) -> Sheet:
    """Read a sheet from a file or from bytes; rows without any text are left out.

    Args:
        name: What problems call the sheet; the path unless given.

    Raises:
        FileError: The file cannot be read, decoded or parsed at all.
        ImportRefusedError: It is empty, lacks the named sheet, or names a column twice.
    """
    options = options or SheetOptions()
    if not options.header and not options.columns:
        raise UsageError("a sheet without a header needs the names of its columns")
    name = name or str(source if isinstance(source, Path) else "-")
    content = _read_file(source) if isinstance(source, Path) else source
    if content.startswith(_ZIP):
        encoding, records = "", _workbook_records(content, name=name, sheet=options.sheet)
    elif content.startswith(_OLE):
        raise FileError(
            "an .xls workbook, or one with a password, cannot be read",
            where=name,
            hint="save it as .xlsx without a password",
        )
    else:
        text, encoding = _decode(content, name=name, encoding=options.encoding)
        if not text.strip():
            raise ImportRefusedError(
                "the file is empty", where=name, hint="save the sheet again, as .csv or .xlsx"
            )
        records = _text_records(text, name=name, delimiter=options.delimiter)
    return _assemble(records, name=name, encoding=encoding, options=options)


def _read_file(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as err:
        raise FileError(f"cannot read the sheet: {err.strerror}", where=str(path)) from err


def _written(cell: str) -> str:
    """Take off the apostrophe that keeps a spreadsheet from calculating, as our own sheets have."""
    return _GUARD.sub("", cell).strip()


def _assemble(
    records: Iterator[tuple[int, Sequence[_CellValue]]],
    *,
    name: str,
    encoding: str,
    options: SheetOptions,
) -> Sheet:
    columns = _columns(records, name=name, options=options)
    rows: list[Row] = []
    problems: list[Problem] = []
    for number, record in records:
        cells = [_written(cell) if isinstance(cell, str) else _cell_text(cell) for cell in record]
        if not any(cells):
            continue
        problems += _lost_digits(record, name=name, number=number, columns=columns)
        if len(cells) < len(columns) or any(cells[len(columns) :]):
            problems.append(
                Problem(
                    path=name,
                    rule="row-width",
                    message=f"{len(cells)} cells where the sheet has {len(columns)} columns",
                    line=number,
                    column=1,
                    hint="put a cell that holds the delimiter in quotes",
                )
            )
            cells += [""] * (len(columns) - len(cells))
        rows.append(Row(number=number, cells=tuple(cells[: len(columns)])))
    return Sheet(
        name=name,
        encoding=encoding,
        columns=columns,
        rows=tuple(rows),
        problems=tuple(problems),
    )


def _columns(
    records: Iterator[tuple[int, Sequence[_CellValue]]], *, name: str, options: SheetOptions
) -> tuple[str, ...]:
    columns = options.columns
    if options.header:
        below = (cells for number, cells in records if number >= options.header_row)
        titles = next(below, ())
        columns = columns or tuple(str(cell).strip() for cell in titles)
    if not any(columns):
        raise ImportRefusedError(
            f"the sheet has no header in row {options.header_row}", where=name, hint=HEADER_HINT
        )
    twice = [
        place for place, column in enumerate(columns, 1) if column and columns.count(column) > 1
    ]
    if twice:
        raise ImportRefusedError(
            f"columns {twice[0]} and {twice[1]} have the same name",
            where=name,
            hint="rename one of them, or list all names as `columns` in the mapping",
        )
    return columns


def _lost_digits(
    record: Sequence[_CellValue], *, name: str, number: int, columns: Sequence[str]
) -> Iterator[Problem]:
    for column, cell in enumerate(record[: len(columns)]):
        if isinstance(cell, float) and abs(cell) >= _FIRST_NUMBER_WITH_LOST_DIGITS:
            yield Problem(
                path=name,
                rule="lost-digits",
                message="a number of more than 15 digits, of which Excel keeps only 15",
                line=number,
                column=column + 1,
                pointer=columns[column],
                hint="format the column as text in Excel and enter the number again",
            )


def _decode(content: bytes, *, name: str, encoding: str) -> tuple[str, str]:
    marked = next((found for mark, found in _BYTE_ORDER_MARKS if content.startswith(mark)), "")
    candidates = [marked or encoding] if marked or encoding else ["utf-8", "gb18030"]
    for candidate in candidates:
        try:
            return unicodedata.normalize("NFC", content.decode(candidate)), candidate
        except UnicodeDecodeError as err:
            line = content[: err.start].decode(candidate, "ignore").count("\n") + 1
    raise FileError(
        f"line {line} is not text in {' or '.join(candidates)}",
        where=f"{name}:{line}",
        hint=f"set `encoding:` in the mapping to one of {', '.join(ENCODINGS)}",
    )


def _text_records(
    text: str, *, name: str, delimiter: str
) -> Iterator[tuple[int, Sequence[_CellValue]]]:
    lines = io.StringIO(text, newline="")
    if delimiter == "whitespace":
        yield from ((number, line.split()) for number, line in enumerate(lines, 1))
        return
    reader = csv.reader(lines, delimiter=DELIMITERS[delimiter], strict=True)
    start = 1
    try:
        for cells in reader:
            yield start, cells
            start = reader.line_num + 1
    except csv.Error as err:
        raise FileError(
            f"the record that begins on line {start} is not CSV as in RFC 4180: {err}",
            where=f"{name}:{start}",
            hint="double each quote inside a quoted cell and close the last one",
        ) from err


def _workbook_records(
    content: bytes, *, name: str, sheet: str
) -> Iterator[tuple[int, Sequence[_CellValue]]]:
    from python_calamine import CalamineError, CalamineWorkbook

    refuse_boundless(content, name=name)
    try:
        workbook = CalamineWorkbook.from_filelike(io.BytesIO(content))
        names = workbook.sheet_names
        if sheet and sheet not in names:
            raise ImportRefusedError(
                f"the workbook has no sheet {sheet}",
                where=name,
                hint=f"its sheets: {', '.join(names)}",
            )
        # Empty rows and columns at the top and left count: they are what a person sees numbered.
        rows = workbook.get_sheet_by_name(sheet or names[0]).to_python(skip_empty_area=False)
    except CalamineError as err:
        raise FileError(f"not a readable workbook: {err}", where=name) from err
    return iter(enumerate(rows, 1))


def _cell_text(cell: _CellValue) -> str:
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, float):
        # Fifteen digits are what Excel itself shows; a whole number keeps no point and no exponent.
        return format(Decimal(format(cell, ".15g")), "f")
    if isinstance(cell, datetime) and cell.time() == time():
        return cell.date().isoformat()
    return cell.isoformat() if isinstance(cell, date | time) else str(cell)
