"""Does a value answer a word: by its beginning, a part, its digits, its pinyin, or a slip away."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import IntEnum
from functools import cached_property
from itertools import accumulate
from typing import TYPE_CHECKING, Final, TypeAlias

from memberarc.search.folding import GAPS, folded, is_han
from memberarc.search.numbers import dialled, digits_of, telephone
from memberarc.search.pinyin import has_han, letters_of, read_by, reading_of

if TYPE_CHECKING:
    from memberarc.formats.field_path import FieldPath
    from memberarc.formats.schema import Field
    from memberarc.search.fields import Role
    from memberarc.search.query_tree import Text

Span: TypeAlias = tuple[int, int]

SHORTEST_WITH_SLIP: Final = 4
_LATIN: Final = re.compile(r"[a-z]{4,}")
_LATIN_WORD: Final = re.compile(r"[a-z]{3,}")
_SHORTEST_ENDING: Final = 4


class Rank(IntEnum):
    """How well a value answers; the lower, the better."""

    NAME = 0
    NAME_BEGINS = 1
    NUMBER = 2
    NUMBER_ENDS = 3
    PART = 4
    PINYIN_NAME = 5
    PINYIN = 6
    SLIP = 7


@dataclass(slots=True, kw_only=True)
class Leaf:
    """One value of a record with what is asked of it again and again."""

    path: FieldPath
    field: Field
    role: Role
    text: str
    folded: str
    readings: tuple[str, ...]

    @property
    def reading(self) -> str:
        """The reading of this value as a name; empty where there is none."""
        return reading_of(self.text, self.readings) if self.role == "name" else ""


class WordTest:
    """One word, beginning or phrase, made ready to be held against many values."""

    def __init__(self, text: Text) -> None:
        self.folded = folded(text.value)
        self.is_prefix = text.form == "prefix"
        self.dialled = None if self.is_prefix else dialled(text.value)
        # Of a country's code alone the digits would be amid any number.
        is_code_alone = self.dialled is None and "+" in self.folded
        self.digits = "" if self.is_prefix or is_code_alone else digits_of(text.value)
        self.letters = letters_of(self.folded)
        self.may_slip = text.form == "word" and _LATIN.fullmatch(self.folded) is not None
        parts = [] if self.folded.isascii() else _parts_of(self.folded)
        self._parts = parts if len(parts) > 1 else [self.folded]

    @property
    def closed_up(self) -> str:
        """The word without gaps between Chinese characters, as a value may have it."""
        return "".join(self._parts)

    @cached_property
    def _pattern(self) -> re.Pattern[str]:
        """What the word is found by in a folded value, with gaps or without."""
        loose = f"[{GAPS}]*".join(map(re.escape, self._parts))
        begins = r"(?<![^\W_])" if self.is_prefix else ""
        return re.compile(f"{begins}(?:{re.escape(self.folded)}|{loose})")

    def rank(self, leaf: Leaf) -> Rank | None:
        """Tell how well a value answers; None if it does not."""
        ranks = [self._rank_of_number(leaf)] if self.digits else []
        if self._contained(leaf):
            ranks.append(self._rank_of_part(leaf))
        if found := [rank for rank in ranks if rank is not None]:
            return min(found)
        if leaf.role != "name":
            return None
        if self.letters and (reading := leaf.reading) and (read := self._read(reading)):
            whole = read == (0, reading.count(" "))
            return Rank.PINYIN_NAME if whole else Rank.PINYIN
        if self.may_slip and any(within_one_slip(self.folded, word) for word in _words(leaf)):
            return Rank.SLIP
        return None

    def spans(self, leaf: Leaf) -> list[Span]:
        """Tell which characters of a value answer."""
        if self._contained(leaf):
            pieces = self._pattern.finditer(leaf.folded)
            return [_unfolded(leaf, piece.span()) for piece in pieces]
        if self.digits and self._rank_of_number(leaf) is not None:
            digits = self.digits
            if self.dialled and digits not in digits_of(leaf.text):
                digits = self.dialled.national
            parted = r"[ ()-]*".join(digits)
            return [_unfolded(leaf, one.span()) for one in re.finditer(parted, leaf.folded)]
        if self.letters and (reading := leaf.reading) and (read := self._read(reading)):
            han = [place for place, one in enumerate(leaf.text) if has_han(one)]
            return [(place, place + 1) for place in han[slice(*read)]]
        return [
            _unfolded(leaf, word.span())
            for word in _LATIN_WORD.finditer(leaf.folded)
            if self.may_slip and within_one_slip(self.folded, word.group())
        ]

    def _contained(self, leaf: Leaf) -> bool:
        if not self.is_prefix and self.folded in leaf.folded:
            return True
        is_plain = not self.is_prefix and len(self._parts) == 1
        return not is_plain and self._pattern.search(leaf.folded) is not None

    def _rank_of_part(self, leaf: Leaf) -> Rank:
        if leaf.role == "name":
            if self._pattern.fullmatch(leaf.folded):
                return Rank.NAME
            return Rank.NAME_BEGINS if self._pattern.match(leaf.folded) else Rank.PART
        if self.folded == leaf.folded and (leaf.role == "code" or digits_of(leaf.text)):
            return Rank.NUMBER
        return Rank.NUMBER_ENDS if leaf.role == "code" and self._ends(leaf.folded) else Rank.PART

    def _rank_of_number(self, leaf: Leaf) -> Rank | None:
        """Tell how well a number answers by its digits, dialled one way or another."""
        digits = digits_of(leaf.text) if leaf.role != "date" else ""
        stored = telephone(leaf.text) if leaf.role == "text" else None
        if digits and self.digits in digits:
            if self.digits == digits or (stored and self.digits == stored.national):
                return Rank.NUMBER
            return Rank.NUMBER_ENDS if leaf.role == "text" and self._ends(digits) else Rank.PART
        if self.dialled and stored and stored.begins_with(self.dialled):
            return Rank.NUMBER if stored.national == self.dialled.national else Rank.PART
        return None

    def _ends(self, number: str) -> bool:
        """Tell whether a number ends in the digits, as people ask for one by its last four."""
        return len(self.digits) >= _SHORTEST_ENDING and number.endswith(self.digits)

    def _read(self, reading: str) -> Span | None:
        read = read_by(reading, self.letters)
        return None if read and self.is_prefix and read[0] else read


def _parts_of(text: str) -> list[str]:
    """Part a folded text wherever a gap may stand or be left out: between Chinese characters."""
    parts, gap = [""], ""
    for character in text.strip(GAPS):
        if character in GAPS:
            gap += character
            continue
        if is_han(character) and is_han(parts[-1][-1:]):
            parts.append(character)
        else:
            parts[-1] += gap + character
        gap = ""
    return parts


def within_one_slip(one: str, other: str) -> bool:
    """Tell whether one insertion, deletion, replacement or swap of neighbours parts two words."""
    if abs(len(one) - len(other)) > 1 or one == other:
        return one == other
    first = next(
        (place for place, pair in enumerate(zip(one, other, strict=False)) if pair[0] != pair[1]),
        min(len(one), len(other)),
    )
    rest, of_other = one[first:], other[first:]
    return (
        rest[1:] == of_other[1:]
        or rest[1:] == of_other
        or rest == of_other[1:]
        or (rest[:2] == of_other[1::-1] and rest[2:] == of_other[2:])
    )


def _words(leaf: Leaf) -> list[str]:
    return _LATIN_WORD.findall(leaf.folded)


def _unfolded(leaf: Leaf, span: Span) -> Span:
    """Find the place in the value of a place in its folded form, which may be longer or shorter."""
    if leaf.text.isascii() and len(leaf.text) == len(leaf.folded):
        return span
    ends = [0, *accumulate(len(folded(character)) for character in leaf.text)]
    start = max(place for place, end in enumerate(ends) if end <= span[0])
    return start, min(place for place, end in enumerate(ends) if end >= span[1])
