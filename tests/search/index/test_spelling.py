"""Letters are parted into every syllable a name may have, and in no time."""

from __future__ import annotations

import time

import pytest

from memberarc.search.index.spelling import MOST_SPELLINGS, spellings
from memberarc.search.index.terms import common_readings
from memberarc.search.pinyin import COMPOUND_SURNAMES, SURNAMES


def test_every_syllable_of_the_dictionary_is_one_piece() -> None:
    read = {one for reading in common_readings().values() for one in reading.split("/")} - {"?"}
    read |= {*SURNAMES.values(), *(one for pair in COMPOUND_SURNAMES.values() for one in pair)}

    for syllable in read:
        # Behind it stands another, for of the last one a beginning is enough.
        asked = spellings(f"{syllable}wang")

        whole = f'"{syllable}"' if len(syllable) > 1 else '"0'
        assert asked is None or any(whole in one for one in asked), syllable


def test_the_last_syllable_is_found_as_far_as_it_goes() -> None:
    read = {one for reading in common_readings().values() for one in reading.split("/")} - {"?"}

    for syllable in read:
        for end in range(2, len(syllable) + 1):
            asked = spellings(f"z{syllable[:end]}")

            assert asked is not None
            assert any(f'"{syllable[:end]}"*' in one for one in asked), syllable[:end]


@pytest.mark.parametrize(
    ("letters", "most"),
    [("zhangwei", 32), ("chenjianguo", 64), ("wangxiaoming", 128), ("zhangweu", 0), ("iang", 0)],
)
def test_a_name_in_full_is_parted_in_no_way_that_no_syllables_have(letters: str, most: int) -> None:
    asked = spellings(letters)

    assert asked is not None
    assert len(asked) <= most


@pytest.mark.parametrize(
    "letters", ["an" * 29 + "ii", "xian" * 15, "z" * 60, "ng" * 30, "a" * 20000]
)
def test_many_ways_take_no_time(letters: str) -> None:
    started = time.monotonic()

    asked = spellings(letters)

    assert asked is None or len(asked) <= MOST_SPELLINGS
    assert time.monotonic() - started < 1
