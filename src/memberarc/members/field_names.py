"""Fields by the names people give them: a path, or the label of one field in either language."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from memberarc.errors import UsageError
from memberarc.formats.field_path import path_text

if TYPE_CHECKING:
    from memberarc.formats.field_path import FieldPath
    from memberarc.formats.schema import RecordSchema

_FEW: Final = 3


def meant_path(path: FieldPath, *, schema: RecordSchema) -> FieldPath:
    """Return a field's path where its label stands for it; any other path as it is.

    A label must be that of one field only, outside lists (items of a list are told apart by ids),
    and no other field's path may end with it: ``number`` could be two.
    """
    if len(path) != 1 or schema.field(path):
        return path
    name, fields = path[0], schema.fields
    labelled = {
        field.path
        for field in fields
        if name in (field.label_zh, field.label_en) and "[]" not in field.path
    }
    ending = {field.path for field in fields if field.path[-1] == name}
    return next(iter(labelled)) if len(labelled) == 1 and ending <= labelled else path


def unknown_field(path: FieldPath, *, schema: RecordSchema) -> UsageError:
    """Tell that there is no such field, and which one was probably meant."""
    same_end = [path_text(field.path) for field in schema.fields if field.path[-1] == path[-1]]
    if 0 < len(same_end) <= _FEW:
        hint = f"did you mean {' or '.join(same_end)}?"
    else:
        hint = f"fields begin with: {', '.join(_beginnings(path, schema=schema))}"
    return UsageError(f"{schema.kind} records have no field {path_text(path)}", hint=hint)


def _beginnings(path: FieldPath, *, schema: RecordSchema) -> list[str]:
    """The fields a mistyped path may have meant: those beside it, else the first steps of all."""
    beside = [
        path_text(field.path)
        for field in schema.fields
        if len(path) > 1 and field.path[:1] == path[:1]
    ]
    return beside or list(dict.fromkeys(field.path[0] for field in schema.fields))
