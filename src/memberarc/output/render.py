"""Render a result in the format that was asked for; every result has every format."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from memberarc.output.envelope import envelope_of, envelope_text, json_text, plain
from memberarc.output.grid import BOLD, NORMAL, cell_text, grid_lines
from memberarc.output.result import (
    PROBLEM_COLUMNS,
    Cell,
    Column,
    JsonValue,
    Result,
    Table,
    plain_cell,
)
from memberarc.output.text import safe_text

if TYPE_CHECKING:
    from memberarc.errors import Problem
    from memberarc.output.result import Cell, Format, JsonValue, Result

# What a spreadsheet takes for the beginning of a formula (OWASP, "CSV Injection"); apostrophes that
# stand before it count, too, so that whoever takes one off again gets every text back.
_FORMULA = re.compile("'*[=+\\-@\t\r\n\uff1d\uff0b\uff0d\uff20]")
_NUMBER = re.compile(r"[+-][0-9]+(\.[0-9]+)?")  # and a telephone number as in E.164
_MARKDOWN_SIGNS = str.maketrans({sign: f"\\{sign}" for sign in "\\|`*_[]<>&~"} | {"\n": "<br>"})


def render(
    result: Result, *, form: Format, width_cells: int | None = None, colour: bool = False
) -> str:
    """Write a result as whole lines.

    Args:
        width_cells: The width that tables for people must fit; for None nothing is ever cut.
        colour: Whether tables for people may be coloured.
    """
    if form == "table":
        return _for_people(result, width_cells=width_cells, colour=colour)
    if form in ("json", "yaml"):
        return envelope_text(envelope_of(result), form=form)
    if form == "jsonl":
        return _joined(json_text(plain(record), indent=None) for record in _records(result))
    table = result.table or _table_of(_records(result))
    if form == "md":
        return _joined(_markdown_lines(table))
    if form == "csv":
        return _joined(_delimited_lines(table, delimiter=",", text_of=_guarded_text))
    return _joined(_delimited_lines(table, delimiter="\t", text_of=_raw_text))


def problem_text(problems: Iterable[Problem]) -> str:
    """Write problems as ``path:line:column: rule: message``, one a line."""
    return _joined(safe_text(str(problem)) for problem in problems)


def _for_people(result: Result, *, width_cells: int | None, colour: bool) -> str:
    answer = ""
    if result.text:
        answer = _joined([safe_text(result.text.removesuffix("\n"))])
    elif result.sections:
        answer = "\n".join(
            _joined([_heading(one.heading, colour=colour)])
            + _joined(grid_lines(one.table, width_cells=width_cells, colour=colour))
            for one in result.sections
        )
    elif result.text is None and result.table and result.table.columns != PROBLEM_COLUMNS:
        answer = _joined(grid_lines(result.table, width_cells=width_cells, colour=colour))
    return answer + problem_text(result.problems)


def _heading(text: str, *, colour: bool) -> str:
    return f"{BOLD}{safe_text(text)}{NORMAL}" if colour else safe_text(text)


def _records(result: Result) -> list[Mapping[str, JsonValue]]:
    """Take the answer apart: a record for each row, or for each item of the data."""
    if result.table:
        keys = [column.key for column in result.table.columns]
        return [dict(zip(keys, row, strict=True)) for row in result.table.rows]
    items = [result.data] if isinstance(result.data, Mapping) else result.data
    return [item if isinstance(item, Mapping) else {"value": item} for item in items if item != {}]


def _table_of(records: Sequence[Mapping[str, JsonValue]]) -> Table:
    """Lay records out as rows; what is nested stands in its cell as JSON."""
    keys = dict.fromkeys(key for record in records for key in record)
    return Table(
        columns=tuple(Column(key=key, label=key) for key in keys),
        rows=tuple(tuple(_flat(record.get(key)) for key in keys) for record in records),
    )


def _flat(value: JsonValue) -> Cell:
    if isinstance(value, Mapping) or (isinstance(value, Sequence) and not isinstance(value, str)):
        return json_text(plain(value), indent=None)
    return value


def _delimited_lines(
    table: Table, *, delimiter: str, text_of: Callable[[Cell], str]
) -> Iterator[str]:
    """Write RFC 4180 with line feeds, as in the ledger's files."""
    yield delimiter.join(_quoted(column.key, delimiter=delimiter) for column in table.columns)
    for row in table.rows:
        fields = map(text_of, row)
        # A line with nothing on it would be no row at all.
        yield delimiter.join(_quoted(field, delimiter=delimiter) for field in fields) or '""'


def _guarded_text(cell: Cell) -> str:
    """Write a cell for spreadsheets: what they would calculate gets an apostrophe in front."""
    if isinstance(cell, str) and _FORMULA.match(cell) and not _NUMBER.fullmatch(cell):
        return f"'{cell}"
    return _raw_text(cell)


def _raw_text(cell: Cell) -> str:
    if isinstance(cell, bool):
        return "true" if cell else "false"
    plain = plain_cell(cell)
    return "" if plain is None else str(plain)


def _quoted(field: str, *, delimiter: str) -> str:
    if any(sign in field for sign in (delimiter, '"', "\r", "\n")):
        return '"' + field.replace('"', '""') + '"'
    return field


def _markdown_lines(table: Table) -> Iterator[str]:
    """Write a table of GitHub's Markdown whose cells are plain text, whatever they contain."""
    yield _markdown_line(column.label for column in table.columns)
    yield f"| {' | '.join('---:' if c.align == 'right' else '---' for c in table.columns)} |"
    for row in table.rows:
        yield _markdown_line(cell_text(cell) for cell in row)


def _markdown_line(texts: Iterable[str]) -> str:
    return f"| {' | '.join(safe_text(text).translate(_MARKDOWN_SIGNS) for text in texts)} |"


def _joined(lines: Iterable[str]) -> str:
    return "".join(f"{line}\n" for line in lines)
