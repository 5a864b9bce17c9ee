"""Which values tell who somebody is, and finding them in bytes of any kind."""

from __future__ import annotations

import json

import pytest

from memberarc.disposal.needles import Needle, Needles, needles_of
from memberarc.formats.schema import RecordSchema, load_schema
from memberarc.formats.shipped import compose_schema


@pytest.fixture(scope="module")
def schema() -> RecordSchema:
    return load_schema(compose_schema("individual", profile="association"), path="individual")


def found(text: str, content: bytes) -> tuple[str, ...]:
    return Needles([Needle(field="name", text=text)]).fields_in(content)


def test_protected_values_of_six_bytes_and_more_tell_who_somebody_is(schema: RecordSchema) -> None:
    record = {
        "id": "M2026-000001",
        "branch": "eastern-district",
        "name": "李四",
        "sex": "female",
        "joined": "2026-01-31",
        "birth_date": "2000-04-25",
        "membership_level": "gold",
        "contact": {"mobile": "138001", "postcode": "20001"},
        "dues": [{"id": "a1b2", "year": 202600, "amount": "1200.00"}],
        "documents": [
            {
                "id": "c3d4",
                "sha256": "0" * 64,
                "title": "护照",
                "media_type": "application/pdf",
                "size_bytes": 123456,
                "digest": "f" * 64,
            }
        ],
        "notes": [{"id": "e5f6", "text": "enc:m1.secret.1:AAAA"}],
    }

    needles = needles_of(record, schema=schema)

    assert {(one.field, one.text) for one in needles} == {
        ("name", "李四"),
        ("contact.mobile", "138001"),
        ("dues[a1b2].year", "202600"),
        ("documents[c3d4].title", "护照"),
    }


@pytest.mark.parametrize(
    "content",
    [
        "call 王小明!".encode(),
        "call 王小明!".encode("gbk"),
        "call 王小明!".encode("gb18030"),
        json.dumps({"name": "王小明"}).encode(),
        b"\x00\xff" + "王小明".encode() + b"\xff",
    ],
)
def test_a_value_is_found_in_every_encoding_people_save_in(content: bytes) -> None:
    assert found("王小明", content) == ("name",)


@pytest.mark.parametrize("content", [b"", "王 小明".encode(), "王小".encode(), b"wang xiaoming"])
def test_what_is_not_the_value_is_not_found(content: bytes) -> None:
    assert found("王小明", content) == ()


def test_signs_of_a_pattern_are_signs_of_the_value() -> None:
    assert found("a.c(d)+[e]*", b"say a.c(d)+[e]* again") == ("name",)
    assert found("a.c(d)+[e]*", b"say abc(d)+[e]* again") == ()


def test_each_field_is_named_once_and_a_longer_value_wins() -> None:
    needles = Needles(
        [
            Needle(field="contact.mobile", text="13800138000"),
            Needle(field="contact.phone", text="138001"),
            Needle(field="name", text="张三丰"),
        ]
    )

    assert needles.fields_in("13800138000 13800138000 张三丰".encode()) == (
        "contact.mobile",
        "name",
    )
    assert needles.fields_in(b"1380012") == ("contact.phone",)


def test_without_values_nothing_is_found() -> None:
    assert Needles(()).fields_in(b"anything at all") == ()
    assert len(Needles(())) == 0


def test_a_needle_does_not_print_its_text() -> None:
    assert repr(Needle(field="name", text="王小明")) == "Needle(name)"
    assert "王小明" not in str([Needle(field="name", text="王小明")])
