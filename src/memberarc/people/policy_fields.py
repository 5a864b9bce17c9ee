"""Take the fields of a policy one by one, and name the place where one is wrong."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from memberarc.errors import PolicyError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from memberarc.formats.canonical_yaml import Node

ID: Final = re.compile(r"[a-z][a-z0-9-]{0,31}")


class Fields:
    """The fields of one mapping of the policy, and the place to name when one is wrong."""

    def __init__(self, mapping: Mapping[str, Node], *, path: str, pointer: str) -> None:
        self.mapping = mapping
        self.path = path
        self.pointer = pointer

    def fault(self, key: str, message: str) -> PolicyError:
        """Say what is wrong with a field."""
        place = f"{self.pointer}.{key}" if self.pointer else key
        return PolicyError(f"{place}: {message}", where=self.path)

    def only(self, *keys: str) -> None:
        """Refuse fields of other names."""
        for key in self.mapping:
            if key not in keys:
                raise self.fault(key, f"is not known here, only {', '.join(keys)}")

    def word(self, key: str) -> str:
        """Take an id, or the name of an act."""
        value = self.mapping.get(key)
        if not isinstance(value, str) or not ID.fullmatch(value):
            raise self.fault(key, "is not a word of a-z, 0-9 and -, at most 32 long")
        return value

    def number(self, key: str, *, least: int) -> int:
        """Take a number, or the least there may be."""
        value = self.mapping.get(key, least)
        if isinstance(value, bool) or not isinstance(value, int) or value < least:
            raise self.fault(key, f"is not a number from {least}")
        return value

    def words(self, key: str, pattern: re.Pattern[str]) -> tuple[str, ...]:
        """Take a list of words of one form."""
        listed = self.mapping.get(key, [])
        if not isinstance(listed, list):
            raise self.fault(key, "is not a list")
        words = []
        for number, value in enumerate(listed, start=1):
            if not isinstance(value, str) or not pattern.fullmatch(value):
                # Only a plain word is repeated: a secret key may have been pasted here.
                plain = isinstance(value, str) and ID.fullmatch(value)
                told = f"cannot be {value}" if plain else f"entry {number} has another form"
                raise self.fault(key, told)
            words.append(value)
        return tuple(words)

    def flag(self, key: str) -> bool:
        """Take a yes or no."""
        value = self.mapping.get(key, False)
        if not isinstance(value, bool):
            raise self.fault(key, "is neither true nor false")
        return value

    def entries(self, key: str, *, name: str) -> list[Fields]:
        """Take a list of mappings, each with a name of its own."""
        listed = self.mapping.get(key, [])
        if not isinstance(listed, list):
            raise self.fault(key, "is not a list")
        entries: list[Fields] = []
        for number, value in enumerate(listed, start=1):
            if not isinstance(value, dict):
                raise self.fault(key, f"entry {number} is not a mapping")
            entry = Fields(value, path=self.path, pointer=f"{key}[{value.get(name, number)}]")
            if entry.pointer in {other.pointer for other in entries}:
                raise entry.fault(name, "stands here twice")
            entries.append(entry)
        return entries
