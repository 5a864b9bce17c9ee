"""The versioned JSON envelope around every machine-readable answer (docs/output.schema.json)."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict
from typing import TYPE_CHECKING, Literal, TypeAlias

from memberarc.errors import FindingsError, MemberarcError
from memberarc.output.result import plain_cell
from memberarc.output.text import escape_unsafe

if TYPE_CHECKING:
    from memberarc.formats.canonical_yaml import Node
    from memberarc.output.result import JsonValue, Result

VERSION = 1

Json: TypeAlias = str | int | bool | list["Json"] | dict[str, "Json"] | None


def envelope_of(result: Result) -> dict[str, Json]:
    """Wrap what a command hands over."""
    return {
        "memberarc": VERSION,
        "command": result.command,
        "status": result.status,
        "data": plain(result.data),
        "problems": [asdict(problem) for problem in result.problems],
        "error": None,
        "next": list(result.next),
    }


def error_envelope(error: MemberarcError, *, command: str) -> dict[str, Json]:
    """Wrap an error.

    Args:
        command: Empty when the command line could not be read that far.
    """
    problems = error.problems if isinstance(error, FindingsError) else ()
    return {
        "memberarc": VERSION,
        "command": command,
        "status": "error",
        "data": None,
        "problems": [asdict(problem) for problem in problems],
        "error": {
            "code": error.code,
            "status": error.status,
            "message": error.message,
            "where": error.where,
            "hint": error.hint,
        },
        "next": [],
    }


def plain(value: JsonValue) -> Json:
    """Turn decimals and times into strings, all the way down; what is left, JSON can hold."""
    if isinstance(value, Mapping):
        return {key: plain(inner) for key, inner in value.items()}
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [plain(inner) for inner in value]
    return plain_cell(value)


def json_text(value: Json, *, indent: int | None = 2) -> str:
    """Write JSON in UTF-8 that no terminal stumbles over."""
    return escape_unsafe(json.dumps(value, ensure_ascii=False, indent=indent))


def envelope_text(envelope: Mapping[str, Json], *, form: Literal["json", "yaml"]) -> str:
    """Write an envelope as one document."""
    if form == "yaml":
        from memberarc.formats.canonical_yaml import write_yaml

        # What canonical YAML has no form for, such as a key that is no lower-case word, is written
        # as JSON, which is YAML, too: an answer must not fail after the act has been done.
        with suppress(ValueError):
            return write_yaml(_without_nulls(envelope)).decode()
    return json_text(dict(envelope)) + "\n"


def _without_nulls(mapping: Mapping[str, Json]) -> dict[str, Node]:
    return {key: _node(value) for key, value in mapping.items() if value is not None}


def _node(value: str | int | list[Json] | dict[str, Json]) -> Node:
    if isinstance(value, dict):
        return _without_nulls(value)
    if isinstance(value, list):
        return [_node(inner) for inner in value if inner is not None]
    return value
