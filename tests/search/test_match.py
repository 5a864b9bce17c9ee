"""Which members answer a query, by which values, and in what order."""

from __future__ import annotations

import calendar
import operator
import re
from collections.abc import Sequence
from datetime import date
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from memberarc.errors import QuerySyntaxError
from memberarc.formats.field_path import parse_path, path_text
from memberarc.formats.schema import load_schema
from memberarc.formats.shipped import compose_schema
from memberarc.search.entry import Entry
from memberarc.search.fields import SchemaEntry
from memberarc.search.match import Matcher
from memberarc.search.pinyin import readings
from memberarc.search.query import And, Condition, Not, Or, Query, Text, parse_query
from memberarc.search.query_tree import Node
from memberarc.search.words import Rank, within_one_slip
from search.query_strategies import trees

SCHEMAS = {
    kind: load_schema(compose_schema(kind, profile="general"), path=kind)
    for kind in ("individual", "organisation")
}
KINDS: dict[str, tuple[SchemaEntry, ...]] = {
    kind: (*schema.fields, *schema.containers) for kind, schema in SCHEMAS.items()
}
NAMES = ("name", "other_names", "short_name", "contact.person")


def entry(code: str, *, kind: str = "individual", **values: str | int | bool) -> Entry:
    """Make a member; a double underscore parts a path, and three stand before an item."""
    named = {
        re.sub("___([a-z0-9]+)", r"[\1]", key).replace("__", "."): values[key] for key in values
    }
    read = [readings(str(named[name])) for name in NAMES if name in named]
    return Entry(
        code=code,
        uid="u",
        kind=kind,
        leaves=(
            (("id",), code),
            (("kind",), kind),
            *((parse_path(name), value) for name, value in named.items()),
        ),
        readings=tuple(one for own in read for one in own),
    )


WANG = entry(
    "M1",
    name="王小明",
    status="active",
    joined="2025-03-15",
    contact__mobile="13800138000",
    contact__address="No. 5 Lane 200, 上海（浦东）",
    categories__value="A",
    dues___a1b2__amount="1200.00",
    dues___a1b2__year=2025,
    dues___c3d4__amount="80.50",
)
SHAN = entry(
    "M2",
    name="单雄信",
    status="active",
    joined="2025-06-30",
    contact__mobile="+86 137 0013 7002",
    categories__value="B",
    branch="east",
)
SIOBHAN = entry(
    "M3", name="Siobhán O'Connor", status="left", joined="2024-12-31", birth_date="1985-07"
)
MULLER = entry("M4", name="Jörg Müller", status="applicant", identity__number="11010119900101123X")
FIRM = entry(
    "M5",
    kind="organisation",
    name="小明公司",
    status="active",
    contact__person="李四",
    contact__phone="(021) 5432 1000",
)
EVERYBODY = (WANG, SHAN, SIOBHAN, MULLER, FIRM)


def found(query: str, among: Sequence[Entry] = EVERYBODY) -> list[str]:
    """Name who answers, the best first."""
    matcher = Matcher(parse_query(query), kinds=KINDS)
    matches = [match for one in among if (match := matcher.match(one))]
    return [match.key[1] for match in sorted(matches, key=lambda match: match.key)]


