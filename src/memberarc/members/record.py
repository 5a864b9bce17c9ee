"""The member record: stored, as it stands in the archive, and opened, as far as keys reach."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from memberarc.archive.layout import member_path, modeline, schema_path
from memberarc.formats.canonical_yaml import Node, write_yaml

if TYPE_CHECKING:
    from collections.abc import Mapping

    from memberarc.formats.field_path import FieldPath
    from memberarc.formats.schema import RecordSchema

FORMAT: Final = "member/1"

# Written by memberarc alone: identity of the record, never a value a person types.
IDENTITY_FIELDS: Final = ("format", "id", "uid", "key", "kind", "opened")


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredRecord:
    """A record in stored form: everything above ``open`` is sealed text."""

    values: Mapping[str, Node]

    @property
    def code(self) -> str:
        return str(self.values["id"])

    @property
    def uid(self) -> str:
        return str(self.values["uid"])

    @property
    def key(self) -> str:
        """The commitment that tells the record's own share from any other."""
        return str(self.values["key"])

    @property
    def kind(self) -> str:
        return str(self.values["kind"])

    @property
    def opened(self) -> int:
        return int(str(self.values["opened"]))

    @property
    def status(self) -> str:
        return str(self.values["status"])

    @property
    def path(self) -> str:
        return member_path(self.code, opened=self.opened)

    def category(self, scheme: str) -> str | None:
        categories = self.values.get("categories")
        value = categories.get(scheme) if isinstance(categories, dict) else None
        return value if isinstance(value, str) else None

    @property
    def traits(self) -> tuple[str, ...]:
        traits = self.values.get("traits")
        return tuple(str(trait) for trait in traits) if isinstance(traits, list) else ()


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenedRecord:
    """A record opened as far as the keys at hand reach.

    ``values`` is plain where a key was at hand and keeps the sealed text elsewhere; ``closed``
    names those paths with their level.
    """

    stored: StoredRecord
    values: Mapping[str, Node]
    closed: Mapping[FieldPath, str]


def write_record(values: Mapping[str, Node], *, schema: RecordSchema) -> bytes:
    """Write the canonical bytes of a record in stored form."""
    ordered = schema.ordered(values)
    path = StoredRecord(values=ordered).path
    return write_yaml(ordered, modeline=modeline(path, schema=schema_path(schema.kind)))
