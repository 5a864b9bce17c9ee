"""The lines of the vault: one share each, with a check that exposes rot and foreign lines.

Source: format.md, section 7.
"""

from __future__ import annotations

import base64
import re
from itertools import combinations
from typing import TYPE_CHECKING, Final

from memberarc.sealing.derivation import share_check

if TYPE_CHECKING:
    from collections.abc import Iterable

_LINE: Final = re.compile(rb"m1 ([a-z][a-z2-7]{15}) ([A-Za-z0-9_-]{43}) ([0-9a-f]{12})")
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
    share = base64.urlsafe_b64decode(match[2] + b"=")
    return share if share_line(uid, share=share, archive=archive) == line else None


def holds_share_of(line: bytes, *, archive: str, uid: str) -> bool:
    """Tell whether a line gives away a uid's share, be it that the uid itself is rotten."""
    if uid.encode() in line:
        return True
    match = _LINE.fullmatch(line)
    if match is None:
        return False
    share = base64.urlsafe_b64decode(match[2] + b"=")
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

    # A search through 100,000 lines takes 0.7 ms, an index of them 30.
    _SEARCHES: Final = 16

    def __init__(self, contents: Iterable[bytes]) -> None:
        self._text = b"\n" + b"\n".join(contents) + b"\n"
        self._index: dict[bytes, list[bytes]] | None = None
        self._asked = 0

    def lines_for(self, uid: str) -> list[bytes]:
        """Return the lines that name a uid, unchecked; equal ones once."""
        self._asked += 1
        if self._index is None and self._asked > self._SEARCHES:
            self._index = {}
            for line in self._text.split(b"\n"):
                self._index.setdefault(line[_UID], []).append(line)
        lines = self._search(uid) if self._index is None else self._index.get(uid.encode(), [])
        return list(dict.fromkeys(lines))

    def _search(self, uid: str) -> list[bytes]:
        start = f"\nm1 {uid} ".encode()
        lines = []
        found = self._text.find(start)
        while found >= 0:
            end = self._text.index(b"\n", found + 1)
            lines.append(self._text[found + 1 : end])
            found = self._text.find(start, end)
        return lines
