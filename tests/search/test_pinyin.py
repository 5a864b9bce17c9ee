"""Chinese names answer to full pinyin and initials, surnames read as surnames."""

from __future__ import annotations

import pytest

from memberarc.search.pinyin import SURNAMES, has_han, read_name


@pytest.mark.parametrize(
    ("name", "full", "initials"),
    [
        ("王小明", "wangxiaoming", "wxm"),
        ("单雄信", "shanxiongxin", "sxx"),
        ("曾国强", "zengguoqiang", "zgq"),
        ("解晓东", "xiexiaodong", "xxd"),
        ("仇英", "qiuying", "qy"),
        ("区小红", "ouxiaohong", "oxh"),
        ("查良镛", "zhaliangyong", "zly"),
        ("任盈盈", "renyingying", "ryy"),
        ("吕布", "lvbu", "lb"),
        ("欧阳娜娜", "ouyangnana", "oynn"),
        ("东方公司", "dongfanggongsi", "dfgs"),
        ("Ann 安", "an", "a"),
        ("Ann", "", ""),
    ],
)
def test_a_name_is_read(name: str, full: str, initials: str) -> None:
    read = read_name(name)

    assert (read.full, read.initials) == (full, initials)


@pytest.mark.parametrize(
    "letters", ["wangxiaoming", "wang", "xiaoming", "ming", "wxm", "xm", "wangx"]
)
def test_a_name_answers_from_any_syllable_on(letters: str) -> None:
    assert read_name("王小明").matches(letters)


@pytest.mark.parametrize("letters", ["angxiao", "iaoming", "wm", "mx", "wangming"])
def test_a_name_does_not_answer_from_within_a_syllable(letters: str) -> None:
    assert not read_name("王小明").matches(letters)


def test_a_character_is_read_as_a_surname_in_front_only() -> None:
    assert read_name("曾单").full == "zengdan"
    assert read_name("单曾").full == "shanceng"


@pytest.mark.parametrize(("character", "reading"), SURNAMES.items())
def test_every_surname_of_the_table_is_one_syllable_of_one_character(
    character: str, reading: str
) -> None:
    assert has_han(character)
    assert len(character) == 1
    assert reading.isascii()
    assert read_name(f"{character}明").full == f"{reading}ming"


def test_letters_are_no_chinese() -> None:
    assert not has_han("Wang 1 é 한 かな")
    assert has_han("𠮷")
