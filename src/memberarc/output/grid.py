"""Tables for people: columns that line up in terminal cells.

Own code rather than tabulate, whose import costs 43 ms (24 of them importlib.metadata) and which
would measure a second time what must be measured here to fit a terminal.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from memberarc.output.result import Cell, Column, Table
from memberarc.output.text import cell_width, cut, pad, safe_text

_GAP = "  "
# A column is narrowed no further: what would be left tells nobody anything.
_NARROWEST_CELLS = 8
_BOLD, _GREEN, _YELLOW, _RED, _NORMAL = (f"\x1b[{code}m" for code in (1, 32, 33, 31, 0))
_STATUS_COLOURS = {"ok": _GREEN, "warn": _YELLOW, "fail": _RED}


def grid_lines(table: Table, *, width_cells: int | None, colour: bool) -> Iterator[str]:
    """Write a header, a rule and the rows; nothing at all where there are no rows.

    Args:
        width_cells: The width to fit by cutting the widest texts; for None nothing is cut.
    """
    if not table.rows:
        return
    lines = [[safe_line(column.label) for column in table.columns]]
    lines += [[safe_line(cell_text(cell)) for cell in row] for row in table.rows]
    widths = [max(map(cell_width, cells)) for cells in zip(*lines, strict=True)]
    if width_cells is not None:
        widths = _fitted(widths, table, width_cells=width_cells)
    for number, texts in enumerate(lines):
        cells = [
            pad(cut(text, width), width, align=column.align)
            for text, width, column in zip(texts, widths, table.columns, strict=True)
        ]
        if colour:
            cells = [_coloured(cell, column, header=number == 0) for cell, column in zip(cells, table.columns, strict=True)]
        yield _GAP.join(cells)
        if number == 0:
            yield _GAP.join("-" * width for width in widths)


def cell_text(cell: Cell) -> str:
    """Write a cell as people read it."""
    if isinstance(cell, bool):
        return "yes" if cell else "no"
    plain = plain_cell(cell)
    return "" if plain is None else str(plain)


def safe_line(text: str) -> str:
    r"""Make text safe and keep it on one line: a newline becomes ``\n``."""
    return safe_text(text).replace("\n", "\\n")
