"""Which columns an index has, and what a record puts into them."""

from __future__ import annotations

import json
from dataclasses import asdict, fields
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from memberarc.formats.field_path import schema_path
from memberarc.formats.schema import Container, Field

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from memberarc.formats.canonical_yaml import Scalar
    from memberarc.formats.field_path import FieldPath
    from memberarc.formats.schema import RecordSchema
    from memberarc.search.fields import SchemaEntry

LIST_STEP: Final = "[]"
_FIELD: Final = tuple(one.name for one in fields(Field))
_CONTAINER: Final = tuple(one.name for one in fields(Container))


class ListedValue(NamedTuple):
    """A scalar inside a list: the number of its field, its full path as JSON, and the value."""

    number: int
    path: str
    value: Scalar


class Layout:
    """The fields of all kinds of record, numbered; equal paths of two kinds share a number.

    A field outside lists is the column ``v<number>`` of the table of members. Values inside lists
    are rows of a table of their own, for nobody knows how many there are.
    """

    def __init__(self, kinds: Mapping[str, Iterable[SchemaEntry]]) -> None:
        self.kinds = {kind: tuple(kinds[kind]) for kind in sorted(kinds)}
        self._fields = {
            kind: tuple(entry for entry in own if isinstance(entry, Field))
            for kind, own in self.kinds.items()
        }
        paths = dict.fromkeys(field.path for own in self._fields.values() for field in own)
        self.numbers: dict[FieldPath, int] = {path: number for number, path in enumerate(paths)}
        self.paths: tuple[FieldPath, ...] = tuple(paths)
        self.column_paths = tuple(path for path in paths if LIST_STEP not in path)
        self._places = {path: place for place, path in enumerate(self.column_paths)}
        self._booleans = {
            (kind, field.path)
            for kind, own in self._fields.items()
            for field in own
            if field.kind == "boolean"
        }

    @classmethod
    def of(cls, schemas: Iterable[RecordSchema]) -> Layout:
        """Lay out an index for records of these schemas."""
        return cls({schema.kind: (*schema.fields, *schema.containers) for schema in schemas})

    @classmethod
    def parse(cls, text: str) -> Layout:
        """Read what ``text`` has written."""
        return cls(
            {kind: [_entry(values) for values in own] for kind, own in json.loads(text).items()}
        )

    @property
    def text(self) -> str:
        """Write the layout for an index to keep: reading it again spares reading the schemas."""
        told = {
            kind: [[*asdict(entry).values()] for entry in own] for kind, own in self.kinds.items()
        }
        return json.dumps(told, ensure_ascii=False)

    @cached_property
    def columns(self) -> tuple[str, ...]:
        """The names of the columns for fields outside lists, in the order of ``values``."""
        return tuple(f"v{self.numbers[path]}" for path in self.column_paths)

    def fields(self, kind: str) -> tuple[Field, ...]:
        """Return the fields of a kind of record, without its containers."""
        return self._fields[kind]

    def column(self, path: FieldPath) -> str:
        """Name the column of a field outside lists."""
        return f"v{self.numbers[path]}"

    def is_open(self, path: FieldPath) -> bool:
        """Tell whether every kind of record has a field in clear."""
        found = [field for own in self._fields.values() for field in own if field.path == path]
        return bool(found) and all(field.level == "open" for field in found)

    def is_column(self, path: FieldPath) -> bool:
        """Tell whether a field stands outside lists."""
        return LIST_STEP not in path

    def values(
        self, leaves: Iterable[tuple[FieldPath, Scalar]]
    ) -> tuple[tuple[Scalar | None, ...], tuple[ListedValue, ...]]:
        """Put a record's values into the columns; what no schema knows is left out."""
        row: list[Scalar | None] = [None] * len(self.column_paths)
        listed: list[ListedValue] = []
        for path, value in leaves:
            place = self._places.get(path)
            if place is not None:
                row[place] = value
            elif (number := self.numbers.get(schema_path(path))) is not None:
                listed.append(ListedValue(number, json.dumps(path), value))
        return tuple(row), tuple(listed)

    def leaves(self, kind: str, row: Sequence[Scalar | None]) -> Iterable[tuple[FieldPath, Scalar]]:
        """Take the values out of the columns again."""
        for path, value in zip(self.column_paths, row, strict=True):
            if value is not None:
                yield path, self.scalar(kind, path, value)

    def scalar(self, kind: str, path: FieldPath, value: Scalar) -> Scalar:
        """Make of a number the truth it stood for."""
        is_truth = value in (0, 1) and (kind, schema_path(path)) in self._booleans
        return bool(value) if is_truth else value


def _entry(values: Sequence[Any]) -> SchemaEntry:
    path, *rest = values
    if len(values) == len(_FIELD):
        told = dict(zip(_FIELD, (tuple(path), *rest), strict=True))
        return Field(**{**told, "enum": tuple(told["enum"])})
    return Container(**dict(zip(_CONTAINER, (tuple(path), *rest), strict=True)))
