"""The query language, from text to terms."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from memberarc.errors import QuerySyntaxError
from memberarc.search.query import Term, parse_query


@pytest.mark.parametrize(
    ("text", "terms"),
    [
        ("", ()),
        ("   ", ()),
        ("小明", (Term(value="小明"),)),
        ("wxm 8000", (Term(value="wxm"), Term(value="8000"))),
        ("-left", (Term(value="left", negated=True),)),
        ('"No. 5 Lane"', (Term(value="No. 5 Lane"),)),
        ('""', (Term(value=""),)),
        ("name:王", (Term(value="王", field="name"),)),
        ("contact.mobile=138", (Term(value="138", field="contact.mobile", operator="="),)),
        ("-status:left", (Term(value="left", field="status", negated=True),)),
        ("joined>=2020", (Term(value="2020", field="joined", operator=">="),)),
        ("joined<2020", (Term(value="2020", field="joined", operator="<"),)),
        ("a:1..3", (Term(value="1", upper="3", field="a", operator=".."),)),
        ("a:1..", (Term(value="1", field="a", operator=".."),)),
        ("a:..3", (Term(value="", upper="3", field="a", operator=".."),)),
        ('a:"1..3"', (Term(value="1..3", field="a"),)),
        ("1..3", (Term(value="1..3"),)),
        ('name:"O Neil" x', (Term(value="O Neil", field="name"), Term(value="x"))),
        ("http://x:1", (Term(value="//x:1", field="http"),)),
        ("Name:x", (Term(value="Name:x"),)),
        ("a\u3000b", (Term(value="a"), Term(value="b"))),
        ("--x", (Term(value="-x", negated=True),)),
    ],
)
def test_a_query_is_read(text: str, terms: tuple[Term, ...]) -> None:
    assert parse_query(text).terms == terms


@pytest.mark.parametrize(
    ("text", "place", "reason"),
    [
        ('"', 1, "a quotation mark is not closed"),
        ('小明 "No. 5', 4, "a quotation mark is not closed"),
        ("name:", 1, "a value is missing after the operator"),
        ("x joined>= y", 3, "a value is missing after the operator"),
        ("-status=", 1, "a value is missing after the operator"),
        ('"a"b', 1, "this cannot be read"),
    ],
)
def test_a_fault_is_told_with_its_place(text: str, place: int, reason: str) -> None:
    with pytest.raises(QuerySyntaxError) as told:
        parse_query(text)

    assert f"at character {place}: {reason}" in told.value.message
    assert told.value.hint


def test_the_fields_of_a_query_are_those_it_names() -> None:
    assert parse_query("a:1 -b=2 c").fields == {"a", "b", ""}


@given(st.text())
def test_any_text_is_read_or_refused_and_nothing_else(text: str) -> None:
    try:
        terms = parse_query(text).terms
    except QuerySyntaxError:
        return

    assert all(term.operator in (":", "=", ">=", "<=", ">", "<", "..") for term in terms)


@given(st.lists(st.text("ab王1-.", min_size=1).filter(lambda word: word != "-"), max_size=4))
def test_words_in_quotes_come_back_as_they_are(words: list[str]) -> None:
    text = " ".join(f'"{word}"' for word in words)

    assert [term.value for term in parse_query(text).terms] == words
