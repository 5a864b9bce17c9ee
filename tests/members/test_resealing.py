"""What was sealed under an old epoch is sealed under the new one, and every other byte stays."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from memberarc.acts.key.keys_at_hand import open_keys
from memberarc.archive.message import Act
from memberarc.archive.opened import Archive, open_archive
from memberarc.archive.transaction import Change, Plan, transact
from memberarc.errors import (
    InvalidRecordError,
    NoIdentityError,
    ShareMissingError,
    UnopenedValueError,
)
from memberarc.formats.canonical_yaml import read_canonical
from memberarc.formats.schema import load_schema
from memberarc.members.plain_values import normalised
from memberarc.members.record import StoredRecord, write_record
from memberarc.members.resealing import Resealer, resealed
from memberarc.members.sealed_record import is_sealed, open_record, seal_record
from memberarc.sealing.derivation import member_key, record_commitment
from memberarc.sealing.keys.key_ring import KeyRing
from memberarc.sealing.keys.level_keys import LevelKey, new_level_key
from memberarc.sealing.value import MemberCipher
from memberarc.sealing.vault.replica import Vault, create_vault
from strategies import member_schema, plain_records

if TYPE_CHECKING:
    from pathlib import Path

    from builders import Club
    from memberarc.errors import Problem

ARCHIVE, UID = "mzxw6ytboi7q2wgv5t3kc4dnxa", "k5x2w7n3q4v6t2zb"
SCHEMA = load_schema(json.dumps(member_schema()).encode(), path="schemas/individual.schema.json")
PATH = "members/2026/0000/M2026-000001.yaml"
KNOWN = {"internal": (1, 2), "confidential": (1,)}
SEALED = re.compile(r"enc:m1\.([a-z]+)\.([0-9]+):[A-Za-z0-9_-]+")


@dataclass(kw_only=True)
class Keyring:
    """A member's share, and the keys of two epochs of the level that is rotated."""

    vault: Vault

    @cached_property
    def share(self) -> bytes:
        return self.vault.provision([UID])[UID]

    @cached_property
    def keys(self) -> list[LevelKey]:
        places = [("internal", 1), ("confidential", 1), ("internal", 2)]
        return [new_level_key(level, epoch=epoch, archive=ARCHIVE) for level, epoch in places]

    def ring(self, *keys: LevelKey, internal: int) -> KeyRing:
        current = {"internal": internal, "confidential": 1}
        return KeyRing(archive=ARCHIVE, level_keys=keys, current=current, vault=self.vault)

    @property
    def before(self) -> KeyRing:
        return self.ring(*self.keys[:2], internal=1)

    @property
    def after(self) -> KeyRing:
        return self.ring(*self.keys[1:], internal=2)

    @property
    def resealer(self) -> Resealer:
        return self.resealer_with(self.before)

    def resealer_with(self, before: KeyRing) -> Resealer:
        schemas = {"individual": SCHEMA, "yes": SCHEMA}
        return Resealer(schemas, known=KNOWN, before=before, after=self.after, levels={"internal"})

    def record(self, ring: KeyRing, **plain: Any) -> bytes:
        """Write a record sealed with a ring."""
        identity = {"uid": UID, "key": record_commitment(self.share), "format": "member/1"}
        others = {"id": "M2026-000001", "kind": "individual", "opened": 2026, "status": "active"}
        values = SCHEMA.ordered({**others, "name": "王小明", **plain, **identity})
        return write_record(seal_record(values, schema=SCHEMA, ring=ring), schema=SCHEMA)


@pytest.fixture(scope="module")
def keyring(tmp_path_factory: pytest.TempPathFactory) -> Keyring:
    folder: Path = tmp_path_factory.mktemp("vault")
    return Keyring(vault=create_vault(folder / "vault", archive=ARCHIVE))


def opened(content: bytes, ring: KeyRing, **keywords: Any) -> Any:
    stored = StoredRecord(values=read_canonical(content))
    return open_record(stored, schema=SCHEMA, ring=ring, **keywords).values


