"""Draw growth as SVG: seconds by members, both axes logarithmic, in a light or a dark page."""

from __future__ import annotations

from math import ceil, floor, log10
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Sequence

    from growth_bench import Point

_LEFT, _RIGHT, _TOP, _BOTTOM = 70, 190, 30, 60
_WIDTH, _HEIGHT = 860, 480
_APART: Final = 15  # labels at the ends of lines, lest one stands on another
_COLOURS: Final = ("#0072b2", "#d55e00", "#009e73", "#a8479e", "#b8860b", "#7f7f7f")
_STYLE: Final = """\
  text { font: 12px system-ui, sans-serif; fill: #24292f }
  .grid { stroke: #d0d7de; stroke-width: 1 }
  polyline { fill: none; stroke-width: 2 }
  .peer { stroke-dasharray: 2 4; stroke-width: 1.5 }
  @media (prefers-color-scheme: dark) {
    text { fill: #e6edf3 }
    .grid { stroke: #30363d }
  }
"""


def draw_growth(points: Sequence[Point]) -> str:
    """Draw a line for each figure, and a dotted one of its colour for its peer."""
    seconds = [point.seconds for point in points]
    seconds += [point.peer_seconds for point in points if point.peer_seconds]
    lowest, highest = floor(log10(min(seconds))), ceil(log10(max(seconds)))
    sizes = sorted({point.members for point in points})
    first, last = log10(sizes[0]), log10(sizes[-1])

    def place(members: float, value: float) -> tuple[float, float]:
        along = (log10(members) - first) / ((last - first) or 1)
        up = (log10(value) - lowest) / ((highest - lowest) or 1)
        x = _LEFT + along * (_WIDTH - _LEFT - _RIGHT)
        return x, _HEIGHT - _BOTTOM - up * (_HEIGHT - _TOP - _BOTTOM)

    parts = []
    for power in range(lowest, highest + 1):
        x, y = place(sizes[0], 10.0**power)
        parts.append(
            f'<line class="grid" x1="{x}" y1="{y:.1f}" x2="{_WIDTH - _RIGHT}" y2="{y:.1f}"/>'
        )
        parts.append(_text(x - 8, y + 4, f"{10.0**power:g} s", anchor="end"))
    for size in sizes:
        x, y = place(size, 10.0**lowest)
        parts.append(f'<line class="grid" x1="{x:.1f}" y1="{_TOP}" x2="{x:.1f}" y2="{y:.1f}"/>')
        parts.append(_text(x, y + 18, f"{size:,}"))
    parts.append(_text((_LEFT + _WIDTH - _RIGHT) / 2, _HEIGHT - 14, "members"))
    parts.append(_text(_LEFT, _TOP - 12, "seconds of a whole command", anchor="start"))
    ends = []
    for figure, colour in zip(dict.fromkeys(p.figure for p in points), _COLOURS, strict=False):
        line = sorted((p for p in points if p.figure == figure), key=lambda p: p.members)
        peers = [(p.members, p.peer_seconds) for p in line if p.peer_seconds]
        for label, values in (
            (figure, [(p.members, p.seconds) for p in line]), (f"{figure}, ripgrep", peers),
        ):  # fmt: skip
            if values:
                css = "line" if label == figure else "peer"
                drawn = [place(*value) for value in values]
                joined = " ".join(f"{x:.1f},{y:.1f}" for x, y in drawn)
                parts.append(f'<polyline class="{css}" stroke="{colour}" points="{joined}"/>')
                parts += [
                    f'<circle cx="{x:.1f}" cy="{y:.1f}" r="2.5" fill="{colour}"/>' for x, y in drawn
                ]
                ends.append((drawn[-1][1], label, colour))
    return _document([*parts, *_labels(ends)])


def _labels(ends: Sequence[tuple[float, str, str]]) -> list[str]:
    """Write each line's name at its end, with a mark of its colour, apart from each other."""
    parts, free = [], _HEIGHT - _BOTTOM + _APART
    for y, label, colour in sorted(ends, reverse=True):
        free = min(y, free - _APART)
        x = _WIDTH - _RIGHT + 8
        parts.append(f'<circle cx="{x}" cy="{free:.1f}" r="4" fill="{colour}"/>')
        parts.append(_text(x + 9, free + 4, label, anchor="start"))
    return parts


def _text(x: float, y: float, text: str, *, anchor: str = "middle") -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{text}</text>'


def _document(parts: Sequence[str]) -> str:
    size = f'viewBox="0 0 {_WIDTH} {_HEIGHT}" width="{_WIDTH}" height="{_HEIGHT}"'
    title = "<title>Seconds of each command by the number of members</title>"
    head = f'<svg xmlns="http://www.w3.org/2000/svg" {size} role="img">\n{title}\n'
    return f"{head}<style>\n{_STYLE}</style>\n" + "\n".join(parts) + "\n</svg>\n"
