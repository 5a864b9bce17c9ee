"""Whatever is written is read back the same, by both our grammars and by two other readers."""

from __future__ import annotations

import json
from typing import Any

import yaml
from hypothesis import example, given, settings
from hypothesis import strategies as st
from ruamel.yaml import YAML

from memberarc.formats.canonical_yaml import Node, NotCanonicalError, read_canonical, write_yaml
from memberarc.formats.strict_yaml import parse_strict
from strategies import HOSTILE_TEXTS, documents, mutated, scalars, texts

quick = settings(deadline=None, max_examples=150)


def read_by_pyyaml(content: bytes, *, compiled: bool = True) -> Any:
    return yaml.load(content, Loader=yaml.CSafeLoader if compiled else yaml.SafeLoader)


def read_by_ruamel(content: bytes) -> Any:
    """Read by the rules of YAML 1.2."""
    return YAML(typ="safe", pure=True).load(content.decode())


def in_order(document: Any) -> str:
    """Show a document so that the order of keys and the types of values count."""
    return json.dumps(document)


@quick
@given(documents())
@example({"texts": list(HOSTILE_TEXTS)})
@example({f"text_{number}": text for number, text in enumerate(HOSTILE_TEXTS)})
def test_what_is_written_is_read_back_by_both_grammars(document: dict[str, Node]) -> None:
    content = write_yaml(document)
    parsed = parse_strict(content, path="m.yaml")

    assert in_order(read_canonical(content)) == in_order(document)
    assert parsed.problems == ()
    assert in_order(parsed.value) == in_order(document)


@quick
@given(documents())
@example({"texts": list(HOSTILE_TEXTS)})
def test_other_yaml_readers_agree(document: dict[str, Node]) -> None:
    content = write_yaml(document)

    assert read_by_pyyaml(content) == document
    assert read_by_pyyaml(content, compiled=False) == document
    assert read_by_ruamel(content) == document


@quick
@given(documents())
def test_writing_again_what_was_read_changes_nothing(document: dict[str, Node]) -> None:
    content = write_yaml(document)

    assert write_yaml(read_canonical(content)) == content
    assert write_yaml(parse_strict(content, path="m.yaml").value) == content


@quick
@given(st.dictionaries(st.sampled_from("abcdefgh"), scalars, min_size=2), scalars, st.data())
def test_a_changed_value_changes_only_its_own_line(
    fields: dict[str, Node], value: Node, data: st.DataObject
) -> None:
    changed = data.draw(st.sampled_from(sorted(fields)))
    before = write_yaml({"group": fields, "list": [fields]}).splitlines()
    after = write_yaml({"group": {**fields, changed: value}, "list": [fields]}).splitlines()

    assert len(before) == len(after)
    differing = [line for line, other in zip(before, after, strict=True) if line != other]
    assert all(line.startswith(f"  {changed}: ".encode()) for line in differing)


@quick
@given(mutated(documents().map(write_yaml)))
def test_what_the_canonical_reader_takes_the_others_read_the_same(content: bytes) -> None:
    try:
        document = read_canonical(content)
    except NotCanonicalError:
        return
    parsed = parse_strict(content, path="m.yaml")

    assert parsed.problems == ()
    assert in_order(parsed.value) == in_order(document)
    assert read_by_pyyaml(content) == document
    assert read_by_ruamel(content) == document


@quick
@given(mutated(documents().map(write_yaml)) | st.binary(max_size=60) | texts.map(str.encode))
def test_the_strict_reader_reads_or_tells_why_not(content: bytes) -> None:
    parsed = parse_strict(content, path="m.yaml")

    if not parsed.problems:
        assert in_order(read_by_pyyaml(content)) == in_order(parsed.value)
    assert all(problem.message and problem.hint for problem in parsed.problems)
