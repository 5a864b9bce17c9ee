"""Write many new records alike: one is printed with blanks, the others are filled in."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from memberarc.formats.canonical_yaml import scalar_text
from memberarc.members.record import write_record

if TYPE_CHECKING:
    from collections.abc import Mapping

    from memberarc.formats.canonical_yaml import Node, Scalar
    from memberarc.formats.field_path import FieldPath
    from memberarc.formats.schema import RecordSchema
    from memberarc.sealing.keys.key_ring import MemberKeys

BLANK: Final = "___"


class RecordForm:
    """The text of all records that have values at the same paths, less the values.

    To order, seal and write a record as a whole takes twice the time of filling in a form.
    """

    def __init__(self, record: Mapping[str, Node], *, schema: RecordSchema) -> None:
        """Print a record in the order of its schema; each of its values that is BLANK is one."""
        self._blanks = [
            (path, field.level if field else "open")
            for path, field, value in schema.leaves(schema.ordered(record))
            if value == BLANK
        ]
        self._start, *self._ends = write_record(record, schema=schema).decode().split(BLANK)

    def fill(self, values: Mapping[FieldPath, Scalar], *, keys: MemberKeys) -> bytes:
        """Write the record that has these values for its blanks, sealed as their fields ask.

        Raises:
            MalformedValueError: a value cannot be sealed.
        """
        text = [self._start]
        for (path, level), end in zip(self._blanks, self._ends, strict=True):
            value = values[path]
            text += (
                scalar_text(value) if level == "open" else keys.seal(value, level=level, path=path),
                end,
            )
        return "".join(text).encode()
