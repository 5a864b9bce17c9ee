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
        ("2024年3月5日", ("joined",), "2024-03-05"),
        ("２０２４/3/5", ("honours", "[a1b2]", "date"), "2024-03-05"),
        ("2013年9月", ("birth_date",), "2013-09"),
        ("3/5/2024", ("joined",), "3/5/2024"),
        ("20240305", ("contact", "mobile"), "20240305"),
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
    ("name", "hint"),
    [
        ("wechat", "did you mean contact.wechat?"),
        (
            "valid_until",
            "did you mean identity.valid_until or professional_certificates[].valid_until?",
        ),
    ],
)
def test_an_unknown_field_is_answered_by_those_that_end_so(
    schema: RecordSchema, name: str, hint: str
) -> None:
    with pytest.raises(UsageError) as told:
        typed_value("1", path=(name,), schema=schema)

    assert told.value.hint == hint


@pytest.mark.parametrize(
    ("assignment", "expected"),
    [
        ("姓名=王小明", {"name": "王小明"}),
        ("手机=1", {"contact": {"mobile": "1"}}),
        ("mobile=1", {"contact": {"mobile": "1"}}),
        ("birth date=1990", {"birth_date": "1990"}),
    ],
)
def test_a_label_stands_for_the_path_of_its_field(
    schema: RecordSchema, assignment: str, expected: object
) -> None:
    changed = apply_assignments(
        {}, assign=[parse_assignment(assignment)], schema=schema, new_id=lambda: "a1b2"
    )

    assert changed == expected


@pytest.mark.parametrize("label", ["日期", "姓名 ", "唯一标识", "没有", "number"])
def test_what_is_no_label_of_one_field_that_may_be_set_is_refused(
    schema: RecordSchema, label: str
) -> None:
    with pytest.raises(UsageError):
        apply_assignments(
            {}, assign=[parse_assignment(f"{label}=1")], schema=schema, new_id=lambda: "a1b2"
        )


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
