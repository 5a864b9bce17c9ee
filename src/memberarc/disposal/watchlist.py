"""The search for the values of all members at once, in memory that hardly grows with them.

First every short piece of the clear text in a repository is remembered; then the values go by one
after the other, and only those are kept whose every piece was met; these few are searched for
exactly. A piece is read as one integer: reading memory costs a tenth of slicing it.
"""

from __future__ import annotations

import re
import sys
from typing import TYPE_CHECKING, Final, Literal

from memberarc.disposal.clear_part import clear_part
from memberarc.disposal.needles import (
    FEWEST_DIGITS,
    SEPARATORS,
    SHORTEST_BYTES,
    digits_of,
    spellings_of,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

# The shortest spelling there is has four bytes: a name of two Chinese characters in GB 18030. Four
# say little of a number, so what is longer is judged by pieces of eight. Of those every fourth is
# remembered: whatever has eleven bytes holds one, wherever it begins.
_SHORT, _LONG, _STRIDE = 4, 8, 4
_FORMATS: Final[dict[int, Literal["I", "Q"]]] = {_SHORT: "I", _LONG: "Q"}
_BLOCK_BYTES: Final = 1 << 20
_KEPT_EXACTLY: Final = 500_000
_SLOT_BITS: Final = 29
_SPREAD: Final = 0x9E3779B97F4A7C15  # 2^64 over the golden ratio: Knuth's multiplicative hashing
_DIGIT_RUN: Final = re.compile(rb"[0-9](?:[%b]{0,3}[0-9x])+" % re.escape(SEPARATORS.encode()))
_ALWAYS: Final = ("utf-8", "json-escapes")
_LABELS_KEPT: Final = 8


class Pieces:
    """Which pieces of bytes, and of numbers, occur in clear; once there are many, also by chance.

    Its memory is bounded: half a million pieces as they are, then 64 MiB of bits.
    """

    def __init__(self) -> None:
        self._exact: set[int] = set()
        self._bits = bytearray()
        self._digits = bytearray(10**FEWEST_DIGITS)

    def add(self, content: bytes) -> None:
        """Remember the pieces of some bytes."""
        clear = clear_part(content).lower()
        for start in range(0, len(clear), _BLOCK_BYTES):
            block = clear[start : start + _BLOCK_BYTES + _LONG - 1]
            for windows in (*_windows(block, _SHORT), *_windows(block, _LONG, step=_STRIDE)):
                self._exact.update(windows)
            if len(self._exact) > _KEPT_EXACTLY:
                self._spill()
        for run in digit_runs(clear):
            for at in range(len(run) - FEWEST_DIGITS + 1):
                if (piece := run[at : at + FEWEST_DIGITS]).isdigit():
                    self._digits[int(piece)] = 1

    def met(self, spelling: bytes) -> bool:
        """Tell whether bytes may stand somewhere; no is certain."""
        if len(spelling) < _LONG + _STRIDE - 1:
            return self._has_all(spelling, _SHORT, start=0, step=1)
        return any(
            self._has_all(spelling, _LONG, start=start, step=_STRIDE) for start in range(_STRIDE)
        )

    def _has_all(self, spelling: bytes, size: int, *, start: int, step: int) -> bool:
        return all(
            (piece := int.from_bytes(spelling[at : at + size], sys.byteorder)) in self._exact
            or (self._bits and self._bits[(slot := _slot(piece)) >> 3] & 1 << (slot & 7))
            for at in range(start, len(spelling) - size + 1, step)
        )

    def met_number(self, digits: str) -> bool:
        """Tell whether a number may stand somewhere, whatever is between its digits."""
        return all(
            self._digits[int(piece)]
            for at in range(len(digits) - FEWEST_DIGITS + 1)
            if (piece := digits[at : at + FEWEST_DIGITS]).isdigit()
        )

    def _spill(self) -> None:
        self._bits = self._bits or bytearray(1 << _SLOT_BITS - 3)
        for piece in self._exact:
            slot = _slot(piece)
            self._bits[slot >> 3] |= 1 << (slot & 7)
        self._exact.clear()


class Watchlist:
    """Values of many members, searched for at once; each is told by its labels.

    Only what ``pieces`` has met is watched for. A text in UTF-8 is searched for what is spelt in
    UTF-8, anything else for every spelling, but for spellings shorter than six bytes only where
    the whole of it reads as their encoding: four bytes come together by chance.
    """

    def __init__(self, pieces: Pieces) -> None:
        self._pieces = pieces
        self._spellings: dict[int, dict[int, dict[tuple[str, bytes], set[str]]]] = {
            size: {} for size in _FORMATS
        }
        self._numbers: dict[int, dict[bytes, set[str]]] = {}

    def add(self, text: str, *, label: str) -> None:
        """Watch for a value; of many members who share it only the first are told."""
        if digits := digits_of(text):
            number = digits.encode()
            if self._pieces.met_number(digits):
                _label(self._numbers.setdefault(len(number), {}).setdefault(number, set()), label)
            if any(number in run for run in digit_runs(text.lower().encode())):
                return  # its own spelling is one of those of the number
        watched: set[bytes] = set()
        for codec, spelling in spellings_of(text):
            if spelling not in watched and self._pieces.met(spelling):
                watched.add(spelling)
                same = self._spellings[_piece_size(spelling)].setdefault(_anchor(spelling), {})
                _label(same.setdefault((codec, spelling), set()), label)

    def fields_in(self, content: bytes) -> tuple[str, ...]:
        """Name the labels of the values that stand in these bytes."""
        clear = clear_part(content)
        lowered = clear.lower()
        found: set[str] = set()
        encodings: tuple[str, ...] = ()
        for codec, spelling, labels in self._candidates(lowered):
            encodings = encodings or _encodings(clear)
            if _counts(codec, spelling, encodings=encodings) and spelling in lowered:
                found |= labels
        for run in digit_runs(lowered) if self._numbers else ():
            for length, numbers in self._numbers.items():
                for at in range(len(run) - length + 1):
                    found |= numbers.get(run[at : at + length], set())
        return tuple(sorted(found))

    def _candidates(self, lowered: bytes) -> Iterator[tuple[str, bytes, set[str]]]:
        """Yield the spellings that begin with a piece of these bytes."""
        for size, spellings in self._spellings.items():
            anchors = {
                piece
                for windows in _windows(lowered, size)
                if not spellings.keys().isdisjoint(windows)
                for piece in spellings.keys() & {*windows}
            }
            for anchor in anchors:
                for (codec, spelling), labels in spellings[anchor].items():
                    yield codec, spelling, labels


def digit_runs(lowered: bytes) -> set[bytes]:
    """Collect the numbers of seven digits and more in some bytes, without their separators."""
    if b"\0" in lowered:
        lowered = lowered + b"\n" + lowered.replace(b"\0", b"")  # UTF-16, too
    signs = SEPARATORS.encode()
    stripped = {run.translate(None, signs) for run in {*_DIGIT_RUN.findall(lowered)}}
    return {run for run in stripped if len(run) >= FEWEST_DIGITS}


def _windows(content: bytes, size: int, *, step: int = 1) -> Iterator[memoryview]:
    """Yield the pieces of a size, those that begin at every place that is a multiple of a step."""
    view = memoryview(content)
    for start in range(0, size, step):
        length = (len(content) - start) // size * size
        if length > 0:
            yield view[start : start + length].cast(_FORMATS[size])


def _piece_size(spelling: bytes) -> int:
    return _LONG if len(spelling) >= _LONG else _SHORT


def _anchor(spelling: bytes) -> int:
    return int.from_bytes(spelling[: _piece_size(spelling)], sys.byteorder)


def _slot(piece: int) -> int:
    return (piece * _SPREAD & 0xFFFFFFFFFFFFFFFF) >> (64 - _SLOT_BITS)


def _encodings(content: bytes) -> tuple[str, ...]:
    """Say as which encodings bytes can be read as a whole: as UTF-8 only, if they are that."""
    if b"\0" not in content and _reads_as("utf-8", content):
        return ("utf-8",)
    others = ("gb18030", "big5", "utf-16-le", "utf-16-be")
    return ("any", *(codec for codec in others if _reads_as(codec, content)))


def _reads_as(codec: str, content: bytes) -> bool:
    try:
        content.decode(codec)
    except UnicodeDecodeError:
        return False
    return True


def _counts(codec: str, spelling: bytes, *, encodings: tuple[str, ...]) -> bool:
    return codec in _ALWAYS or (
        encodings != ("utf-8",) and (len(spelling) >= SHORTEST_BYTES or codec in encodings)
    )


def _label(labels: set[str], label: str) -> None:
    if len(labels) < _LABELS_KEPT:
        labels.add(label)
