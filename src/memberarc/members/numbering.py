"""Reference codes: the highest number in tree and tombstones is the truth (format.md 1)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator


def codes_after(pattern: str, taken: Iterable[str], *, year: int) -> Iterator[str]:
    """Yield free codes in order, starting after the highest one ever given.

    Args:
        pattern: the manifest's ``numbering``, such as ``M{year}-{sequence:06}``.
        taken: codes of every record and tombstone.
    """
    given = _matcher(pattern, year=year)
    highest = max((int(match[1]) for code in taken if (match := given.fullmatch(code))), default=0)
    while True:
        highest += 1
        yield pattern.format(year=year, sequence=highest)


def _matcher(pattern: str, *, year: int) -> re.Pattern[str]:
    before, _, _ = pattern.partition("{sequence")
    return re.compile(re.escape(before.format(year=year)) + r"(\d+)")
