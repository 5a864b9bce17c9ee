"""The versioned JSON envelope around every machine-readable answer (docs/output.schema.json)."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import date, datetime
from decimal import Decimal
from typing import TypeAlias, Union

from memberarc.errors import FindingsError, MemberarcError
from memberarc.output.result import Cell, JsonValue, Result
from memberarc.output.text import escape_unsafe

VERSION = 1

Json: TypeAlias = Union[str, int, bool, None, list["Json"], dict[str, "Json"]]


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


def plain_cell(cell: Cell) -> str | int | bool | None:
    """Write a decimal without exponent, a day as ISO 8601 and a time with ``Z`` for UTC."""
    if isinstance(cell, Decimal):
        return f"{cell:f}"
    if isinstance(cell, datetime):
        return cell.isoformat().replace("+00:00", "Z")
    if isinstance(cell, date):
        return cell.isoformat()
    return cell


def json_text(value: Json, *, indent: int | None = 2) -> str:
    """Write JSON in UTF-8 that no terminal stumbles over."""
    separators = (",", ": ") if indent else (", ", ": ")
    return escape_unsafe(
        json.dumps(value, ensure_ascii=False, indent=indent, separators=separators)
    )
