"""The writer's exact bytes, and what the canonical reader refuses."""

from __future__ import annotations

import unicodedata

import pytest
import yaml

from memberarc.formats.canonical_yaml import (
    MAX_DEPTH,
    NotCanonicalError,
    read_canonical,
    scalar_text,
    write_yaml,
)

MODELINE = "yaml-language-server: $schema=../../../schemas/individual.schema.json"
RECORD = {
    "format": "member/1",
    "id": "M2026-000123",
    "uid": "k5x2w7n3q4v6t8zb",
    "key": "5f0c9a1be2d47388",
    "opened": 2026,
    "categories": {"value": "B"},
    "name": "enc:m1.internal.1:9mS1",
    "honours": [
        {"id": "h7w2", "title": "王小明"},
        {"id": "null", "papers": [{"id": "k2m4", "pages": -3}]},
    ],
    "traits": ["founder", True, "no"],
}
FILE = """\
# yaml-language-server: $schema=../../../schemas/individual.schema.json
format: member/1
id: M2026-000123
uid: k5x2w7n3q4v6t8zb
key: "5f0c9a1be2d47388"
opened: 2026
categories:
  value: B
name: enc:m1.internal.1:9mS1
honours:
  - id: h7w2
    title: "王小明"
  - id: "null"
    papers:
      - id: k2m4
        pages: -3
traits:
  - founder
  - true
  - "no"
"""


def test_a_record_is_written_as_the_format_page_shows_it() -> None:
    assert write_yaml(RECORD, modeline=MODELINE) == FILE.encode()


def test_what_is_written_is_read_back() -> None:
    assert read_canonical(FILE.encode()) == RECORD


def test_empty_containers_are_left_out() -> None:
    document = {"a": 1, "b": {}, "c": [], "d": {"e": {"f": []}}, "g": [{}, "x"]}

    assert write_yaml(document) == b"a: 1\ng:\n  - x\n"


@pytest.mark.parametrize(
    ("value", "written"),
    [
        ("plain", "plain"),
        ("_a/b:c.d+e=f-g", "_a/b:c.d+e=f-g"),
        ("ends:", '"ends:"'),
        ("Yes", '"Yes"'),
        ("nan", '"nan"'),
        ("2026-01-01", '"2026-01-01"'),
        ("", '""'),
        ('say "a\\b"', r'"say \"a\\b\""'),
        ("a\nb\x1b\x7f", r'"a\u000ab\u001b\u007f"'),
        ("\x85\u2028\u2029\ufeff\u202e\u200d", r'"\u0085\u2028\u2029\ufeff\u202e\u200d"'),
        ("\u0378\ufffe", r'"\u0378\ufffe"'),
        ("東\u3000é\ue000😀", '"東\u3000é\ue000😀"'),
        (-15, "-15"),
        (999_999_999_999_999, "999999999999999"),
        (False, "false"),
    ],
)
def test_each_value_has_one_spelling(value: str | int | bool, written: str) -> None:
    assert scalar_text(value) == written
    assert read_canonical(f"a: {written}\n".encode()) == {"a": value}


def test_the_escapes_are_those_of_unicode_3_2_on_every_python() -> None:
    # The rupee sign was assigned in Unicode 6.0, so newer tables call it printable.
    assert unicodedata.category("\u20b9") == "Sc"

    assert scalar_text("\u20b9") == r'"\u20b9"'


def test_every_character_of_the_basic_plane_is_read_alike_by_pyyaml() -> None:
    text = "".join(chr(code) for code in range(0x10000) if not 0xD800 <= code <= 0xDFFF)
    content = write_yaml({"text": text})

    assert yaml.load(content, yaml.CSafeLoader) == {"text": text}
    assert read_canonical(content) == {"text": text}


@pytest.mark.parametrize(
    "document",
    [
        {"a": None},
        {"a": 1.5},
        {"a": 10**15},
        {"a": "\ud800"},
        {"a": [["b"]]},
        {"A": 1},
        {"on": 1},
        {"a b": 1},
        {"a" * 129: 1},
        {},
        {"a": {}},
    ],
)
def test_what_has_no_canonical_form_is_not_written(document: dict) -> None:
    with pytest.raises(ValueError, match=r"form|key|stand here|surrogate"):
        write_yaml(document)


@pytest.mark.parametrize(
    "modeline", ["note", "yaml-language-server:", "$schema: x\ny", "$schema: "]
)
def test_a_modeline_names_a_schema(modeline: str) -> None:
    with pytest.raises(ValueError, match="modeline"):
        write_yaml({"a": 1}, modeline=modeline)


def nested(depth: int) -> dict:
    document: dict = {"a": 1}
    for _ in range(depth - 1):
        document = {"a": document}
    return document


def test_nesting_ends_at_the_same_depth_for_writer_and_reader() -> None:
    deepest = nested(MAX_DEPTH)
    written = write_yaml(deepest)
    deeper = b"b:\n" + b"".join(b"  " + line + b"\n" for line in written.splitlines())

    assert read_canonical(written) == deepest
    with pytest.raises(ValueError, match="nested"):
        write_yaml({"b": deepest})
    with pytest.raises(NotCanonicalError):
        read_canonical(deeper)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"a: 1",
        b"a: 1\n\n",
        b"a: 1\r\n",
        b"a:  1\n",
        b"a: 1 \n",
        b"a: 1 # note\n",
        b"# note\na: 1\n",
        b"a: 1\n# $schema: x\n",
        b"a:\n",
        b"a: 1\n  b: 2\n",
        b"a:\n    b: 2\n",
        b"a:\n- b\n",
        b"a:\n  - b\n  c: 1\n",
        b"a:\n  b: 1\n  - c\n",
        b"a:\n   b: 1\n",
        b"- a\n",
        b"a: 1\na: 2\n",
        b"a: null\n",
        b"a: ~\n",
        b"a: yes\n",
        b"a: True\n",
        b"on: 1\n",
        b"A: 1\n",
        b'"a": 1\n',
        b"a: 01\n",
        b"a: -0\n",
        b"a: +1\n",
        b"a: 1.5\n",
        b"a: 1e3\n",
        b"a: 1234567890123456\n",
        b"a: 'x'\n",
        b"a: {}\n",
        b"a: &x y\n",
        b"a: x:\n",
        b"a: x y\n",
        b"---\na: 1\n",
        b'a: "x\n',
        b'a: "\t"\n',
        b'a: "\\t"\n',
        b'a: "\\u0041"\n',
        b'a: "\\u202E"\n',
        b'a: "\\x41"\n',
        b'a: "\\ud83d\\ude00"\n',
        b'a: "\\ud800"\n',
        b"a: \xff\n",
        'a: "\u2028"\n'.encode(),
        'a: "\ufeff"\n'.encode(),
        "a: 王\n".encode(),
        "\ufeffa: 1\n".encode(),
    ],
)
def test_what_is_not_canonical_is_refused(content: bytes) -> None:
    with pytest.raises(NotCanonicalError):
        read_canonical(content)


def test_a_text_that_could_stand_plain_may_be_quoted() -> None:
    assert read_canonical(b'previous: "sha256:ab"\n') == {"previous": "sha256:ab"}
