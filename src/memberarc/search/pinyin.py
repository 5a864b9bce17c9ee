"""Chinese names by full pinyin and by initials, surnames read as surnames."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from typing import Final

# Characters whose reading as a surname differs from the usual one.
SURNAMES: Final = {
    "单": "shan", "曾": "zeng", "解": "xie", "仇": "qiu", "区": "ou", "查": "zha", "任": "ren",
    "朴": "piao", "盖": "ge", "华": "hua", "尹": "yin", "员": "yun", "种": "chong", "秘": "bi",
    "冼": "xian", "翟": "zhai", "乐": "yue", "宁": "ning", "缪": "miao", "召": "shao",
    "折": "she", "黑": "he", "繁": "po", "洗": "xian", "逄": "pang", "郇": "xun", "万": "wan",
}  # fmt: skip
_HAN: Final = re.compile(r"[\u3400-\u4dbf\u4e00-\u9fff\U00020000-\U000323af]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Pinyin:
    """The readings of one name: syllables in a row, where each begins, and the initials."""

    full: str
    starts: tuple[int, ...]
    initials: str

    def matches(self, letters: str) -> bool:
        """Tell whether letters are initials, or pinyin from the beginning of a syllable on."""
        return letters in self.initials or any(
            self.full.startswith(letters, start) for start in self.starts
        )


def has_han(text: str) -> bool:
    """Tell whether a text holds a Chinese character."""
    return _HAN.search(text) is not None


@cache
def read_name(name: str) -> Pinyin:
    """Read a name; what is not Chinese is left out."""
    han = _HAN.findall(name)
    syllables = [_reading(character) for character in han]
    if han and han[0] in SURNAMES:
        syllables[0] = SURNAMES[han[0]]
    starts, place = [], 0
    for syllable in syllables:
        starts.append(place)
        place += len(syllable)
    return Pinyin(
        full="".join(syllables),
        starts=tuple(starts),
        initials="".join(syllable[0] for syllable in syllables),
    )


@cache
def _reading(character: str) -> str:
    # Imported late: pypinyin loads its phrase tables in a quarter of a second.
    from pypinyin import lazy_pinyin

    return str(lazy_pinyin(character)[0]).replace("ü", "v")