def places(content: bytes) -> list[tuple[str, str]]:
    return SEALED.findall(content.decode())


@settings(deadline=None, max_examples=200)
@given(data=st.data(), plain=plain_records(SCHEMA.document))
def test_only_the_texts_of_values_under_the_old_epoch_change(
    keyring: Keyring, data: st.DataObject, plain: dict[str, Any]
) -> None:
    plain = normalised(plain, schema=SCHEMA)
    plain |= {"uid": UID, "key": record_commitment(keyring.share)}
    # Some values may have been sealed under the new epoch already.
    first = seal_record(SCHEMA.ordered(plain), schema=SCHEMA, ring=keyring.before)
    second = seal_record(SCHEMA.ordered(plain), schema=SCHEMA, ring=keyring.after)
    newer = data.draw(st.sets(st.sampled_from([path for path, _, _ in SCHEMA.leaves(first)])))
    values_of_second = {path: value for path, _, value in SCHEMA.leaves(second)}
    mixed = SCHEMA.map_leaves(
        first, lambda path, _, value: values_of_second[path] if path in newer else value
    )
    content = write_record(mixed, schema=SCHEMA)

    new = keyring.resealer.record(content, path=PATH)

    stale = ("internal", "1") in places(content)
    assert (new is None) is not stale
    if new is not None:
        assert SEALED.split(new.decode())[::3] == SEALED.split(content.decode())[::3]
        before, after = SEALED.finditer(content.decode()), SEALED.finditer(new.decode())
        for old, value in zip(before, after, strict=True):
            if old.group(1, 2) == ("internal", "1"):
                assert value.group(1, 2) == ("internal", "2")
                assert len(value[0]) == len(old[0])
            else:
                assert value[0] == old[0]
        assert opened(new, keyring.after) == SCHEMA.ordered(plain)


def test_a_second_run_finds_nothing_to_do(keyring: Keyring) -> None:
    new = keyring.resealer.record(keyring.record(keyring.before), path=PATH)

    assert new is not None
    assert keyring.resealer.record(new, path=PATH) is None


def test_values_in_items_of_lists_keep_their_places(keyring: Keyring) -> None:
    honours = [
        {"id": "true", "title": "先进", "date": "2026-01-31", "papers": [{"id": "aaaa"}]},
        {"id": "bbbb", "title": "enc"},
    ]
    plain = {"honours": honours, "contact": {"mobile": "1", "post": {"street": "x"}}}

    new = keyring.resealer.record(keyring.record(keyring.before, **plain), path=PATH)

    assert new is not None
    assert opened(new, keyring.after)["honours"] == honours
    assert places(new) == [
        *(("internal", "2") for _ in ("name", "mobile")),
        ("confidential", "1"),
        *(("internal", "2") for _ in ("date", "title", "title")),
    ]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (rb"(enc:\S+)\n", rb'"\1"\n'),
        (rb"(enc:\S+)\n", rb"'\1'\n"),
        (rb"(enc:\S+)\n", rb">-\n  \1\n"),
        (rb"(enc):(\S+)\n", rb'"\\u0065nc:\2"\n'),
        (rb"status: active\n", rb"status:   active\n"),
        (rb"\n", rb"\r\n"),
    ],
)
def test_a_file_written_by_hand_becomes_canonical(keyring: Keyring, old: bytes, new: bytes) -> None:
    canonical = keyring.record(keyring.before)
    content = re.sub(old, new, canonical)
    assert content != canonical

    written = keyring.resealer.record(content, path=PATH)

    assert written is not None
    assert SEALED.split(written.decode())[::3] == SEALED.split(canonical.decode())[::3]
    assert opened(written, keyring.after)["name"] == "王小明"


def test_what_no_pattern_takes_is_carried_over_too(keyring: Keyring) -> None:
    long = keyring.record(keyring.before, name="王" * 100)

    new = keyring.resealer.record(long, path=PATH)

    assert new is not None
    assert opened(new, keyring.after)["name"] == "王" * 100


