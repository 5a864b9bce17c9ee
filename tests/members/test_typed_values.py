"""Text that people type becomes a value of its field's type."""

from __future__ import annotations

import pytest

from memberarc.errors import InvalidRecordError, UsageError
from memberarc.formats.schema import RecordSchema, load_schema
from memberarc.formats.shipped import compose_schema
from memberarc.members.plain_values import apply_assignments, parse_assignment, read_plain
from memberarc.members.typed_values import typed_value


@pytest.fixture(scope="module")
def schema() -> RecordSchema:
    return load_schema(compose_schema("individual", profile="association"), path="individual")


@pytest.mark.parametrize(
    ("text", "path", "value"),
    [
        ("王小明", ("name",), "王小明"),
        ("0123", ("contact", "mobile"), "0123"),
        ("no", ("name",), "no"),
        ("e\u0301", ("name",), "é"),
        ("2026", ("dues", "[a1b2]", "year"), 2026),
        ("-5", ("dues", "[a1b2]", "year"), -5),
        ("1200.50", ("dues", "[a1b2]", "amount"), "1200.50"),
    ],
)
def test_text_is_typed(
    schema: RecordSchema, text: str, path: tuple[str, ...], value: object
) -> None:
    assert typed_value(text, path=path, schema=schema) == value


@pytest.mark.parametrize("text", ["", "1.0", "1e3", "01", " 1", "１", "9" * 16, "+1"])
def test_what_is_no_whole_number_is_refused(schema: RecordSchema, text: str) -> None:
    with pytest.raises(UsageError, match="wants a whole number"):
        typed_value(text, path=("dues", "[a1b2]", "year"), schema=schema)


def test_an_unknown_field_names_those_beside_it(schema: RecordSchema) -> None:
    with pytest.raises(UsageError) as told:
        typed_value("1", path=("contact", "fax"), schema=schema)

    assert "contact.mobile" in told.value.hint
    assert "identity" not in told.value.hint


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("name=王小明", (("name",), "王小明")),
        ("name=", (("name",), "")),
        ("contact.email=a=b", (("contact", "email"), "a=b")),
        ("notes[+].text= x\ny ", (("notes", "[+]", "text"), " x\ny ")),
    ],
)
def test_an_assignment_is_cut_at_its_first_equals_sign(text: str, expected: object) -> None:
    assert parse_assignment(text) == expected


def test_assignments_come_after_removals(schema: RecordSchema) -> None:
    values = {"contact": {"mobile": "1", "email": "2"}, "traits": ["principal"]}

    changed = apply_assignments(
        values,
        assign=[(("contact", "mobile"), "3"), (("traits",), "key_employee,other_province")],
        remove=[("contact",)],
        schema=schema,
        new_id=lambda: "a1b2",
    )

    assert changed == {"contact": {"mobile": "3"}, "traits": ["key_employee", "other_province"]}


def test_every_flaw_of_a_file_is_told_at_once(schema: RecordSchema) -> None:
    content = b"name: x\nuid: aaaaaaaaaaaaaaaa\nname: y\n"

    with pytest.raises(InvalidRecordError) as told:
        read_plain(content, path="x.yaml", schema=schema)

    assert {problem.line for problem in told.value.problems} == {2, 3}


def test_text_of_a_file_is_composed(schema: RecordSchema) -> None:
    assert read_plain(b"name: e\xcc\x81lan\n", path="x", schema=schema) == {"name": "élan"}
