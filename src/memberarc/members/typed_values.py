"""Text that people type or sheets hold, turned into a field's value."""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING, Final

from memberarc.errors import UsageError
from memberarc.formats.field_path import FieldPath, path_text

if TYPE_CHECKING:
    from memberarc.formats.canonical_yaml import Scalar
    from memberarc.formats.schema import RecordSchema

_INTEGER: Final = re.compile(r"-?(0|[1-9][0-9]{0,14})")
_BOOLEANS: Final = {"true": True, "false": False}


def typed_value(text: str, *, path: FieldPath, schema: RecordSchema) -> Scalar:
    """Turn text into the value its field wants; text is NFC from here on.

    Raises:
        UsageError: the path names no field, or the text is not of the field's type.
    """
    field = schema.field(path)
    if field is None:
        raise UsageError(
            f"{schema.kind} records have no field {path_text(path)}",
            hint=f"fields begin with: {', '.join(_beginnings(schema, path=path))}",
        )
    if field.kind == "integer":
        if not _INTEGER.fullmatch(text):
            raise UsageError(f"{path_text(path)} wants a whole number")
        return int(text)
    if field.kind == "boolean":
        if text not in _BOOLEANS:
            raise UsageError(f"{path_text(path)} wants true or false")
        return _BOOLEANS[text]
    return unicodedata.normalize("NFC", text)


def _beginnings(schema: RecordSchema, *, path: FieldPath) -> list[str]:
    """The fields a mistyped path may have meant: those beside it, else the first steps of all."""
    beside = [
        path_text(field.path)
        for field in schema.fields
        if len(path) > 1 and field.path[:1] == path[:1]
    ]
    return beside or list(dict.fromkeys(field.path[0] for field in schema.fields))
