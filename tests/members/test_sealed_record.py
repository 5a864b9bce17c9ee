"""A record is sealed leaf by leaf; what did not change keeps its bytes, what is closed stays."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from memberarc.errors import MemberPurgedError, UnopenedValueError
from memberarc.formats.schema import RecordSchema, load_schema
from memberarc.formats.shipped import compose_schema
from memberarc.members.changes import compare_records, public_paths
from memberarc.members.record import OpenedRecord, StoredRecord
from memberarc.members.sealed_record import (
    closed_record,
    is_sealed,
    open_record,
    plain_problems,
    seal_record,
    visible_record,
)
from memberarc.sealing.derivation import record_commitment
from memberarc.sealing.keys.key_ring import KeyRing
from memberarc.sealing.keys.level_keys import LevelKey, new_level_key
from memberarc.sealing.vault.fences import Fence, utc_text
from memberarc.sealing.vault.replica import Vault, create_vault

ARCHIVE, UID = "mzxw6ytboi7q2wgv5t3kc4dnxa", "k5x2w7n3q4v6t2zb"


class World:
    """One vault, one key a level, one member's share."""

    def __init__(self, folder: Path) -> None:
        self.vault: Vault = create_vault(folder / "vault", archive=ARCHIVE)
        self.key = record_commitment(self.vault.provision([UID])[UID])
        self.level_keys: dict[str, LevelKey] = {
            level: new_level_key(level, epoch=1, archive=ARCHIVE)
            for level in ("internal", "confidential", "secret")
        }
        self.ring = self.ring_of("internal", "confidential", "secret")
        self.schema: RecordSchema = load_schema(
            compose_schema("individual", profile="association"), path="individual"
        )

    def ring_of(self, *levels: str) -> KeyRing:
        return KeyRing(
            archive=ARCHIVE,
            level_keys=[self.level_keys[level] for level in levels],
            current=dict.fromkeys(self.level_keys, 1),
            vault=self.vault,
        )

    def values(self, **more: Any) -> dict[str, Any]:
        return self.schema.ordered(
            {
                "format": "member/1",
                "id": "M2026-000001",
                "uid": UID,
                "key": self.key,
                "kind": "individual",
                "opened": 2026,
                "status": "active",
                "name": "王小明",
                "identity": {"number": "110101199001011237"},
                "dues": [{"id": "a1b2", "year": 2026}],
                **more,
            }
        )

    def sealed(self, **more: Any) -> StoredRecord:
        values = seal_record(self.values(**more), schema=self.schema, ring=self.ring)
        return StoredRecord(values=values)

    def opened(self, stored: StoredRecord, *levels: str) -> OpenedRecord:
        ring = self.ring_of(*levels) if levels else self.ring
        return open_record(stored, schema=self.schema, ring=ring)


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path)


def test_everything_above_open_is_sealed_and_opens_again(world: World) -> None:
    stored = world.sealed()

    leaves = [*world.schema.leaves(stored.values)]
    assert {is_sealed(value) for _, field, value in leaves if field and field.level == "open"} == {
        False
    }
    assert {is_sealed(value) for _, field, value in leaves if field and field.level != "open"} == {
        True
    }
    assert world.opened(stored).values == world.values()
    assert world.opened(stored).closed == {}


def test_equal_values_look_unrelated_and_unchanged_ones_keep_their_bytes(world: World) -> None:
    stored = world.sealed()
    changed = {**world.values(), "name": "王大明"}

    again = seal_record(changed, schema=world.schema, ring=world.ring, before=world.opened(stored))

    assert again["identity"] == stored.values["identity"]
    assert again["dues"] == stored.values["dues"]
    assert again["name"] != stored.values["name"]
    assert world.sealed().values["name"] != stored.values["name"]


@pytest.mark.parametrize(("before", "after"), [(1, True), (True, 1), ("1", 1)])
def test_values_of_another_type_are_not_taken_for_equal(
    world: World, before: Any, after: Any
) -> None:
    stored = world.sealed(dues=[{"id": "a1b2", "year": before}])
    changed = {**world.values(), "dues": [{"id": "a1b2", "year": after}]}

    again = seal_record(changed, schema=world.schema, ring=world.ring, before=world.opened(stored))

    assert again["dues"] != stored.values["dues"]
    year = world.opened(StoredRecord(values=again)).values["dues"][0]["year"]  # type: ignore[index,call-overload]
    assert type(year) is type(after)


