"""The values that identify, in one spelling however they were written."""

from __future__ import annotations

import pytest

from memberarc.members.field_values import value_at
from memberarc.members.identifying import identifying_values


def of(**values: object) -> dict[str, str]:
    return dict(identifying_values(lambda path: value_at(values, path)))  # type: ignore[arg-type]


def test_number_mobile_address_and_name_with_birth_date_identify() -> None:
    assert of(
        name="王小明",
        birth_date="1990-01-01",
        contact={"mobile": "138 0013 8001", "email": " Wang@Example.org"},
        identity={"number": "11010119900101123x"},
    ) == {
        "identity number": "11010119900101123x",
        "mobile": "13800138001",
        "e-mail": "wang@example.org",
        "name and birth date": "王小明 1990-01-01",
    }
    assert of(credit_code="91310000MA1K 35P07X") == {"identity number": "91310000ma1k35p07x"}


def test_a_name_alone_never_identifies_nor_with_a_year_only() -> None:
    assert of(name="王小明") == {}
    assert of(name="王小明", birth_date="1990") == {}
    assert of(name="王小明", birth_date="1990-01") == {}
    assert of(birth_date="1990-01-01") == {}


@pytest.mark.parametrize(
    "spelling",
    [
        "13800138001",
        "+86 138-0013-8001",
        "008613800138001",
        "86 13800138001",
        "(86)138 0013 8001",
        "１３８００１３８００１",
    ],
)
def test_a_mobile_is_its_digits_without_the_country(spelling: str) -> None:
    assert of(contact={"mobile": spelling}) == {"mobile": "13800138001"}


def test_a_number_that_only_begins_like_the_country_code_stays_whole() -> None:
    assert of(contact={"mobile": "8612345678"}) == {"mobile": "8612345678"}
    assert of(contact={"mobile": "12345"}) == {}


@pytest.mark.parametrize("spelling", ["Ｅ１２３４５６７８", "e 1234-5678", "E12345678"])
def test_width_case_and_separators_of_a_number_do_not_matter(spelling: str) -> None:
    assert of(identity={"number": spelling}) == {"identity number": "e12345678"}


@pytest.mark.parametrize(
    "name", ["Ada  Lovelace", "ADA·LOVELACE", "ada-lovelace", "Ａｄａ Lovelace"]
)
def test_a_name_is_its_letters(name: str) -> None:
    assert of(name=name, birth_date="1815-12-10") == {
        "name and birth date": "adalovelace 1815-12-10"
    }


def test_what_is_sealed_or_no_text_is_left_out() -> None:
    assert of(contact={"mobile": "enc:m1.internal.1:abcdefgh12345678"}) == {}
    assert of(contact={"mobile": 13800138001}, identity={"number": "  "}) == {}
