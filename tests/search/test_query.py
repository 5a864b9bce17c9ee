"""The query language, from text to a tree and back."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from memberarc.errors import QuerySyntaxError
from memberarc.search.query import (
    LONGEST_QUERY,
    And,
    Condition,
    Not,
    Or,
    Query,
    Text,
    parse_query,
    query_text,
)
from memberarc.search.query_reader import DEEPEST_QUERY
from search.query_strategies import QUERIES


def word(value: str) -> Text:
    return Text(value=value)


def is_one_of(field: str, *values: str) -> Condition:
    return Condition(field=field, operator=":", values=values)


@pytest.mark.parametrize(
    ("text", "root"),
    [
        ("", None),
        ("   ", None),
        ("小明", word("小明")),
        ("wang*", Text(value="wang", form="prefix")),
        ('"No. 5 Lane"', Text(value="No. 5 Lane", form="phrase")),
        (r'"a \"b\" \\ \c"', Text(value=r'a "b" \ \c', form="phrase")),
        ("wxm 8000", And(parts=(word("wxm"), word("8000")))),
        ("wxm AND 8000", And(parts=(word("wxm"), word("8000")))),
        ("a OR b", Or(parts=(word("a"), word("b")))),
        ("a | b", Or(parts=(word("a"), word("b")))),
        ("a|b", Or(parts=(word("a"), word("b")))),
        ("王 或 李", Or(parts=(word("王"), word("李")))),
        ("a b OR c", Or(parts=(And(parts=(word("a"), word("b"))), word("c")))),
        ("a (b OR c)", And(parts=(word("a"), Or(parts=(word("b"), word("c")))))),
        ("((a))", word("a")),
        ("(a b) c", And(parts=(word("a"), word("b"), word("c")))),
        ("-left", Not(part=word("left"))),
        ("NOT left", Not(part=word("left"))),
        ("-(-x)", Not(part=Not(part=word("x")))),
        ("-NOT -x", Not(part=Not(part=Not(part=word("x"))))),
        ("-(a b)", Not(part=And(parts=(word("a"), word("b"))))),
        ("a or not", And(parts=(word("a"), word("or"), word("not")))),
        ('"OR"', Text(value="OR", form="phrase")),
        ("name:王", is_one_of("name", "王")),
        ("-status:left", Not(part=is_one_of("status", "left"))),
        ('name:"O Neil" x', And(parts=(is_one_of("name", "O Neil"), word("x")))),
        ("status:active,left", is_one_of("status", "active", "left")),
        ("status:(active, left)", is_one_of("status", "active", "left")),
        ("status:( active | left )", is_one_of("status", "active", "left")),
        ("status:(active OR left)", is_one_of("status", "active", "left")),
        ('name:王,"O Neil"', is_one_of("name", "王", "O Neil")),
        ("name=王", Condition(field="name", operator="=", values=("王",))),
        ("name!=王", Condition(field="name", operator="!=", values=("王",))),
        ("name≠王", Condition(field="name", operator="!=", values=("王",))),
        ("joined>=2020", Condition(field="joined", operator=">=", values=("2020",))),
        ("joined:>=2020", Condition(field="joined", operator=">=", values=("2020",))),
        ("joined≤2020", Condition(field="joined", operator="<=", values=("2020",))),
        ("joined<2020", Condition(field="joined", operator="<", values=("2020",))),
        ("a:1..3", Condition(field="a", operator="..", values=("1",), upper="3")),
        ("a:1..", Condition(field="a", operator="..", values=("1",))),
        ("a:..3", Condition(field="a", operator="..", values=("",), upper="3")),
        ('a:"1 2".."3"', Condition(field="a", operator="..", values=("1 2",), upper="3")),
        ('a:"1..3"', is_one_of("a", "1..3")),
        ("1..3", word("1..3")),
        ("name:*", Condition(field="name", operator="present")),
        ("-name:*", Not(part=Condition(field="name", operator="present"))),
        ("name:王*", Condition(field="name", operator="begins", values=("王",))),
        ('name:"王*"', is_one_of("name", "王*")),
        (
            "a:x,2..3,y*,z",
            Or(
                parts=(
                    is_one_of("a", "x", "z"),
                    Condition(field="a", operator="..", values=("2",), upper="3"),
                    Condition(field="a", operator="begins", values=("y",)),
                )
            ),
        ),
        ("http://x:1", is_one_of("http", "//x:1")),
        ("12:30", word("12:30")),
        ("a@b.org", word("a@b.org")),
        ("138-0013", word("138-0013")),
        ('"joined on":2025', is_one_of("joined on", "2025")),
        ("e-mail:x", is_one_of("e-mail", "x")),
        ("手机:138", is_one_of("手机", "138")),
        ("联系方式.手机:138", is_one_of("联系方式.手机", "138")),
    ],
)
def test_a_query_is_read(text: str, root: object) -> None:
    assert parse_query(text).root == root


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("status：active", "status:active"),
        ("status：active，left", "status:active,left"),
        ("status：（active、left）", "status:(active,left)"),
        ("（小明　或　小红）－status:left", "(小明 OR 小红) -status:left"),
        ("ｊｏｉｎｅｄ：２０２５－０３．．２０２５－０６", "joined:2025-03..2025-06"),
        ("joined:2025-03。。2025-06", "joined:2025-03..2025-06"),
        ("joined＞＝2025", "joined>=2025"),
        ("joined》=2025", "joined>=2025"),
        ("joined《=2025", "joined<=2025"),
        ("joined〉=2025", "joined>=2025"),
        ("入会日期《2025", "入会日期<2025"),
        ("joined〈2025 amount》100", "joined<2025 amount>100"),
        ("（“joined on”》2025）", '"joined on">2025'),
        ("name！＝王", "name!=王"),
        ("name：＊", "name:*"),
        ("王＊", "王*"),
        ("王 ｜ 李", "王 OR 李"),
        ("“王 小明”", '"王 小明"'),
        ("＂王 小明＂", '"王 小明"'),
        ("ＮＯＴ 王", "-王"),
        ("手机：１３８", "手机:138"),
        ("东区商会（上海）有限公司", "东区商会 上海 有限公司"),
    ],
)
def test_what_a_chinese_input_method_types_means_what_it_should(typed: str, meant: str) -> None:
    assert parse_query(typed) == parse_query(meant)


@pytest.mark.parametrize(
    "text", ["读《红楼梦》", "《章程》=草案", "读〈孔乙己〉", "《红", "楼梦》", "a，b", "一、二"]
)
def test_chinese_marks_within_a_word_are_left_alone(text: str) -> None:
    assert parse_query(text).root == word(text.replace("，", ","))


def test_within_quotation_marks_full_width_signs_stay_what_they_are() -> None:
    assert parse_query('"（ＡＢＣ），*"').root == Text(value="（ＡＢＣ），*", form="phrase")
    assert parse_query('“a"b”').root == Text(value='a"b', form="phrase")


@pytest.mark.parametrize(
    ("text", "place", "reason"),
    [
        ('"', 1, "a quotation mark is not closed"),
        ('小明 "No. 5', 4, "a quotation mark is not closed"),
        ('"a\\"', 1, "a quotation mark is not closed"),
        ('""', 1, "nothing stands between the quotation marks"),
        ('"a"b', 4, "a space is missing after the quotation mark"),
        ('name:"a"b', 9, "a space is missing after the quotation mark"),
        ("name:", 6, "a value is missing after the operator"),
        ("x joined>= y", 11, "a value is missing after the operator"),
        ("-status=", 9, "a value is missing after the operator"),
        ("name:a,", 8, "a value is missing after the operator"),
        ("name:()", 7, "a value is missing after the operator"),
        ("joined >= 2020", 8, "no field stands before the operator >="),
        (":x", 1, "no field stands before the operator :"),
        ("(a", 1, "a parenthesis is not closed"),
        ("a)", 2, "a parenthesis is closed that was not opened"),
        ("()", 2, "a term is missing here"),
        ("OR a", 1, "a term is missing here"),
        ("a OR", 5, "a term is missing here"),
        ("a AND OR b", 7, "a term is missing here"),
        ("或", 1, "a term is missing here"),
        ("-", 2, "a term is missing here"),
        ("- x", 2, "a minus sign stands right before what it excludes"),
        ("--count", 1, "no word begins with two minus signs"),
        ("x (--worktree)", 4, "no word begins with two minus signs"),
        ("-－x", 1, "no word begins with two minus signs"),
        ("w*g", 1, "an asterisk stands at the end of a word"),
        ("*", 1, "an asterisk stands at the end of a word"),
        ("name=w*", 6, "an asterisk stands at the end of a word"),
        ("name:2*..3", 6, "an asterisk stands at the end of a word"),
        ("joined:..", 8, "a range needs an end at least"),
        ("joined=1..2", 8, "a range stands after a colon"),
        ("amount>=1,200", 9, ">= compares with one value"),
        ("status:(a b)", 11, "the list is not closed here"),
        ("status:(a", 8, "the list is not closed here"),
    ],
)
def test_a_fault_is_told_with_its_place(text: str, place: int, reason: str) -> None:
    with pytest.raises(QuerySyntaxError) as told:
        parse_query(text)

    assert f"at character {place}: {reason}" in told.value.message
    assert told.value.place == place
    assert told.value.hint


def test_the_fields_of_a_query_are_those_it_names() -> None:
    assert parse_query("a:1 -(b=2 OR c)").fields == {"a", "b", ""}
    assert parse_query("").fields == frozenset()


def test_a_condition_knows_where_it_stands_but_is_the_same_elsewhere() -> None:
    _, condition = parse_query("x -(name:王)").leaves

    assert isinstance(condition, Condition)
    assert condition.place == 5
    assert condition == parse_query("name:王").root


@pytest.mark.parametrize(("opening", "levels"), [("(", 1), ("NOT ", 1), ("-(", 2)])
def test_what_is_nested_too_deeply_is_refused(opening: str, levels: int) -> None:
    deepest = DEEPEST_QUERY // levels

    assert parse_query(opening * deepest + "a" + ")" * opening.count("(") * deepest).root
    for times in (deepest + 1, 4_999):
        with pytest.raises(QuerySyntaxError, match="nested more than 40 deep"):
            parse_query(opening * times + "a")


def test_a_query_is_as_long_as_a_pasted_list_of_codes_and_no_longer() -> None:
    codes = ",".join(f"M2026-{number:06}" for number in range(1_400))

    condition = parse_query(f"id:{codes}").root

    assert isinstance(condition, Condition)
    assert len(condition.values) == 1_400
    with pytest.raises(QuerySyntaxError, match="longer than"):
        parse_query("a" * (LONGEST_QUERY + 1))


@pytest.mark.parametrize(("lower", "upper"), [(".", ""), ("", "."), ("a.", ".b"), ("1.5", "2.5")])
def test_a_range_of_values_with_full_stops_reads_back_as_the_same(lower: str, upper: str) -> None:
    query = Query(root=Condition(field="name", operator="..", values=(lower,), upper=upper))

    assert parse_query(query_text(query)) == query


@given(QUERIES)
def test_a_query_that_is_written_reads_back_as_the_same(query: Query) -> None:
    assert parse_query(query_text(query)) == query


@given(st.text())
def test_any_text_is_refused_or_has_a_canonical_spelling(text: str) -> None:
    try:
        query = parse_query(text)
    except QuerySyntaxError:
        return

    assert parse_query(query_text(query)) == query
    assert query_text(parse_query(query_text(query))) == query_text(query)


@given(st.text('ab王:=<>!.*,()|-"\\ ORNT：，（）或“”', max_size=20))
def test_any_row_of_signs_is_refused_or_has_a_canonical_spelling(text: str) -> None:
    try:
        query = parse_query(text)
    except QuerySyntaxError:
        return

    assert parse_query(query_text(query)) == query
