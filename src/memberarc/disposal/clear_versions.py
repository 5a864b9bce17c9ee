"""Versions of records met while all objects go by, and what they hold in clear."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from memberarc.disposal.versions import Version, is_version, parse_version
from memberarc.formats.field_path import path_text
from memberarc.members.sealed_record import is_sealed

if TYPE_CHECKING:
    from memberarc.disposal.versions import SchemaOf
    from memberarc.formats.schema import RecordSchema
    from memberarc.members.record import StoredRecord

_UID_LINE: Final = re.compile(rb"^uid:[ \t]*[\"']?[a-z]", re.MULTILINE)


def version_in(
    blob: str, content: bytes, *, schema_of: SchemaOf
) -> tuple[Version, StoredRecord, RecordSchema] | None:
    """Read an object that is a version of a record; what is broken by hand is passed over."""
    if not (_UID_LINE.search(content) and is_version(content)):
        return None
    version = Version(blob=blob, content=content)
    parsed = parse_version(version, schema_of=schema_of)
    return (version, *parsed) if parsed else None


def fields_in_clear(record: StoredRecord, schema: RecordSchema) -> tuple[str, ...]:
    """Name the protected fields that stand in clear in a version, short ones and days, too."""
    return tuple(
        path_text(path)
        for path, field, value in schema.leaves(record.values)
        if field is not None and field.level != "open" and not is_sealed(value)
    )
