"""What answers is painted without moving a column, and a mark points at the right place."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from memberarc.cli.highlight import highlighted_lines, pointed_at
from memberarc.output.grid import grid_lines
from memberarc.output.result import Column, Table
from memberarc.output.text import cell_width

ESCAPES = re.compile(r"\x1b\[[0-9;]*m")


def table(*texts: str) -> Table:
    columns = tuple(Column(key=key, label=key) for key in ("first", "second"))
    return Table(columns=columns, rows=tuple((text, "end") for text in texts))


def painted(text: str, *spans: tuple[int, int], width: int | None = None) -> str:
    [_, _, line] = highlighted_lines(table(text), [[spans, ()]], width_cells=width)
    return line


def test_what_answers_is_painted() -> None:
    assert painted("王小明", (1, 3)) == "王\x1b[1;31m小明\x1b[0m  end"
    assert painted("abcde", (0, 1), (2, 4)) == "\x1b[1;31ma\x1b[0mb\x1b[1;31mcd\x1b[0me  end"
    assert painted("abcde") == "abcde  end"


def test_what_is_cut_off_is_not_painted_and_the_ellipsis_never() -> None:
    assert painted("abcdefghijkl", (1, 9), width=13) == "a\x1b[1;31mbcdefg\x1b[0m…  end"
    assert painted("abcdefghijkl", (9, 12), width=13) == "abcdefg…  end"


def test_a_text_with_signs_that_had_to_be_made_visible_is_not_painted() -> None:
    assert painted("a\x1bb", (0, 3)) == "a\\u{1b}b  end"


def test_without_rows_nothing_is_written() -> None:
    assert [*highlighted_lines(table(), [], width_cells=80)] == []


@given(st.lists(st.text("ab王（1", max_size=30), min_size=1, max_size=3), st.integers(20, 60))
def test_paint_changes_nothing_but_colour(texts: list[str], width: int) -> None:
    spans = [[[(0, 2), (3, 40)], []] for _ in texts]

    lines = [*highlighted_lines(table(*texts), spans, width_cells=width)]

    plain = [*grid_lines(table(*texts), width_cells=width, colour=False)]
    assert [ESCAPES.sub("", line) for line in lines] == plain


@pytest.mark.parametrize(
    ("text", "place", "shown"),
    [
        ("name:", 6, "name:\n     ^"),
        ("王小明 手机：", 8, "王小明 手机：\n             ^"),
        ("a\nb", 3, "a b\n  ^"),
        ("a\tb", 3, "a\\u{9}b\n      ^"),
        ("x" * 90 + "(", 91, "…" + "x" * 40 + "(\n" + " " * 41 + "^"),
        ("(" + "x" * 90, 1, "(" + "x" * 29 + "…\n^"),
    ],
)
def test_a_mark_stands_under_the_place(text: str, place: int, shown: str) -> None:
    assert pointed_at(text, place) == shown


@given(st.text("ab王（", max_size=20), st.text("ab王（", min_size=1, max_size=20))
def test_the_mark_is_as_far_in_as_what_stands_before_it(before: str, after: str) -> None:
    line, mark = pointed_at(before + after, len(before) + 1).split("\n")

    assert line == before + after
    assert mark == " " * cell_width(before) + "^"