@pytest.mark.parametrize(
    ("query", "codes"),
    [
        ("", ["M1", "M2", "M3", "M4", "M5"]),
        # a word stands in any field
        ("王小明", ["M1"]),
        ("小明", ["M5", "M1"]),
        ("上海", ["M1"]),
        ("上海(浦东)", ["M1"]),
        ("LANE", ["M1"]),
        ("active", ["M1", "M2", "M5"]),
        ("m3", ["M3"]),
        ("individual", []),
        ("a1b2", []),
        # a phrase keeps its spaces, a beginning begins a word
        ('"5 lane"', ["M1"]),
        ('"lane 5"', []),
        ("lan*", ["M1"]),
        ("ane*", []),
        ("小明*", ["M5"]),
        ("mull*", ["M4"]),
        # digits, whatever parts them
        ("138-0013-8000", ["M1"]),
        ("+8613800138000", ["M1"]),
        ("008613700137002", ["M2"]),
        ("0013", ["M1", "M2"]),
        ("54321000", ["M5"]),
        ("110101-19900101-123x", ["M4"]),
        ("20250315", []),
        ("2025-03", ["M1"]),
        # pinyin in full, by initials, mixed; either reading of a surname
        ("wangxiaoming", ["M1"]),
        ("xiaoming", ["M1", "M5"]),
        ("wxm", ["M1"]),
        ("wangx", ["M1"]),
        ('"wang xiao ming"', ["M1"]),
        ("wang xiaoming", ["M1"]),
        ("shanxiongxin", ["M2"]),
        ("danxiongxin", ["M2"]),
        ("wang*", ["M1"]),
        ("xiong*", []),
        ("lisi", ["M5"]),
        ("shanghai", []),
        # one slip, in names only
        ("siobhan", ["M3"]),
        ("oconnor", ["M3"]),
        ("o'connor", ["M3"]),
        ("muller", ["M4"]),
        ("mueller", ["M4"]),
        ("mullre", ["M4"]),
        ("mulller", ["M4"]),
        ("mulelr", ["M4"]),
        ("mmuelleer", []),
        ('"mueller"', []),
        ("jrg", []),
        ("lame", []),
        # and, or, not
        ("小明 status:active", ["M5", "M1"]),
        ("王小明 OR muller", ["M1", "M4"]),
        ("小明 -kind:organisation", ["M1"]),
        ("-status:active", ["M3", "M4"]),
        ("-(status:active OR status:left)", ["M4"]),
        ("(小明 OR muller) -wxm", ["M5", "M4"]),
        # names of fields
        ("手机:0013", ["M1", "M2"]),
        ("contact:0013", ["M1", "M2"]),
        ("联系方式:李四", ["M5"]),
        ("姓名:王", ["M1"]),
        ("name:小明", ["M5", "M1"]),
        ("name:上海", []),
        ("name:muler", ["M4"]),
        ("name:小明*", ["M5"]),
        ("name:shan*", ["M2"]),
        ("name:(王小明,muller)", ["M1", "M4"]),
        # codes and choices
        ("category:a", ["M1"]),
        ("category:A,B", ["M1", "M2"]),
        ("category!=A", ["M2"]),
        ("-category:A", ["M2", "M3", "M4", "M5"]),
        ("category:*", ["M1", "M2"]),
        ("category>A", ["M2"]),
        ("branch:eas", []),
        ("branch:eas*", ["M2"]),
        ("id:m1", ["M1"]),
        ("code:M1,M2", ["M1", "M2"]),
        ("id:M2..M3", ["M2", "M3"]),
        ("status:act", ["M1", "M2", "M5"]),
        ("status=act", []),
        ("status!=active", ["M3", "M4"]),
        ("status!=(active,left)", ["M4"]),
        ("kind:org", ["M5"]),
        # is it there
        ("joined:*", ["M1", "M2", "M3"]),
        ("-joined:*", ["M4", "M5"]),
        ("contact:*", ["M1", "M2", "M5"]),
        # dates and their periods
        ("joined:2025", ["M1", "M2"]),
        ("joined:2025-03", ["M1"]),
        ("joined:2025-3", ["M1"]),
        ("joined:2025年3月", ["M1"]),
        ("joined:2025年3月15日", ["M1"]),
        ("joined:20250315", ["M1"]),
        ("joined:2025/3/15", ["M1"]),
        ("joined:2024,2025-06", ["M2", "M3"]),
        ("joined=2025-03", []),
        ("joined=2025-03-15", ["M1"]),
        ("joined<2025-03", ["M3"]),
        ("joined<=2025-03", ["M1", "M3"]),
        ("joined>2025-03", ["M2"]),
        ("joined>=2025-03", ["M1", "M2"]),
        ("joined>2024", ["M1", "M2"]),
        ("joined<2025-06-30", ["M1", "M3"]),
        ("joined<=2025-06-30", ["M1", "M2", "M3"]),
        ("joined:2025-03..2025-06", ["M1", "M2"]),
        ("joined:2025-03..2025-05", ["M1"]),
        ("joined:..2025-03", ["M1", "M3"]),
        ("joined:2025-03..2025", ["M1", "M2"]),
        ("joined:2025..2025-03", ["M1"]),
        ("joined:2025-04..", ["M2"]),
        ("birth_date<1985-08", ["M3"]),
        ("birth_date:1985", ["M3"]),
        # months and days of any year
        ("birth_date:7月", ["M3"]),
        ("birth_date:--07", ["M3"]),
        ("birth_date:7月1日", []),
        ("birth_date:--08", []),
        ("joined:3月", ["M1"]),
        ("joined:０３月", ["M1"]),
        ("joined:3月15日", ["M1"]),
        ("joined:3月15", ["M1"]),
        ("joined:--03-15", ["M1"]),
        ("joined:--03-16", []),
        ("joined:3月,12月", ["M1", "M3"]),
        ("joined:2月29日", []),
        ("-joined:6月 joined:*", ["M1", "M3"]),
        # numbers
        ("amount:1200", ["M1"]),
        ("amount=80.5", ["M1"]),
        ("amount>1199.99", ["M1"]),
        ("amount>1200", []),
        ("amount<100", ["M1"]),
        ("amount:81..1199", []),
        ("amount!=1200", []),
        ("year:2025", ["M1"]),
        # a value that some of the fields cannot have
        ("dues:80.5", ["M1"]),
        ("contact:x", []),
        ("%", []),
        (".", ["M1"]),
        ("[", []),
    ],
)
def test_a_query_finds_whom_it_should(query: str, codes: list[str]) -> None:
    assert found(query) == codes


