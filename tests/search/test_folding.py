"""What counts as the same letters and digits."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from memberarc.search.folding import digits_of, folded, wanted_digits


@pytest.mark.parametrize(
    ("text", "same"),
    [
        ("ABC", "abc"),
        ("ＡＢＣ１", "abc1"),
        ("Straße", "strasse"),
        ("Müller", "muller"),
        ("Mu\u0308ller", "muller"),
        ("O'Connor", "oconnor"),
        ("O’Connor", "oconnor"),
        ("Łódź", "lodz"),
        ("Søren", "soren"),
        ("İstanbul", "istanbul"),
        ("王小明", "王小明"),
        ("ガード", "ガード"),
        ("ｶﾞ", "ガ"),
        ("김", "김"),
        ("㎆", "mb"),
        ("（上海）", "(上海)"),
    ],
)
def test_letters_are_folded(text: str, same: str) -> None:
    assert folded(text) == same


@given(st.text())
def test_what_is_folded_is_folded_for_good(text: str) -> None:
    assert folded(folded(text)) == folded(text)


@pytest.mark.parametrize(
    ("text", "digits"),
    [
        ("138 0013-8000", "13800138000"),
        ("(021) 5432", "0215432"),
        ("021 (5432)", "0215432"),
        ("+86 138", "86138"),
        ("１３８", "138"),
        ("11010119900101123X", "11010119900101123x"),
        ("1200.00", ""),
        ("No. 5", ""),
        ("", ""),
    ],
)
def test_digits_are_taken_out_of_a_number_and_of_nothing_else(text: str, digits: str) -> None:
    assert digits_of(text) == digits


@pytest.mark.parametrize(
    ("word", "digits"),
    [
        ("+8613800138000", "13800138000"),
        ("+86 138-0013-8000", "13800138000"),
        ("008613800138000", "13800138000"),
        ("8613800138000", "13800138000"),
        ("8613800", "8613800"),
        ("86", "86"),
        ("13800138000", "13800138000"),
    ],
)
def test_the_country_code_of_a_number_looked_for_is_no_hindrance(word: str, digits: str) -> None:
    assert wanted_digits(word) == digits
