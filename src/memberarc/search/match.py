"""Does a record answer a query: pure, over what has been opened."""

from __future__ import annotations

import re
import unicodedata
from decimal import Decimal
from typing import TYPE_CHECKING, Final

from memberarc.errors import QuerySyntaxError
from memberarc.search.pinyin import has_han, read_name

if TYPE_CHECKING:
    from collections.abc import Iterable

    from memberarc.formats.canonical_yaml import Scalar
    from memberarc.formats.field_path import FieldPath
    from memberarc.formats.schema import Field, RecordSchema
    from memberarc.members.record import OpenedRecord
    from memberarc.search.query import Query, Term

ALIASES: Final = {"category": "categories.value", "code": "id"}
NAME_FIELDS: Final = ("name", "other_names", "short_name", "person")

_WRITTEN_BY_MEMBERARC: Final = (
    "format", "uid", "key", "kind", "opened", "epoch", "sha256", "digest", "media_type",
)  # fmt: skip
_LETTERS: Final = re.compile(r"[a-z]+")
_PHONE_LIKE: Final = re.compile(r"\+?[0-9][0-9 ()-]*")
_NUMBER: Final = re.compile(r"-?[0-9]+(\.[0-9]+)?")
_NOT_DIGITS: Final = re.compile(r"[^0-9]")


def matched_fields(
    record: OpenedRecord, query: Query, *, schema: RecordSchema
) -> tuple[FieldPath, ...] | None:
    """Tell by which fields a record answers all terms, or None when it does not."""
    leaves = [
        (path, field, value)
        for path, field, value in schema.leaves(record.values)
        if field is not None and path not in record.closed
    ]
    found: dict[FieldPath, None] = {}
    for term in query.terms:
        paths = [path for path, field, value in leaves if _holds(term, field, value)]
        if bool(paths) == term.negated:
            return None
        if not term.negated:
            found.update(dict.fromkeys(paths))
    return tuple(found)


def unknown_field(query: Query, *, schemas: Iterable[RecordSchema]) -> QuerySyntaxError | None:
    """Find the first field of a query that no kind of record has."""
    fields = [field for schema in schemas for field in schema.fields]
    for term in query.terms:
        if term.field and not any(_names(term.field, field) for field in fields):
            return QuerySyntaxError(
                f"no record has a field {term.field}",
                hint=f"fields begin with: {', '.join(dict.fromkeys(f.path[0] for f in fields))}",
            )
    return None


def wanted_by(query: Query, field: Field) -> bool:
    """Tell whether a query needs this field opened."""
    return any(not name or _names(name, field) for name in query.fields)


def folded(text: str) -> str:
    """Fold case and width, so that ＡＢＣ, ABC and abc are one."""
    return unicodedata.normalize("NFKC", text).casefold()


def _names(name: str, field: Field) -> bool:
    name = ALIASES.get(name, name)
    path = ".".join(step for step in field.path if step != "[]")
    return path == name or field.name == name or path.startswith(f"{name}.")


def _holds(term: Term, field: Field, value: Scalar) -> bool:
    if not term.field:
        # What memberarc itself wrote is random: a word would hit it by chance.
        return field.name not in _WRITTEN_BY_MEMBERARC and _contains(field, str(value), term.value)
    return _names(term.field, field) and _compares(term, field, value)


def _compares(term: Term, field: Field, value: Scalar) -> bool:
    if term.operator == ":":
        if field.format == "date" or field.enum:
            return folded(str(value)).startswith(folded(term.value))
        if field.name in ("value", "id", "uid"):
            return folded(str(value)) == folded(term.value)
        return _contains(field, str(value), term.value)
    if term.operator == "=":
        return folded(str(value)) == folded(term.value)
    if term.operator == "..":
        above = not term.value or _ordered(str(value), ">=", term.value)
        return above and (not term.upper or _ordered(str(value), "<=", term.upper))
    return _ordered(str(value), term.operator, term.value)


def _contains(field: Field, value: str, wanted: str) -> bool:
    text, word = folded(value), folded(wanted)
    if word in text:
        return True
    if _PHONE_LIKE.fullmatch(word) and _PHONE_LIKE.fullmatch(text):
        return _NOT_DIGITS.sub("", word) in _NOT_DIGITS.sub("", text)
    if field.name in NAME_FIELDS and _LETTERS.fullmatch(word) and has_han(value):
        return read_name(value).matches(word)
    return False


def _ordered(value: str, operator: str, wanted: str) -> bool:
    """Compare as numbers where both are; else as text, a shorter date standing for its period."""
    left: Decimal | str = value[: len(wanted)]
    right: Decimal | str = wanted
    if _NUMBER.fullmatch(value) and _NUMBER.fullmatch(wanted):
        left, right = Decimal(value), Decimal(wanted)
    if operator == ">=":
        return left >= right  # type: ignore[operator]
    if operator == "<=":
        return left <= right  # type: ignore[operator]
    if operator == ">":
        return left > right  # type: ignore[operator]
    return left < right  # type: ignore[operator]