GAPS = (
    entry("M1", name="王　小明"),
    entry("M2", name="王小明", contact__address="上海 浦东"),
    entry("M3", name="阿依古丽·买买提"),
    entry("M4", name="阿依古丽买买提"),
    entry("M5", name="Anna Maria"),
)


@pytest.mark.parametrize(
    ("query", "codes"),
    [
        ("王小明", ["M1", "M2"]),
        ("王 小明", ["M1", "M2"]),
        ('"王 小明"', ["M1", "M2"]),
        ('"王　小　明"', ["M1", "M2"]),
        ('name:"王 小明"', ["M1", "M2"]),
        ("name:王小明", ["M1", "M2"]),
        ("王·小明", ["M1", "M2"]),
        ("王小*", ["M1", "M2"]),
        ("小明*", ["M1"]),
        ("name=王小明", ["M2"]),
        ("阿依古丽买买提", ["M3", "M4"]),
        ("阿依古丽·买买提", ["M3", "M4"]),
        ("阿依古丽•买买提", ["M3", "M4"]),
        ("阿依古丽.买买提", ["M3", "M4"]),
        ("阿依古丽 买买提", ["M3", "M4"]),
        ("买买提", ["M3", "M4"]),
        ("·买买提", ["M3", "M4"]),
        ("丽买", ["M3", "M4"]),
        ("买买提*", ["M3"]),
        ("阿依古丽买*", ["M3", "M4"]),
        ("上海浦东", ["M2"]),
        ('"anna maria"', ["M5"]),
        ("annamaria", []),
    ],
)
def test_a_gap_in_a_chinese_name_makes_no_difference(query: str, codes: list[str]) -> None:
    assert found(query, GAPS) == codes


DIALLED = (
    entry("M1", contact__mobile="+8613812345678"),
    entry("M2", contact__mobile="13812345678"),
    entry("M3", contact__phone="+861065551234"),
    entry("M4", contact__phone="010-65551234"),
    entry("M5", contact__phone="+442079460018"),
    entry("M6", contact__phone="+44 (0)20 7946 0018"),
    entry("M7", contact__mobile="130 0861 2345", joined="2025-03-15"),
)