def test_a_level_nobody_here_reads_stays_sealed_and_survives_a_rewrite(world: World) -> None:
    stored = world.sealed()
    partly = world.opened(stored, "internal")
    assert partly.closed == {("identity", "number"): "confidential"}
    assert partly.values["name"] == "王小明"

    ring = world.ring_of("internal")
    values = {**partly.values, "name": "王大明"}
    again = seal_record(values, schema=world.schema, ring=ring, before=partly)

    assert again["identity"] == stored.values["identity"]
    assert world.opened(StoredRecord(values=again)).values["name"] == "王大明"


def test_sealed_text_of_elsewhere_is_refused(world: World) -> None:
    stored = world.sealed()
    other = world.sealed().values["name"]

    for where in ({"name": other}, {"education": stored.values["name"]}):
        with pytest.raises(UnopenedValueError):
            seal_record(
                {**world.opened(stored).values, **where},
                schema=world.schema,
                ring=world.ring,
                before=world.opened(stored),
            )


def test_a_value_moved_or_under_another_record_does_not_open(world: World) -> None:
    stored = world.sealed()
    moved = {**stored.values, "education": stored.values["name"]}
    renamed = {**stored.values, "dues": [{"id": "zzzz", "year": stored.values["dues"][0]["year"]}]}  # type: ignore[index,call-overload]

    for values in (moved, renamed):
        with pytest.raises(UnopenedValueError):
            world.opened(StoredRecord(values=values))


def test_only_what_is_wanted_is_opened(world: World) -> None:
    opened = open_record(
        world.sealed(),
        schema=world.schema,
        ring=world.ring,
        wanted=lambda field: field.name == "name",
    )

    assert opened.values["name"] == "王小明"
    assert set(opened.closed) == {("identity", "number"), ("dues", "[a1b2]", "year")}


def test_once_fenced_only_the_shape_is_seen(world: World) -> None:
    from datetime import UTC, datetime

    stored = world.sealed()
    now = datetime(2026, 11, 3, tzinfo=UTC)
    world.vault.put_fence(
        Fence(
            uid=UID,
            request="a" * 16,
            state="fenced",
            times=dict.fromkeys(("approved", "fenced"), utc_text(now)),
        )
    )

    with pytest.raises(MemberPurgedError):
        open_record(stored, schema=world.schema, ring=world.ring_of("internal"))
    shape = visible_record(stored, schema=world.schema, ring=world.ring_of("internal"))
    assert shape == closed_record(stored, schema=world.schema)
    assert set(shape.closed.values()) == {"internal", "confidential"}


def test_without_a_ring_only_the_shape_is_seen(world: World) -> None:
    stored = world.sealed()

    shape = visible_record(stored, schema=world.schema, ring=None)

    assert shape.values == stored.values
    assert ("name",) in shape.closed


def test_a_closed_value_is_not_missed_and_not_judged(world: World) -> None:
    partly = world.opened(world.sealed(), "confidential")

    problems = plain_problems(partly.values, schema=world.schema, before=partly, path="x")

    assert problems == []
    gone = {name: value for name, value in partly.values.items() if name != "status"}
    told = plain_problems(gone, schema=world.schema, before=partly, path="x")
    assert [problem.pointer for problem in told] == ["status"]


def test_changes_are_listed_in_record_order_and_closed_ones_only_as_changed(world: World) -> None:
    before = world.opened(world.sealed())
    stored = world.sealed(
        name="王大明",
        identity={"number": "9"},
        joined="2026-01-01",
        dues=[{"id": "c3d4", "year": 1}],
    )
    after = world.opened(stored, "internal")

    changes = compare_records(before, after, schema=world.schema)

    assert [(change.public_path, change.before, change.closed) for change in changes] == [
        ("name", "王小明", False),
        ("joined", None, False),
        ("confidential field", "110101199001011237", True),
        ("dues[c3d4].id", None, False),
        ("dues[c3d4].year", None, False),
        ("dues[a1b2].id", "a1b2", False),
        ("dues[a1b2].year", 2026, False),
    ]
    assert public_paths(changes)[:3] == ("name", "joined", "confidential field")


def test_a_record_that_came_or_went_differs_in_every_field(world: World) -> None:
    record = world.opened(world.sealed())
    count = len([*world.schema.leaves(record.values)])

    came = compare_records(None, record, schema=world.schema)
    went = compare_records(record, None, schema=world.schema)

    assert len(came) == len(went) == count
    assert {change.before for change in came} == {change.after for change in went} == {None}
    assert compare_records(record, record, schema=world.schema) == ()
