"""Write many new records alike: one is printed with blanks, the others are filled in."""

from __future__ import annotations

from itertools import chain
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
        self._open: list[tuple[int, FieldPath]] = []
        self._sealed: dict[str, list[tuple[int, FieldPath]]] = {}
        leaves = schema.leaves(schema.ordered(record))
        blanks = [(path, field) for path, field, value in leaves if value == BLANK]
        for number, (path, field) in enumerate(blanks):
            level = field.level if field else "open"
            alike = self._open if level == "open" else self._sealed.setdefault(level, [])
            alike.append((2 * number + 1, path))
        # Between two pieces of text there is room for a value.
        pieces = write_record(record, schema=schema).decode().split(BLANK)
        self._text = [*chain.from_iterable(zip(pieces, [""] * len(pieces), strict=True))]

    def fill(self, values: Mapping[FieldPath, Scalar], *, keys: MemberKeys) -> bytes:
        """Write the record that has these values for its blanks, sealed as their fields ask.

        Raises:
            MalformedValueError: a value cannot be sealed.
        """
        text = self._text.copy()
        for place, path in self._open:
            text[place] = scalar_text(values[path])
        for level, places in self._sealed.items():
            sealed = keys.seal_all([(path, values[path]) for _, path in places], level=level)
            for (place, _), value in zip(places, sealed, strict=True):
                text[place] = value
        return "".join(text).encode()
