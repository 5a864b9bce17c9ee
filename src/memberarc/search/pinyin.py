"""Chinese names by pinyin: how they may be read, and whether letters read one.

A reading is text that an index keeps: the Chinese characters of a name, then one syllable for each
with its alternatives, ``单雄信 shan/dan xiong xin``. Making one needs pypinyin, matching none.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from functools import cache
from typing import TYPE_CHECKING, Final

from memberarc.search.folding import folded, is_han

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

# As a surname, in front of a name, these are read otherwise than mostly.
SURNAMES: Final = {
    "单": "shan", "曾": "zeng", "解": "xie", "仇": "qiu", "区": "ou", "查": "zha", "朴": "piao",
    "盖": "ge", "员": "yun", "种": "chong", "秘": "bi", "翟": "zhai", "乐": "yue", "缪": "miao",
    "召": "shao", "折": "she", "黑": "he", "繁": "po", "洗": "xian", "郇": "xun", "覃": "qin",
    "祭": "zhai", "宓": "fu", "都": "du", "隗": "wei", "佴": "nai", "句": "gou", "能": "nai",
    "牟": "mou", "尉": "yu", "陆": "lu", "葛": "ge", "那": "na", "哈": "ha", "冼": "xian",
    "單": "shan", "區": "ou", "蓋": "ge", "員": "yun", "種": "chong", "繆": "miao", "樂": "yue",
}  # fmt: skip
COMPOUND_SURNAMES: Final = {
    "万俟": ("mo", "qi"), "尉迟": ("yu", "chi"), "长孙": ("zhang", "sun"), "单于": ("chan", "yu"),
    "令狐": ("ling", "hu"), "澹台": ("tan", "tai"), "宰父": ("zai", "fu"), "亓官": ("qi", "guan"),
    "鲜于": ("xian", "yu"), "濮阳": ("pu", "yang"), "夏侯": ("xia", "hou"), "皇甫": ("huang", "fu"),
    "萬俟": ("mo", "qi"), "尉遲": ("yu", "chi"), "長孫": ("zhang", "sun"), "澹臺": ("tan", "tai"),
}  # fmt: skip
# Of a character's readings those count that a dictionary gives in front, and that its phrases use.
MOST_READINGS: Final = 3
_ENOUGH_PHRASES: Final = 20
_RARE: Final = 0.02

_LETTERS: Final = re.compile(r"[a-hj-tw-z][a-z]*")
_BETWEEN_SYLLABLES: Final = re.compile(r"[ -]+")
_DOUBLE_INITIALS: Final = ("zh", "ch", "sh")


def has_han(text: str) -> bool:
    """Tell whether a text holds a Chinese character."""
    return any(map(is_han, text))


def han_of(text: str) -> str:
    """Take the Chinese characters out of a text."""
    return "".join(filter(is_han, text))


def letters_of(text: str) -> str:
    """Take the letters of a text that may be pinyin, ``zhang wei`` for one; else nothing."""
    letters = _BETWEEN_SYLLABLES.sub("", folded(text))
    return letters if _LETTERS.fullmatch(letters) else ""


def may_be_pinyin(word: str) -> bool:
    """Tell whether a word may read a Chinese name, so that readings matter."""
    return letters_of(word) != ""


def readings(name: str, *, usual: Callable[[str], str] | None = None) -> tuple[str, ...]:
    """Give the reading of a name, for an index to keep; none if nothing in it is Chinese.

    Args:
        usual: gives the readings of one character; by default those of the dictionary.
    """
    usual = usual or usual_reading
    han = [*filter(is_han, name)]
    if not han:
        return ()
    syllables = [usual(character) for character in han]
    for place, surname in enumerate(COMPOUND_SURNAMES.get("".join(han[:2]), ())):
        syllables[place] = _in_front(surname, syllables[place])
    if han[0] in SURNAMES:
        syllables[0] = _in_front(SURNAMES[han[0]], syllables[0])
    return (" ".join(("".join(han), *syllables)),)


def reading_of(name: str, among: Sequence[str]) -> str:
    """Find the reading of one name among those of a member; empty if there is none."""
    if not among or not has_han(name):
        return ""
    beginning = f"{han_of(name)} "
    return next((reading for reading in among if reading.startswith(beginning)), "")


def read_by(reading: str, letters: str) -> tuple[int, int] | None:
    """Find which characters of a reading letters read: from the first to before the second.

    Letters begin at any syllable. Each syllable is there in full or by its initial (``z`` or
    ``zh``), and the last one as far as the letters go.
    """
    if f" {letters[0]}" not in reading and f"/{letters[0]}" not in reading:
        return None
    syllables = [syllable.split("/") for syllable in reading.split(" ")[1:]]
    for start in range(len(syllables)):
        end = _read_from(syllables, start, letters=letters)
        if end is not None:
            return start, end
    return None


def _read_from(syllables: list[list[str]], start: int, *, letters: str) -> int | None:
    """Follow all ways to part the letters at once: there may be very many."""
    reached = {0}
    for place in range(start, len(syllables)):
        further = set()
        for at in reached:
            for syllable in syllables[place]:
                if syllable.startswith(letters[at:]):
                    return place + 1
                for token in (syllable, *_initials(syllable)):
                    if letters.startswith(token, at):
                        further.add(at + len(token))
        if len(letters) in further:
            return place + 1
        if not further:
            return None
        reached = further
    return None


def _initials(syllable: str) -> tuple[str, ...]:
    return (syllable[0], syllable[:2]) if syllable[:2] in _DOUBLE_INITIALS else (syllable[0],)


def _in_front(surname: str, usual: str) -> str:
    return "/".join(dict.fromkeys((surname, *usual.split("/"))))


@cache
def usual_reading(character: str) -> str:
    """Give the readings that people know of one character."""
    # Imported late: pypinyin loads its tables in a tenth of a second and more.
    from pypinyin.constants import PINYIN_DICT

    listed = PINYIN_DICT.get(ord(character), "")
    plain = [*dict.fromkeys(_without_tone(reading) for reading in listed.split(","))]
    uses = _uses_in_phrases().get(character, Counter())
    known = [one for one in plain[:MOST_READINGS] if uses[one] > _RARE * uses.total()]
    if uses.total() < _ENOUGH_PHRASES:  # too few to tell that nobody reads it as is given first
        known = [*plain[:1], *known]
    spellings = [spelling for one in known for spelling in _typed(one)]
    return "/".join(dict.fromkeys(spellings)) or "?"


@cache
def _uses_in_phrases() -> dict[str, Counter[str]]:
    """Count how often the phrases of the dictionary read each character how."""
    from pypinyin.constants import PHRASES_DICT

    uses: dict[str, Counter[str]] = {}
    for phrase, syllables in PHRASES_DICT.items():
        for character, reading in zip(phrase, syllables, strict=False):
            uses.setdefault(character, Counter())[_without_tone(reading[0])] += 1
    return uses


@cache
def _without_tone(reading: str) -> str:
    letters = unicodedata.normalize("NFD", reading)
    kept = "".join(one for one in letters if one == "\u0308" or not unicodedata.combining(one))
    return unicodedata.normalize("NFC", kept)


def _typed(syllable: str) -> tuple[str, ...]:
    """Give the spellings of a syllable on a keyboard, which has no ü, and in passports."""
    if "ü" not in syllable:
        return (syllable,)
    return tuple(syllable.replace("ü", letter) for letter in ("v", "u", "yu"))
