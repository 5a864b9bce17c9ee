"""Single values of a record are read, set and left out by field path."""

from __future__ import annotations

from itertools import count

import pytest

from memberarc.errors import UsageError
from memberarc.members.field_values import (
    name_new_items,
    parse_field_path,
    value_at,
    with_value,
    without,
)

RECORD = {
    "name": "王",
    "contact": {"mobile": "1", "email": "2"},
    "honours": [{"id": "a1b2", "title": "一"}, {"id": "c3d4", "title": "二"}],
}


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ("name", ("name",)),
        ("contact.mobile", ("contact", "mobile")),
        ("honours[a1b2].title", ("honours", "[a1b2]", "title")),
        ("honours[a1b2]", ("honours", "[a1b2]")),
        ("honours[+].title", ("honours", "[+]", "title")),
        ("honours[+x1].title", ("honours", "[+x1]", "title")),
    ],
)
def test_a_path_is_read(text: str, path: tuple[str, ...]) -> None:
    assert parse_field_path(text) == path


@pytest.mark.parametrize(
    "text",
    ["", ".", "Name", "a..b", "a.", "[x]", "a[]", "a[X]", "a[++]", "a[b", "a b", "名", "a\n"],
)
def test_what_is_no_path_is_refused(text: str) -> None:
    with pytest.raises(UsageError):
        parse_field_path(text)


def test_a_value_is_found_or_none() -> None:
    assert value_at(RECORD, ("contact", "mobile")) == "1"
    assert value_at(RECORD, ("honours", "[c3d4]", "title")) == "二"
    assert value_at(RECORD, ("honours", "[c3d4]")) == {"id": "c3d4", "title": "二"}
    for path in (("age",), ("name", "first"), ("honours", "[zzzz]"), ("contact", "[a1b2]")):
        assert value_at(RECORD, path) is None


def test_setting_makes_the_containers_it_needs_and_leaves_the_original_alone() -> None:
    before = repr(RECORD)

    changed = with_value(RECORD, ("identity", "number"), "9")
    changed = with_value(changed, ("honours", "[e5f6]", "title"), "三")
    changed = with_value(changed, ("honours", "[a1b2]", "title"), "壹")

    assert changed["identity"] == {"number": "9"}
    assert changed["honours"] == [
        {"id": "a1b2", "title": "壹"},
        {"id": "c3d4", "title": "二"},
        {"id": "e5f6", "title": "三"},
    ]
    assert repr(RECORD) == before


def test_removing_takes_values_items_and_containers_that_are_left_empty() -> None:
    assert without(RECORD, ("contact", "mobile"))["contact"] == {"email": "2"}
    assert without(RECORD, ("honours", "[a1b2]"))["honours"] == [{"id": "c3d4", "title": "二"}]
    assert "contact" not in without(RECORD, ("contact",))
    assert without(RECORD, ("contact", "fax")) == RECORD
    assert without(RECORD, ("honours", "[zzzz]", "title")) == RECORD


def test_new_items_of_one_label_and_list_are_one_item() -> None:
    numbers = count(1)
    paths = [
        ("honours", "[+a]", "title"),
        ("honours", "[+a]", "date"),
        ("honours", "[+b]", "title"),
        ("dues", "[+a]", "year"),
        ("name",),
    ]

    named = name_new_items(paths, new_id=lambda: f"id{next(numbers)}")

    one, again, other, elsewhere = (path[1] for path in named[:4])
    assert one == again
    assert len({one, other, elsewhere}) == 3
    assert [path[-1] for path in named] == ["title", "date", "title", "year", "name"]
