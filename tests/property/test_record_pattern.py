"""The expression of a schema never takes what the validators refuse, however a file is damaged."""

from __future__ import annotations

import json

from hypothesis import event, given, settings
from hypothesis import strategies as st

from memberarc.formats.canonical_yaml import Node, read_canonical, write_yaml
from memberarc.formats.record_pattern import CAPTURED, compile_record_pattern
from memberarc.formats.schema import load_schema
from memberarc.formats.stored import problems_stored
from strategies import member_schema, mutated, plain_records, stored_records

SCHEMA = load_schema(json.dumps(member_schema()).encode(), path="schemas/individual.schema.json")
EPOCHS = {"internal": (1, 2), "confidential": (1, 2), "secret": (1,)}
PATTERN = compile_record_pattern(SCHEMA, epochs=EPOCHS)
MODELINE = "yaml-language-server: $schema=../../../schemas/individual.schema.json"


def files(*, epochs: tuple[int, ...], longest: int) -> st.SearchStrategy[bytes]:
    records = stored_records(schema=SCHEMA, epochs=epochs, longest=longest)
    return records.map(lambda record: write_yaml(record, modeline=MODELINE))


modest = settings(deadline=None, max_examples=300)


def prove_or_pass(content: bytes) -> bool:
    """Tell whether the expression took a file, having proved that it might."""
    match = PATTERN.fullmatch(content)
    if match is None:
        return False
    record = read_canonical(content)
    assert problems_stored(SCHEMA, record, path="m.yaml", epochs=EPOCHS) == []
    assert json.dumps(SCHEMA.ordered(record)) == json.dumps(record)
    for name in CAPTURED:
        captured = match[name]
        assert str(record.get(name)) == ("None" if captured is None else captured.decode())
    return True


@modest
@given(files(epochs=(1, 2, 3), longest=2_000))
def test_what_the_expression_takes_of_undamaged_files_is_in_order(content: bytes) -> None:
    problems = problems_stored(SCHEMA, read_canonical(content), path="m.yaml", epochs=EPOCHS)

    assert {problem.rule for problem in problems} <= {"sealed-value"}
    assert not (problems and prove_or_pass(content))


@modest
@given(mutated(files(epochs=(1, 2), longest=255)))
def test_what_the_expression_takes_of_damaged_files_is_in_order(content: bytes) -> None:
    event("taken" if prove_or_pass(content) else "left to the reader")


@modest
@given(plain_records(SCHEMA.document).map(SCHEMA.ordered))
def test_a_record_in_clear_fits_its_schema_and_is_never_taken(record: dict[str, Node]) -> None:
    assert SCHEMA.problems_plain(record, path="m.yaml") == []
    assert not prove_or_pass(write_yaml(record))