def test_bytes_are_carried_over_that_no_writer_would_seal(keyring: Keyring) -> None:
    def cipher(key: LevelKey) -> MemberCipher:
        place: Any = {"archive": ARCHIVE, "uid": UID, "level": key.level, "epoch": key.epoch}
        secret = member_key(key.secret, keyring.share, purpose="value", **place)
        return MemberCipher(secret, **place)

    # Decomposed: text that an older Unicode took for its own normal form looks like this.
    odd = b'"e\xcc\x81"\x80'.ljust(32, b"\0")
    text = cipher(keyring.keys[0]).encrypt(odd, path=("name",))
    content = SEALED.sub(text, keyring.record(keyring.before).decode(), count=1).encode()

    new = keyring.resealer.record(content, path=PATH)

    assert new is not None
    (found,) = SEALED.finditer(new.decode())
    assert cipher(keyring.keys[2]).decrypt(found[0], path=("name",)) == odd


def test_each_of_two_keys_of_one_epoch_is_tried(keyring: Keyring) -> None:
    other = new_level_key("internal", epoch=1, archive=ARCHIVE)
    mine, _, _ = keyring.keys
    both = keyring.ring(mine, other, keyring.keys[1], internal=1)
    contents = [
        keyring.record(keyring.ring(key, keyring.keys[1], internal=1), name=f"by {key.kid}")
        for key in (mine, other)
    ]

    news = [keyring.resealer_with(both).record(content, path=PATH) for content in contents]

    names = [opened(new, keyring.after)["name"] for new in news if new]
    assert names == [f"by {mine.kid}", f"by {other.kid}"]


def test_an_old_key_that_is_not_at_hand_is_told(keyring: Keyring) -> None:
    without = keyring.ring(keyring.keys[1], internal=1)

    with pytest.raises(NoIdentityError, match="internal, epoch 1"):
        keyring.resealer_with(without).record(keyring.record(keyring.before), path=PATH)


def test_a_record_of_another_kind_is_no_record_of_this_archive(keyring: Keyring) -> None:
    content = keyring.record(keyring.before).replace(b"kind: individual", b"kind: committee")

    with pytest.raises(InvalidRecordError, match="kind"):
        keyring.resealer.record(content, path=PATH)


def rings(club: Club, archive: Archive) -> tuple[KeyRing, KeyRing]:
    """Open the club's keys, and make what the ring will be after a rotation of `internal`."""
    before = open_keys(archive, club.caller()).ring
    key = new_level_key("internal", epoch=2, archive=archive.manifest.archive)
    current = {**before.current, "internal": 2}
    after = KeyRing(archive=before.archive, level_keys=[key], current=current, vault=before.vault)
    return before, after


def test_the_changes_of_an_archive_come_in_the_order_of_their_paths(club: Club) -> None:
    archive = open_archive(club.root)
    before, after = rings(club, archive)

    changes = [*resealed(archive, before=before, after=after, levels=["internal"])]

    assert [change.path.rpartition("/")[2] for change in changes] == [
        "M2026-000001.yaml",
        "M2026-000002.yaml",
        "M2026-000003.yaml",
    ]
    for change in changes:
        stored = StoredRecord(values=read_canonical(content_of(change)))
        schema = archive.schema("individual")
        standing = StoredRecord(values=read_canonical(archive.snapshot.read(change.path) or b""))
        assert {level for level, _ in places(content_of(change))} <= {"internal", "confidential"}
        assert ("internal", "1") not in places(content_of(change))
        now = open_record(stored, schema=schema, ring=after)
        then = open_record(standing, schema=schema, ring=before)
        assert {
            path: value for path, _, value in schema.leaves(now.values) if not is_sealed(value)
        } == {
            path: value
            for path, field, value in schema.leaves(then.values)
            if field is None or field.level != "confidential"
        }


def content_of(change: Change) -> bytes:
    assert isinstance(change.content, bytes)
    return change.content


