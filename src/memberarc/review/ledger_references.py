"""Remember of millions of events only what shows that two have one ref, and whom they name."""

from __future__ import annotations

from array import array
from bisect import bisect_left
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

# So many parts of all fingerprints are compared one after the other.
_PARTS: Final = 32
_LOWEST: Final = -(2**63)


def fingerprints(refs: Iterable[str]) -> array[int]:
    """Make 8 bytes of each ref, sorted; they mean the same in a process and its forks only."""
    return array("q", sorted(map(hash, refs)))


class SeenRefs:
    """The fingerprints of each day's refs."""

    def __init__(self) -> None:
        self._days: dict[str, array[int]] = {}

    def add(self, path: str, prints: array[int]) -> None:
        """Take up the refs of a day."""
        self._days[path] = prints

    def suspects(self) -> tuple[str, ...]:
        """Name the days that may have a ref in common: hardly any that have not."""
        twice: set[int] = set()
        step = 2**64 // _PARTS
        for start in range(_LOWEST, -_LOWEST, step):
            seen: set[int] = set()
            for part in self._between(start, start + step):
                twice |= seen.intersection(part)
                seen.update(part)
        return tuple(path for path, prints in self._days.items() if twice.intersection(prints))

    def _between(self, start: int, end: int) -> Iterator[array[int]]:
        for prints in self._days.values():
            yield prints[bisect_left(prints, start) : bisect_left(prints, end)]
