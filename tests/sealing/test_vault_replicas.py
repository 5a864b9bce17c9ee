"""Replicas of one vault: the union of shares, less the union of fences."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from memberarc.errors import MemberPurgedError
from memberarc.sealing.vault import Vault, create_vault, open_vault
from memberarc.sealing.vault_replicas import reconcile

if TYPE_CHECKING:
    from pathlib import Path

ARCHIVE = "mzxw6ytboi7q2wgv5t3kc4dnxa"
UID, OTHER_UID, THIRD_UID = "k5x2w7n3q4v6t2zb", "p3d7hq2mlx5cva6r", "k5aaaaaaaaaaaaaa"
NOW = datetime(2026, 11, 3, 10, 0, tzinfo=UTC)
LATER = NOW + timedelta(hours=1)


@pytest.fixture
def replica(vault: Vault, tmp_path: Path) -> Vault:
    return create_vault(tmp_path / "replica", archive=ARCHIVE, vault_id=vault.vault_id)


def reopened(vault: Vault) -> Vault:
    return open_vault(vault.directory, archive=ARCHIVE, vault_id=vault.vault_id)


def test_each_replica_gets_the_shares_it_lacked(vault: Vault, replica: Vault) -> None:
    shares = vault.provision([UID, OTHER_UID]) | replica.provision([THIRD_UID])
    vault.compact()

    done = reconcile([vault, replica], now=NOW)

    assert [one.shares for one in done] == [1, 2]
    for one in (vault, replica):
        assert {uid: reopened(one).shares(uid)[0] for uid in shares} == shares
    assert [one.shares for one in reconcile([vault, replica], now=NOW)] == [0, 0]


def test_two_shares_of_one_uid_are_kept_by_all(vault: Vault, replica: Vault) -> None:
    shares = {vault.provision([UID])[UID], vault.provision([UID])[UID]}
    shares.add(replica.provision([UID])[UID])

    reconcile([vault, replica], now=NOW)

    assert set(vault.shares(UID)) == set(replica.shares(UID)) == shares


def test_a_purge_is_carried_to_the_replica_that_missed_it(vault: Vault, replica: Vault) -> None:
    replica.adopt(vault.provision([UID, OTHER_UID]))
    vault.fence(UID, request="r3quest", state="fenced", times={"approved": NOW, "fenced": NOW})
    vault.shred(UID)
    vault.advance_fence(UID, "certified", now=NOW)

    done = reconcile([replica, vault], now=LATER)

    assert (done[0].fenced, done[0].shredded, done[1].shredded) == ((UID,), (UID,), ())
    with pytest.raises(MemberPurgedError):
        replica.shares(UID)
    assert [path for path in replica.segments.iterdir() if UID in path.read_text()] == []
    found = replica.fence_of(UID)
    assert found is not None
    assert (found.state, found.request) == ("certified", "r3quest")
    assert found.times == {
        "approved": "2026-11-03T10:00:00Z",
        "fenced": "2026-11-03T10:00:00Z",
        "certified": "2026-11-03T11:00:00Z",
    }


def test_a_backup_put_back_loses_the_purged_share_again(vault: Vault, replica: Vault) -> None:
    replica.adopt(vault.provision([UID]))
    backup = {path.name: path.read_bytes() for path in replica.segments.iterdir()}
    for one in (vault, replica):
        one.fence(UID, request="r3quest", state="fenced", times={"fenced": NOW})
        one.shred(UID)
        one.advance_fence(UID, "shredded", now=NOW)
    for name, content in backup.items():
        (replica.segments / name).write_bytes(content)
        (replica.segments / name).chmod(0o600)

    done = reconcile([vault, replica], now=LATER)

    assert [one.shredded for one in done] == [(), (UID,)]
    assert replica.problems() == []
    assert [one.shares for one in done] == [0, 0]


def test_an_approved_purge_is_known_to_all_and_destroys_nothing(
    vault: Vault, replica: Vault
) -> None:
    share = vault.provision([UID])[UID]
    vault.fence(UID, request="r3quest", state="approved", times={"approved": NOW})

    done = reconcile([vault, replica], now=LATER)

    assert [one.shredded for one in done] == [(), ()]
    assert vault.shares(UID) == (share,)
    with pytest.raises(MemberPurgedError):
        replica.provision([UID])