def test_many_records_are_sealed_again_by_several_processes(club: Club) -> None:
    archive = open_archive(club.root)
    content = archive.snapshot.read("members/2026/0000/M2026-000002.yaml")
    assert content is not None
    paths = [f"members/2025/{number // 100:04}/M2025-{number:06}.yaml" for number in range(700)]
    changes = tuple(Change(path=path, content=content) for path in paths)
    copies = Plan(changes=changes, act=Act(name="import", subject="copies"))
    assert transact(archive.repository, lambda _: copies)
    archive = open_archive(club.root)
    before, after = rings(club, archive)

    made = [*resealed(archive, before=before, after=after, levels=["internal"])]

    assert [change.path for change in made[:700]] == paths
    assert len({content_of(change) for change in made}) == 703
    assert all(("internal", "1") not in places(content_of(change)) for change in made)


def test_a_level_whose_epoch_is_current_changes_nothing(club: Club) -> None:
    archive = open_archive(club.root)
    ring = open_keys(archive, club.caller()).ring

    assert [*resealed(archive, before=ring, after=ring, levels=["internal", "secret"])] == []


def test_a_new_key_that_is_not_at_hand_is_told_at_once(club: Club) -> None:
    archive = open_archive(club.root)
    before, _ = rings(club, archive)
    after = KeyRing(
        archive=before.archive, level_keys=[], current={"internal": 2}, vault=before.vault
    )

    with pytest.raises(NoIdentityError, match="internal, epoch 2"):
        resealed(archive, before=before, after=after, levels=["internal"])


def shred_share(club: Club, uid: str) -> None:
    """Lose a member's share, without any fence."""
    for path in club.vault.glob("s*/*.txt"):
        lines = path.read_bytes().splitlines(keepends=True)
        path.write_bytes(b"".join(line for line in lines if uid.encode() not in line))


def test_a_member_without_a_share_stops_it_and_nothing_is_committed(club: Club) -> None:
    uid, head = club.uid("M2026-000002"), club.head()
    shred_share(club, uid)
    archive = open_archive(club.root)
    before, after = rings(club, archive)

    def plan(_: Any) -> Plan:
        changes = resealed(archive, before=before, after=after, levels=["internal"])
        return Plan(changes=changes, act=Act(name="rotate", subject="rotate"))

    with pytest.raises(ShareMissingError) as caught:
        transact(archive.repository, plan)

    assert caught.value.where == f"members/2026/0000/M2026-000002.yaml: {uid}"
    assert club.head() == head
    assert club.git("status", "--porcelain") == ""


def test_a_value_of_another_place_stops_it_and_is_named(club: Club) -> None:
    copy_name(club)
    archive = open_archive(club.root)
    before, after = rings(club, archive)

    with pytest.raises(UnopenedValueError) as caught:
        list(resealed(archive, before=before, after=after, levels=["internal"]))

    assert caught.value.where == "members/2026/0000/M2026-000002.yaml: name"


def copy_name(club: Club) -> None:
    """Put one member's name, as it is sealed, into the record of another."""
    name = re.search(r"^name: (\S+)$", club.text("M2026-000003"), re.MULTILINE)
    assert name
    club.edit("members/2026/0000/M2026-000002.yaml", r"(?m)^name: \S+$", f"name: {name[1]}")
    club.commit_by_hand()


def test_problems_are_told_and_the_others_go_on(club: Club) -> None:
    copy_name(club)
    shred_share(club, club.uid("M2026-000003"))
    archive = open_archive(club.root)
    before, after = rings(club, archive)
    problems: list[Problem] = []

    changes = [
        *resealed(archive, before=before, after=after, levels=["internal"], problems=problems)
    ]

    assert [change.path for change in changes] == ["members/2026/0000/M2026-000001.yaml"]
    assert [(problem.path[-8:], problem.rule, problem.pointer) for problem in problems] == [
        ("002.yaml", "unopened-value", "name"),
        ("003.yaml", "share-missing", ""),
    ]
