"""Text on a terminal: what is shown, and how wide it is."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st
from wcwidth import wcswidth

from memberarc.output.text import _EASY, cell_width, cut, escape_unsafe, pad, safe_text


@pytest.mark.parametrize(
    ("raw", "shown"),
    [
        ("\x1b[31mred", "\\u{1b}[31mred"),
        ("\x9b31m", "\\u{9b}31m"),
        ("a\tb", "a\\u{9}b"),
        ("a\rb", "a\\u{d}b"),
        ("\u202eevil", "\\u{202e}evil"),
        ("\u2066x\u2069", "\\u{2066}x\\u{2069}"),
        ("王\u200b小明", "王\\u{200b}小明"),
        ("\ufeff王", "\\u{feff}王"),
        ("bank\u00adrupt", "bank\\u{ad}rupt"),
        ("a\u2028b", "a\\u{2028}b"),
        ("\udcff.yaml", "\\u{dcff}.yaml"),
        ("x\U000e0041", "x\\u{e0041}"),
        ("a\u200db", "a\\u{200d}b"),
    ],
)
def test_what_drives_or_deceives_a_terminal_is_made_visible(raw: str, shown: str) -> None:
    assert safe_text(raw) == shown


@pytest.mark.parametrize(
    "text",
    [
        "王小明",
        "e\u0301",
        "👩‍👩‍👧",
        "👩🏽‍🚀",
        "❤️‍🔥",
        "שרה כהן",
        "می‌خواهم",
        "क्‍ष",
        "葛\U000e0100城",
        "\U00030edd\U00030ede",
        "\ue000",
        "two\nlines",
        "[/bold]",
        "a\u3000b",
    ],
)
def test_what_a_name_is_written_with_is_left_alone(text: str) -> None:
    assert safe_text(text) == text


@given(st.text(st.characters()))
def test_no_control_and_no_direction_mark_survives(text: str) -> None:
    shown = safe_text(text).replace("\n", "")

    assert not [c for c in shown if unicodedata.category(c) in ("Cc", "Cs", "Zl", "Zp")]
    assert not set(shown) & set("\u061c\u200b\u200e\u200f\u202a\u202b\u202c\u202d\u202e\ufeff")
    assert not set(shown) & set("\u2066\u2067\u2068\u2069")


def test_escapes_in_json_stand_for_the_same_characters() -> None:
    assert escape_unsafe('"\x7f\u202e\udcff\U000e0041王"') == (
        '"\\u007f\\u202e\\udcff\\udb40\\udc41王"'
    )


@pytest.mark.parametrize(
    ("text", "cells"),
    [("abc", 3), ("王小明", 6), ("e\u0301", 1), ("👩‍👩‍👧", 2), ("שרה", 3), ("", 0)],
)
def test_width_is_counted_in_cells(text: str, cells: int) -> None:
    assert cell_width(text) == cells


def test_padding_fills_up_on_the_side_that_is_asked_for() -> None:
    assert pad("王", 4) == "王  "
    assert pad("王", 4, align="right") == "  王"


@pytest.mark.parametrize(
    ("text", "width", "shown"),
    [
        ("abcdef", 6, "abcdef"),
        ("abcdef", 4, "abc…"),
        ("王小明", 5, "王小…"),
        ("王小明", 4, "王…"),
        ("e\u0301e\u0301e\u0301", 2, "e\u0301…"),
        ("ab👩‍👩‍👧cd", 4, "ab…"),
    ],
)
def test_a_cut_shows_an_ellipsis_and_splits_no_character(text: str, width: int, shown: str) -> None:
    assert cut(text, width) == shown


@given(st.text(st.characters(), max_size=30).map(safe_text), st.integers(1, 30))
def test_a_cut_text_is_never_wider_than_asked(text: str, width: int) -> None:
    assert cell_width(cut(text, width)) <= width


def test_a_width_told_without_the_table_is_the_one_in_it() -> None:
    easy = [chr(code) for code in range(0x20, 0x11000) if _EASY.fullmatch(chr(code))]

    assert len(easy) > 27_000
    assert [one for one in easy if cell_width(one) != wcswidth(one)] == []
    assert cell_width("".join(easy)) == wcswidth("".join(easy))
