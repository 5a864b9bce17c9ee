"""Tables for people: columns that line up in terminal cells.

Own lines rather than tabulate: its import costs 43 ms (24 of them for importlib.metadata), and the
widths must be measured here anyway to fit a terminal.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING

from memberarc.output.result import local_time, plain_cell
from memberarc.output.text import cell_width, cut, pad, safe_text

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from memberarc.output.result import Cell, Column, Table

_GAP = "  "
_INDENT = "    "
# A column is narrowed no further: what would be left tells nobody anything.
_NARROWEST_CELLS = 8
# What people type or paste into the next command, and short words that say how to read a row.
_WHOLE = frozenset({"id", "uid", "code", "commit", "member", "request", "field", "level"})
# What a row is shown for: too long for its column it runs on, and the terminal breaks the line.
_RUNS_ON = "value"
BOLD, NORMAL = "\x1b[1m", "\x1b[0m"
_STATUS_COLOURS = {"ok": "\x1b[32m", "warn": "\x1b[33m", "fail": "\x1b[31m"}


def grid_lines(table: Table, *, width_cells: int | None, colour: bool) -> Iterator[str]:
    """Write a header, a rule and the rows; nothing at all where there are no rows.

    Args:
        width_cells: The width to fit by cutting the widest texts, but no code, uid or value, and
            then by putting a column below the rows or leaving spare ones out; for None nothing is
            cut.
    """
    if not table.rows:
        return
    headings = [_one_line(column.label) for column in table.columns]
    columns = [_safe_texts(cells) for cells in zip(*table.rows, strict=True)]
    widths = [
        max(map(cell_width, {heading, *texts}))
        for heading, texts in zip(headings, columns, strict=True)
    ]
    below = next((at for at, column in enumerate(table.columns) if column.below), None)
    if width_cells is not None and below is not None and _line_width(widths) > width_cells:
        less = _without(table, below)
        heading, rule, *lines = grid_lines(less, width_cells=width_cells, colour=colour)
        yield from (heading, rule)
        for line, text in zip(lines, columns[below], strict=True):
            yield from (line, f"{_INDENT}{text}") if text else (line,)
        return
    if width_cells is not None:
        widths = _fitted(widths, table, width_cells=width_cells)
        spare = next((at for at, column in enumerate(table.columns) if column.spare), None)
        if spare is not None and _line_width(widths) > width_cells:
            less = _without(table, spare)
            yield from grid_lines(less, width_cells=width_cells, colour=colour)
            return
    placed = [*zip(table.columns, widths, strict=True)]
    header = [
        pad(cut(heading, width), width, align=column.align)
        for heading, (column, width) in zip(headings, placed, strict=True)
    ]
    yield _GAP.join(f"{BOLD}{one}{NORMAL}" if colour else one for one in header).rstrip(" ")
    yield _GAP.join("-" * width for width in widths)
    laid_out = [
        _laid_out(texts, column, width=width, colour=colour)
        for texts, (column, width) in zip(columns, placed, strict=True)
    ]
    for cells in zip(*laid_out, strict=True):
        yield _GAP.join(cells).rstrip(" ")


def cell_text(cell: Cell) -> str:
    """Write a cell as people read it."""
    if isinstance(cell, bool):
        return "yes" if cell else "no"
    if isinstance(cell, datetime):
        return local_time(cell)
    plain = plain_cell(cell)
    return "" if plain is None else str(plain)


def _safe_texts(cells: Sequence[Cell]) -> list[str]:
    """Write the cells of one column; each text is looked at once, however often it is there."""
    texts = [cell if isinstance(cell, str) else cell_text(cell) for cell in cells]
    together = "".join(texts)
    if together.isascii() and together.isprintable():
        return texts
    safe = {text: _one_line(text) for text in {*texts}}
    return [safe[text] for text in texts]


def _laid_out(texts: Sequence[str], column: Column, *, width: int, colour: bool) -> list[str]:
    """Bring the texts of one column to its width, each different one once."""
    different = {*texts}
    kept = {text: text if column.key == _RUNS_ON else cut(text, width) for text in different}
    shown = {text: pad(kept[text], width, align=column.align) for text in different}
    if colour:
        codes = {text: _status_colour(text, column) for text in shown}
        shown |= {text: f"{code}{shown[text]}{NORMAL}" for text, code in codes.items() if code}
    return [shown[text] for text in texts]


def _one_line(text: str) -> str:
    return safe_text(text).replace("\n", "\\n")


def _fitted(widths: list[int], table: Table, *, width_cells: int) -> list[int]:
    """Narrow the widest columns of text, cell by cell, until the line fits or nothing gives."""
    fitted = [*widths]
    excess = _line_width(widths) - width_cells
    for columns in _giving_way(table):
        while excess > 0:
            widest = max(columns, key=lambda at: fitted[at])
            if fitted[widest] <= _NARROWEST_CELLS:
                break
            fitted[widest] -= 1
            excess -= 1
    return fitted


def _line_width(widths: Sequence[int]) -> int:
    return sum(widths) + len(_GAP) * (len(widths) - 1)


def _without(table: Table, at: int) -> Table:
    rows = tuple((*row[:at], *row[at + 1 :]) for row in table.rows)
    return replace(table, columns=(*table.columns[:at], *table.columns[at + 1 :]), rows=rows)


def _giving_way(table: Table) -> Iterator[list[int]]:
    """Yield the columns of text that may be narrowed: labels first, what runs on last."""
    ranks: dict[int, list[int]] = {}
    cells_by_column = zip(*table.rows, strict=True)
    for at, (column, cells) in enumerate(zip(table.columns, cells_by_column, strict=True)):
        whole = column.whole or column.key in _WHOLE
        if not whole and any(isinstance(cell, str) for cell in cells):
            rank = {"label": 0, _RUNS_ON: 2}.get(column.key, 1)
            ranks.setdefault(rank, []).append(at)
    for rank in sorted(ranks):
        yield ranks[rank]


def _status_colour(text: str, column: Column) -> str:
    return _STATUS_COLOURS.get(text, "") if column.key == "status" else ""
