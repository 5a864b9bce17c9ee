"""What the strict reader takes, what it refuses, and where it says that it stands."""

from __future__ import annotations

import pytest
import yaml

from memberarc.errors import InvalidRecordError
from memberarc.formats.canonical_yaml import MAX_DEPTH
from memberarc.formats.strict_yaml import parse_strict
from memberarc.formats.yaml_file import load_yaml
from memberarc.formats.yaml_flaws import YAML_RULES


def rules(content: str | bytes, **options: object) -> list[str]:
    """List the rules a file breaks, each with its place."""
    raw = content.encode() if isinstance(content, str) else content
    parsed = parse_strict(raw, path="m.yaml", **options)
    return [f"{problem.line}:{problem.column} {problem.rule}" for problem in parsed.problems]


FLAWS = {
    "size": (b"a: " + b"x" * 1024 * 1024, "0:0"),
    "encoding": (b"a: 1\nb: \xe4\xb8\n", "2:4"),
    "bom": ("\ufeffa: 1\n", "1:1"),
    "control": ("a: x\nb: 王\u2028\n", "2:5"),
    "tab": ("a:\n\tb: 1\n", "2:1"),
    "syntax": ("a: b: c\n", "1:5"),
    "empty": ("# yaml-language-server: $schema=x\n", "1:1"),
    "root": ("- a\n", "1:1"),
    "documents": ("a: 1\n---\nb: 2\n", "2:1"),
    "directive": ("%YAML 1.1\n---\na: b\n", "1:1"),
    "comment": ("a: 1 # note\n", "1:6"),
    "anchor": ("a: &x b\n", "1:4"),
    "alias": ("a: x\nb: *x\n", "2:4"),
    "tag": ("a: !!str b\n", "1:4"),
    "depth": (
        "".join(f"{'  ' * level}a:\n" for level in range(MAX_DEPTH)) + " " * 64 + "a: 1\n",
        "",
    ),
    "nested-list": ("a:\n  - - b\n", "2:5"),
    "key": ("a:\n  On: x\n", "2:3"),
    "unquoted-key": ("1: x\n", "1:1"),
    "complex-key": ("? [a]\n: b\n", "1:3"),
    "merge-key": ("a: x\n<<: {b: x}\n", "2:1"),
    "duplicate-key": ("a: x\nb: x\na: z\n", "3:1"),
    "null": ("a: x\nb:\nc: x\n", "2:3"),
    "unquoted": ("a: x\nb: NO\n", "2:4"),
}


@pytest.mark.parametrize("rule", YAML_RULES)
def test_each_rule_is_told_with_its_place_and_a_hint(rule: str) -> None:
    content, place = FLAWS[rule]
    raw = content.encode() if isinstance(content, str) else content
    parsed = parse_strict(raw, path="m.yaml", free_keys=rule == "unquoted-key")

    assert [problem.rule for problem in parsed.problems] == [rule]
    problem = parsed.problems[0]
    assert f"{problem.line}:{problem.column}" == (place or "33:65")
    assert problem.hint
    assert not problem.message.endswith(".")


@pytest.mark.parametrize(
    "text",
    [
        *("yes", "No", "ON", "off", "y", "N", "True", "FALSE", "nUlL", "nan", "Inf"),
        *("1.5", "1.", ".5", "1e3", "1E-3", "-.inf", ".NaN", "0o14", "0x1F", "0b101", "012", "0_1"),
        *("+5", "-0", "1_000", "1234567890123456", "12:30:45", "1:30", "190:20:30.15"),
        *("2026-01-01", "2026-1-1", "2001-12-14t21:59:43.10-05:00", "2001-12-14 21:59:43", "="),
    ],
)
def test_a_value_that_readers_disagree_about_must_be_quoted(text: str) -> None:
    parsed = parse_strict(f"number: {text}\n".encode(), path="m.yaml")

    assert [(problem.rule, problem.hint) for problem in parsed.problems] == [
        ("unquoted", "quote this value")
    ]
    assert parse_strict(f"number: '{text}'\n".encode(), path="m.yaml").value == {"number": text}


@pytest.mark.parametrize("text", ["~", "null", "NULL", ""])
def test_a_null_is_told_to_leave_the_key_out(text: str) -> None:
    (problem,) = parse_strict(f"a: {text}\n".encode(), path="m.yaml").problems

    assert (problem.rule, problem.hint) == ("null", "leave the key out")


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("true", True),
        ("false", False),
        ("0", 0),
        ("-12", -12),
        ("138-1234-5678", "138-1234-5678"),
        ("2026年", "2026年"),
        ("12 Main St", "12 Main St"),
        ("a#b", "a#b"),
        ("王 小明", "王 小明"),
        ("'it''s'", "it's"),
        (r'"a\tb\x41"', "a\tbA"),
        ("|\n  two\n  lines", "two\nlines\n"),
        (">-\n  one\n  line", "one line"),
        ("{b: x}", {"b": "x"}),
        ("[x, 1]", ["x", 1]),
    ],
)
def test_other_styles_of_writing_are_read(text: str, value: object) -> None:
    parsed = parse_strict(f"a: {text}\n".encode(), path="m.yaml")

    assert parsed.problems == ()
    assert parsed.value == {"a": value}


