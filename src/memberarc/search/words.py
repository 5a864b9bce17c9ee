"""Does a value answer a word: by its beginning, a part, its digits, its pinyin, or a slip away."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import IntEnum
from itertools import accumulate
from typing import TYPE_CHECKING, Final, TypeAlias

from memberarc.search.folding import digits_of, folded, wanted_digits
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


class Rank(IntEnum):
    """How well a value answers; the lower, the better."""

    NAME = 0
    NAME_BEGINS = 1
    NUMBER = 2
    PART = 3
    PINYIN_NAME = 4
    PINYIN = 5
    SLIP = 6


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
        self.digits = "" if self.is_prefix else wanted_digits(text.value)
        self.letters = letters_of(self.folded)
        self.may_slip = text.form == "word" and _LATIN.fullmatch(self.folded) is not None
        self._begins_a_word = re.compile(rf"(?<![^\W_]){re.escape(self.folded)}")

    def rank(self, leaf: Leaf) -> Rank | None:
        """Tell how well a value answers; None if it does not."""
        if self._contained(leaf):
            return self._rank_of_part(leaf)
        if self.digits and leaf.role != "date" and self.digits in (digits := digits_of(leaf.text)):
            return Rank.NUMBER if self.digits == digits else Rank.PART
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
        if self.is_prefix and (found := self._begins_a_word.search(leaf.folded)):
            return [_unfolded(leaf, found.span())]
        if not self.is_prefix and self.folded in leaf.folded:
            pieces = re.finditer(re.escape(self.folded), leaf.folded)
            return [_unfolded(leaf, piece.span()) for piece in pieces]
        if self.digits and leaf.role != "date" and self.digits in digits_of(leaf.text):
            parted = r"[ ()-]*".join(self.digits)
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
        if self.folded not in leaf.folded:
            return False
        return not self.is_prefix or self._begins_a_word.search(leaf.folded) is not None

    def _rank_of_part(self, leaf: Leaf) -> Rank:
        if leaf.role == "name":
            if self.folded == leaf.folded:
                return Rank.NAME
            return Rank.NAME_BEGINS if leaf.folded.startswith(self.folded) else Rank.PART
        is_number = leaf.role == "code" or digits_of(leaf.text)
        return Rank.NUMBER if is_number and self.folded == leaf.folded else Rank.PART

    def _read(self, reading: str) -> Span | None:
        read = read_by(reading, self.letters)
        return None if read and self.is_prefix and read[0] else read


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
