"""What a person should look at: what answers in a table, and where a query breaks off."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from memberarc.output.grid import cell_text, grid_lines
from memberarc.output.text import ELLIPSIS, cell_width, cut, pad, safe_text

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from memberarc.output.result import Table
    from memberarc.search.words import Span

_MATCH, _NORMAL = "\x1b[1;31m", "\x1b[0m"
_GAP: Final = "  "
# How much of a long query is shown before and after the place that is pointed at.
_BEFORE, _AFTER = 40, 30


def highlighted_lines(
    table: Table, spans: Sequence[Sequence[Sequence[Span]]], *, width_cells: int | None
) -> Iterator[str]:
    """Write a table as on any terminal, with what answers in bold red.

    Args:
        spans: for each row and column, which characters of its text answer.
    """
    lines = [*grid_lines(table, width_cells=width_cells, colour=True)]
    yield from lines[:2]
    # The rule under the header tells how wide the columns have become.
    widths = [len(rule) for rule in (lines[1].split(_GAP) if lines else ())]
    for row, row_spans in zip(table.rows, spans, strict=True):
        cells = []
        for cell, cell_spans, width in zip(row, row_spans, widths, strict=True):
            text = cell_text(cell)
            shown = cut(safe_text(text).replace("\n", "\\n"), width)
            # Where characters had to be made visible, places in the one text are not those in the
            # other: such a text is shown as it is.
            same = text.startswith(shown.removesuffix(ELLIPSIS))
            filling = pad("", width - cell_width(shown))
            cells.append((_painted(shown, cell_spans) if same else shown) + filling)
        yield _GAP.join(cells).rstrip(" ")


def pointed_at(text: str, place: int) -> str:
    """Write a line of text, and under it a mark where the character stands; counted from 1."""
    line = text.replace("\n", " ")
    begin = max(0, place - 1 - _BEFORE)
    before = (ELLIPSIS if begin else "") + safe_text(line[begin : place - 1])
    after = safe_text(line[place - 1 : place - 1 + _AFTER])
    rest = ELLIPSIS if len(line) > place - 1 + _AFTER else ""
    return f"{before}{after}{rest}\n{' ' * cell_width(before)}^"


def _painted(shown: str, spans: Sequence[Span]) -> str:
    end = len(shown) - shown.endswith(ELLIPSIS)
    pieces, at = [], 0
    for start, stop in spans:
        if start < end:
            pieces += [shown[at:start], _MATCH, shown[start : min(stop, end)], _NORMAL]
            at = min(stop, end)
    return "".join((*pieces, shown[at:]))
