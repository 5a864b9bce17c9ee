"""Field paths as steps and as people write them."""

from __future__ import annotations

import pytest

from memberarc.formats.field_path import item_step, parse_path, path_text, schema_path

PATHS = {
    "name": ("name",),
    "contact.mobile": ("contact", "mobile"),
    "honours[h7w2].date": ("honours", "[h7w2]", "date"),
    "traits[0]": ("traits", "[0]"),
}


@pytest.mark.parametrize("text", PATHS)
def test_a_path_is_written_and_read(text: str) -> None:
    assert path_text(PATHS[text]) == text
    assert parse_path(text) == PATHS[text]


@pytest.mark.parametrize("text", ["", ".a", "a.", "a..b", "[a]", "a[]", "a[b", "a[B]", "A", "a b"])
def test_what_is_no_path_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"contact\.mobile"):
        parse_path(text)


def test_a_schema_knows_lists_but_not_their_items() -> None:
    assert schema_path(PATHS["honours[h7w2].date"]) == ("honours", "[]", "date")
    assert path_text(("honours", "[]", "date")) == "honours[].date"


def test_an_item_is_named_by_its_id_if_it_has_one() -> None:
    assert item_step({"id": "h7w2"}, index=3) == "[h7w2]"
    assert item_step({"id": 5}, index=3) == item_step("h7w2", index=3) == "[3]"
