"""What counts as the same letters."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from memberarc.search.folding import closed_up, folded


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
    ("text", "same"),
    [
        ("王 小明", "王小明"),
        ("王　小　明", "王小明"),
        ("阿依古丽·买买提", "阿依古丽买买提"),
        ("阿依古丽・买买提．吐尔逊", "阿依古丽买买提吐尔逊"),
        ("阿依古丽 • 买买提", "阿依古丽买买提"),
        ("上海 Lane 5", "上海 lane 5"),
        (" 王 ", " 王 "),
        ("王\n小明", "王\n小明"),
        ("a b", "a b"),
    ],
)
def test_gaps_are_closed_between_chinese_characters_only(text: str, same: str) -> None:
    assert closed_up(folded(text)) == same
