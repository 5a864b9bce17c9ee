"""A member's tell-tale values, and the search for them in bytes of any kind.

Design.md, section 4: every value of six characters and longer. Two choices sharpen that. A value
counts by its UTF-8 length, so that a Chinese name of two characters counts too; and values that
say nothing about a person (dates, choices of a closed list, a document's own technical fields) do
not, because a ledger is full of dates.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from memberarc.formats.field_path import FieldPath, path_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from memberarc.formats.canonical_yaml import Node
    from memberarc.formats.schema import Field, RecordSchema

SHORTEST_BYTES: Final = 6
_TECHNICAL: Final = ("media_type", "size_bytes", "digest")


@dataclass(frozen=True, slots=True, kw_only=True)
class Needle:
    """One plaintext; its repr hides it, its ``field`` may be told."""

    field: str
    text: str

    def __repr__(self) -> str:
        return f"Needle({self.field})"


class Needles:
    """Many plaintexts searched for at once, in the encodings people's files have."""

    def __init__(self, needles: Iterable[Needle]) -> None:
        self._fields: dict[bytes, str] = {}
        for needle in needles:
            for form in _forms(needle.text):
                self._fields.setdefault(form, needle.field)
        longest_first = sorted(self._fields, key=len, reverse=True)
        self._pattern = re.compile(b"|".join(map(re.escape, longest_first)) or b"(?!)")

    def __len__(self) -> int:
        return len(self._fields)

    def fields_in(self, content: bytes) -> tuple[str, ...]:
        """Name the fields whose values stand in these bytes."""
        hits = {self._fields[match] for match in self._pattern.findall(content)}
        return tuple(sorted(hits))


def needles_of(values: Mapping[str, Node], *, schema: RecordSchema) -> tuple[Needle, ...]:
    """Collect the tell-tale values of one opened version of a record."""
    return tuple(
        Needle(field=path_text(path), text=str(value))
        for path, field, value in schema.leaves(values)
        if field is not None and _tells(path, field, str(value))
    )


def _tells(path: FieldPath, field: Field, text: str) -> bool:
    return (
        field.level != "open"
        and not field.enum
        and field.format != "date"
        and not (path[0] == "documents" and field.name in _TECHNICAL)
        and not text.startswith("enc:")
        and len(text.encode()) >= SHORTEST_BYTES
    )


def _forms(text: str) -> set[bytes]:
    escaped = json.dumps(text)[1:-1].encode()
    return {text.encode(), text.encode("gb18030"), escaped}
