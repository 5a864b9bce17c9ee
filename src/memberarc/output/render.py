"""Render a result in the format that was asked for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Literal, TypeAlias

from memberarc.output.result import PROBLEM_COLUMNS, Cell, Column, JsonValue, Result, Table
from memberarc.output.text import cell_width, cut, pad, safe_text

Format: TypeAlias = Literal["table", "json", "jsonl", "csv", "tsv", "md", "yaml"]

_GAP = "  "
# A column is cut no further: what would be left tells nobody anything.
_NARROWEST_CELLS = 8
_BOLD, _GREEN, _YELLOW, _RED, _PLAIN = (f"\x1b[{code}m" for code in (1, 32, 33, 31, 0))
_STATUS_COLOURS = {"ok": _GREEN, "warn": _YELLOW, "fail": _RED}
_MARKDOWN_SIGNS = str.maketrans({sign: f"\\{sign}" for sign in "\\|`*_[]<>&~"} | {"\n": "<br>"})


def render(
    result: Result, *, format: Format, width_cells: int | None = None, colour: bool = False
) -> str:
    """Write a result as text that ends in a newline, or as nothing.

    Args:
        width_cells: The width of the terminal that tables must fit; nothing is ever cut for None.
        colour: Whether tables for people may be coloured.
    """
    match format:
        case "table":
            return _for_people(result, width_cells=width_cells, colour=colour)
        case "json" | "yaml":
            from memberarc.output.envelope import envelope_of, envelope_text

            return envelope_text(envelope_of(result), format=format)
        case "jsonl":
            from memberarc.output.envelope import json_text, plain

            return _lines(json_text(plain(record), indent=None) for record in _records(result))
        case "csv" | "tsv":
            table = _table(result)
            header = [column.key for column in table.columns]
            delimiter = "," if format == "csv" else "\t"
            return _lines(_csv_line(row, delimiter=delimiter) for row in (header, *table.rows))
        case "md":
            return _lines(_markdown(_table(result)))


def problem_lines(result: Result) -> str:
    """Write the problems as ``path:line:column: rule: message``, one a line."""
    return _lines(safe_text(str(problem)) for problem in result.problems)


def _for_people(result: Result, *, width_cells: int | None, colour: bool) -> str:
    answer = ""
    if result.text is not None:
        answer = _lines([safe_text(result.text.removesuffix("\n"))] if result.text else [])
    elif result.table is not None and result.table.columns != PROBLEM_COLUMNS:
        answer = _lines(_grid(result.table, width_cells=width_cells, colour=colour))
    return answer + problem_lines(result)


def _grid(table: Table, *, width_cells: int | None, colour: bool) -> Iterator[str]:
    """Lay a table out in columns of cells; nothing at all for no rows."""
    if not table.rows:
        return
    columns = table.columns
    grid = [[_one_line(column.label) for column in columns]]
    grid += [[_one_line(_cell_text(cell)) for cell in row] for row in table.rows]
    widths = [max(map(cell_width, cells)) for cells in zip(*grid, strict=True)]
    if width_cells is not None:
        widths = _fitted(widths, table, width_cells=width_cells)
        grid = [[cut(text, width) for text, width in zip(line, widths, strict=True)] for line in grid]
    for number, line in enumerate(grid):
        padded = [
            pad(text, width, align=column.align)
            for text, width, column in zip(line, widths, columns, strict=True)
        ]
        if columns[-1].align == "left":
            padded[-1] = line[-1]
        if colour:
            padded = _coloured(padded, columns, header=number == 0)
        yield _GAP.join(padded)
        if number == 0:
            yield _GAP.join("-" * width for width in widths)


def _fitted(widths: list[int], table: Table, *, width_cells: int) -> list[int]:
    """Narrow the widest columns of text, cell by cell, until the line fits or nothing more gives."""
    fitted = [*widths]
    is_text = [any(isinstance(cell, str) for cell in cells) for cells in zip(*table.rows, strict=True)]
    excess = sum(fitted) + len(_GAP) * (len(fitted) - 1) - width_cells
    for _ in range(excess):
        widest = max(range(len(fitted)), key=lambda at: fitted[at] if is_text[at] else 0)
        if not is_text[widest] or fitted[widest] <= _NARROWEST_CELLS:
            break
        fitted[widest] -= 1
    return fitted


def _coloured(line: list[str], columns: Sequence[Column], *, header: bool) -> list[str]:
    if header:
        return [f"{_BOLD}{text}{_PLAIN}" for text in line]
    return [
        f"{_STATUS_COLOURS[text.strip()]}{text}{_PLAIN}"
        if column.key == "status" and text.strip() in _STATUS_COLOURS
        else text
        for text, column in zip(line, columns, strict=True)
    ]


def _markdown(table: Table) -> Iterator[str]:
    """Write a table of GitHub's Markdown in which cells are text, whatever they contain."""
    yield _markdown_line(column.label for column in table.columns)
    yield _markdown_rule(table.columns)
    for row in table.rows:
        yield _markdown_line(_cell_text(cell) for cell in row)
