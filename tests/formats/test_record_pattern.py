"""What the expression of a schema takes at once, and what it leaves to the reader."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from memberarc.formats.canonical_yaml import write_yaml
from memberarc.formats.record_pattern import CAPTURED, compile_record_pattern
from memberarc.formats.schema import load_schema
from memberarc.formats.sealed_text import SealedText, format_sealed_text
from strategies import group, items, member_schema, scalar, scalar_list

EPOCHS = {"internal": (1, 12), "confidential": {1}}
MODELINE = "yaml-language-server: $schema=../../../schemas/individual.schema.json"


def sealed(level: str = "internal", *, epoch: int = 1, padded: int = 32, fill: int = 255) -> str:
    return format_sealed_text(
        SealedText(level=level, epoch=epoch, raw=bytes([fill]) * (28 + padded))
    )


RECORD = {
    "format": "member/1",
    "id": "M2026-000123",
    "uid": "k5x2w7n3q4v6t7zb",
    "key": "5f0c9a1be2d47388",
    "kind": "yes",
    "opened": 2026,
    "status": "active",
    "branch": "东区 1",
    "reviewed": "2026-01-31",
    "points": -5,
    "honorary": True,
    "categories": {"value": "一级"},
    "traits": ["founder", "no"],
    "name": sealed(epoch=12),
    "contact": {"post": {"street": sealed("confidential", padded=256)}},
    "honours": [
        {"id": "h7w2", "title": sealed(padded=64), "papers": [{"id": "h7w2", "pages": 0}]},
        {"id": "k2m4"},
    ],
}
FILE = write_yaml(RECORD, modeline=MODELINE)


def pattern(**properties: Any) -> Any:
    content = json.dumps(member_schema(**properties)).encode()
    return compile_record_pattern(load_schema(content, path="s.json"), epochs=EPOCHS)


PATTERN = pattern()


def test_a_canonical_file_is_taken_and_its_open_fields_are_given() -> None:
    match = PATTERN.fullmatch(FILE)

    assert match is not None
    assert {name: match[name] for name in CAPTURED} == {
        "id": b"M2026-000123",
        "uid": b"k5x2w7n3q4v6t7zb",
        "key": b"5f0c9a1be2d47388",
        "kind": b"yes",
        "opened": b"2026",
        "status": b"active",
        "branch": "东区 1".encode(),
    }


@pytest.mark.parametrize("padded", range(32, 257, 32))
@pytest.mark.parametrize("fill", [0, 255])
def test_each_exact_padding_is_taken(padded: int, fill: int) -> None:
    content = write_yaml({**RECORD, "name": sealed(padded=padded, fill=fill)})

    assert PATTERN.fullmatch(content)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"# yaml-language-server: $schema", b"# note: $schema"),
        (b"format: member/1\n", b"format: member/2\n"),
        (b"format: member/1\n", b""),
        (b"opened: 2026\n", b""),
        (b"opened: 2026", b"opened: 3000"),
        (b"opened: 2026", b'opened: "2026"'),
        (b"points: -5", b"points: -0"),
        (b"points: -5", b"points: 1000000000000000"),
        (b"honorary: true", b"honorary: yes"),
        (b'kind: "yes"', b"kind: yes"),
        (b"status: active\n", b"status: gone\n"),
        (b"status: active\n", b"status: active \n"),
        (b"status: active\n", b"status: active\nstatus: active\n"),
        (b'key: "5f0c9a1be2d47388"', b"key: 5f0c9a1be2d47388"),
        (b'key: "5f0c', b'key: "5F0c'),
        (b'"2026-01-31"', b'"2026-02-30"'),
        (b'"2026-01-31"', b'"0000-01-31"'),
        (b"  - founder\n", b"  - other\n"),
        (b"  - founder\n", b"  - founder\n" * 3),
        (b"enc:m1.internal.12:", b"enc:m1.internal.2:"),
        (b"enc:m1.internal.12:", b"enc:m1.confidential.1:"),
        (b"enc:m1.internal.12:", b"Zhang"),
        (b"contact:\n", b"contact:\n\n"),
        (b"contact:\n", b"contact: \n"),
        (b"    street:", b"  street:"),
        (b"  - id: k2m4\n", b"  - id: h7w2\n"),
        (b"  - id: k2m4\n", b'  - id: "h7w2"\n'),
        (b"  - id: k2m4\n", b"  - pages: 1\n"),
        (b"  - id: k2m4\n", b"  - id: k2m4\nextra: 1\n"),
        (b"opened: 2026\nstatus: active\n", b"status: active\nopened: 2026\n"),
        (b"\n", b"\r\n"),
    ],
)
def test_what_breaks_a_rule_is_left_to_the_reader(old: bytes, new: bytes) -> None:
    assert old in FILE
    assert PATTERN.fullmatch(FILE)

    assert PATTERN.fullmatch(FILE.replace(old, new)) is None


@pytest.mark.parametrize("branch", ["enc:x", "a" * 41, "", "a\nb", "\u20b9", "null:"])
def test_a_text_that_is_wrong_or_hard_to_judge_is_left_to_the_reader(branch: str) -> None:
    taken = bool(PATTERN.fullmatch(write_yaml({**RECORD, "branch": branch})))

    assert taken is (branch == "null:")


def test_an_empty_file_is_not_taken_even_if_no_field_is_needed() -> None:
    schema = {"type": "object", "additionalProperties": False, "properties": {"a": scalar("a")}}
    optional = compile_record_pattern(
        load_schema(json.dumps(schema).encode(), path="s.json"), epochs={}
    )

    assert optional.fullmatch(b"a: x\n")
    assert optional.fullmatch(b"") is None
    assert optional.fullmatch(b"# $schema: x\n") is None


@pytest.mark.parametrize(
    ("odd", "value"),
    [
        (scalar("odd", pattern="^(?=a).*$"), "a"),
        (scalar("odd", pattern="a"), "a"),
        (scalar("odd", pattern="^a|b$"), "b"),
        (scalar("odd", pattern="^(a+)+$"), "aa"),
        (scalar("odd", pattern="^[a-z]*[a-z]*[a-z]*[a-z]*[a-z]*$"), "a"),
        (scalar("odd", enum=["a"], maxLength=1), "a"),
        (scalar("odd", minLength=2, maxLength=1), "a"),
        (scalar("odd", maxLength=0), ""),
        (scalar("odd", minLength=10**12), "a"),
        (scalar("odd", kind="integer", multipleOf=2), 2),
        (scalar("odd", kind="integer", minimum=-5), -2),
        (scalar_list("odd", scalar("item"), uniqueItems=True), ["a"]),
        (group("odd", {"a": scalar("a")}, minProperties=1), {"a": "a"}),
        (scalar("odd", level="secret"), sealed("secret")),
    ],
)
def test_a_part_that_cannot_be_said_is_left_to_the_reader_and_the_rest_is_taken(
    odd: Any, value: Any
) -> None:
    with_odd = pattern(odd=odd)

    assert with_odd.fullmatch(FILE)
    assert with_odd.fullmatch(write_yaml({**RECORD, "odd": value})) is None


@settings(deadline=None, max_examples=200)
@given(st.integers(0, 12_000), st.integers(0, 12_000), st.integers(0, 12_000))
def test_a_range_of_numbers_is_taken_exactly(low: int, high: int, number: int) -> None:
    schema = {
        "type": "object",
        "additionalProperties": False,
        "properties": {"age": scalar("age", kind="integer", minimum=low, maximum=high)},
    }
    bounded = compile_record_pattern(
        load_schema(json.dumps(schema).encode(), path="s.json"), epochs={}
    )

    for candidate in (number, low, high, low - 1, high + 1):
        taken = bounded.fullmatch(f"age: {candidate}\n".encode())
        assert bool(taken) is (low <= candidate <= high)


def long_list(count: int, line: str) -> bytes:
    head, _, _ = FILE.partition(b"honours:\n")
    return head + b"honours:\n" + b"".join(line.format(index).encode() for index in range(count))


@pytest.mark.parametrize(
    "content",
    [
        long_list(60_000, "  - id: a{:06d}\n"),
        long_list(60_000, "  - id: aaaa\n"),
        FILE.replace(b"M2026-000123", b"A" * 1_000_000),
        FILE.replace(b"name: enc:m1.internal.12:", b"name: enc:m1.internal.12:" + b"A" * 1_000_000),
        FILE.replace(b"opened: 2026", b"opened: " + b"1" * 1_000_000),
    ],
)
def test_a_hostile_file_of_a_megabyte_is_let_go_soon(content: bytes) -> None:
    begun = time.perf_counter()

    assert PATTERN.fullmatch(content) is None
    assert time.perf_counter() - begun < 5


@pytest.mark.parametrize(
    ("traits", "taken"),
    [
        (["founder"], True),
        (["no", "founder"], True),
        (["founder", "no", "yes it is"], True),
        (["founder", "founder"], False),
        (["no", "founder", "no"], False),
        (["founder", "no", "no"], False),
        (["founder", "yes it is", "yes it is"], False),
    ],
)
def test_a_list_whose_items_must_differ_is_judged_where_they_are_listed(
    traits: list[str], taken: bool
) -> None:
    listed = scalar("trait", enum=["founder", "no", "yes it is"])
    unique = pattern(tags=scalar_list("tags", listed, uniqueItems=True, maxItems=3))

    assert bool(unique.fullmatch(write_yaml({**RECORD, "tags": traits}))) is taken


def test_an_item_list_in_an_item_has_its_own_ids() -> None:
    nested = pattern(awards=items("awards", {"papers": items("papers", {})}))
    award = {"id": "aaaa", "papers": [{"id": "aaaa"}, {"id": "bbbb"}]}
    twice = {"id": "bbbb", "papers": [{"id": "aaaa"}, {"id": "aaaa"}]}

    assert nested.fullmatch(write_yaml({**RECORD, "awards": [award, {**award, "id": "bbbb"}]}))
    assert nested.fullmatch(write_yaml({**RECORD, "awards": [award, twice]})) is None
