"""A row that comes straight out of an index is what laying out the whole member gives."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from memberarc.search.columns import SEALED_CELL, Columns, Sorting
from memberarc.search.entry import Entry
from memberarc.search.index.answers import AnswerRow, Answers
from memberarc.search.match import Match, Matcher
from memberarc.search.query import Query
from search.index.made import LAYOUT, member, members, store_of

NAMES = ("id", "name", "fee", "visits", "contact.mobile", "joined", "branch")


def everybody(found: list[Entry]) -> Answers:
    return Answers(store_of(found), Query(), matcher=Matcher(Query(), kinds=LAYOUT.kinds))


@given(members(), st.lists(st.sampled_from(NAMES), min_size=1, max_size=4))
@settings(max_examples=60, deadline=None, phases=(Phase.explicit, Phase.generate))
def test_a_row_holds_what_the_columns_of_the_member_hold(
    found: list[Entry], names: list[str]
) -> None:
    columns = Columns(names, kinds=LAYOUT.kinds)
    paths = columns.single_paths()
    assert paths is not None

    rows = [*everybody(found).rows(paths)]

    assert [row.code for row in rows] == [one.code for one in found]
    assert [row.kind for row in rows] == [one.kind for one in found]
    assert [row.closed for row in rows] == [one.closed for one in found]
    closed = [{path for path, _ in row.closed} for row in rows]
    cells = [
        tuple(
            SEALED_CELL if path in sealed else value
            for path, value in zip(paths, row.values, strict=True)
        )
        for row, sealed in zip(rows, closed, strict=True)
    ]
    assert cells == [columns.cells(one, spans={}) for one in found]


@pytest.mark.parametrize("name", ["contact", "phones.number", "honorary", "honours.date"])
def test_what_may_have_several_values_or_is_a_truth_is_no_single_column(name: str) -> None:
    assert Columns(["id", name], kinds=LAYOUT.kinds).single_paths() is None


def test_a_row_tells_which_values_stay_closed() -> None:
    sealed = (("contact", "mobile"), "confidential")
    found = [replace(member("M1", name="A"), closed=(sealed,)), member("M2", name="B")]

    rows = [*everybody(found).rows([("name",)])]

    assert rows == [
        AnswerRow("M1", "individual", ("A",), (sealed,)),
        AnswerRow("M2", "individual", ("B",), ()),
    ]


def test_no_more_rows_are_read_than_are_of_use() -> None:
    answers = everybody([member(f"M{number}") for number in (3, 1, 2)])

    assert [row.code for row in answers.rows([], limit=2)] == ["M1", "M2"]


def test_an_index_gives_readings_where_they_are_asked_for() -> None:
    answers = everybody([member("M1", name="单雄信")])

    (read,) = answers.entries(wanted=lambda _field, _kind: True, with_readings=True)
    (unread,) = answers.entries(wanted=lambda _field, _kind: True)

    assert read.readings == ("单雄信 shan/dan xiong xin",)
    assert unread.readings == ()


def test_names_stand_in_the_order_in_which_the_index_reads_them() -> None:
    sorting = Sorting(("name",), kinds=LAYOUT.kinds)
    same = Match(key=(0, ""), paths=())
    last = replace(member("M1", name="王"), readings=("王 zz",))
    first = replace(member("M2", name="张"), readings=("张 aa",))
    found = [(last, same), (first, same)]

    sorting.sort(found)

    assert sorting.reads_names
    assert not Sorting(("joined", "-id"), kinds=LAYOUT.kinds).reads_names
    assert [entry.code for entry, _ in found] == ["M2", "M1"]
