"""The schema as fields, its faults, and problems of records in clear."""

from __future__ import annotations

import json
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from memberarc.errors import SchemaError
from memberarc.formats.schema import RecordSchema, load_schema
from memberarc.formats.strict_yaml import parse_strict
from strategies import group, items, member_schema, scalar, scalar_list

RECORD = {
    "format": "member/1",
    "id": "M2026-000123",
    "uid": "k5x2w7n3q4v6t7zb",
    "key": "5f0c9a1be2d47388",
    "kind": "individual",
    "opened": 2026,
    "status": "active",
    "name": "王小明",
    "joined": "2024-02-29",
    "visits": 3,
    "contact": {"mobile": "13812345678"},
    "honours": [{"id": "h7w2", "date": "2026-01-01", "title": "best of the year"}],
}


def loaded(document: Any, *, path: str = "schemas/individual.schema.json") -> RecordSchema:
    return load_schema(json.dumps(document).encode(), path=path)


SCHEMA = loaded(member_schema())


def test_the_fields_of_a_schema_stand_in_record_order() -> None:
    paths = ["/".join(field.path) for field in SCHEMA.fields]

    assert paths[:3] == ["format", "id", "uid"]
    assert paths[-4:] == [
        "honours/[]/date",
        "honours/[]/title",
        "honours/[]/papers/[]/id",
        "honours/[]/papers/[]/pages",
    ]
    assert "traits/[]" in paths
    assert (SCHEMA.kind, SCHEMA.version) == ("individual", "1")


def test_a_field_tells_what_its_schema_says() -> None:
    field = SCHEMA.field(("honours", "[h7w2]", "date"))

    assert field is not None
    assert field.path == ("honours", "[]", "date")
    assert (field.name, field.kind, field.level, field.format) == (
        "date",
        "string",
        "internal",
        "date",
    )
    assert (field.label_en, field.label_zh, field.required) == ("Date", "date项", False)
    opened = SCHEMA.field(("opened",))
    assert opened is not None
    assert (opened.kind, opened.minimum, opened.maximum) == ("integer", 1900, 2999)
    status = SCHEMA.field(("status",))
    assert status is not None
    assert (status.enum, status.required) == (("applicant", "active", "left"), True)


def test_a_container_is_no_field_and_a_field_no_container() -> None:
    honours = SCHEMA.container(("honours",))

    assert honours is not None
    assert (honours.kind, honours.label_en) == ("list", "Honours")
    assert SCHEMA.field(("honours",)) is None
    assert SCHEMA.container(("status",)) is None
    assert SCHEMA.field(("nothing",)) is None


def test_keys_are_put_in_order_and_empty_parts_left_out() -> None:
    shuffled = {
        "unknown": 1,
        "honours": [{"title": "x", "id": "h7w2", "papers": []}, {}],
        "name": None,
        "contact": {"post": {}},
        "format": "member/1",
        "visits": 0,
        "honorary": False,
    }

    ordered = SCHEMA.ordered(shuffled)

    assert list(ordered) == ["format", "honorary", "visits", "honours", "unknown"]
    assert ordered["honours"] == [{"id": "h7w2", "title": "x"}]
    assert list(ordered["honours"][0]) == ["id", "title"]  # type: ignore[index,arg-type]


def test_leaves_come_with_path_and_field() -> None:
    leaves = {"/".join(path): field for path, field, _ in SCHEMA.leaves({**RECORD, "odd": [1]})}

    assert list(leaves)[-4:] == [
        "honours/[h7w2]/id",
        "honours/[h7w2]/date",
        "honours/[h7w2]/title",
        "odd/[0]",
    ]
    assert leaves["contact/mobile"] is SCHEMA.field(("contact", "mobile"))
    assert leaves["odd/[0]"] is None


def test_mapping_leaves_keeps_the_shape() -> None:
    levels = SCHEMA.map_leaves(
        RECORD, lambda path, field, value: field.level if field else "unknown"
    )

    assert levels["honours"] == [{"id": "open", "date": "internal", "title": "internal"}]
    assert list(levels) == list(RECORD)


def test_the_same_bytes_give_the_same_schema() -> None:
    content = json.dumps(member_schema()).encode()

    assert load_schema(content, path="a.json") is load_schema(content, path="a.json")


def root(**properties: Any) -> dict[str, Any]:
    return {"type": "object", "additionalProperties": False, "properties": properties}