@pytest.mark.parametrize(
    ("query", "codes"),
    [
        ("13812345678", ["M1", "M2"]),
        ("138-1234-5678", ["M1", "M2"]),
        ("138 1234 5678", ["M1", "M2"]),
        ("8613812345678", ["M1", "M2"]),
        ("+8613812345678", ["M1", "M2"]),
        ("+86 138 1234 5678", ["M1", "M2"]),
        ("0086 138 1234 5678", ["M1", "M2"]),
        ('"0086 138 1234 5678"', ["M1", "M2"]),
        ("(+86)138-1234-5678", ["M1", "M2"]),
        ("(+86) 138 1234 5678", ["M1", "M2"]),
        ('手机:"(+86)13812345678"', ["M1", "M2"]),
        ("013812345678", ["M1", "M2"]),
        ("+86 138", ["M1", "M2"]),
        ("+4413812345678", ["M2"]),
        ("010-65551234", ["M3", "M4"]),
        ("010 65551234", ["M3", "M4"]),
        ("(010)65551234", ["M3", "M4"]),
        ("65551234", ["M3", "M4"]),
        ("+86 10 6555 1234", ["M3", "M4"]),
        ("+86-010-65551234", ["M3", "M4"]),
        ("001065551234", []),
        ("02079460018", ["M5", "M6"]),
        ("020 7946 0018", ["M5", "M6"]),
        ("+44 20 7946 0018", ["M5", "M6"]),
        ("00442079460018", ["M5", "M6"]),
        ("+33 2079460018", []),
        ("13008612345", ["M7"]),
        # four digits are looked for as they are
        ("0138", []),
        ("+86", ["M1", "M3"]),
        ("0065", []),
        ("0086 5678", []),
        ("-(0086 138 1234 5678) joined:*", ["M7"]),
    ],
)
def test_a_telephone_number_is_found_however_it_is_dialled(query: str, codes: list[str]) -> None:
    assert found(query, DIALLED) == codes


def test_whose_number_ends_in_four_digits_stands_before_whom_they_are_amid() -> None:
    members = [
        entry("M1", contact__mobile="13870021111"),
        entry("M2", contact__address="7002 Lane"),
        entry("M3", contact__mobile="+86 138 0000 7002"),
        entry("M4", identity__number="110101199001017002"),
        entry("M5", contact__phone="7002"),
        entry("M-7002"),
        entry("M7", joined="2025-03-15", dues___a1__year=17002),
    ]

    assert found("7002", members) == ["M5", "M-7002", "M3", "M4", "M1", "M2", "M7"]
    assert found("002", members) == ["M-7002", "M1", "M2", "M3", "M4", "M5", "M7"]


@pytest.mark.parametrize(
    ("query", "message", "place"),
    [
        ("x nickname:y", "no record has a field nickname", 3),
        ("joined:soon", "soon is no date", 1),
        ("joined:2025-13", "2025-13 is no date", 1),
        ("joined:2025-02..x", "x is no date", 1),
        ("joined:2024-02-30", "2024-02-30 is no date", 1),
        ("joined:2023-02-29", "2023-02-29 is no date", 1),
        ("joined:2月30日", "2月30日 is no date", 1),
        ("joined:--13", "--13 is no date", 1),
        ("joined:--0", "--0 is no date", 1),
        ("joined=3月", "3月 is no date", 1),
        ("joined>=--03", "--03 is no date", 1),
        ("joined:3月..4月", "3月 is no date", 1),
        ("joined:2025-03..2025-02-28", "2025-03..2025-02-28 ends before it begins", 1),
        ("joined:2025..2024-12-31", "2025..2024-12-31 ends before it begins", 1),
        ("amount:10..9", "10..9 ends before it begins", 1),
        ("name:b..A", "b..A ends before it begins", 1),
        ("amount>x", "x is no number", 1),
        ("amount:1e5", "1e5 is no number", 1),
        ("-(status:actve)", "status is never actve", 3),
    ],
)
def test_what_no_member_could_answer_is_refused(query: str, message: str, place: int) -> None:
    with pytest.raises(QuerySyntaxError) as told:
        found(query)

    assert told.value.message == message
    assert told.value.place == place
    assert told.value.hint


