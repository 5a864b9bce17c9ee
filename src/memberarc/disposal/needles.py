"""A member's tell-tale values, and the search for them in bytes of any kind.

Design.md, section 4: every value of six characters and longer. Two choices sharpen that. A value
counts by its UTF-8 length, so that a Chinese name of two characters counts too; and values that
say nothing about a person (days, amounts of money, choices of a closed list, a document's own
technical fields) do not, because a ledger is full of days and amounts.
"""

from __future__ import annotations

import json
import re
from contextlib import suppress
from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING, Final

from memberarc.formats.field_path import FieldPath, path_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from memberarc.formats.canonical_yaml import Node
    from memberarc.formats.schema import Field, RecordSchema

SHORTEST_BYTES: Final = 6
CODECS: Final = ("utf-8", "gb18030", "big5", "utf-16-le", "utf-16-be")
ENCODINGS: Final = (*CODECS, "json-escapes")
# A day, whatever its field calls it: a ledger is full of them, and of codes that look alike.
_DAY: Final = re.compile(r"[0-9]{4}-[0-9]{2}(?:-[0-9]{2})?")
_TECHNICAL: Final = ("media_type", "size_bytes", "digest")

# A number as people write it: of a telephone, an identity card, a bank account. An amount of
# money is none.
_NUMBER: Final = re.compile(r"\+?[0-9(][0-9 ./()-]*[0-9xX]")
_AMOUNT: Final = re.compile(r"[0-9]+\.[0-9]+")
FEWEST_DIGITS: Final = 7
_LONGEST_COUNTRY_CODE: Final = 3
SEPARATORS: Final = " -./()"


@dataclass(frozen=True, slots=True, kw_only=True)
class Needle:
    """One plaintext; its repr hides it, its ``field`` may be told."""

    field: str
    text: str

    def __repr__(self) -> str:
        return f"Needle({self.field})"


class Needles:
    """Many plaintexts searched for at once, in the spellings and encodings people's files have."""

    def __init__(self, needles: Iterable[Needle]) -> None:
        self.needles = tuple(needles)
        fields: dict[bytes, str] = {}
        for needle in self.needles:
            for _, form in forms_of(needle.text):
                fields.setdefault(form, needle.field)
        # Sorted by their first bytes, so that at each place only few are tried; then longest first.
        forms = sorted(fields, key=lambda form: (_head(form), -len(form)))
        self._fields = [fields[form] for form in forms]
        groups = (
            head + b"(?:" + b"|".join(form[len(head) :] + b"()" for form in same) + b")"
            for head, same in groupby(forms, key=_head)
        )
        self._pattern = re.compile(b"|".join(groups) or b"(?!)", re.DOTALL)

    def __len__(self) -> int:
        return len(self._fields)

    def fields_in(self, content: bytes) -> tuple[str, ...]:
        """Name the fields whose values stand in these bytes."""
        # Lowering both sides is many times quicker than a pattern that ignores case. The empty
        # group at the end of each form tells which one it was.
        hits = {
            self._fields[found.lastindex - 1]
            for found in self._pattern.finditer(content.lower())
            if found.lastindex
        }
        return tuple(sorted(hits))


def needles_of(values: Mapping[str, Node], *, schema: RecordSchema) -> tuple[Needle, ...]:
    """Collect the tell-tale values of one opened version of a record."""
    return tuple(
        Needle(field=path_text(path), text=str(value))
        for path, field, value in schema.leaves(values)
        if field is not None and _tells(path, field, str(value))
    )


def is_long_enough(text: str) -> bool:
    """Say whether a value is long enough that finding it means something."""
    return len(text.encode()) >= SHORTEST_BYTES


def _tells(path: FieldPath, field: Field, text: str) -> bool:
    return (
        field.level != "open"
        and not field.enum
        and not _DAY.fullmatch(text)
        and not _AMOUNT.fullmatch(text)
        and not (path[0] == "documents" and field.name in _TECHNICAL)
        and not text.startswith("enc:")
        and is_long_enough(text)
    )


def spellings_of(text: str) -> Iterator[tuple[str, bytes]]:
    """Yield the encodings a value is written down in and its bytes there, in lower case."""
    for codec in CODECS:
        with suppress(UnicodeEncodeError):
            yield codec, text.encode(codec).lower()
    yield "json-escapes", json.dumps(text)[1:-1].encode().lower()


def forms_of(text: str) -> Iterator[tuple[str, bytes]]:
    """Yield a pattern for each way a value is written down, and its encoding."""
    for codec, spelling in spellings_of(text):
        yield codec, re.escape(spelling)
    if digits := digits_of(text):
        for codec in ("ascii", "utf-16-le", "utf-16-be"):
            between = b"|".join(re.escape(sign.encode(codec)) for sign in SEPARATORS)
            parts = (re.escape(digit.encode(codec)) for digit in digits)
            yield codec, (b"(?:" + between + b"){0,3}").join(parts)


def _head(form: bytes) -> bytes:
    return form[:2] if form.startswith(b"\\") else form[:1]


def digits_of(text: str) -> str:
    """Take the digits of a number that people write with separators, and in more than one way."""
    if not _NUMBER.fullmatch(text) or _AMOUNT.fullmatch(text):
        return ""
    digits = re.sub(r"[^0-9x]", "", text.lower())
    if text.startswith("+"):
        # The country code is often left out. A number's end is found with and without it.
        digits = digits[_LONGEST_COUNTRY_CODE:]
    return digits if len(digits) >= FEWEST_DIGITS else ""
