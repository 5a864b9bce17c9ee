"""Chinese names answer to pinyin in full and by initials, surnames read both ways."""

from __future__ import annotations

import pytest

from memberarc.search.pinyin import (
    COMPOUND_SURNAMES,
    SURNAMES,
    has_han,
    letters_of,
    may_be_pinyin,
    read_by,
    readings,
)


@pytest.mark.parametrize(
    ("name", "reading"),
    [
        ("王小明", "王小明 wang xiao ming"),
        ("单雄信", "单雄信 shan/dan xiong xin"),
        ("解晓东", "解晓东 xie/jie xiao dong"),
        ("仇英", "仇英 qiu/chou ying"),
        ("区小红", "区小红 ou/qu xiao hong"),
        ("查良镛", "查良镛 zha/cha liang yong"),
        ("任盈盈", "任盈盈 ren ying ying"),
        ("朴树", "朴树 piao/pu/po shu"),
        ("盖聂", "盖聂 ge/gai nie"),
        ("吕布", "吕布 lv/lu/lyu bu"),
        ("欧阳修", "欧阳修 ou yang xiu"),
        ("万俟卨", "万俟卨 mo/wan qi/si xie"),
        ("尉迟恭", "尉迟恭 yu/wei chi gong"),
        ("长孙无忌", "长孙无忌 zhang/chang sun wu ji"),
        ("李行", "李行 li xing/hang"),
        ("Ann 安", "安 an"),
    ],
)
def test_a_name_has_all_readings_that_people_know(name: str, reading: str) -> None:
    assert readings(name) == (reading,)


def test_what_is_not_chinese_has_no_reading() -> None:
    assert readings("Ann") == ()
    assert readings("") == ()


def test_a_reading_that_only_a_dictionary_knows_does_not_count() -> None:
    assert readings("明") == ("明 ming",)  # not meng
    assert readings("邓莉") == ("邓莉 deng li",)  # not shan, not chi
    assert readings("郝俊") == ("郝俊 hao jun",)  # not shi, not shun
    assert readings("茜") == ("茜 qian/xi",)  # both stand in phrases, if only in three
    assert readings("石敢") == ("石敢 shi gan",)  # not dan
    assert "lo" not in readings("乐天")[0]


def test_a_character_is_read_as_a_surname_in_front_only() -> None:
    assert readings("曾单") == ("曾单 zeng/ceng dan",)
    assert readings("区区") == ("区区 ou/qu qu",)


@pytest.mark.parametrize(("character", "reading"), SURNAMES.items())
def test_every_surname_answers_as_a_surname_and_as_usual(character: str, reading: str) -> None:
    [read] = readings(f"{character}明")
    usual = readings(f"明{character}")[0].split(" ")[2]

    assert read_by(read, f"{reading}ming") == (0, 2)
    for one in usual.split("/"):
        assert read_by(read, f"{one}ming") == (0, 2)


@pytest.mark.parametrize(("surname", "syllables"), COMPOUND_SURNAMES.items())
def test_a_surname_of_two_characters_is_read_as_one(
    surname: str, syllables: tuple[str, str]
) -> None:
    [read] = readings(f"{surname}明")

    assert read_by(read, "".join(syllables) + "ming") == (0, 3)


WANG = "王小明 wang xiao ming"


@pytest.mark.parametrize(
    ("letters", "place"),
    [
        ("wangxiaoming", (0, 3)),
        ("wang", (0, 1)),
        ("xiaoming", (1, 3)),
        ("ming", (2, 3)),
        ("wxm", (0, 3)),
        ("xm", (1, 3)),
        ("wangx", (0, 2)),
        ("wxiaom", (0, 3)),
        ("wangxiaomi", (0, 3)),
        ("wanx", None),
        ("angxiao", None),
        ("wm", None),
        ("mx", None),
        ("wangming", None),
        ("wangxiaomingg", None),
    ],
)
def test_letters_read_from_any_syllable_on(letters: str, place: tuple[int, int] | None) -> None:
    assert read_by(WANG, letters) == place


@pytest.mark.parametrize("letters", ["shanxx", "danxx", "shxx", "sxx", "dxx", "sxiongx"])
def test_each_way_to_read_a_name_is_found(letters: str) -> None:
    assert read_by("单雄信 shan/dan xiong xin", letters) == (0, 3)


def test_a_name_made_to_be_read_in_very_many_ways_takes_no_time() -> None:
    reading = "啊 " + " ".join(["a/an/ang"] * 200)

    assert read_by(reading, "a" * 200 + "b") is None
    assert read_by(reading, "an" * 200) == (0, 200)


@pytest.mark.parametrize(
    ("word", "letters"),
    [
        ("wxm", "wxm"),
        ("Zhang Wei", "zhangwei"),
        ("zhang-wei", "zhangwei"),
        ("xi'an", "xian"),
        ("ｗｘｍ", "wxm"),
        ("lü", "lu"),
        ("ivan", ""),
        ("8000", ""),
        ("王", ""),
        ("w1", ""),
        ("", ""),
    ],
)
def test_letters_that_may_be_pinyin_are_told_from_others(word: str, letters: str) -> None:
    assert letters_of(word) == letters
    assert may_be_pinyin(word) == (letters != "")


def test_letters_are_no_chinese() -> None:
    assert not has_han("Wang 1 é 한 かな")
    assert has_han("𠮷")
