"""What a schema of an archive may change of the shipped one, and what it may not."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from memberarc.errors import SchemaError
from memberarc.formats.schema import load_schema
from memberarc.formats.shipped import KINDS, compose_schema, profiles
from memberarc.formats.shipped_levels import accepted_schema, level_problems

PATH = "schemas/individual.schema.json"
LABEL = {"en": "x", "zh": "x"}
OPEN_TEXT = {"type": "string", "x-level": "open", "x-label": LABEL}


def changed(change: Callable[[dict[str, Any]], object]) -> bytes:
    document = json.loads(compose_schema("individual", profile="general"))
    change(document)
    return json.dumps(document).encode()


def lower_name(document: dict[str, Any]) -> None:
    document["properties"]["name"]["x-level"] = "open"


def lower_name_of_own_profile(document: dict[str, Any]) -> None:
    lower_name(document)
    document["x-profile"] = "custom"


def lower_name_of_own_kind(document: dict[str, Any]) -> None:
    lower_name(document)
    document["x-kind"] = "person"


def swap_kind(document: dict[str, Any]) -> None:
    document["x-kind"] = "organisation"


def lower_in_a_list(document: dict[str, Any]) -> None:
    honours = document["properties"]["honours"]["items"]["properties"]
    honours["title"]["x-level"] = "open"


def make_name_a_group(document: dict[str, Any]) -> None:
    document["properties"]["name"] = {
        "type": "object",
        "additionalProperties": False,
        "properties": {"text": OPEN_TEXT},
        "x-label": LABEL,
    }


def make_contact_a_list(document: dict[str, Any]) -> None:
    item_id = {**OPEN_TEXT, "pattern": "^[a-z]+$"}
    document["properties"]["contact"] = {
        "type": "array",
        "x-label": LABEL,
        "items": {
            "type": "object",
            "additionalProperties": False,
            "required": ["id"],
            "properties": {"id": item_id, "mobile": OPEN_TEXT},
        },
    }


def make_contact_a_text(document: dict[str, Any]) -> None:
    document["properties"]["contact"] = OPEN_TEXT


@pytest.mark.parametrize(
    "change",
    [
        lower_name,
        lower_name_of_own_profile,
        lower_name_of_own_kind,
        swap_kind,
        lower_in_a_list,
        make_name_a_group,
        make_contact_a_list,
        make_contact_a_text,
    ],
)
def test_a_schema_that_protects_less_is_refused(change: Callable[[dict[str, Any]], object]) -> None:
    with pytest.raises(SchemaError) as caught:
        accepted_schema(changed(change), kind="individual", profile="general", path=PATH)

    assert caught.value.where == PATH


def test_levels_may_be_raised_and_properties_added_or_dropped() -> None:
    def change(document: dict[str, Any]) -> None:
        document["properties"]["name"]["x-level"] = "secret"
        document["properties"]["nickname"] = OPEN_TEXT
        del document["properties"]["contact"]

    schema = accepted_schema(changed(change), kind="individual", profile="general", path=PATH)

    name = schema.field(("name",))
    assert name is not None
    assert name.level == "secret"


def test_a_kind_that_is_not_shipped_is_judged_by_its_own_levels() -> None:
    def change(document: dict[str, Any]) -> None:
        lower_name(document)
        document["x-kind"] = "robot"

    path = "schemas/robot.schema.json"

    assert (
        accepted_schema(changed(change), kind="robot", profile="general", path=path).kind == "robot"
    )


@pytest.mark.parametrize("content", [b"[" * 100_000, b'{"a":' * 100_000])
def test_a_schema_nested_beyond_reading_is_refused(content: bytes) -> None:
    with pytest.raises(SchemaError):
        accepted_schema(content, kind="individual", profile="general", path=PATH)


def test_a_schema_of_too_many_groups_in_groups_is_refused() -> None:
    def change(document: dict[str, Any]) -> None:
        node: dict[str, Any] = OPEN_TEXT
        for _ in range(100):
            node = {
                "type": "object",
                "additionalProperties": False,
                "properties": {"a": node},
                "x-label": LABEL,
            }
        document["properties"]["deep"] = node

    with pytest.raises(SchemaError, match="nested more than 32 deep"):
        accepted_schema(changed(change), kind="individual", profile="general", path=PATH)


@pytest.mark.parametrize("profile", ["shop", "general", "association", "unheard-of"])
def test_naming_another_profile_does_not_open_what_one_protects(profile: str) -> None:
    """Whoever may push writes manifest and schema alike."""
    document = json.loads(compose_schema("organisation", profile="shop"))
    document["properties"]["order_stamp"]["x-level"] = "open"
    document["x-profile"] = "general"
    path = "schemas/organisation.schema.json"

    with pytest.raises(SchemaError, match="order_stamp is open, shipped as internal"):
        accepted_schema(
            json.dumps(document).encode(), kind="organisation", profile=profile, path=path
        )


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("profile", profiles())
def test_what_is_shipped_passes_the_judgement_that_it_is_spared(kind: str, profile: str) -> None:
    content = compose_schema(kind, profile=profile)
    judged = load_schema(content, path=PATH)
    spared = accepted_schema(content, kind=kind, profile=profile, path=PATH)

    assert level_problems(judged, kind=kind, profile=profile) == []
    assert (spared.fields, spared.containers) == (judged.fields, judged.containers)
    assert spared.document == judged.document


def test_what_only_equals_the_shipped_schema_is_judged() -> None:
    """In Python true is 1, and a schema with true for a length is none."""
    document = json.loads(compose_schema("individual", profile="general"))
    text = json.dumps(document)
    assert '"minItems": 1' in text or '"minLength": 1' in text
    changed_text = text.replace('"minLength": 1', '"minLength": true', 1).replace(
        '"minItems": 1', '"minItems": true', 1
    )

    assert json.loads(changed_text) == document
    with pytest.raises(SchemaError, match="must be a whole number"):
        accepted_schema(changed_text.encode(), kind="individual", profile="general", path=PATH)
