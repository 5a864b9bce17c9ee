"""The envelope keeps the promise of docs/output.schema.json."""

from __future__ import annotations

import json
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from memberarc.errors import (
    FindingsError,
    InternalError,
    MemberarcError,
    MemberNotFoundError,
    Problem,
    UsageError,
)
from memberarc.output.envelope import envelope_of, error_envelope
from memberarc.output.result import Result

SCHEMA = json.loads((Path(__file__).parents[2] / "docs" / "output.schema.json").read_bytes())
PROBLEM = Problem(path="members/x.yaml", rule="type", message="not a number", line=3, column=7)


def flaws(envelope: Any) -> list[str]:
    return [error.message for error in Draft202012Validator(SCHEMA).iter_errors(envelope)]


def test_the_schema_is_one() -> None:
    Draft202012Validator.check_schema(SCHEMA)


@pytest.mark.parametrize(
    "result",
    [
        Result(command="show", data={"id": "M2026-000001"}, next=("memberarc log M2026-000001",)),
        Result(command="list", data=[]),
        Result(command="check", data={}, problems=(PROBLEM,), status="findings"),
    ],
)
def test_a_result_fits(result: Result) -> None:
    envelope = envelope_of(result)

    assert flaws(envelope) == []
    assert envelope["status"] == result.status


@pytest.mark.parametrize(
    "error",
    [
        UsageError("no such option: --x", hint="run memberarc --help"),
        MemberNotFoundError("no member M2026-000009", where="members/"),
        FindingsError("3 flaws", problems=[PROBLEM]),
        InternalError("unexpected ValueError"),
    ],
)
def test_an_error_fits_and_carries_its_code_and_status(error: MemberarcError) -> None:
    envelope = error_envelope(error, command="show")

    assert flaws(envelope) == []
    assert envelope["error"] == {
        "code": error.code,
        "status": error.status,
        "message": error.message,
        "where": error.where,
        "hint": error.hint,
    }


@pytest.mark.parametrize("key", SCHEMA["required"])
def test_an_envelope_that_lacks_a_promised_field_does_not_fit(key: str) -> None:
    envelope = envelope_of(Result(command="show", data={}))
    del envelope[key]

    assert flaws(envelope) != []


def test_status_and_error_must_agree() -> None:
    envelope = error_envelope(UsageError("x"), command="")

    assert flaws({**envelope, "status": "ok"}) != []
    assert flaws({**envelope, "error": None}) != []


def test_the_schema_promises_every_field_that_is_written() -> None:
    problem = SCHEMA["$defs"]["problem"]

    assert [*envelope_of(Result(command="x", data={}))] == SCHEMA["required"]
    assert {field.name for field in fields(Problem)} == set(problem["required"])
    assert set(problem["properties"]) == set(problem["required"])
