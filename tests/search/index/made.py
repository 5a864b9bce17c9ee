"""Random members and random questions about them, and indexes made of members without any file."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import replace

from hypothesis import strategies as st

from memberarc.formats.canonical_yaml import MAX_INTEGER, Scalar
from memberarc.formats.field_path import FieldPath, parse_path, schema_path
from memberarc.formats.schema import Field, RecordSchema, load_schema
from memberarc.formats.shipped import compose_schema
from memberarc.search.entry import Entry
from memberarc.search.fields import role_of
from memberarc.search.folding import closed_up, folded
from memberarc.search.index.index_file import create_file
from memberarc.search.index.layout import Layout
from memberarc.search.index.store import IndexedRecord, Store
from memberarc.search.index.terms import TermReader
from memberarc.search.numbers import digits_of
from memberarc.search.pinyin import COMPOUND_SURNAMES, SURNAMES
from memberarc.search.query_tree import And, Condition, Not, Or, Query, Text, both
from strategies import items, member_schema, scalar, texts

# One kind as it is shipped, one with every sort of field there can be, also inside lists.
SCHEMAS: dict[str, RecordSchema] = {
    "individual": load_schema(
        json.dumps(
            member_schema(
                phones=items(
                    "phones",
                    {
                        "number": scalar("number", level="internal"),
                        "works": scalar("works", kind="boolean"),
                        "fee": scalar("fee", pattern=r"^[0-9]+\.[0-9]{2}$"),
                        "kind": scalar("kind", enum=["home", "work"]),
                    },
                ),
                fee=scalar("fee", pattern=r"^[0-9]+\.[0-9]{2}$"),
            )
        ).encode(),
        path="individual",
    ),
    "organisation": load_schema(
        compose_schema("organisation", profile="general"), path="organisation"
    ),
}
LAYOUT = Layout.of(SCHEMAS.values())

_HAN = "王小明单雄信曾国强解区查朴盖乐缪折黑繁洗覃祭宓都能尉葛那哈吕蒙绿女嗯呣儿重庆朝阳行长银藏"
_ODD_HAN = "〇々、。「·㐀𠮷\U0002ebf0\U00031350\u2e80\u9fff가힣ｶﾀ"
_NAMES = [
    *("Siobhán O'Connor", "O’Brien", "Þórður Łukasiewicz", "Nguyễn Thị Ánh", "Ångström", "d'Arc"),
    *(
        "ＯＢＲＩＥＮ",
        "Straße",
        "İstanbul",
        "ﬁona",
        "Jean-Luc",
        "王 O'Neil",
        "Anna Maria\nRossi",
        "㎆",
    ),
    *("Wang Xiaoming", "Lv Meng", "Lyu Meng", "Zhang Wei", "Li", "Ou", "'", "`", "’", "''x"),
    *("王 小明", "王　小　明", "阿依古丽·买买提", "买买提•吐尔逊．A", "·王·", "王 . 小", "王 a 小"),
    *("上海(浦东)有限公司", "北京银行股份有限公司重庆分行", "单于都尉", "长孙无忌", "尉迟恭"),
]
_NUMBERS = [
    *("+8613812345678", "(+86) 138 1234 5678", "+861065551234", "010-65551234", "65551234"),
    *("+442079460018", "+44 (0)20 7946 0018", "02079460018", "+86-010-65551234", "00353 1 2345678"),
    *("13800138000", "+86 138 0013 8000", "138-0013-8000", "(021) 6408 1234", "0086 13700137002"),
    *("１３８００", "1١٣", "11010119900101123X", "12x", "+", "+41 79 123", "8000", "00", "1"),
    *("1200.00", "80.50", "1'000.00", "１２.50", "007", "-5", "+5", "1e3", ".5", "9" * 30),
]
_DATES = [
    "2025-03-15",
    "2025-03",
    "2025",
    "1985-12-31",
    "2025-13-45",
    "２０２５-01-01",
    "2024-02-29",
    "3月",
    "--12-31",
]
_CHOICES = ["active", "left", "A", "B", "一级", "true", "false", "TRUE", "home", "founder", "east"]
_SYLLABLES = [
    *(
        "wang",
        "xiao",
        "ming",
        "w",
        "x",
        "zh",
        "zhang",
        "z",
        "chang",
        "lv",
        "lyu",
        "lu",
        "nv",
        "nyu",
    ),
    *("shan", "dan", "chan", "sh", "xin", "xi", "an", "n", "ng", "m", "hm", "e", "er", "r", "ou"),
    *("zhuang", "shuai", "lve", "lyue", "lue", "dia", "yo", "rua", "o", "i", "u", "v", "q", "g"),
]

NAME_TEXTS = st.one_of(
    st.text(_HAN, min_size=1, max_size=4),
    st.builds(
        str.__add__,
        st.sampled_from([*SURNAMES, *COMPOUND_SURNAMES]),
        st.text(_HAN, min_size=0, max_size=2),
    ),
    st.sampled_from(_NAMES),
    st.text("王小明买提 ·", min_size=3, max_size=6),
    st.text(_HAN + _ODD_HAN + "ab Z'", max_size=5),
)
_PIECES = st.one_of(
    NAME_TEXTS,
    st.sampled_from(_NUMBERS + _DATES + _CHOICES),
    st.lists(st.sampled_from(_SYLLABLES), min_size=1, max_size=5).map("".join),
    st.lists(st.sampled_from(_SYLLABLES), min_size=2, max_size=3).map(" ".join),
    st.text(_HAN + _ODD_HAN + "aB1+-*'\"\n( )ø", min_size=1, max_size=4),
    texts.map(lambda text: text[:200].replace("\0", "")),
).filter(bool)


@st.composite
def _values(draw: st.DrawFn, field: Field) -> Scalar:
    """Values as a record may hold them, most of them fit for their field."""
    if draw(st.integers(0, 19)) == 0:  # nobody without keys can see that it does not fit
        return draw(_PIECES | st.integers(2, 9999))
    if field.kind == "boolean":
        return draw(st.booleans())
    if field.kind == "integer":
        return draw(st.integers(-MAX_INTEGER, MAX_INTEGER) | st.integers(1990, 2030))
    if draw(st.integers(0, 9)) == 0:
        return draw(_PIECES)
    if field.name in ("mobile", "number", "phone"):
        return draw(st.sampled_from(_NUMBERS))
    by_role = {
        "name": NAME_TEXTS,
        "date": st.sampled_from(_DATES) | st.dates().map(str),
        "number": st.sampled_from(_NUMBERS)
        | st.decimals(0, 10**9, places=2).map(lambda one: f"{one:.2f}"),
        "choice": st.sampled_from([str(one) for one in field.enum] or ["x"]),
    }
    return draw(by_role.get(role_of(field), _PIECES))


def member(code: str, *, kind: str = "individual", **values: Scalar) -> Entry:
    """Make a member; a double underscore parts a path, and three stand before an item."""
    leaves: list[tuple[FieldPath, Scalar]] = [(("id",), code), (("kind",), kind)]
    for name, value in values.items():
        text = re.sub("___([a-z0-9]+)", r"[\1]", name).replace("__", ".")
        leaves.append((parse_path(text), value))
    return with_readings(Entry(code=code, uid="u", kind=kind, leaves=tuple(leaves)))


@st.composite
def entries(draw: st.DrawFn, *, number: int) -> Entry:
    """Make a member with values in some of the fields of a kind."""
    kind = draw(st.sampled_from(sorted(SCHEMAS)))
    code = f"M2026-{number:06}"
    leaves: list[tuple[FieldPath, Scalar]] = [(("id",), code), (("kind",), kind)]
    fields = [one for one in SCHEMAS[kind].fields if one.path[0] not in ("id", "uid", "kind")]
    often = [one for one in fields if one.name in ("name", "mobile", "phone")]
    chosen = draw(
        st.lists(st.sampled_from(often) | st.sampled_from(fields), unique=True, max_size=8)
    )
    for field in chosen:
        leaves += [(path, draw(_values(field))) for path in draw(_paths(field.path))]
    uid = f"u{number:015}"
    sealed = draw(st.lists(st.sampled_from(leaves[2:]), unique=True)) if leaves[2:] else []
    return with_readings(
        Entry(
            code=code,
            uid=uid,
            kind=kind,
            leaves=tuple(leaf for leaf in leaves if leaf not in sealed),
            closed=tuple((path, "internal") for path, _ in sealed),
        )
    )


def _paths(path: FieldPath) -> st.SearchStrategy[list[FieldPath]]:
    """Place a field into some items of its list."""
    if "[]" not in path:
        return st.just([path])
    names = st.sampled_from(["[b2b2]", "[a1a1]", "[9]", "[10]", "[0]"])
    return st.lists(
        st.lists(names, min_size=2, max_size=2).map(
            lambda steps: tuple(steps.pop() if step == "[]" else step for step in path)
        ),
        unique=True,
        min_size=1,
        max_size=3,
    )


def with_readings(entry: Entry) -> Entry:
    """Give a member the readings of its names."""
    read = terms_of(entry).readings(_in_schema(entry.leaves))
    return replace(entry, readings=read)


def terms_of(entry: Entry) -> TermReader:
    """Make what takes the terms out of members of this kind."""
    return TermReader(LAYOUT.fields(entry.kind))


def _in_schema(
    leaves: Iterable[tuple[FieldPath, Scalar]],
) -> Iterable[tuple[FieldPath, Scalar]]:
    return ((schema_path(path), value) for path, value in leaves)


def members(*, most: int = 8) -> st.SearchStrategy[list[Entry]]:
    """Make several members, each with a code of its own."""
    return st.integers(1, most).flatmap(
        lambda count: st.tuples(*(entries(number=number) for number in range(1, count + 1))).map(
            list
        )
    )


def store_of(members: Sequence[Entry]) -> Store:
    """Make an index of members, in memory."""
    store = Store.create(create_file(None, key=b""), place=None, layout=LAYOUT)
    with store.transaction():
        store.put(map(indexed, members))
        store.make_keys()
    return store


def indexed(entry: Entry) -> IndexedRecord:
    """Make what an index keeps of a member."""
    values, listed = LAYOUT.values(entry.leaves)
    return IndexedRecord(
        path=f"members/2026/0000/{entry.code}.yaml",
        blob=entry.code.encode(),
        unreadable=False,
        closed=json.dumps(entry.closed) if entry.closed else "",
        values=values,
        listed=listed,
        terms=terms_of(entry).read(_in_schema(entry.leaves)),
    )


@st.composite
def queries(draw: st.DrawFn, members: Sequence[Entry]) -> Query:
    """Ask something that has to do with these members, in any way the language knows."""
    return Query(root=draw(_nodes(members)))


def _nodes(members: Sequence[Entry]) -> st.SearchStrategy[And | Or | Not | Text | Condition]:
    numbers = st.sampled_from(_NUMBERS).map(str.split)
    leaves = st.one_of(
        numbers.map(lambda words: both([Text(value=word) for word in words])),
        st.builds(
            Text, value=_asked(members), form=st.sampled_from(["word", "prefix", "phrase", "word"])
        ),
        _conditions(members),
        _conditions(members),
    )
    return st.recursive(
        leaves,
        lambda parts: st.one_of(
            st.lists(parts, min_size=2, max_size=3).map(lambda one: And(parts=tuple(one))),
            st.lists(parts, min_size=2, max_size=3).map(lambda one: Or(parts=tuple(one))),
            st.builds(Not, part=parts),
        ),
        max_leaves=4,
    )


_DIALLED = st.sampled_from(["", "", "0", "00", "+", "+86", "0086 ", "(+86)", "+44", "86"])


@st.composite
def _asked(draw: st.DrawFn, members: Sequence[Entry], *, path: FieldPath | None = None) -> str:
    """Write a value somebody has, a piece of one, a slip away from one, or something else."""
    if draw(st.integers(0, 3)) == 0:
        return draw(_PIECES)
    found = [
        str(value).lower() if isinstance(value, bool) else str(value)
        for one in members
        for at, value in one.leaves
        if (path is None or schema_path(at) == path) and str(value)
    ]
    if not found:
        return draw(_PIECES)
    value = draw(st.sampled_from(found))
    start = draw(st.integers(0, len(value) - 1))
    end = draw(st.integers(start + 1, len(value)))
    piece = draw(st.sampled_from([value, value[start:end], value[:end]]))
    if (without_gaps := closed_up(folded(value))) != folded(value) and draw(st.booleans()):
        piece = without_gaps[min(start, 1) :]
    change = draw(st.integers(0, 6))
    if change == 0:
        piece = piece.upper()
    elif change == 1:
        at = draw(st.integers(0, len(piece) - 1))
        piece = piece[:at] + draw(st.sampled_from("axz1 ")) + piece[at + 1 :]
    elif change == 2:
        at = draw(st.integers(0, len(piece)))
        piece = piece[:at] + draw(st.sampled_from([" ", "·", "　", "． "])) + piece[at:]
    if (digits := digits_of(value)) and draw(st.booleans()):
        piece = draw(_DIALLED) + digits[draw(st.sampled_from([0, 1, 2, 3, 4])) :] or digits
    return piece


@st.composite
def _conditions(draw: st.DrawFn, members: Sequence[Entry]) -> Condition:
    known = [field for schema in SCHEMAS.values() for field in schema.fields]
    used = [
        field
        for one in members
        for path, _ in one.leaves
        if (field := SCHEMAS[one.kind].field(path)) is not None
    ]
    field = draw(st.sampled_from(used + known[:: len(known) // 7]))
    steps = [step for step in field.path if step != "[]"]
    name = draw(st.sampled_from([".".join(steps), steps[-1], steps[0], field.label_zh]))
    value = _asked(members, path=field.path)
    operator = draw(st.sampled_from([":", ":", "=", "!=", ">=", "<=", ">", "<", "..", "begins"]))
    if draw(st.integers(0, 9)) == 0:
        return Condition(field=name, operator="present")
    if operator == "..":
        lower, upper = draw(value), draw(st.just("") | value)
        return Condition(field=name, operator="..", values=(lower,), upper=upper)
    most = 3 if operator in (":", "=", "!=") else 1
    values = tuple(draw(st.lists(value, min_size=1, max_size=most)))
    return Condition(field=name, operator=operator, values=values)  # type: ignore[arg-type]