@pytest.mark.parametrize(
    ("query", "member", "rank"),
    [
        ("小明公司", FIRM, Rank.NAME),
        ("王", WANG, Rank.NAME_BEGINS),
        ("M1", WANG, Rank.NUMBER),
        ("138 0013", WANG, Rank.PART + Rank.PART),
        ('"138 0013 8000"', WANG, Rank.NUMBER),
        ("小明", WANG, Rank.PART),
        ("王·小明", WANG, Rank.NAME),
        ("王·小", WANG, Rank.NAME_BEGINS),
        ("7002", SHAN, Rank.NUMBER_ENDS),
        ("002", SHAN, Rank.PART),
        ("13700137002", SHAN, Rank.NUMBER),
        ("0086-13700137002", SHAN, Rank.NUMBER),
        ("+86137", SHAN, Rank.PART),
        ("wxm", WANG, Rank.PINYIN_NAME),
        ("wang", WANG, Rank.PINYIN),
        ("muler", MULLER, Rank.SLIP),
        ("muler OR M4", MULLER, Rank.NUMBER),
        ("status:active category:A", WANG, 0),
        ("-小明", SHAN, 0),
    ],
)
def test_better_answers_stand_first(query: str, member: Entry, rank: int) -> None:
    match = Matcher(parse_query(query), kinds=KINDS).match(member)

    assert match is not None
    assert match.key == (rank, member.code)


@pytest.mark.parametrize(
    ("query", "member", "shown"),
    [
        ("小明", WANG, {"name": ["小明"]}),
        ("xm", WANG, {"name": ["小明"]}),
        ("0013 wxm category:A", WANG, {"contact.mobile": ["0013"], "name": ["王小明"]}),
        ("137-0013-7002", SHAN, {"contact.mobile": ["137 0013 7002"]}),
        ("0086 137 0013 7002", SHAN, {"contact.mobile": ["137 0013 7002"]}),
        ("王·小", WANG, {"name": ["王小"]}),
        ("王小明", GAPS[0], {"name": ["王　小明"]}),
        ("小明", GAPS[0], {"name": ["小明"]}),
        ("丽买", GAPS[2], {"name": ["丽·买"]}),
        ("5432-1000", FIRM, {"contact.phone": ["5432 1000"]}),
        ("oconnor", SIOBHAN, {"name": ["O'Connor"]}),
        ("siobahn", SIOBHAN, {"name": ["Siobhán"]}),
        ("mull*", MULLER, {"name": ["Müll"]}),
        ("j* muller", MULLER, {"name": ["J", "Müller"]}),
        ("jörg ör", MULLER, {"name": ["Jörg"]}),
        ("name:王*", WANG, {"name": ["王"]}),
        ("status:active joined:2025", WANG, {}),
        ("-单 小明", WANG, {"name": ["小明"]}),
    ],
)
def test_the_answer_tells_which_characters_matched(
    query: str, member: Entry, shown: dict[str, list[str]]
) -> None:
    matcher = Matcher(parse_query(query), kinds=KINDS)
    match = matcher.match(member)
    assert match is not None
    values = dict(member.leaves)

    spans = matcher.spans(member, match)

    assert {
        path_text(path): [str(values[path])[start:end] for start, end in own]
        for path, own in spans.items()
    } == shown


@pytest.mark.parametrize(
    ("query", "answers"),
    [
        ("name:*", True),
        ("-name:*", False),
        ("name!=王", True),
        ("name:王", False),
        ("-name:王", True),
        ("dues:*", True),
        ("dues.amount:*", True),
        ("dues.year:*", False),
        ("sex!=male", False),
    ],
)
def test_a_value_that_was_not_opened_is_there_and_answers_nothing_else(
    query: str, answers: bool
) -> None:
    closed = ((("name",), "internal"), (("dues", "[a1b2]", "amount"), "internal"))
    member = Entry(code="M9", uid="u", kind="individual", leaves=(), closed=closed)

    match = Matcher(parse_query(query), kinds=KINDS).match(member)

    assert (match is not None) is answers


def test_the_fields_whose_values_were_asked_for_and_not_seen_are_named() -> None:
    matcher = Matcher(parse_query("-姓名:王 name:* dues.amount>5 sex:male 李"), kinds=KINDS)

    assert matcher.unseen([("name",), ("contact", "mobile")], kind="individual") == ("姓名",)
    assert matcher.unseen([("dues", "[a1]", "amount")], kind="individual") == ("dues.amount",)
    assert matcher.unseen([("contact", "mobile")], kind="individual") == ()
    assert matcher.asks_sealed_values
    assert not Matcher(parse_query("name:* status:left"), kinds=KINDS).asks_sealed_values