def test_windows_line_ends_are_read() -> None:
    assert load_yaml(b"a: x\r\nb: z\r\n", path="m.yaml") == {"a": "x", "b": "z"}


def test_a_duplicate_key_is_told_with_both_lines() -> None:
    (problem,) = parse_strict(b"a:\n  b: x\n  c: z\n  b: x\n", path="m.yaml").problems

    assert problem.message == "the key 'b' stands twice, on lines 2 and 4"
    assert problem.pointer == "a.b"


@pytest.mark.parametrize("compiled", [True, False])
@pytest.mark.parametrize("escape", [r"\ud83d\ude00", r"\ud800", r"\UFFFFFFFF"])
def test_an_escape_of_no_character_is_no_yaml(
    escape: str, compiled: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not compiled:
        monkeypatch.delattr(yaml, "CSafeLoader")
    (problem,) = parse_strict(f'a: "{escape}"\n'.encode(), path="m.yaml").problems

    assert problem.rule == "syntax"


def test_all_flaws_are_told_in_the_order_of_the_file() -> None:
    content = "a: NO # x\nb: ~\nb: 1\nc: 1e3\n"

    assert rules(content) == [
        "1:4 unquoted",
        "1:7 comment",
        "2:4 null",
        "3:1 duplicate-key",
        "4:4 unquoted",
    ]


@pytest.mark.parametrize(
    "content",
    [
        "a: Zhang secret: x\n",
        "a: 'Zhang secret\n",
        "a: {b: Zhang secret\n",
        "a: *Zhang-secret\n",
        "a: &Zhang-secret &secret x\n",
        "a: !Zhang!secret x\n",
        "a: !<Zhang-secret x\n",
        'a: "\\q Zhang secret"\n',
        "a: %Zhang secret\n",
        "a: |9Zhang secret\n",
        "%YAML Zhang\n---\na: b\n",
        "a: 12:30 # Zhang secret\n",
        "a: NO\n",
    ],
)
@pytest.mark.parametrize("compiled", [True, False])
def test_no_message_repeats_a_value(
    content: str, compiled: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not compiled:
        monkeypatch.delattr(yaml, "CSafeLoader")
    problems = parse_strict(content.encode(), path="m.yaml").problems

    assert problems
    for problem in problems:
        told = problem.message + problem.hint + problem.pointer
        assert not any(word in told for word in ("Zhang", "secret", "12:30", "NO"))


MARKED = """\
# yaml-language-server: $schema=x
name: "# no comment"
honours:
  - id: h7w2
    date: '2026-01-01'
  - title: |  # a comment
      text # no comment
    id: k2m4
contact: {mobile: "1", 王: x}  # another
note: >
  folded
  # no comment

# the last
"""


@pytest.mark.parametrize("compiled", [True, False])
def test_both_parsers_of_pyyaml_give_the_same_places(
    compiled: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not compiled:
        monkeypatch.delattr(yaml, "CSafeLoader")
    parsed = parse_strict(MARKED.encode(), path="m.yaml", free_keys=True)
    positions = parsed.positions

    assert positions.of(("name",)) == (2, 7)
    assert positions.of(("honours", "[h7w2]", "date")) == (5, 11)
    assert positions.of(("honours", "[0]", "date")) == (5, 11)
    assert positions.key_of(("honours", "[k2m4]", "title")) == (6, 5)
    assert positions.of(("contact", "王")) == (9, 27)
    assert positions.of(("contact", "email")) == positions.of(("contact",)) == (9, 10)
    assert positions.of(("nothing",)) == positions.of(()) == (2, 1)
    assert [(flaw.rule, flaw.line, flaw.column) for flaw in parsed.problems] == [
        ("comment", 6, 15),
        ("comment", 9, 31),
        ("comment", 14, 1),
    ]


def test_comments_may_be_kept_by_a_caller_that_leaves_the_file_as_it_is() -> None:
    assert rules("# mine\na: 1 # note\n", comments="keep") == []
    assert rules("# mine\na: 1\n") == ["1:1 comment"]
    assert rules("# $schema: x\na: 1\n") == []
    assert rules("\n# $schema: x\na: 1\n") == ["2:1 comment"]


def test_free_keys_may_be_any_text_that_is_not_read_as_something_else() -> None:
    content = '姓名: name\n"on": branch\n手机 号: mobile\n"2026": year\n'
    parsed = parse_strict(content.encode(), path="map.yaml", free_keys=True)

    assert parsed.problems == ()
    assert list(parsed.value) == ["姓名", "on", "手机 号", "2026"]
    assert rules("on: x\n2026: z\n~: a\n", free_keys=True) == [
        "1:1 unquoted-key",
        "2:1 unquoted-key",
        "3:1 unquoted-key",
    ]


def test_a_file_that_cannot_be_read_raises_with_its_problems() -> None:
    with pytest.raises(InvalidRecordError) as caught:
        load_yaml(b"a: 1\nb: NO\n", path="members/x.yaml")

    assert [problem.rule for problem in caught.value.problems] == ["unquoted"]
    assert caught.value.where == "members/x.yaml:2:4"
    assert caught.value.hint == "quote this value"


def test_a_canonical_file_over_the_limit_is_refused_too() -> None:
    with pytest.raises(InvalidRecordError, match="larger than 4 bytes"):
        load_yaml(b"a: 12\n", path="m.yaml", limit_bytes=4)
