"""What differs between two versions of a record, field by field."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from memberarc.formats.field_path import FieldPath, path_text

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from memberarc.formats.canonical_yaml import Node, Scalar
    from memberarc.formats.schema import RecordSchema
    from memberarc.members.record import OpenedRecord

CONFIDENTIAL_FIELD = "confidential field"
_NAMED_LEVELS = ("open", "internal")


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldChange:
    """One field's step from one version to the next.

    ``before`` and ``after`` are None where the field is absent. ``closed`` means that no key at
    hand opens one of the sides: it then holds the sealed text, which only shows that it changed.
    """

    path: FieldPath
    level: str
    before: Scalar | None
    after: Scalar | None
    closed: bool = False

    @property
    def public_path(self) -> str:
        """The path as a commit message may tell it."""
        return path_text(self.path) if self.level in _NAMED_LEVELS else CONFIDENTIAL_FIELD


@dataclass(frozen=True, slots=True, kw_only=True)
class Revised:
    """What would change of one member; ``name`` is None where the caller may not read it."""

    code: str
    name: str | None
    changes: tuple[FieldChange, ...]


def compare_records(
    before: OpenedRecord | None, after: OpenedRecord | None, *, schema: RecordSchema
) -> tuple[FieldChange, ...]:
    """List the fields that differ, in record order, removed ones last."""
    old = _leaves(before.values if before else {}, schema=schema)
    new = _leaves(after.values if after else {}, schema=schema)
    closed = {**(before.closed if before else {}), **(after.closed if after else {})}
    return tuple(
        FieldChange(
            path=path,
            level=(new.get(path) or old[path])[0],
            before=old[path][1] if path in old else None,
            after=new[path][1] if path in new else None,
            closed=path in closed,
        )
        for path in dict.fromkeys([*new, *old])
        if old.get(path) != new.get(path)
    )


def public_paths(changes: Sequence[FieldChange]) -> tuple[str, ...]:
    """Name the changed fields as a commit message may: higher levels without their names."""
    return tuple(dict.fromkeys(change.public_path for change in changes))


def _leaves(
    values: Mapping[str, Node], *, schema: RecordSchema
) -> dict[FieldPath, tuple[str, Scalar]]:
    return {
        path: (field.level if field else "open", value)
        for path, field, value in schema.leaves(values)
    }
