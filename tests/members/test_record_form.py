"""A form filled in is the record that the writer would have written."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from memberarc.errors import MalformedValueError
from memberarc.formats.canonical_yaml import read_canonical
from memberarc.formats.schema import load_schema
from memberarc.members.plain_values import normalised
from memberarc.members.record import StoredRecord, write_record
from memberarc.members.record_form import BLANK, RecordForm
from memberarc.members.sealed_record import is_sealed, open_record
from memberarc.sealing.derivation import record_commitment
from memberarc.sealing.keys.key_ring import KeyRing
from memberarc.sealing.keys.level_keys import new_level_key
from memberarc.sealing.vault.replica import create_vault
from strategies import member_schema, plain_records

if TYPE_CHECKING:
    from pathlib import Path

    from memberarc.formats.canonical_yaml import Node
    from memberarc.formats.field_path import FieldPath

ARCHIVE, UID = "mzxw6ytboi7q2wgv5t3kc4dnxa", "k5x2w7n3q4v6t2zb"
SCHEMA = load_schema(json.dumps(member_schema()).encode(), path="schemas/individual.schema.json")


@pytest.fixture(scope="module")
def ring(tmp_path_factory: pytest.TempPathFactory) -> KeyRing:
    folder: Path = tmp_path_factory.mktemp("vault")
    vault = create_vault(folder / "vault", archive=ARCHIVE)
    vault.provision([UID])
    keys = [
        new_level_key(level, epoch=1, archive=ARCHIVE) for level in ("internal", "confidential")
    ]
    current = {key.level: key.epoch for key in keys}
    return KeyRing(archive=ARCHIVE, level_keys=keys, current=current, vault=vault)


def commitment(ring: KeyRing) -> str:
    (share,) = ring.vault.shares(UID)
    return record_commitment(share)


def filled(record: dict[str, Node], blanks: set[FieldPath], ring: KeyRing) -> bytes:
    values = {path: value for path, _, value in SCHEMA.leaves(record)}
    blank = SCHEMA.map_leaves(record, lambda path, _, value: BLANK if path in blanks else value)
    keys = ring.member(UID, commitment=commitment(ring))
    return RecordForm(blank, schema=SCHEMA).fill(values, keys=keys)


def may_be_blank(path: FieldPath) -> bool:
    """A form is for one kind, one year, and list items of known ids."""
    return path not in [("kind",), ("opened",)] and (len(path) == 1 or path[-1] != "id")


@settings(deadline=None, max_examples=200)
@given(data=st.data(), plain=plain_records(SCHEMA.document))
def test_a_form_filled_in_is_the_record_as_the_writer_writes_it(
    ring: KeyRing, data: st.DataObject, plain: dict[str, Any]
) -> None:
    # What people hand over is made NFC before it becomes a record.
    plain = normalised(plain, schema=SCHEMA)
    record = SCHEMA.ordered({**plain, "uid": UID, "key": commitment(ring)})
    sealed = {path for path, field, _ in SCHEMA.leaves(record) if field and field.level != "open"}
    others = [path for path, _, _ in SCHEMA.leaves(record) if may_be_blank(path)]
    blanks = sealed | data.draw(st.sets(st.sampled_from(others)))

    content = filled(record, blanks, ring)

    stored = StoredRecord(values=read_canonical(content))
    assert content == write_record(stored.values, schema=SCHEMA)
    assert {path for path, _, value in SCHEMA.leaves(stored.values) if is_sealed(value)} == sealed
    assert open_record(stored, schema=SCHEMA, ring=ring).values == record


def test_text_that_would_be_taken_for_a_sealed_value_is_refused(ring: KeyRing) -> None:
    record: dict[str, Node] = {
        "id": "M2026-000001",
        "uid": UID,
        "opened": 2026,
        "name": "enc:m1.internal.1:AAAA",
    }

    with pytest.raises(MalformedValueError):
        filled(record, {("name",)}, ring)
