"""The ways to part typed letters into syllables, as a table of syllables is asked for them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from memberarc.search.index.terms import INITIALS_MARK, MOST_INITIALS

if TYPE_CHECKING:
    from collections.abc import Iterator

MOST_SPELLINGS: Final = 256
"""Above so many ways to part letters, whoever asks does better to read all names."""

_FULL: Final = re.compile(
    r"(?:[zcs]h|[b-df-hj-np-tw-z])?"
    r"(?:i?ang|u?ang|iong|ueng|[aeiou]ng|i?ao|u?ai|[iuv]an|[aeiuv]n|[eu]i|[ao]u|i[aeou]|u[aoe]|ve"
    r"|er|[aeiouv])"
    r"|[ln]yue?|h?ng|hm"
)
_BEGUN: Final = re.compile(r"(?:[zcs]h|[b-df-hj-np-tw-z])?(?:i?on|uen|va)|[ln]y|hn")
_NO_INITIALS: Final = "iuv"
_LONGEST_SYLLABLE: Final = 6
_LONGEST_PARTED: Final = 60


def spellings(letters: str) -> list[str] | None:
    """Write, for each way to read letters as a run of syllables, what a table must be asked for.

    Each syllable is there in full or by its initial, and the last one as far as the letters go, as
    ``search.pinyin.read_by`` has it. None where there are too many ways.
    """
    if len(letters) > _LONGEST_PARTED:
        return None
    found: list[str] = []
    for pieces in _parted(letters):
        initials = "".join(piece[0] for piece in pieces[:MOST_INITIALS])
        *whole, last = pieces
        asked = [f'"{INITIALS_MARK}{initials}"*']
        asked += [f'"{piece}"' for piece in whole if not _is_initial(piece)]
        asked += [f'"{last}"*'] if len(last) > 1 else []
        found.append(" AND ".join(dict.fromkeys(asked)))
        if len(found) > MOST_SPELLINGS:
            return None
    return found


def _is_initial(piece: str) -> bool:
    return piece in ("zh", "ch", "sh") or (len(piece) == 1 and piece not in _NO_INITIALS)


def _parted(letters: str) -> Iterator[tuple[str, ...]]:
    """Part letters into syllables or initials, the last of which may be the start of one."""
    # From the back, so that no way is followed that comes to nothing: there may be very many.
    ends: dict[int, list[int]] = {}
    for start in reversed(range(len(letters))):
        reached = [
            end
            for end in range(start + 1, start + _LONGEST_SYLLABLE + 1)
            if end in ends and _is_piece(letters[start:end])
        ]
        if reached or _is_begun(letters[start:]):
            ends[start] = reached

    def parted_from(start: int) -> Iterator[tuple[str, ...]]:
        if _is_begun(letters[start:]):
            yield (letters[start:],)
        for end in ends.get(start, ()):
            for rest in parted_from(end):
                yield letters[start:end], *rest

    yield from parted_from(0)


def _is_piece(piece: str) -> bool:
    return _is_initial(piece) or (piece[0] not in _NO_INITIALS and bool(_FULL.fullmatch(piece)))


def _is_begun(piece: str) -> bool:
    """Tell whether a syllable may begin so."""
    return _is_piece(piece) or _BEGUN.fullmatch(piece) is not None
