"""Many records are read leaf by leaf, each as it would be by itself."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from memberarc.errors import (
    InvalidRecordError,
    MalformedValueError,
    ShareMissingError,
    UnopenedValueError,
)
from memberarc.formats.schema import RecordSchema, load_schema
from memberarc.formats.shipped import compose_schema
from memberarc.members import leaf_reader
from memberarc.members.leaf_reader import LeafReader
from memberarc.members.record import write_record
from memberarc.members.sealed_record import seal_record
from memberarc.sealing.derivation import record_commitment
from memberarc.sealing.keys.key_ring import KeyRing
from memberarc.sealing.keys.level_keys import LevelKey, new_level_key
from memberarc.sealing.vault.replica import Vault, create_vault

ARCHIVE, UIDS = "mzxw6ytboi7q2wgv5t3kc4dnxa", ("k5x2w7n3q4v6t2zb", "p3d7hq2mlx5cva6r")
PATH = "members/2026/0000/M2026-000001.yaml"
SEALED_LEVELS = ("internal", "confidential", "secret")


class World:
    """One vault with the shares of two members, and one key a level."""

    def __init__(self, folder: Path) -> None:
        self.vault: Vault = create_vault(folder / "vault", archive=ARCHIVE)
        shares = self.vault.provision(UIDS)
        self.keys = {uid: record_commitment(share) for uid, share in shares.items()}
        self.level_keys: dict[str, LevelKey] = {
            level: new_level_key(level, epoch=1, archive=ARCHIVE) for level in SEALED_LEVELS
        }
        self.schema: RecordSchema = load_schema(
            compose_schema("individual", profile="association"), path="individual"
        )

    def ring(self, *levels: str) -> KeyRing:
        return KeyRing(
            archive=ARCHIVE,
            level_keys=[self.level_keys[level] for level in levels],
            current=dict.fromkeys(SEALED_LEVELS, 1),
            vault=self.vault,
        )

    def reader(self, *levels: str) -> LeafReader:
        return LeafReader(schemas={"individual": self.schema}.__getitem__, ring=self.ring(*levels))

    def file(self, uid: str, *, due: str, year: int = 2026, **more: Any) -> bytes:
        values = {
            "format": "member/1",
            "id": f"M2026-00000{UIDS.index(uid) + 1}",
            "uid": uid,
            "key": self.keys[uid],
            "kind": "individual",
            "opened": 2026,
            "status": "active",
            "traits": ["founder"],
            "name": f"Name of {uid}",
            "identity": {"number": f"No. {uid}"},
            "dues": [{"id": due, "year": year, "amount": "60.00"}],
            **more,
        }
        sealed = seal_record(values, schema=self.schema, ring=self.ring(*SEALED_LEVELS))
        return write_record(sealed, schema=self.schema)


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path)


@pytest.fixture
def pair(world: World) -> tuple[bytes, bytes]:
    """Two records that are alike but for their values."""
    return world.file(UIDS[0], due="aaaa"), world.file(UIDS[1], due="bbbb", year=2027)


def test_a_record_is_its_scalars_in_order(world: World, pair: tuple[bytes, bytes]) -> None:
    reader = world.reader(*SEALED_LEVELS)

    first, second = (reader.read(content, path=PATH) for content in pair)

    assert (first.code, first.uid, first.kind) == ("M2026-000001", UIDS[0], "individual")
    assert (second.code, second.status, second.unreadable) == ("M2026-000002", "active", False)
    assert second.closed == ()
    assert second.leaves == (
        (("format",), "member/1"),
        (("id",), "M2026-000002"),
        (("uid",), UIDS[1]),
        (("key",), world.keys[UIDS[1]]),
        (("kind",), "individual"),
        (("opened",), 2026),
        (("status",), "active"),
        (("traits", "[0]"), "founder"),
        (("name",), f"Name of {UIDS[1]}"),
        (("identity", "number"), f"No. {UIDS[1]}"),
        (("dues", "[bbbb]", "id"), "bbbb"),
        (("dues", "[bbbb]", "year"), 2027),
        (("dues", "[bbbb]", "amount"), "60.00"),
    )


def test_the_second_of_its_like_is_not_read_by_itself(
    world: World, pair: tuple[bytes, bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    for levels in (SEALED_LEVELS, ("internal",), ()):
        reader = world.reader(*levels)
        reader.read(pair[0], path=PATH)
        with monkeypatch.context() as patched:
            patched.delattr(leaf_reader, "read_record")

            assert reader.read(pair[1], path=PATH).uid == UIDS[1]


def test_without_a_levels_key_its_values_are_named_and_stay_closed(
    world: World, pair: tuple[bytes, bytes]
) -> None:
    reader, without = (
        world.reader("internal"),
        LeafReader(schemas={"individual": world.schema}.__getitem__, ring=None),
    )
    for content, due in zip(pair, ("aaaa", "bbbb"), strict=True):
        found, bare = reader.read(content, path=PATH), without.read(content, path=PATH)

        assert found.closed == ((("identity", "number"), "confidential"),)
        assert (("dues", f"[{due}]", "amount"), "60.00") in found.leaves
        assert bare.closed[-1] == (("dues", f"[{due}]", "amount"), "internal")
        assert (("dues", f"[{due}]", "id"), due) in bare.leaves
        assert not bare.unreadable


def test_a_member_without_a_share_is_unreadable_and_no_other(
    world: World, pair: tuple[bytes, bytes]
) -> None:
    reader = world.reader(*SEALED_LEVELS)
    orphan = pair[0].replace(UIDS[0].encode(), b"kaaaaaaaaaaaaaaa")
    with pytest.raises(ShareMissingError):
        world.vault.shares("kaaaaaaaaaaaaaaa")

    for content, unreadable in ((orphan, True), (pair[0], False), (orphan, True)):
        found = reader.read(content, path=PATH)

        assert found.unreadable == unreadable
        assert len(found.closed) == (4 if unreadable else 0)


@pytest.mark.parametrize("practised", [False, True])
def test_a_value_of_another_member_or_item_opens_nowhere(
    world: World, pair: tuple[bytes, bytes], practised: bool
) -> None:
    reader = world.reader(*SEALED_LEVELS)
    if practised:
        reader.read(pair[0], path=PATH)
    lines, others = (content.split(b"\n") for content in pair)
    name = next(at for at, line in enumerate(lines) if line.startswith(b"name: "))
    foreign = b"\n".join([*lines[:name], others[name], *lines[name + 1 :]])

    for content in (foreign, pair[0].replace(b"id: aaaa", b"id: cccc")):
        with pytest.raises(UnopenedValueError):
            reader.read(content, path=PATH)


@pytest.mark.parametrize(
    ("line", "changed"),
    [
        (b"opened: 2026", b"opened: 999"),
        (b"opened: 2026", b'opened: "2026"'),
        (b"status: active", b"status: 1"),
        (b"status: active", b"status: no"),
        (b"id: M2026-000002", b"id: m2026-000002"),
        (b"id: M2026-000002", b"id: NO"),
        (b"id: M2026-000002", b"id: 20260000002"),
        (b"uid: p3d7hq2mlx5cva6r", b"uid: p3d7hq2mlx5cva60"),
        (b"kind: individual", b"kind: Individual"),
        (b"format: member/1", b"format: member/2"),
        (b"dues:", b"dues: # a comment"),
        (b"id: bbbb", b"id: bbbb\n    id: bbbb"),
        (b"status: active\n", b"status\0\0"),
    ],
)
def test_what_is_no_record_is_refused_with_and_without_its_like(
    world: World, pair: tuple[bytes, bytes], line: bytes, changed: bytes
) -> None:
    flawed = pair[1].replace(line, changed)
    assert flawed != pair[1]
    reader = world.reader(*SEALED_LEVELS)
    for _ in range(2):
        with pytest.raises(InvalidRecordError):
            reader.read(flawed, path=PATH)
        reader.read(pair[0], path=PATH)


def test_sealed_text_in_an_open_place_is_opened_and_so_refused(
    world: World, pair: tuple[bytes, bytes]
) -> None:
    name = next(line for line in pair[1].split(b"\n") if line.startswith(b"name: "))
    sealed = name.removeprefix(b"name: ")
    reader = world.reader(*SEALED_LEVELS)
    reader.read(pair[0], path=PATH)
    quoted = pair[1].replace(b"status: active", b'status: "' + sealed + b'"')
    listed = pair[1].replace(b"- founder", b"- " + sealed)

    for content in (quoted, quoted, listed, listed):
        with pytest.raises(UnopenedValueError):
            reader.read(content, path=PATH)


def test_a_broken_value_is_refused_even_where_it_stays_closed(
    world: World, pair: tuple[bytes, bytes]
) -> None:
    reader = world.reader("internal")
    reader.read(pair[0], path=PATH)

    with pytest.raises(MalformedValueError):
        reader.read(pair[1].replace(b"confidential.1:", b"confidential.1:A"), path=PATH)


def test_of_an_unknown_key_sealed_text_is_text(world: World, pair: tuple[bytes, bytes]) -> None:
    sealed = next(line for line in pair[0].split(b"\n") if line.startswith(b"name: "))
    for levels in (SEALED_LEVELS, ()):
        reader = world.reader(*levels)
        for content in pair:
            found = reader.read(
                content + b"un" + sealed.replace(b"name", b"known") + b"\n", path=PATH
            )

            assert found.leaves[-1] == (("unknown",), sealed.decode().removeprefix("name: "))


def test_an_item_is_named_by_its_id_wherever_that_stands(
    world: World, pair: tuple[bytes, bytes]
) -> None:
    reader = LeafReader(schemas={"individual": world.schema}.__getitem__, ring=None)
    for content, due in zip(pair, (b"aaaa", b"bbbb"), strict=True):
        moved = content.replace(b"- id: " + due, b"- month: Mai\n    id: " + due)
        inner = content.replace(b"- id: " + due, b"- id: " + due + b"\n    of:\n      - id: " + due)

        for changed in (moved, inner):
            paths = [path for path, _ in reader.read(changed, path=PATH).leaves]
            assert all(path[1] == f"[{due.decode()}]" for path in paths if path[0] == "dues")
        assert ("dues", f"[{due.decode()}]", "of", f"[{due.decode()}]", "id") in paths


def test_what_people_wrote_in_their_own_way_reads_the_same(
    world: World, pair: tuple[bytes, bytes]
) -> None:
    reader = world.reader(*SEALED_LEVELS)
    expected = [reader.read(content, path=PATH) for content in pair]
    quoted = pair[1].replace(b"status: active", b'status: "active"')
    folded = pair[1].replace(b"status: active", b"status:\n  'active'")
    named = pair[1].replace(b"M2026-000002", b'"M2026-000002"')

    for content in (quoted, folded, named):
        assert reader.read(content, path=PATH) == expected[1]


def test_a_number_may_stand_where_an_items_id_was(world: World, pair: tuple[bytes, bytes]) -> None:
    reader = LeafReader(schemas={"individual": world.schema}.__getitem__, ring=None)
    reader.read(pair[0], path=PATH)

    found = reader.read(pair[1].replace(b"id: bbbb", b"id: 7"), path=PATH)

    assert (("dues", "[0]", "id"), 7) in found.leaves