FAULTS = {
    "name: x-level": root(name={"type": "string", "x-label": {"en": "Name", "zh": "名"}}),
    "name: x-label": root(name={"type": "string", "x-level": "open", "x-label": {"en": "Name"}}),
    "name: type must be one of": root(name=scalar("name", kind="number")),
    "contact: x-level stands on scalars": root(
        contact={**group("contact", {"mobile": scalar("mobile")}), "x-level": "open"}
    ),
    "contact: additionalProperties": root(
        contact={**group("contact", {"a": scalar("a")}), "additionalProperties": True}
    ),
    "the schema: additionalProperties": {"type": "object", "properties": {"a": scalar("a")}},
    "the schema: properties are missing": {"type": "object", "additionalProperties": False},
    "the schema: type must be object": {"type": "array"},
    "traits: a list of scalars must be open": root(
        traits=scalar_list("traits", scalar("trait", level="internal"))
    ),
    "traits: x-level stands": root(
        traits=scalar_list("traits", scalar("trait"), **{"x-level": "open"})
    ),
    "traits: items must be": root(traits=scalar_list("traits", {"type": ["string", "null"]})),
    "honours: items need a first property id": root(
        honours=scalar_list("honours", group("honour", {"title": scalar("title")}))
    ),
    "seal: the name is reserved": root(seal=scalar("seal")),
    "contact.rev: the name is reserved": root(contact=group("contact", {"rev": scalar("rev")})),
    "Name: the name cannot be a key": root(Name=scalar("name")),
    "no: the name cannot be a key": root(no=scalar("no")),
    "x is required but is no property": {**root(a=scalar("a")), "required": ["x"]},
    "name: minimum has no meaning": root(name=scalar("name", minimum=1)),
    "the schema: allOf has no meaning": {**root(a=scalar("a")), "allOf": []},
    "name: maxLength must be a whole number": root(name=scalar("name", maxLength=5.0)),
    "name: enum and const": root(name=scalar("name", enum=["a", 1])),
    "member: enum and const": root(member=scalar("member", kind="boolean", const=1)),
    "name: pattern is no regular": root(name=scalar("name", pattern="(")),
    "name: format must be one of date": root(name=scalar("name", format="date-time")),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_of_a_schema_is_told_with_its_place(fault: str) -> None:
    with pytest.raises(SchemaError) as caught:
        loaded(FAULTS[fault], path="schemas/bad.json")

    assert fault in caught.value.message
    assert caught.value.where == "schemas/bad.json"


@pytest.mark.parametrize("content", [b"", b"[]", b"null", b"{", b'{"type": 1, "type": 2}', b"\xff"])
def test_what_is_no_json_object_is_no_schema(content: bytes) -> None:
    with pytest.raises(SchemaError):
        load_schema(content, path="schemas/bad.json")


def test_a_keyword_with_a_wrong_value_is_a_fault_of_the_schema() -> None:
    schema = loaded(root(name=scalar("name", maxLength=-1)))

    with pytest.raises(SchemaError, match=r"not valid"):
        schema.problems_plain({"name": "x"}, path="m.yaml")


def test_a_record_that_fits_has_no_problems() -> None:
    assert SCHEMA.problems_plain(RECORD, path="m.yaml") == []


TIGHT = loaded(
    {
        **member_schema(
            tags=scalar_list("tags", scalar("tag"), uniqueItems=True, minItems=2),
            address=group(
                "address",
                {"city": scalar("city"), "street": scalar("street")},
                dependentRequired={"street": ["city"]},
                minProperties=1,
                maxProperties=1,
            ),
            shares=scalar("shares", kind="integer", multipleOf=100),
        )
    }
)

CHANGES: dict[str, tuple[Any, str, str]] = {
    "required": ({"name": None}, "name", "name is missing"),
    "required below": (
        {"honours": [{"title": "x"}]},
        "honours[0].id",
        "honours[0].id is missing",
    ),
    "unknown-property": ({"nmae": "x"}, "nmae", "nmae is no field of this record"),
    "type text": ({"name": 5}, "name", "name must be text"),
    "type number": ({"opened": "2026"}, "opened", "opened must be a whole number"),
    "type boolean": ({"honorary": "x"}, "honorary", "honorary must be true or false"),
    "type group": ({"contact": "x"}, "contact", "contact must be a group of fields"),
    "type list": ({"honours": "x"}, "honours", "honours must be a list"),
    "enum": (
        {"status": "gone"},
        "status",
        "status must be one of applicant, active, left",
    ),
    "enum const": ({"format": "member/2"}, "format", "format must be member/1"),
    "enum item": ({"traits": ["no", "x"]}, "traits[1]", "traits[1] must be one of founder, no"),
    "pattern": ({"key": "Zhang"}, "key", "key must have the form ^[0-9a-f]{16}$"),
    "format": (
        {"joined": "2026-02-30"},
        "joined",
        "joined must be a day that exists, written like 2026-01-31",
    ),
    "length": ({"branch": "b" * 41}, "branch", "branch must have at most 40 characters"),
    "length short": ({"branch": ""}, "branch", "branch must have at least 1 characters"),
    "range": ({"opened": 3000}, "opened", "opened must be at most 2999"),
    "range low": ({"opened": 1899}, "opened", "opened must be at least 1900"),
    "range digits": ({"points": 10**15}, "points", "points has more than 15 digits"),
    "range step": ({"shares": 150}, "shares", "shares must be a multiple of 100"),
    "count": (
        {"traits": ["no", "no", "no", "no"]},
        "traits",
        "traits must have at most 3 items",
    ),
    "count few": ({"tags": ["a"]}, "tags", "tags must have at least 2 items"),
    "count fields": ({"address": {}}, "address", "address must have at least 1 fields"),
    "duplicate-value": ({"tags": ["a", "a"]}, "tags", "tags must not hold a value twice"),
    "duplicate-item": (
        {"honours": [{"id": "h7w2"}, {"id": "k2m4"}, {"id": "h7w2"}]},
        "honours[2]",
        "honours[h7w2] stands twice",
    ),
    "required too": (
        {"address": {"street": "x"}},
        "address.city",
        "address.city is missing, as street is given",
    ),
    "reserved-prefix": (
        {"name": "enc:m1.internal.1:x"},
        "name",
        "name begins with enc:, which marks sealed values",
    ),
}


def changed(change: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in {**RECORD, **change}.items() if value is not None}


@pytest.mark.parametrize("name", CHANGES)
def test_a_problem_is_told_in_plain_words(name: str) -> None:
    change, pointer, message = CHANGES[name]

    problems = TIGHT.problems_plain(changed(change), path="m.yaml")

    assert [(problem.pointer, problem.message) for problem in problems] == [(pointer, message)]
    assert problems[0].rule == name.split(" ", maxsplit=1)[0]


# Of these no keyword of JSON Schema speaks.
BEYOND_KEYWORDS = {"range digits", "duplicate-item", "reserved-prefix"}


@pytest.mark.parametrize("name", sorted(CHANGES.keys() - BEYOND_KEYWORDS))
def test_both_validators_refuse_the_same_records(name: str) -> None:
    record = changed(CHANGES[name][0])
    slow = Draft202012Validator(TIGHT.document, format_checker=Draft202012Validator.FORMAT_CHECKER)

    assert not slow.is_valid(record)
    assert TIGHT._judge.findings(record)


@pytest.mark.parametrize(
    "day", ["2026-02-30", "0000-01-01", "20260101", "2026-W01-1", "２０２６-01-01", "2026-1-1", "x"]
)
def test_a_day_that_does_not_exist_is_a_problem(day: str) -> None:
    problems = SCHEMA.problems_plain({**RECORD, "joined": day}, path="m.yaml")

    assert [problem.rule for problem in problems] == ["format"]


def test_a_final_newline_is_no_part_of_a_pattern() -> None:
    # Python's own $ would let it pass.
    (problem,) = SCHEMA.problems_plain({**RECORD, "id": "M2026-000123\n"}, path="m.yaml")

    assert (problem.rule, problem.pointer) == ("pattern", "id")


def test_hints_name_the_closest_field_and_ask_for_quotes() -> None:
    contact = {"mobil": "1"}
    misspelt, number = SCHEMA.problems_plain(
        {**RECORD, "name": 5, "contact": contact}, path="m.yaml"
    )[::-1]

    assert misspelt.hint == "did you mean mobile?"
    assert number.hint == "quote this value"


def test_no_message_repeats_the_value_found() -> None:
    record = changed({"status": "secret", "opened": 77777, "key": "secret", "joined": "secret"})

    problems = SCHEMA.problems_plain(record, path="m.yaml")

    assert len(problems) == 4
    assert not any("secret" in problem.message + problem.hint for problem in problems)
    assert not any("77777" in problem.message + problem.hint for problem in problems)


def test_problems_are_told_with_line_and_column_in_the_order_of_the_file() -> None:
    content = b"format: member/1\nhonours:\n  - id: h7w2\n    titel: x\n    date: x\nkind: 5\n"
    parsed = parse_strict(content, path="m.yaml")

    problems = SCHEMA.problems_plain(parsed.value, path="m.yaml", positions=parsed.positions)

    places = [(problem.line, problem.column, problem.pointer) for problem in problems]
    assert places[-3:] == [
        (4, 5, "honours[h7w2].titel"),
        (5, 11, "honours[h7w2].date"),
        (6, 7, "kind"),
    ]
    assert {place[:2] for place in places[:-3]} == {(1, 1)}


def test_an_item_list_keeps_its_own_keywords() -> None:
    schema = loaded(root(honours=items("honours", {"title": scalar("title")}, maxItems=1)))

    problems = schema.problems_plain({"honours": [{"id": "aaaa"}, {"id": "bbbb"}]}, path="m.yaml")

    assert [problem.rule for problem in problems] == ["count"]
