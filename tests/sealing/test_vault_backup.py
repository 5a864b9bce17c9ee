"""The text of a backup: canonical, strict, and without the purged; and what comes back of it."""

from __future__ import annotations

import base64
import os
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from memberarc.errors import VaultError
from memberarc.sealing.derivation import record_commitment
from memberarc.sealing.vault.backup import (
    VaultContents,
    gather_contents,
    parse_contents,
    plan_restoration,
    write_contents,
)
from memberarc.sealing.vault.backup_list import Backup, note_backup
from memberarc.sealing.vault.fences import Fence
from memberarc.sealing.vault.replica import Vault, create_vault
from memberarc.sealing.vault.replicas import Replicas
from memberarc.sealing.vault.share_lines import share_line

ONE, TWO, THREE = "aaaaaaaaaaaaaaaa", "bbbbbbbbbbbbbbbb", "cccccccccccccccc"
BACKUP = Backup(
    id="k5x2w7n3q4v6t2zb",
    kind="backup",
    made="2026-11-03T04:00:00Z",
    expires="2026-12-03",
    recipients=("zhang",),
)


def replicas_of(*vaults: Vault) -> Replicas:
    return Replicas(vaults, clock=lambda: datetime(2026, 11, 3, tzinfo=UTC))


def fence(uid: str, state: str) -> Fence:
    times = {"approved": "2026-11-01T00:00:00Z", "fenced": "2026-11-01T00:00:00Z"}
    return Fence(
        uid=uid, request=THREE, state=state, times={s: t for s, t in times.items() if s <= state}
    )


@pytest.fixture
def contents(vault: Vault) -> VaultContents:
    vault.provision([ONE, TWO])
    vault.put_fence(fence(THREE, "fenced"))
    note_backup(replicas_of(vault), BACKUP)
    return gather_contents(replicas_of(vault), backup=BACKUP)


def test_a_backup_is_read_back_as_it_was_written(contents: VaultContents) -> None:
    assert parse_contents(write_contents(contents), where="x") == contents


def test_a_backup_has_the_lines_of_the_format(contents: VaultContents, vault: Vault) -> None:
    lines = write_contents(contents).decode().split("\n")

    assert lines[0] == (
        f"memberarc-vault-backup m1 {vault.archive} {vault.vault_id} k5x2w7n3q4v6t2zb"
        " 2026-11-03T04:00:00Z 2026-12-03"
    )
    segment = next(vault.segments.iterdir()).read_text()
    assert lines[1:3] == segment.splitlines()
    assert [line.split(" ")[:2] for line in lines[3:-1]] == [
        ["backup", BACKUP.id],
        ["fence", THREE],
        ["replica", vault.replica],
    ]
    fence_file = (vault.fence_folder / f"{THREE}.yaml").read_bytes()
    assert base64.b64decode(lines[4].split(" ")[2]) == fence_file
    assert lines[-1] == ""


def test_whatever_is_not_canonical_is_refused(contents: VaultContents) -> None:
    lines = write_contents(contents).split(b"\n")
    share = share_line(ONE, share=os.urandom(32), archive="another archive")
    broken = {
        "no title": lines[1:],
        "another version": [lines[0].replace(b" m1 ", b" m2 "), *lines[1:]],
        "another day": [lines[0].replace(b"2026-12-03", b"2099-12-03"), *lines[1:]],
        "another order": [lines[0], lines[2], lines[1], *lines[3:]],
        "a line twice": [lines[0], lines[1], *lines[1:]],
        "a rotten share": [lines[0], lines[1][:-1] + b"x", *lines[2:]],
        "a foreign share": [lines[0], share, *lines[2:]],
        "itself not listed": [line for line in lines if not line.startswith(b"backup ")],
        "a fence of another": [line.replace(THREE.encode(), ONE.encode()) for line in lines],
        "an unknown line": [*lines[:-1], b"zebra " + lines[4].partition(b" ")[2], b""],
        "no end": lines[:-1],
        "nothing": [b""],
    }
    for flaw, text in broken.items():
        with pytest.raises(VaultError, match="this is no backup of a vault"):
            parse_contents(b"\n".join(text), where=flaw)


def test_a_backup_joins_all_replicas_and_leaves_out_who_is_fenced_in_any(
    vault: Vault, tmp_path: Path
) -> None:
    second = create_vault(tmp_path / "second", archive=vault.archive, vault_id=vault.vault_id)
    shares = vault.provision([ONE, TWO])
    other = second.provision([THREE])
    second.adopt({ONE: shares[ONE]})
    second.put_fence(fence(TWO, "fenced"))
    second.put_fence(fence(THREE, "approved"))

    contents = gather_contents(replicas_of(vault, second), backup=BACKUP)

    assert contents.shares == {ONE: {shares[ONE]}, THREE: {other[THREE]}}
    assert contents.fences.keys() == {TWO, THREE}
    assert contents.backups == {BACKUP.id: BACKUP}


def test_neither_index_share_nor_suppression_list_is_in_a_backup(
    contents: VaultContents, vault: Vault
) -> None:
    before = write_contents(contents)
    (vault.directory / "index.txt").write_bytes(b"index")
    (vault.directory / "suppress").mkdir()
    (vault.directory / "suppress" / "key").write_bytes(b"key")

    assert write_contents(gather_contents(replicas_of(vault), backup=BACKUP)) == before


def plan(
    contents: VaultContents,
    *,
    standing: dict[str, set[bytes]] | None = None,
    purged: tuple[str, ...] = (),
    keys: dict[str, str] | None = None,
) -> tuple[dict[str, bytes], int, tuple[str, ...], tuple[str, ...]]:
    def commitments() -> dict[str, str]:
        assert keys is not None, "records are read only where shares differ"
        return keys

    one = plan_restoration(
        contents, standing=standing or {}, purged=purged, commitments=commitments
    )
    return dict(one.missing), one.present, one.purged, one.unclear


def test_only_what_is_missing_is_restored_and_nothing_of_the_purged(
    contents: VaultContents,
) -> None:
    [share], [other] = contents.shares[ONE], contents.shares[TWO]

    assert plan(contents) == ({ONE: share, TWO: other}, 0, (), ())
    assert plan(contents, standing={ONE: {share}}) == ({TWO: other}, 1, (), ())
    assert plan(contents, purged=(ONE, THREE)) == ({TWO: other}, 0, (ONE,), ())


def test_of_two_shares_the_record_decides_and_else_nothing_is_changed(
    contents: VaultContents,
) -> None:
    [share], [other] = contents.shares[ONE], contents.shares[TWO]
    strange = os.urandom(32)
    standing = {ONE: {strange}, TWO: {other}}

    for key, outcome in {
        record_commitment(share): ({ONE: share}, 1, (), ()),
        record_commitment(strange): ({}, 2, (), ()),
        "0" * 16: ({}, 1, (), (ONE,)),
    }.items():
        assert plan(contents, standing=standing, keys={ONE: key}) == outcome
    assert plan(contents, standing=standing, keys={}) == ({}, 1, (), (ONE,))


def test_of_two_shares_in_the_backup_the_record_decides_too(contents: VaultContents) -> None:
    [other], first, second = contents.shares[TWO], os.urandom(32), os.urandom(32)
    both = replace(contents, shares={ONE: frozenset({first, second}), TWO: frozenset({other})})

    assert parse_contents(write_contents(both), where="x") == both
    keys = {ONE: record_commitment(second)}
    assert plan(both, keys=keys) == ({ONE: second, TWO: other}, 0, (), ())