def test_a_word_that_must_be_lacking_may_stand_in_what_stays_closed() -> None:
    closed = [("contact", "mobile")]

    for query, unseen in {
        "李": (),
        "-李": ("a field that -李 looks into",),
        '-(status:left OR "a b")': ("a field that -a b looks into",),
        "-status:left": (),
    }.items():
        assert Matcher(parse_query(query), kinds=KINDS).unseen(closed, kind="individual") == unseen


@pytest.mark.parametrize("query", ["会费>=2000", "会费:2000..", "dues<2025", "-dues<=3"])
def test_unlike_fields_are_not_compared_together(query: str) -> None:
    with pytest.raises(QuerySyntaxError, match="several fields") as caught:
        Matcher(parse_query(query), kinds=KINDS)

    names = "dues.year, dues.amount, dues.paid_on" if "dues" in query else "会费.年度, 会费.金额"
    assert names in caught.value.hint


def test_the_id_of_an_item_belongs_to_no_group() -> None:
    with pytest.raises(QuerySyntaxError, match="a1b2 is no number"):
        found("dues:a1b2")
    assert found("dues.id:a1b2", [entry("M5", dues___a1b2__id="a1b2")]) == ["M5"]
    assert found("会费.金额>=1000") == ["M1"]


def test_only_what_the_query_looks_into_need_be_opened() -> None:
    fields = {field.path: field for field in SCHEMAS["individual"].fields}
    matcher = Matcher(parse_query("手机:138 -status:left"), kinds=KINDS)

    assert matcher.wants(fields["contact", "mobile"], kind="individual")
    assert matcher.wants(fields[("status",)], kind="individual")
    assert not matcher.wants(fields[("name",)], kind="individual")
    everywhere = Matcher(parse_query("x"), kinds=KINDS)
    assert everywhere.wants(fields[("name",)], kind="individual")
    assert not everywhere.wants(fields[("key",)], kind="individual")


def test_a_matcher_tells_into_which_fields_each_part_looks() -> None:
    query = parse_query("手机:138 x")
    matcher = Matcher(query, kinds=KINDS)
    mobile, text = query.leaves

    assert [field.path for field in matcher.fields(mobile, kind="individual")] == [
        ("contact", "mobile")
    ]
    assert len(matcher.fields(text, kind="individual")) > 50


@given(st.text("abc", max_size=5), st.text("abc", max_size=5))
def test_one_slip_is_what_one_edit_makes(one: str, other: str) -> None:
    edits = {one}
    for place in range(len(one) + 1):
        head, tail = one[:place], one[place:]
        edits |= {head + letter + tail for letter in "abc"} | {head + tail[1:]}
        edits |= {head + letter + tail[1:] for letter in "abc" if tail}
        if len(tail) > 1:
            edits.add(head + tail[1] + tail[0] + tail[2:])

    assert within_one_slip(one, other) == (other in edits)


# A second reading of what the language means, slow and plain, to hold the first against.

