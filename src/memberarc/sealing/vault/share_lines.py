"""The lines of the vault: one share each, with a check that exposes rot and foreign lines.

Source: format.md, section 7.
"""

from __future__ import annotations

import base64
import binascii
import re
from array import array
from bisect import bisect_left
from itertools import combinations
from typing import TYPE_CHECKING, Final

from memberarc.sealing.derivation import share_check

if TYPE_CHECKING:
    from collections.abc import Iterable

_LINE: Final = re.compile(rb"m1 ([a-z][a-z2-7]{15}) ([A-Za-z0-9_-]{43}) ([0-9a-f]{12})")
# The last of 43 characters ends in two bits that stand for nothing, and are zeros.
_LAST_CHARACTERS: Final = b"AEIMQUYcgkosw048"
_FROM_URL: Final = bytes.maketrans(b"-_", b"+/")
_UID: Final = slice(3, 19)
_BASE32: Final = "abcdefghijklmnopqrstuvwxyz234567"


def share_line(uid: str, *, share: bytes, archive: str) -> bytes:
    """Write the line of one share, without its newline."""
    encoded = base64.urlsafe_b64encode(share).rstrip(b"=").decode()
    return f"m1 {uid} {encoded} {share_check(share, archive=archive, uid=uid)}".encode()


def read_share(line: bytes, *, archive: str, uid: str) -> bytes | None:
    """Return the share of a uid's line; None when the line is rotten, or not of this archive."""
    match = _LINE.fullmatch(line)
    if match is None:
        return None
    named, encoded, check = match.groups()
    if named != uid.encode() or encoded[-1] not in _LAST_CHARACTERS:
        return None
    share = _share_of(encoded)
    return share if share_check(share, archive=archive, uid=uid).encode() == check else None


def _share_of(encoded: bytes) -> bytes:
    return binascii.a2b_base64(encoded.translate(_FROM_URL) + b"=")


def holds_share_of(line: bytes, *, archive: str, uid: str) -> bool:
    """Tell whether a line gives away a uid's share, be it that the uid itself is rotten."""
    if uid.encode() in line:
        return True
    match = _LINE.fullmatch(line)
    if match is None:
        return False
    share = _share_of(match[2])
    return share_check(share, archive=archive, uid=uid).encode() == match[3]


def split_lines(content: bytes) -> list[bytes]:
    """Split the content of a file into its lines; a carriage return is part of one, and rot."""
    lines = content.split(b"\n")
    return lines if lines[-1] else lines[:-1]


def uid_of(line: bytes) -> str:
    """Return the uid a line is for; empty when the line has not the form of one."""
    match = _LINE.fullmatch(line)
    return match[1].decode() if match else ""


def shard_name(uid: str) -> str:
    """Name the shard of a uid: its first ten bits, in hex."""
    return f"{_BASE32.index(uid[0]) * 32 + _BASE32.index(uid[1]):02x}"


class RotFinder:
    """Know a rotten line by the sound one it was: two of uid, share and check are as they were."""

    def __init__(self, sound: Iterable[bytes]) -> None:
        self._pairs = {pair for line in sound for pair in _pairs(line)}

    def knows(self, line: bytes) -> bool:
        """Tell whether a line is one of the sound lines, rotten in one place."""
        return not self._pairs.isdisjoint(_pairs(line))


def _pairs(line: bytes) -> list[tuple[bytes, bytes]]:
    words = line.split(b" ")[1:]
    return [*combinations(words, 2)] if len(words) == 3 else []


class ShareText:
    """The text of some files of lines, searched while little is asked and indexed after that."""

    # A search through 100,000 lines takes 0.7 ms, to sort where they begin 60: an index of lines
    # would take 30 MB in each process.
    _SEARCHES: Final = 16

    def __init__(self, contents: Iterable[bytes]) -> None:
        self._text = b"\n" + b"\n".join(contents) + b"\n"
        self._starts: array[int] | None = None
        self._asked = 0

    def lines_for(self, uid: str) -> list[bytes]:
        """Return the lines that name a uid, unchecked."""
        self._asked += 1
        if self._starts is None and self._asked > self._SEARCHES:
            breaks = re.finditer(rb"\n", self._text)
            self._starts = array("Q", sorted((one.end() for one in breaks), key=self._uid_at))
        return self._search(uid) if self._starts is None else self._look_up(uid.encode())

    def _look_up(self, uid: bytes) -> list[bytes]:
        assert self._starts is not None
        lines = []
        place = bisect_left(self._starts, uid, key=self._uid_at)
        while place < len(self._starts) and self._uid_at(self._starts[place]) == uid:
            start = self._starts[place]
            lines.append(self._text[start : self._text.index(b"\n", start)])
            place += 1
        return lines

    def _uid_at(self, start: int) -> bytes:
        return self._text[start + _UID.start : start + _UID.stop]

    def _search(self, uid: str) -> list[bytes]:
        start = f"\nm1 {uid} ".encode()
        lines = []
        found = self._text.find(start)
        while found >= 0:
            end = self._text.index(b"\n", found + 1)
            lines.append(self._text[found + 1 : end])
            found = self._text.find(start, end)
        return lines
