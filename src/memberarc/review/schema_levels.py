"""An archive may raise the level of a shipped property, never lower it (format.md, section 4)."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Final

from memberarc.errors import Problem
from memberarc.formats.field_path import path_text
from memberarc.formats.schema import load_schema
from memberarc.formats.shipped import KINDS, compose_schema, profiles

if TYPE_CHECKING:
    from memberarc.formats.schema import RecordSchema

LEVELS: Final = ("open", "internal", "confidential", "secret")


def lowered_levels(schema: RecordSchema, *, path: str) -> list[Problem]:
    """List the shipped properties that an archive's schema protects less than they came."""
    if schema.kind not in KINDS or schema.profile not in profiles():
        return []
    problems = []
    for field in _shipped(schema.kind, schema.profile).fields:
        mine = schema.field(field.path)
        if mine is not None and LEVELS.index(mine.level) < LEVELS.index(field.level):
            problems.append(
                Problem(
                    path=path,
                    pointer=path_text(field.path),
                    rule="lowered-level",
                    message=f"{path_text(field.path)} is {mine.level}, shipped as {field.level}",
                    hint=f"set its x-level back to {field.level} or higher",
                )
            )
    return problems


@cache
def _shipped(kind: str, profile: str) -> RecordSchema:
    return load_schema(compose_schema(kind, profile=profile), path=f"{kind}.schema.json")
