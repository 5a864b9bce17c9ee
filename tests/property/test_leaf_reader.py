"""A record read as one of its like gives what it gives by itself, however it was tampered with."""

from __future__ import annotations

import json
import unicodedata
from hashlib import sha256
from typing import Any

from hypothesis import event, given, settings
from hypothesis import strategies as st

from memberarc.errors import MemberarcError, SchemaError, ShareMissingError
from memberarc.formats.canonical_yaml import Node, Scalar, write_yaml
from memberarc.formats.schema import Field, RecordSchema, load_schema
from memberarc.members.leaf_reader import LeafReader, RecordLeaves
from memberarc.members.sealed_record import seal_record, visible_record
from memberarc.members.shelves import read_record
from memberarc.sealing.derivation import level_commitment, record_commitment
from memberarc.sealing.keys.key_ring import KeyRing
from memberarc.sealing.keys.level_keys import LevelKey
from strategies import member_schema, mutated, plain_records

SCHEMA = load_schema(json.dumps(member_schema()).encode(), path="schemas/individual.schema.json")
MODELINE = "yaml-language-server: $schema=../../../schemas/individual.schema.json"
ARCHIVE = "mzxw6ytboi7q2wgv5t3kc4dnxa"
UIDS = ("k5x2w7n3q4v6t2zb", "p3d7hq2mlx5cva6r", "withoutasharehxx")


class Shares:
    """Shares of some members, made of their uids."""

    def share(self, uid: str, *, commitment: str) -> bytes:
        share = sha256(uid.encode()).digest()
        if uid not in UIDS[:2] or record_commitment(share) != commitment:
            raise ShareMissingError("no share", where=uid)
        return share


def level_key(level: str, epoch: int, *, branch: int = 1) -> LevelKey:
    secret = sha256(f"{level} {epoch} {branch}".encode()).digest()
    commitment = level_commitment(secret, archive=ARCHIVE, level=level, epoch=epoch)
    return LevelKey(level=level, epoch=epoch, commitment=commitment, secret=secret)


def ring_of(*keys: LevelKey, epoch: int = 1) -> KeyRing:
    current = {"internal": epoch, "confidential": 1, "secret": 1}
    return KeyRing(archive=ARCHIVE, level_keys=keys, current=current, vault=Shares())


INTERNAL, LATER, CONFIDENTIAL = (
    level_key("internal", 1),
    level_key("internal", 2),
    level_key("confidential", 1),
)
SEALERS = (ring_of(INTERNAL, CONFIDENTIAL), ring_of(LATER, CONFIDENTIAL, epoch=2))
RINGS = {
    "all": ring_of(INTERNAL, LATER, CONFIDENTIAL),
    "internal": ring_of(INTERNAL, LATER),
    "first epoch": ring_of(INTERNAL, CONFIDENTIAL),
    "doubled": ring_of(INTERNAL, level_key("internal", 1, branch=2), LATER, CONFIDENTIAL),
    "none": ring_of(),
    "no ring": None,
}
modest = settings(deadline=None, max_examples=300)


def normal(_path: tuple[str, ...], _field: Field | None, value: Scalar) -> Scalar:
    return unicodedata.normalize("NFC", value) if isinstance(value, str) else value


@st.composite
def sealed_files(draw: st.DrawFn, records: st.SearchStrategy[dict[str, Node]]) -> bytes:
    """Files of records, each sealed with its own member's keys, if the member has some."""
    uid = draw(st.sampled_from(UIDS))
    key = record_commitment(sha256(uid.encode()).digest())
    values = SCHEMA.map_leaves(draw(records), normal)
    values |= {"uid": uid, "key": key, "kind": "individual"}
    sealed_for = values if uid in UIDS[:2] else values | {"uid": UIDS[0], "key": KEYS[UIDS[0]]}
    ring = draw(st.sampled_from(SEALERS))
    stored = seal_record(SCHEMA.ordered(sealed_for), schema=SCHEMA, ring=ring)
    return write_yaml(SCHEMA.ordered(stored | {"uid": uid, "key": key}), modeline=MODELINE)


KEYS = {uid: record_commitment(sha256(uid.encode()).digest()) for uid in UIDS}


@st.composite
def shuffled(draw: st.DrawFn, files: st.SearchStrategy[bytes]) -> bytes:
    """Files some of whose values stand in each other's places."""
    lines = draw(files).split(b"\n")
    places = [number for number, line in enumerate(lines) if b": " in line]
    for _ in range(draw(st.integers(0, 2))):
        one, other = draw(st.sampled_from(places)), draw(st.sampled_from(places))
        (key, _, value), (key2, _, value2) = (lines[at].partition(b": ") for at in (one, other))
        lines[one], lines[other] = key + b": " + value2, key2 + b": " + value
    return b"\n".join(lines)


def outcome(reader: LeafReader, content: bytes) -> RecordLeaves | tuple[type[Exception], str]:
    try:
        return reader.read(content, path="members/2026/0000/M2026-000001.yaml")
    except MemberarcError as err:
        return type(err), str(err)


def schema_of(kind: str) -> RecordSchema:
    if kind != "individual":
        raise SchemaError(f"no schema for {kind}")
    return SCHEMA


def reader_of(ring: KeyRing | None) -> LeafReader:
    return LeafReader(schemas=schema_of, ring=ring)


RECORDS = plain_records(SCHEMA.document)


def other_ids(path: tuple[str, ...], _field: Field | None, value: Scalar) -> Scalar:
    return f"z{str(value)[1:]}" if len(path) > 1 and path[-1] == "id" else value


@st.composite
def alike(draw: st.DrawFn) -> tuple[bytes, bytes]:
    """A file, and another of a record with the same fields that has been tampered with."""
    record = draw(RECORDS)
    first = draw(sealed_files(st.just(record)))
    second = sealed_files(st.just(SCHEMA.map_leaves(record, other_ids)))
    return first, draw(mutated(second) | shuffled(second) | second)


@modest
@given(alike(), st.sampled_from(sorted(RINGS)))
def test_tampered_or_not_a_record_reads_alike_with_and_without_its_like(
    files: tuple[bytes, bytes], ring: str
) -> None:
    first, second = files
    practised = reader_of(RINGS[ring])
    outcome(practised, first)

    found = outcome(practised, second)

    assert found == outcome(reader_of(RINGS[ring]), second)
    event("read" if isinstance(found, RecordLeaves) else f"refused: {found[0].__name__}")


@modest
@given(st.lists(sealed_files(RECORDS), min_size=1, max_size=3), st.sampled_from(sorted(RINGS)))
def test_a_record_reads_as_whoever_shows_it_opens_it(files: list[bytes], ring: str) -> None:
    reader = reader_of(RINGS[ring])
    for content in [*files, *files]:
        stored = read_record(content, path="m.yaml")
        opened = visible_record(stored, schema=SCHEMA, ring=RINGS[ring])

        found = reader.read(content, path="m.yaml")

        assert dict(found.closed) == dict(opened.closed)
        assert [*found.leaves] == [
            (path, value)
            for path, _, value in SCHEMA.leaves(opened.values)
            if path not in opened.closed
        ]
        assert (found.code, found.uid, found.kind) == (stored.code, stored.uid, stored.kind)
        has_sealed: Any = len(found.closed)
        assert found.unreadable == (stored.uid == UIDS[2] and ring != "no ring" and has_sealed > 0)