ORDER = {"<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge}
DAYS = st.dates(date(2023, 11, 1), date(2025, 2, 28)).map(str)
PERIODS = st.one_of(DAYS, DAYS.map(lambda day: day[:7]), DAYS.map(lambda day: day[:4]))
OF_ANY_YEAR = DAYS.map(lambda day: f"-{day[4:]}") | DAYS.map(lambda day: f"-{day[4:7]}")
SUMS = st.sampled_from(["0", "1", "1.0", "1.50", "2", "10", "-1"])
CODES = st.sampled_from(["A", "B", "B1"])
WORDS = st.text("王小明", min_size=1, max_size=2)
MEMBERS = st.fixed_dictionaries(
    {},
    optional={
        "name": WORDS,
        "joined": DAYS,
        "categories__value": CODES,
        "dues___a1b2__amount": SUMS,
        "dues___c3d4__amount": SUMS,
        "contact__address": WORDS,
    },
).map(lambda values: entry("M1", **values))


def conditions(field: str, values: st.SearchStrategy[str]) -> st.SearchStrategy[Condition]:
    several = st.lists(values, min_size=1, max_size=2).map(tuple)
    one = values.map(lambda value: (value,))
    return st.one_of(
        st.builds(
            Condition,
            field=st.just(field),
            operator=st.sampled_from([":", "=", "!="]),
            values=several,
        ),
        st.builds(Condition, field=st.just(field), operator=st.sampled_from([*ORDER]), values=one),
        st.builds(
            Condition, field=st.just(field), operator=st.just(".."), values=one, upper=values
        ),
        st.builds(Condition, field=st.just(field), operator=st.just("begins"), values=one),
        st.builds(Condition, field=st.just(field), operator=st.just("present")),
    )


LEAVES = st.one_of(
    st.builds(Text, value=WORDS, form=st.sampled_from(["word", "prefix", "phrase"])),
    conditions("name", WORDS),
    conditions("address", WORDS),
    conditions("joined", PERIODS),
    st.builds(
        Condition,
        field=st.just("joined"),
        operator=st.just(":"),
        values=st.lists(OF_ANY_YEAR | PERIODS, min_size=1, max_size=2).map(tuple),
    ),
    conditions("category", CODES),
    conditions("amount", SUMS),
)


@settings(deadline=None)  # the first name waits for the dictionary
@given(MEMBERS, trees(LEAVES))
def test_the_matcher_means_what_a_plain_reading_means(member: Entry, root: Node) -> None:
    try:
        matcher = Matcher(Query(root=root), kinds=KINDS)
    except QuerySyntaxError:
        return  # a range ends before it begins

    assert (matcher.match(member) is not None) == plainly(root, member)


@given(PERIODS, PERIODS)
def test_a_range_is_refused_where_no_day_lies_in_it(lower: str, upper: str) -> None:
    refused = False
    try:
        Matcher(parse_query(f"joined:{lower}..{upper}"), kinds=KINDS)
    except QuerySyntaxError:
        refused = True

    assert refused == (last(upper) < first(lower))


def plainly(node: Node, member: Entry) -> bool:
    if isinstance(node, And):
        return all(plainly(part, member) for part in node.parts)
    if isinstance(node, Or):
        return any(plainly(part, member) for part in node.parts)
    if isinstance(node, Not):
        return not plainly(node.part, member)
    if isinstance(node, Text):
        values = [str(value) for path, value in member.leaves if path != ("kind",)]
        if node.form == "prefix":
            return any(value.startswith(node.value) for value in values)
        return any(node.value in value for value in values)
    ends = {"category": ("categories", "value")}.get(node.field, (node.field,))
    values = [str(value) for path, value in member.leaves if path[-len(ends) :] == ends]
    if node.operator == "present":
        return bool(values)
    if node.operator == "!=":
        return bool(values) and not any(value_is(node, one) for one in values)
    return any(meets(node, one) for one in values)


def meets(node: Condition, value: str) -> bool:
    if node.operator == "begins":
        return value.lower().startswith(node.values[0].lower())
    if node.operator == "=":
        return value_is(node, value)
    if node.operator == ":" and node.field in ("name", "address"):
        return any(wanted in value for wanted in node.values)
    if node.operator == ":" and node.field == "joined":
        return any(
            value[4:].startswith(one[1:])
            if one.startswith("--")
            else first(one) <= date.fromisoformat(value) <= last(one)
            for one in node.values
        )
    if node.operator == ":":
        return value_is(node, value)
    if node.operator == "..":
        return in_order(node, value, ">=", node.values[0]) and in_order(
            node, value, "<=", node.upper
        )
    return in_order(node, value, node.operator, node.values[0])


def value_is(node: Condition, value: str) -> bool:
    if node.field == "amount":
        return any(Fraction(value) == Fraction(wanted) for wanted in node.values)
    return value in node.values


def in_order(node: Condition, value: str, sign: str, wanted: str) -> bool:
    if node.field == "amount":
        return bool(ORDER[sign](Fraction(value), Fraction(wanted)))
    if node.field == "joined":
        edge = first(wanted) if sign in ("<", ">=") else last(wanted)
        return bool(ORDER[sign](date.fromisoformat(value), edge))
    return bool(ORDER[sign](value.lower(), wanted.lower()))


def first(period: str) -> date:
    year, month, day = (*map(int, period.split("-")), 1, 1)[:3]
    return date(year, month, day)


def last(period: str) -> date:
    numbers = [*map(int, period.split("-"))]
    year, month = numbers[0], (*numbers, 12)[1]
    day = numbers[2] if len(numbers) == 3 else calendar.monthrange(year, month)[1]
    return date(year, month, day)
