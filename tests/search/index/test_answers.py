"""An index finds whom a look at every record finds: nobody is missing, and no value is altered."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import replace

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from memberarc.errors import QuerySyntaxError
from memberarc.formats.canonical_yaml import Scalar
from memberarc.formats.field_path import FieldPath, schema_path
from memberarc.search.entry import Entry
from memberarc.search.index.answers import Answers
from memberarc.search.index.store import Store
from memberarc.search.match import Match, Matcher
from memberarc.search.query import And, Condition, Or, Query, Text, parse_query
from memberarc.search.words import Span
from search.index.made import LAYOUT, SCHEMAS, indexed, member, members, queries, store_of

Values = dict[FieldPath, list[tuple[FieldPath, Scalar, type]]]
Shown = tuple[Match, dict[FieldPath, tuple[Span, ...]], Values]


def shown(entry: Entry, matcher: Matcher) -> Shown | None:
    """Tell all that a search tells of a member that answers; values by field, in their order."""
    match = matcher.match(entry)
    if match is None:
        return None
    values: Values = defaultdict(list)
    for path, value in entry.leaves:
        field = SCHEMAS[entry.kind].field(path)
        if field is not None and matcher.wants(field, kind=entry.kind):
            values[schema_path(path)].append((path, value, type(value)))
    paths = tuple(sorted(match.paths))
    return Match(key=match.key, paths=paths), matcher.spans(entry, match), values


def unseen(entry: Entry, matcher: Matcher) -> tuple[str, ...]:
    """Name the fields that a query asks for and that stay closed of a member."""
    return matcher.unseen([path for path, _ in entry.closed], kind=entry.kind)


def check(found: list[Entry], query: Query, *, store: Store) -> None:
    """Compare what an index answers with what the matcher answers over all members."""
    matcher = Matcher(query, kinds=LAYOUT.kinds)
    answers = Answers(store, query, matcher=matcher)
    candidates = [*answers.entries(wanted=lambda field, kind: matcher.wants(field, kind=kind))]

    expected = {one.code: told for one in found if (told := shown(one, matcher))}
    answered = {one.code: told for one in candidates if (told := shown(one, matcher))}
    assert answered == expected
    assert [one.code for one in candidates] == sorted({one.code for one in candidates})
    assert answers.count() == len(candidates)
    sealed = [name for one in found for name in unseen(one, matcher)]
    assert not matcher.asks_sealed_values or answers.closed_counts() == Counter(sealed)
    assert not answers.exact or len(candidates) == len(expected)


@given(st.data())
@settings(max_examples=200, deadline=None, phases=(Phase.explicit, Phase.generate))
def test_an_index_finds_whom_a_look_at_every_record_finds(data: st.DataObject) -> None:
    found = data.draw(members())
    store = store_of(found)
    for _ in range(5):
        try:
            check(found, data.draw(queries(found)), store=store)
        except QuerySyntaxError:
            continue  # no field has such values, which the matcher says before anybody is asked


@pytest.mark.parametrize(
    ("query", "codes"),
    [
        ("'", "M1 M2"),  # folded, nothing is left of it, and everybody has that
        ('"、"', "M2"),
        ("〇", "M2"),
        ('"\u2e80"', "M2"),
        ("lyumeng", "M1"),
        ("nyueng", ""),
        ("zhagnsan", ""),
        ("works:true", "M2"),
        ("honorary:false", "M1"),
        ("-honorary:false", "M2"),
        ("fee>=1000", "M1"),
        ("fee<3", "M2"),
        ("name<'", ""),
        ("name:..'", "M1 M2"),
    ],
)
def test_what_is_odd_is_found_too(query: str, codes: str) -> None:
    found = [
        member("M1", name="吕蒙", fee="1'000.00", honorary=False),
        member("M2", name="张、〇\u2e80", phones___a1__works=True, fee="２.50"),
    ]
    store = store_of(found)

    check(found, parse_query(query), store=store)

    matcher = Matcher(parse_query(query), kinds=LAYOUT.kinds)
    answers = Answers(store, parse_query(query), matcher=matcher)
    entries = answers.entries(wanted=lambda field, kind: matcher.wants(field, kind=kind))
    assert " ".join(one.code for one in entries if matcher.match(one)) == codes


@pytest.mark.parametrize(
    ("query", "codes"),
    [
        ("02164081234", "M1 M2"),
        ("021 6408 1234", "M1 M2"),
        ("+86-021-64081234", "M1 M2"),
        ("0086 21 64081234", "M1 M2"),
        ("64081234", "M1 M2"),
        ("+4402164081234", "M1"),
        ("王小明", "M1 M2"),
        ('"王　小 明"', "M1 M2"),
        ("王小*", "M1 M2"),
        ("小明*", "M1"),
        ("海浦", "M1 M2"),
    ],
)
def test_gaps_in_names_and_what_is_dialled_first_hide_nobody(query: str, codes: str) -> None:
    found = [
        member(
            "M1",
            name="王 小明",
            contact__post__street="上海浦东",
            contact__mobile="(021) 6408 1234",
        ),
        member(
            "M2", name="王小明", contact__post__street="上海·浦东", contact__mobile="+862164081234"
        ),
    ]
    store = store_of(found)

    check(found, parse_query(query), store=store)

    matcher = Matcher(parse_query(query), kinds=LAYOUT.kinds)
    assert " ".join(one.code for one in found if matcher.match(one)) == codes


def test_values_in_lists_keep_their_order_and_their_sort() -> None:
    found = member(
        "M1", phones___z9__works=True, phones___b1__works=False, traits___10="no", traits___9="no"
    )
    answers = Answers(store_of([found]), Query(), matcher=Matcher(Query(), kinds=LAYOUT.kinds))

    (entry,) = answers.entries(wanted=lambda field, kind: "[]" in field.path)

    assert [(path[1], value) for path, value in entry.leaves] == [
        ("[z9]", True), ("[b1]", False), ("[10]", "no"), ("[9]", "no")
    ]  # fmt: skip
    assert isinstance(entry.leaves[0][1], bool)


@pytest.mark.parametrize(
    "query",
    [
        Query(root=Or(parts=tuple(Text(value=f"w{number}") for number in range(4000)))),
        Query(root=Condition(field="name", operator=":", values=("x",) * 1200)),
        Query(root=Condition(field="id", operator=":", values=("M1",) * 3000)),
        Query(root=And(parts=(Condition(field="honours", operator="present"),) * 2000)),
        Query(root=Text(value="z" * 5000)),
        Query(root=Text(value="an" * 29 + "ii")),
        Query(root=Text(value="wangxiaoming")),
        Query(root=Text(value="wangxiaouming")),
        Query(root=Text(value="anan" * 10 + "iiiiiiiiii")),
    ],
    ids=[
        "many words",
        "many values",
        "many codes",
        "many conditions",
        "a long word",
        "many ways",
        "as many ways as are asked in turn",
        "no way",
        "ways that lead nowhere",
    ],
)
def test_a_query_as_long_as_can_be_asks_the_index_for_no_more_than_it_can_do(query: Query) -> None:
    found = [member("M1", name="王小明"), member("M2", name="w7 x")]

    check(found, query, store=store_of(found))


def test_what_is_sealed_for_the_reader_is_there_and_exactly_known_to_be() -> None:
    sealed = ((("name",), "internal"), (("honours", "[b1]", "title"), "internal"))
    found = [member("M1", name="王小明"), replace(member("M2"), closed=sealed), member("M3")]
    store = store_of(found)

    for query, codes in (
        ("name:*", ["M1", "M2"]),
        ("-name:*", ["M3"]),
        ("name!=王小明", ["M2"]),
        ("honours:*", ["M2"]),
        ("honours.date:*", []),
    ):
        check(found, parse_query(query), store=store)
        answers = Answers(
            store, parse_query(query), matcher=Matcher(parse_query(query), kinds=LAYOUT.kinds)
        )
        assert answers.exact
        assert [one.code for one in answers.entries(wanted=lambda _field, _kind: True)] == codes


def test_a_member_taken_out_answers_no_more() -> None:
    store = store_of([member("M1", name="王小明"), member("M2", name="单雄信")])
    record = indexed(member("M1", name="王小明"))

    store.drop([record.path])

    check([member("M2", name="单雄信")], parse_query("王小明 OR name:*"), store=store)
