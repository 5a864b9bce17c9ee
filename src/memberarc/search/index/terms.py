"""What an index finds a record by: its texts folded, its digits, and how its names are read."""

from __future__ import annotations

import re
from functools import cache
from itertools import product
from typing import TYPE_CHECKING, Final, NamedTuple

from memberarc.search.fields import answers_words, role_of
from memberarc.search.folding import closed_up, folded
from memberarc.search.numbers import digits_of
from memberarc.search.pinyin import readings, usual_reading

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from memberarc.formats.canonical_yaml import Scalar
    from memberarc.formats.field_path import FieldPath
    from memberarc.formats.schema import Field

MOST_INITIALS: Final = 6
"""So many initials in a row are kept of a name, from each syllable on."""

INITIALS_MARK: Final = "0"
"""What tells initials from a syllable that is spelt alike."""

_LATIN_WORD: Final = re.compile(r"[a-z]{3,}")
_NUMBER_BEGINS: Final = frozenset("+(0123456789")


class Terms(NamedTuple):
    """What one record is found by.

    Args:
        text: everything that words are looked for in, a line each.
        readings: how its Chinese names are read, a line each.
        latin: the words of names in Latin letters, for those who mistype them.
    """

    text: str
    readings: str
    latin: tuple[str, ...]


class TermReader:
    """Takes the terms out of the records of one kind."""

    def __init__(
        self, fields: Iterable[Field], *, usual: Callable[[str], str] | None = None
    ) -> None:
        """Read terms; ``usual`` is of ``pinyin.readings``."""
        fields = [*fields]
        self._usual = usual
        self._searched = {field.path for field in fields if answers_words(field)}
        self._names = {field.path for field in fields if role_of(field) == "name"}

    def readings(self, leaves: Iterable[tuple[FieldPath, Scalar]]) -> tuple[str, ...]:
        """Tell how the Chinese names of a record are read."""
        return tuple(
            reading
            for path, value in leaves
            if path in self._names
            for reading in readings(str(value), usual=self._usual)
        )

    def read(self, leaves: Iterable[tuple[FieldPath, Scalar]]) -> Terms:
        """Take the terms out of a record's values, each with its path in the schema."""
        lines: list[str] = []
        read: list[str] = []
        latin: list[str] = []
        for path, value in leaves:
            if path not in self._searched:
                continue
            line = folded(str(value))
            lines.append(line)
            if (without_gaps := closed_up(line)) != line:
                lines.append(without_gaps)
            if line[:1] in _NUMBER_BEGINS and not line.isdigit() and (digits := digits_of(line)):
                lines.append(digits)
            if path in self._names:
                read += readings(str(value), usual=self._usual)
                latin += _LATIN_WORD.findall(line)
        return Terms(
            text="\n".join(lines), readings="\n".join(read), latin=tuple(dict.fromkeys(latin))
        )


class UsualReadings(dict[str, str]):
    """The readings of characters as an index keeps them, and of any other the dictionary's.

    Args:
        known: the readings that are at hand.
        find: looks another one up in the index.
    """

    def __init__(
        self,
        known: Iterable[tuple[str, str]] = (),
        *,
        find: Callable[[str], str | None] = lambda _character: None,
    ) -> None:
        super().__init__(known)
        self._find = find

    def __missing__(self, character: str) -> str:
        self[character] = reading = self._find(character) or usual_reading(character)
        return reading


def common_readings() -> UsualReadings:
    """Read the dictionary for the characters that nearly all names are written with."""
    pairs = (bytes((row, cell)) for row in range(0xB0, 0xF8) for cell in range(0xA1, 0xFF))
    return UsualReadings(
        (character, usual_reading(character))
        for pair in pairs
        if (character := pair.decode("gb2312", "ignore"))
    )


def characters_of(text: str) -> str:
    """Part the characters that are words of their own."""
    return " ".join(_characters().findall(text))


@cache
def _characters() -> re.Pattern[str]:
    """Match Chinese, Japanese and Korean; two milliseconds that most searches need not spend."""
    return re.compile(r"[\u2e80-\ud7ff\uf900-\ufaff\U00020000-\U000323af]")


def syllables_of(readings: str) -> str:
    """Part how names are read into syllables, and initials in a row from each of them on."""
    terms: dict[str, None] = {}
    for reading in readings.splitlines():
        syllables = [syllable.split("/") for syllable in reading.split(" ")[1:]]
        terms |= dict.fromkeys(spelling for syllable in syllables for spelling in syllable)
        terms |= dict.fromkeys(_initials(syllables))
    return " ".join(terms)


def _initials(syllables: Sequence[Sequence[str]]) -> Iterator[str]:
    letters = [sorted({spelling[0] for spelling in syllable}) for syllable in syllables]
    for start in range(len(letters)):
        for run in product(*letters[start : start + MOST_INITIALS]):
            yield INITIALS_MARK + "".join(run)
