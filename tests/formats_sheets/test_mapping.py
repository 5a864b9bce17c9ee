"""Mapping files: what they may say, and every fault with its place."""

from __future__ import annotations

import pytest

from memberarc.errors import InvalidRecordError
from memberarc.formats.mapping import FieldMapping, Mapping, MemberMatch, parse_mapping
from memberarc.formats.sheets import SheetOptions

MEMBERS = """\
# whose sheet this is
format: map/1
target: members
kind: individual
key: registration.number
fields:
  registration.number: {column: 客户号, required: true}
  name: {column: 姓名}
"""

LEDGER = """\
format: map/1
target: ledger
source: shop
delimiter: semicolon
header: false
columns: [card, day, sum]
member: {column: card, match: registration.number}
fields:
  kind: {value: purchase}
  date: {column: day, date: "%d.%m.%Y"}
  amount: {column: sum, decimal: ",", remove: "€"}
"""


def parse(text: str) -> Mapping:
    return parse_mapping(text.encode(), path="my.map.yaml")


def faults(text: str) -> list[tuple[int, int, str]]:
    with pytest.raises(InvalidRecordError) as caught:
        parse(text)
    return [(problem.line, problem.column, problem.message) for problem in caught.value.problems]


def test_a_mapping_of_members_says_kind_and_key() -> None:
    mapping = parse(MEMBERS)

    assert (mapping.target, mapping.kind, mapping.key) == (
        "members",
        "individual",
        "registration.number",
    )
    assert mapping.member is None
    assert mapping.options == SheetOptions()
    assert [(field.target, field.column, field.required) for field in mapping.fields] == [
        ("registration.number", "客户号", True),
        ("name", "姓名", False),
    ]


def test_a_mapping_of_a_ledger_says_source_and_member() -> None:
    mapping = parse(LEDGER)

    assert mapping.source == "shop"
    assert mapping.member == MemberMatch(column="card", match="registration.number")
    assert mapping.options == SheetOptions(
        delimiter="semicolon", header=False, columns=("card", "day", "sum")
    )
    assert mapping.fields[0].constant == "purchase"
    assert mapping.fields[2] == FieldMapping(
        target="amount",
        column="sum",
        constant="",
        remove="€",
        values={},
        date="",
        decimal=",",
        default="",
        required=False,
    )


def test_all_faults_are_told_at_once_each_with_its_place() -> None:
    text = """\
format: map/2
target: members
kind: person
delimter: tab
encoding: utf8
key: contact.mobile
fields:
  Contact.mobile: {column: 手机}
  sex: {column: 性别, value: male}
  joined: {column: 入会, date: "%Y-%m"}
  name: {colum: 姓名}
"""

    assert faults(text) == [
        (1, 9, "format: none of the words that may stand here"),
        (3, 7, "kind: none of the words that may stand here"),
        (4, 1, "delimter: no such key here"),
        (5, 11, "encoding: none of the words that may stand here"),
        (6, 6, "key: not one of the fields below"),
        (8, 3, "fields.Contact.mobile: not a field path such as contact.mobile"),
        (9, 8, "fields.sex: a `column` or a `value` must stand here, and not both"),
        (10, 30, "fields.joined.date: not a pattern that gives back a day"),
        (11, 9, "fields.name: a `column` or a `value` must stand here, and not both"),
        (11, 10, "fields.name.colum: no such key here"),
    ]


def test_a_misspelt_key_gets_the_key_that_was_meant() -> None:
    with pytest.raises(InvalidRecordError) as caught:
        parse(MEMBERS + "delimter: tab\n")

    assert caught.value.hint == "did you mean delimiter?"
    assert caught.value.where == "my.map.yaml:9:1"


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("source: shop", "source: My Shop", "source: not a code such as shop or cdnow"),
        ("source: shop\n", "", "source must stand here"),
        ("columns: [card, day, sum]\n", "", "header: a sheet without a header needs"),
        ("header: false", "header_row: 0", "header_row: not the number of a row"),
        ("header: false", "header_row: true", "header_row: not the number of a row"),
        ("header: false", "header: false\nheader_row: 2", "header_row: a sheet without a header"),
        ("[card, day, sum]", "[card, day, day]", "columns: two columns have the same name"),
        ("[card, day, sum]", "card", "columns: a list of at least one"),
        ("header: false", "header: never", "header: not true or false"),
        ("{column: card, match: registration.number}", "{column: card}", "member: match must"),
        ("{column: card, match: registration.number}", "card", "member: keys with values must"),
        ("  kind: {value: purchase}\n", "", "fields: kind must stand here"),
        ("{value: purchase}", "{value: purchase, required: true}", "fields.kind.value: a `value`"),
        ("{value: purchase}", "purchase", "fields.kind: keys with values must stand here"),
        ("{value: purchase}", "{value: 5}", "fields.kind.value: not text"),
        ("amount:", "price:", "fields.price: no such key here"),
        ("{value: purchase}", "{value: purchase}\n  id: {value: x}", "fields.id: an id comes from"),
        ('decimal: ","', 'decimal: ";"', "fields.amount.decimal: none of the words"),
        ('decimal: ","', 'decimal: ",", values: {x: "1"}', "fields.amount: only one of values"),
        ('decimal: ","', "required: true, default: x", "fields.amount.default: what is required"),
        ('date: "%d.%m.%Y"', 'date: "%Q"', "fields.date.date: not a pattern"),
        ("target: ledger", "target: people", "target: none of the words"),
    ],
)
def test_a_fault_is_told_in_words(old: str, new: str, message: str) -> None:
    assert old in LEDGER
    assert any(told.startswith(message) for _, _, told in faults(LEDGER.replace(old, new)))


def test_a_file_that_is_not_strict_yaml_is_refused_by_the_reader() -> None:
    [(line, column, message)] = faults("format: map/1\nformat: map/1\n")

    assert (line, column) == (2, 1)
    assert "stands twice" in message
