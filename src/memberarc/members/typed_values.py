"""Text that people type or sheets hold, turned into a field's value."""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING, Final

from memberarc.errors import UsageError
from memberarc.formats.field_path import FieldPath, path_text
from memberarc.formats.written_dates import is_date, undoubted_date
from memberarc.members.field_names import unknown_field

if TYPE_CHECKING:
    from memberarc.formats.canonical_yaml import Scalar
    from memberarc.formats.schema import RecordSchema

_INTEGER: Final = re.compile(r"-?(0|[1-9][0-9]{0,14})")
_BOOLEANS: Final = {"true": True, "false": False}


def typed_value(text: str, *, path: FieldPath, schema: RecordSchema) -> Scalar:
    """Turn text into the value its field wants; text is NFC from here on, and dates ISO 8601.

    Raises:
        UsageError: the path names no field, or the text is not of the field's type.
    """
    field = schema.field(path)
    if field is None:
        raise unknown_field(path, schema=schema)
    if field.kind == "integer":
        if not _INTEGER.fullmatch(text):
            raise UsageError(f"{path_text(path)} wants a whole number")
        return int(text)
    if field.kind == "boolean":
        if text not in _BOOLEANS:
            raise UsageError(f"{path_text(path)} wants true or false")
        return _BOOLEANS[text]
    if (day := undoubted_date(text)) and is_date(field):
        return day
    return unicodedata.normalize("NFC", text)
