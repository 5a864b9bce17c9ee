"""The stored form: sealed where it must be, and checked without a key."""

from __future__ import annotations

import json
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from memberarc.formats.schema import load_schema
from memberarc.formats.sealed_text import SealedText, format_sealed_text
from memberarc.formats.stored import problems_stored, stored_schema
from strategies import member_schema

SCHEMA = load_schema(json.dumps(member_schema()).encode(), path="schemas/individual.schema.json")
EPOCHS = {"internal": {1, 2}, "confidential": {1}}


def sealed(level: str = "internal", *, epoch: int = 1, size: int = 60) -> str:
    return format_sealed_text(SealedText(level=level, epoch=epoch, raw=bytes(size)))


RECORD = {
    "format": "member/1",
    "id": "M2026-000123",
    "uid": "k5x2w7n3q4v6t7zb",
    "key": "5f0c9a1be2d47388",
    "kind": "individual",
    "opened": 2026,
    "status": "active",
    "name": sealed(size=28 + 320),
    "visits": sealed(epoch=2),
    "contact": {"mobile": sealed(), "post": {"street": sealed("confidential")}},
    "honours": [{"id": "h7w2", "title": sealed()}],
}


def rules(change: dict[str, Any]) -> list[tuple[str, str]]:
    problems = problems_stored(SCHEMA, {**RECORD, **change}, path="members/x.yaml", epochs=EPOCHS)
    return [(problem.rule, problem.pointer) for problem in problems]


def test_everything_above_open_becomes_a_sealed_text_of_its_level() -> None:
    stored = stored_schema(SCHEMA.document)["properties"]

    assert stored["contact"]["properties"]["post"]["properties"]["street"] == {
        "type": "string",
        "pattern": r"^enc:m1\.confidential\.[1-9][0-9]*:[A-Za-z0-9_-]+$",
        "x-level": "confidential",
        "x-label": {"en": "Street", "zh": "street项"},
    }
    assert stored["status"] == SCHEMA.document["properties"]["status"]
    assert stored["honours"]["items"]["required"] == ["id"]


def test_any_json_schema_tool_can_judge_by_the_stored_schema() -> None:
    stored = stored_schema(SCHEMA.document)
    Draft202012Validator.check_schema(stored)
    judge = Draft202012Validator(stored)

    assert judge.is_valid(RECORD)
    assert not judge.is_valid({**RECORD, "name": "王小明"})
    assert not judge.is_valid({**RECORD, "name": sealed("secret")})


def test_a_record_sealed_as_it_must_be_has_no_problems() -> None:
    assert rules({}) == []


@pytest.mark.parametrize("value", ["王小明", 5, True, ""])
def test_a_protected_value_in_clear_is_told_with_its_label_and_the_remedy(value: object) -> None:
    (problem,) = problems_stored(
        SCHEMA, {**RECORD, "name": value}, path="members/x.yaml", epochs=EPOCHS
    )

    assert problem.rule == "clear-text"
    assert problem.message == "Name must be sealed: level internal"
    assert problem.hint == "memberarc encrypt members/x.yaml"


def test_a_value_of_another_level_is_told_with_the_remedy() -> None:
    (problem,) = problems_stored(
        SCHEMA, {**RECORD, "name": sealed("confidential")}, path="members/x.yaml", epochs=EPOCHS
    )

    assert (problem.rule, problem.pointer) == ("other-level", "name")
    assert problem.hint == "memberarc encrypt members/x.yaml"


@pytest.mark.parametrize(
    "value",
    [
        sealed(epoch=3),
        sealed(size=61),
        sealed().replace("m1", "m2"),
        sealed() + "=",
        sealed(size=28 + 64)[:-1] + "B",
        "enc:",
    ],
)
def test_a_sealed_value_must_be_of_a_known_epoch_and_a_legal_form(value: str) -> None:
    assert rules({"name": value}) == [("sealed-value", "name")]


def test_a_level_without_keys_has_no_epochs() -> None:
    problems = problems_stored(SCHEMA, RECORD, path="m.yaml", epochs={"internal": {1, 2}})

    assert [problem.pointer for problem in problems] == ["contact.post.street"]
    assert problems[0].message == "contact.post.street is sealed in epoch 1, which has no key"


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"name": {"first": "x"}}, [("type", "name")]),
        ({"name": ["x"]}, [("type", "name")]),
        ({"surname": "x"}, [("unknown-property", "surname")]),
        ({"status": "gone"}, [("enum", "status")]),
        ({"branch": sealed()}, [("length", "branch"), ("reserved-prefix", "branch")]),
        ({"honours": [{"id": "h7w2"}, {"id": "h7w2"}]}, [("duplicate-item", "honours[1]")]),
        ({"points": 10**15}, [("range", "points")]),
    ],
)
def test_the_rest_of_the_schema_holds_for_stored_records_too(
    change: dict[str, Any], expected: list[tuple[str, str]]
) -> None:
    assert sorted(rules(change)) == expected


def test_a_missing_protected_field_is_missing_in_the_stored_form_too() -> None:
    record = {key: value for key, value in RECORD.items() if key != "name"}

    problems = problems_stored(SCHEMA, record, path="m.yaml", epochs=EPOCHS)

    assert [(problem.rule, problem.pointer) for problem in problems] == [("required", "name")]
