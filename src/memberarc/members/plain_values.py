"""Plain values as people hand them over: a YAML file, or ``path=value`` on the command line."""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING, Final

from memberarc.errors import InvalidRecordError, Problem, UsageError
from memberarc.formats.field_path import FieldPath, path_text
from memberarc.members.field_names import meant_path
from memberarc.members.field_values import (
    name_new_items,
    parse_field_name,
    value_at,
    with_value,
    without,
)
from memberarc.members.record import IDENTITY_FIELDS
from memberarc.members.typed_values import typed_value

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from memberarc.formats.canonical_yaml import Node, Scalar
    from memberarc.formats.schema import Field, RecordSchema

# What binds a document to its ciphertext is written by the document acts alone.
_BINDING_FIELDS: Final = ("id", "level", "epoch", "sha256", "digest", "stored")


def parse_assignment(text: str) -> tuple[FieldPath, str]:
    """Read ``path=value`` of a ``--set`` option; a label may stand in place of the path."""
    path, equals, value = text.partition("=")
    if not equals:
        raise UsageError(
            f"--set wants PATH=VALUE, not {path}", hint="--set contact.mobile=13800000000"
        )
    return parse_field_name(path), value


def apply_assignments(
    values: Mapping[str, Node],
    *,
    assign: Sequence[tuple[FieldPath, str]],
    remove: Sequence[FieldPath] = (),
    schema: RecordSchema,
    new_id: Callable[[], str],
) -> dict[str, Node]:
    """Copy values with some set and some left out; a new list item gets an id."""
    result = dict(values)
    for path in remove:
        refuse_protected(path)
        if value_at(result, path) is None:
            raise UsageError(f"there is no {path_text(path)} to remove")
        result = without(result, path)
    paths = [meant_path(path, schema=schema) for path, _ in assign]
    named = name_new_items(paths, new_id=new_id)
    for path, (_, text) in zip(named, assign, strict=True):
        refuse_protected(path)
        result = with_value(result, path, _scalar_or_traits(text, path=path, schema=schema))
    return result


def read_plain(content: bytes, *, path: str, schema: RecordSchema) -> dict[str, Node]:
    """Read a plain record from YAML, text made NFC, without the fields memberarc itself writes.

    Raises:
        InvalidRecordError: with the place of every flaw.
    """
    from memberarc.formats.strict_yaml import parse_strict  # who sets one field reads no file

    parsed = parse_strict(content, path=path, comments="keep")
    problems = list(parsed.problems)
    for name in IDENTITY_FIELDS:
        if name in parsed.value:
            line, column = parsed.positions.key_of((name,))
            problems.append(
                Problem(
                    path=path,
                    line=line,
                    column=column,
                    pointer=name,
                    rule="identity",
                    message=f"{name} is given by memberarc",
                    hint="leave the line out",
                )
            )
    values = normalised(parsed.value, schema=schema)
    if not problems:
        problems = schema.problems_plain(
            _with_any_identity(values, schema=schema), path=path, positions=parsed.positions
        )
    if problems:
        raise InvalidRecordError("the record does not fit", problems=problems, where=path)
    return values


def normalised(values: Mapping[str, Node], *, schema: RecordSchema) -> dict[str, Node]:
    """Make every text of a record NFC."""

    def composed(_path: FieldPath, _field: Field | None, value: Scalar) -> Scalar:
        return unicodedata.normalize("NFC", value) if isinstance(value, str) else value

    return schema.map_leaves(dict(values), composed)


def _with_any_identity(values: Mapping[str, Node], *, schema: RecordSchema) -> dict[str, Node]:
    """Fill what memberarc gives later, so that the schema can judge the rest."""
    return {
        "format": "member/1",
        "id": "M0-0",
        "uid": "a" * 16,
        "key": "0" * 16,
        "kind": schema.kind,
        "opened": 2000,
        "status": "active",
        **values,
    }


def refuse_protected(path: FieldPath) -> None:
    """Refuse to set what memberarc alone may write."""
    if path[0] in IDENTITY_FIELDS:
        raise UsageError(f"{path[0]} is given by memberarc and cannot be set")
    if path[0] == "documents" and (len(path) < 3 or path[-1] in _BINDING_FIELDS):
        raise UsageError(
            "what binds a document cannot be set by hand", hint="memberarc document add --help"
        )


def _scalar_or_traits(text: str, *, path: FieldPath, schema: RecordSchema) -> Node:
    if path == ("traits",):
        return [trait for trait in text.split(",") if trait]
    return typed_value(text, path=path, schema=schema)
