"""An archive may raise the level of a shipped property, never lower it (format.md, section 4)."""

from __future__ import annotations

import json
from functools import lru_cache
from typing import TYPE_CHECKING

from memberarc.errors import Problem, SchemaError
from memberarc.formats.field_path import path_text
from memberarc.formats.schema import RecordSchema, load_schema, read_document
from memberarc.formats.sealed_text import LEVELS
from memberarc.formats.shipped import GENERAL, KINDS, compose_document, compose_schema, profiles

if TYPE_CHECKING:
    from collections.abc import Iterator

    from memberarc.formats.field_path import FieldPath
    from memberarc.formats.schema import Container, Field


def accepted_schema(content: bytes, *, kind: str, profile: str, path: str) -> RecordSchema:
    """Read a schema that may be used to write and open records.

    Args:
        kind: the kind that the file's path names; the file itself may lie.
        profile: the sector that the manifest names; likewise.

    Raises:
        SchemaError: it is none, is that of another kind, or protects less than the shipped one.
    """
    shipped = _shipped_as_it_is(content, kind=kind, profile=profile, path=path)
    if shipped is not None:
        return shipped
    schema = load_schema(content, path=path)
    problems = level_problems(schema, kind=kind, profile=profile)
    if problems:
        told = "; ".join(problem.message for problem in problems)
        raise SchemaError(
            f"the schema {path} is not to be trusted: {told}", where=path, hint=problems[0].hint
        )
    return schema


def level_problems(schema: RecordSchema, *, kind: str, profile: str) -> list[Problem]:
    """List where a schema is that of another kind, or protects less than the shipped one."""
    return [*_kind_problems(schema, kind=kind), *_weaker(schema, kind=kind, profile=profile)]


@lru_cache(maxsize=16)
def _shipped_as_it_is(content: bytes, *, kind: str, profile: str, path: str) -> RecordSchema | None:
    """Read a schema that nobody has changed: to judge it again takes longer than to show a member.

    That each of them is sound and lowers no level, those of other profiles included, is tested.
    """
    shipped = _shipped(kind, profile=profile)
    if shipped is None:
        return None
    document = read_document(content, path=path)
    # As text, in which neither true is 1 nor the order of properties is nothing.
    same = json.dumps(document) == json.dumps(shipped.document)
    return RecordSchema(document, path=path) if same else None


@lru_cache(maxsize=16)
def _shipped(kind: str, *, profile: str) -> RecordSchema | None:
    if kind not in KINDS or profile not in profiles():
        return None
    return RecordSchema(compose_document(kind, profile=profile), path=f"{kind}.schema.json")


@lru_cache(maxsize=16)
def shipped_schema(kind: str, *, profile: str) -> bytes | None:
    """Compose what is shipped for a kind; a profile that is not shipped counts as none."""
    if kind not in KINDS:
        return None
    return compose_schema(kind, profile=profile if profile in profiles() else GENERAL)


def _kind_problems(schema: RecordSchema, *, kind: str) -> Iterator[Problem]:
    if schema.kind != kind:
        yield Problem(
            path=schema.path,
            pointer="x-kind",
            rule="schema-kind",
            message=f"x-kind must be {kind}, as the file is named",
            hint=f"set x-kind to {kind}",
        )


def _weaker(schema: RecordSchema, *, kind: str, profile: str) -> Iterator[Problem]:
    told: set[FieldPath] = set()
    # Whoever may push can name another profile in the manifest: what only another profile has is
    # protected in every archive.
    for shipped in _shipped_schemas(kind, profile=profile):
        for field in shipped.fields:
            if field.path not in told:
                yield from _weaker_field(schema, field)
        for container in shipped.containers:
            if container.path not in told and _is_reshaped(schema, container):
                yield _reshaped(schema, path_text(container.path))
        told.update(field.path for field in shipped.fields)
        told.update(container.path for container in shipped.containers)


def _shipped_schemas(kind: str, *, profile: str) -> Iterator[RecordSchema]:
    """Give the schema of a profile, then those of all others."""
    for name in dict.fromkeys((profile, *profiles())):
        shipped = _shipped(kind, profile=name)
        if shipped is not None:
            yield shipped


def _weaker_field(schema: RecordSchema, shipped: Field) -> Iterator[Problem]:
    mine, name = schema.field(shipped.path), path_text(shipped.path)
    if mine is None and schema.container(shipped.path) is not None:
        yield _reshaped(schema, name)
    if mine is not None and LEVELS.index(mine.level) < LEVELS.index(shipped.level):
        yield Problem(
            path=schema.path,
            pointer=name,
            rule="lowered-level",
            message=f"{name} is {mine.level}, shipped as {shipped.level}",
            hint=f"set its x-level back to {shipped.level} or higher",
        )


def _is_reshaped(schema: RecordSchema, shipped: Container) -> bool:
    """Tell whether a group or list became something whose levels cannot be compared."""
    mine = schema.container(shipped.path)
    return mine.kind != shipped.kind if mine else schema.field(shipped.path) is not None


def _reshaped(schema: RecordSchema, name: str) -> Problem:
    return Problem(
        path=schema.path,
        pointer=name,
        rule="lowered-level",
        message=f"{name} is of another type than shipped, so its levels cannot be compared",
        hint="give it back its type, and another name to what is new",
    )
