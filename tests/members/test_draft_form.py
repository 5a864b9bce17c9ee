"""A draft filled in fits exactly when the schema finds nothing wrong with the record."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from hypothesis import given, settings
from hypothesis import strategies as st

from memberarc.formats.schema import load_schema
from memberarc.members.draft_form import DraftForm
from memberarc.members.field_values import with_value
from memberarc.members.plain_values import normalised
from strategies import member_schema, plain_records

if TYPE_CHECKING:
    from memberarc.formats.canonical_yaml import Node, Scalar
    from memberarc.formats.field_path import FieldPath

SCHEMA = load_schema(json.dumps(member_schema()).encode(), path="schemas/individual.schema.json")
ANYTHING = st.one_of(
    st.text(max_size=20),
    st.sampled_from(["enc:m1.internal.1:AAAA", "2026-02-30", "male", "active", ""]),
    st.integers(min_value=-(10**20), max_value=10**20),
    st.booleans(),
)


def leaves(record: dict[str, Node]) -> tuple[list[FieldPath], list[Scalar]]:
    found = [
        (path, value)
        for path, _, value in SCHEMA.leaves(record)
        if path[-1] != "id" or not path[1:]
    ]
    return [path for path, _ in found], [value for _, value in found]


@settings(deadline=None, max_examples=200)
@given(data=st.data(), plain=plain_records(SCHEMA.document))
def test_a_draft_fits_exactly_when_nothing_is_wrong_with_the_record(
    data: st.DataObject, plain: dict[str, Any]
) -> None:
    record = SCHEMA.ordered(normalised(plain, schema=SCHEMA))
    paths, sound = leaves(record)
    in_lists = any(path[-1].startswith("[") or path[-1] == "id" for path in paths)
    form = DraftForm(SCHEMA.ordered(record), paths=paths, schema=SCHEMA)
    values = [data.draw(st.one_of(st.just(value), ANYTHING)) for value in sound]
    changed = record
    for path, value in zip(paths, values, strict=True):
        changed = changed if path[-1].startswith("[") else with_value(changed, path, value)

    assert form.fits(sound) is (not in_lists and not SCHEMA.problems_plain(record, path=""))
    assert form.fits(values) is (not in_lists and not SCHEMA.problems_plain(changed, path=""))
    assert form.fits(sound) is (not in_lists and not SCHEMA.problems_plain(record, path=""))


def test_items_that_share_an_id_are_left_to_the_closer_look() -> None:
    record: dict[str, Node] = {"honours": [{"id": "h7w2"}, {"id": "h7w2"}]}

    assert not DraftForm(record, paths=(), schema=SCHEMA).fits(())
