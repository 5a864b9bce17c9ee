"""Replace patterns in bytes of any kind, but for stretches that are to stay as they are."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, kw_only=True)
class Replacements:
    """Patterns of bytes in lower case without groups, and what takes the place of each.

    Where several fit at a place the first does. ``kept`` is the pattern of what is not touched.
    """

    pairs: tuple[tuple[bytes, bytes], ...]
    kept: bytes

    def applied(self, content: bytes) -> bytes:
        """Replace every pattern wherever it stands, in capital letters, too."""
        parts: list[bytes] = []
        done = 0
        for stretch in self._untouched.finditer(content):
            parts += [self._replaced(content[done : stretch.start()]), stretch[0]]
            done = stretch.end()
        return b"".join([*parts, self._replaced(content[done:])])

    def to_json(self) -> dict[str, Any]:
        """Give it a form that goes through a pipe."""
        pairs = [(old.decode("latin-1"), new.decode("latin-1")) for old, new in self.pairs]
        return {"kept": self.kept.decode("latin-1"), "pairs": pairs}

    @classmethod
    def from_json(cls, told: Mapping[str, Any]) -> Replacements:
        """Make it from what came through a pipe."""
        pairs = ((old.encode("latin-1"), new.encode("latin-1")) for old, new in told["pairs"])
        return cls(kept=told["kept"].encode("latin-1"), pairs=tuple(pairs))

    def _replaced(self, content: bytes) -> bytes:
        parts: list[bytes] = []
        done = 0
        for found in self._pattern.finditer(content.lower()):
            parts += [content[done : found.start()], self.pairs[(found.lastindex or 1) - 1][1]]
            done = found.end()
        return b"".join([*parts, content[done:]])

    @cached_property
    def _pattern(self) -> re.Pattern[bytes]:
        groups = b"|".join(b"(" + pattern + b")" for pattern, _ in self.pairs)
        return re.compile(groups or b"(?!)", re.DOTALL)

    @cached_property
    def _untouched(self) -> re.Pattern[bytes]:
        return re.compile(self.kept)
