"""A name in a query means a field by its path, the end of it, or a label in either language."""

from __future__ import annotations

import pytest

from memberarc.errors import QuerySyntaxError
from memberarc.formats.schema import load_schema
from memberarc.formats.shipped import compose_schema
from memberarc.search.fields import (
    SchemaEntry,
    answers_words,
    fields_by_kind,
    label_of,
    meant_fields,
    role_of,
)

SCHEMAS = {
    kind: load_schema(compose_schema(kind, profile="shop"), path=kind)
    for kind in ("individual", "organisation")
}
KINDS: dict[str, tuple[SchemaEntry, ...]] = {
    kind: (*schema.fields, *schema.containers) for kind, schema in SCHEMAS.items()
}


def paths(name: str, kind: str = "individual") -> list[str]:
    return [".".join(field.path) for field in meant_fields(name, KINDS)[kind]]


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("contact.mobile", ["contact.mobile"]),
        ("mobile", ["contact.mobile"]),
        ("Mobile", ["contact.mobile"]),
        ("手机", ["contact.mobile"]),
        ("联系方式.手机", ["contact.mobile"]),
        ("contact.手机", ["contact.mobile"]),
        ("e-mail", ["contact.email"]),
        ("kind of paper", ["identity.type"]),
        ("kind_of_paper", ["identity.type"]),
        ("姓名", ["name"]),
        ("name", ["name"]),
        ("activities.name", ["activities.[].name"]),
        ("kind", ["kind"]),
        ("类型", ["kind"]),
        ("feedback.kind", ["feedback.[].kind"]),
        ("id", ["id"]),
        ("code", ["id"]),
        ("档号", ["id"]),
        ("uid", ["uid"]),
        ("category", ["categories.value"]),
        ("category.value", ["categories.value"]),
        ("categories.value", ["categories.value"]),
        ("类别", ["categories.value"]),
        ("traits", ["traits.[]"]),
        ("identity", ["identity.type", "identity.number", "identity.valid_until"]),
        ("number", ["registration.number", "identity.number", "card.number"]),
        ("dues.amount", ["dues.[].amount"]),
        ("卡号", ["card.number"]),
        ("mobile.x", []),
        ("nickname", []),
        ("", []),
        (".", []),
    ],
)
def test_a_name_finds_its_fields(name: str, found: list[str]) -> None:
    assert paths(name) == found


def test_each_kind_of_record_has_fields_of_its_own() -> None:
    assert paths("sex") == ["sex"]
    assert paths("sex", "organisation") == []
    assert paths("legal_representative.姓名", "organisation") == ["legal_representative.name"]
    assert paths("legal_representative.姓名") == []


@pytest.mark.parametrize("name", ["name", "姓名", "单位名称"])
def test_a_label_of_one_kind_of_record_means_the_same_field_in_all(name: str) -> None:
    for kinds in (KINDS, dict(reversed(KINDS.items()))):
        assert {
            kind: [field.path for field in fields]
            for kind, fields in meant_fields(name, kinds).items()
        } == {"individual": [("name",)], "organisation": [("name",)]}
        assert label_of(name, kinds) == name


def test_a_label_that_no_field_of_its_own_has_is_looked_for_deeper() -> None:
    assert paths("名称") == paths("名称", "organisation") == ["honours.[].title"]


def test_containers_need_not_be_known_but_by_their_labels() -> None:
    bare = {"individual": SCHEMAS["individual"].fields}
    full = {"individual": KINDS["individual"]}

    assert meant_fields("contact", bare) == meant_fields("contact", full)
    assert meant_fields("联系方式", bare) == {"individual": ()}


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("mobil", "did you mean mobile"),
        ("contact.mobil", "did you mean contact.mobile"),
        ("手几", "fields begin with: "),
        ("入会日", "did you mean 入会日期"),
        ("http", "fields begin with: "),
    ],
)
def test_a_name_that_nothing_has_is_told_with_what_is_like_it(name: str, hint: str) -> None:
    with pytest.raises(QuerySyntaxError, match=f"no record has a field {name}") as told:
        fields_by_kind(name, KINDS, place=7)

    assert told.value.hint.startswith(hint)
    assert told.value.place == 7


@pytest.mark.parametrize(
    ("name", "role"),
    [
        ("name", "name"),
        ("other_names", "name"),
        ("joined", "date"),
        ("birth_date", "date"),
        ("dues.amount", "number"),
        ("dues.year", "number"),
        ("opened", "number"),
        ("status", "choice"),
        ("kind", "choice"),
        ("category", "code"),
        ("branch", "code"),
        ("id", "code"),
        ("mobile", "text"),
        ("contact.postcode", "text"),
        ("activities.name", "text"),
        ("documents.digest", "text"),
        ("documents.location", "code"),
    ],
)
def test_a_field_has_its_role(name: str, role: str) -> None:
    [field] = meant_fields(name, KINDS)["individual"]

    assert role_of(field) == role


def test_words_look_into_what_people_wrote() -> None:
    asked = {".".join(field.path) for field in SCHEMAS["individual"].fields if answers_words(field)}

    assert {"id", "name", "contact.mobile", "notes.[].text", "documents.[].title"} <= asked
    assert asked.isdisjoint({"uid", "key", "kind", "notes.[].id", "documents.[].sha256"})


@pytest.mark.parametrize(
    ("name", "label"),
    [
        ("contact.mobile", "mobile"),
        ("手机", "手机"),
        ("id", "reference code"),
        ("code", "reference code"),
        ("category", "value category"),
        ("contact", "contact"),
        ("dues.amount", "amount"),
    ],
)
def test_a_column_is_headed_in_the_language_it_was_asked_for_in(name: str, label: str) -> None:
    assert label_of(name, KINDS) == label
