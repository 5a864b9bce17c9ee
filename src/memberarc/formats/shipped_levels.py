"""An archive may raise the level of a shipped property, never lower it (format.md, section 4)."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from memberarc.errors import Problem, SchemaError
from memberarc.formats.field_path import path_text
from memberarc.formats.schema import load_schema
from memberarc.formats.sealed_text import LEVELS
from memberarc.formats.shipped import GENERAL, KINDS, compose_schema, profiles

if TYPE_CHECKING:
    from collections.abc import Iterator

    from memberarc.formats.schema import Container, RecordSchema


def accepted_schema(content: bytes, *, kind: str, path: str) -> RecordSchema:
    """Read a schema that may be used to write and open records.

    Args:
        kind: the kind that the file's path names; the file itself may lie.

    Raises:
        SchemaError: it is none, is that of another kind, or protects less than the shipped one.
    """
    schema = load_schema(content, path=path)
    problems = level_problems(schema, kind=kind)
    if problems:
        told = "; ".join(problem.message for problem in problems)
        raise SchemaError(
            f"the schema {path} is not to be trusted: {told}", where=path, hint=problems[0].hint
        )
    return schema


def level_problems(schema: RecordSchema, *, kind: str) -> list[Problem]:
    """List where a schema is that of another kind, or protects less than the shipped one."""
    return [*_kind_problems(schema, kind=kind), *_weaker(schema, kind=kind)]


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


def _weaker(schema: RecordSchema, *, kind: str) -> Iterator[Problem]:
    content = shipped_schema(kind, profile=schema.profile)
    if content is None:
        return
    shipped = load_schema(content, path=schema.path)
    for field in shipped.fields:
        mine = schema.field(field.path)
        name = path_text(field.path)
        if mine is not None and LEVELS.index(mine.level) < LEVELS.index(field.level):
            yield Problem(
                path=schema.path,
                pointer=name,
                rule="lowered-level",
                message=f"{name} is {mine.level}, shipped as {field.level}",
                hint=f"set its x-level back to {field.level} or higher",
            )
        elif mine is None and schema.container(field.path) is not None:
            yield _reshaped(schema, name)
    for container in shipped.containers:
        if _is_reshaped(schema, container):
            yield _reshaped(schema, path_text(container.path))


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
