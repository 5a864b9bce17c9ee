"""All replicas together: one that is away, full, read-only or rotten never stops the others."""

from __future__ import annotations

import os
import subprocess
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

from memberarc.archive.lock import hold_lock
from memberarc.errors import (
    FileError,
    MemberPurgedError,
    ShareMissingError,
    ShareRottenError,
    UnsafeVaultError,
    VaultError,
)
from memberarc.sealing.derivation import record_commitment
from memberarc.sealing.vault import replicas as replicas_module
from memberarc.sealing.vault import upkeep as vault_upkeep
from memberarc.sealing.vault.fences import Fence, utc_text
from memberarc.sealing.vault.register import RegisteredReplica, spread_register
from memberarc.sealing.vault.replica import Vault, create_vault, open_vault
from memberarc.sealing.vault.replicas import AbsentReplica, Replicas

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

ARCHIVE = "mzxw6ytboi7q2wgv5t3kc4dnxa"
UID, OTHER_UID = "k5x2w7n3q4v6t2zb", "p3d7hq2mlx5cva6r"
NOW = datetime(2026, 11, 3, 10, 0, tzinfo=UTC)
TODAY = NOW.date()


@pytest.fixture
def second(vault: Vault, tmp_path: Path) -> Vault:
    return create_vault(tmp_path / "second", archive=ARCHIVE, vault_id=vault.vault_id)


def joined(*vaults: Vault, **more: Any) -> Replicas:
    return Replicas(vaults, clock=lambda: NOW, **more)


def reopened(vault: Vault) -> Vault:
    return open_vault(vault.directory, archive=ARCHIVE, vault_id=vault.vault_id)


def fence(state: str = "fenced") -> Fence:
    times = dict.fromkeys(("approved", state), utc_text(NOW))
    return Fence(uid=UID, request="r3questr3questr3", state=state, times=times)


@contextmanager
def mounted(folder: Path, *options: str) -> Iterator[Path]:
    """Mount a small file system of its own, where the machine lets us."""
    folder.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", ",".join(("size=256k", *options)), "tmpfs", folder]
    if os.geteuid() != 0 or subprocess.run(command, capture_output=True).returncode:
        pytest.skip("a file system can be mounted by root only")
    try:
        yield folder
    finally:
        subprocess.run(["umount", folder], check=True)


def test_the_shares_that_are_provided_are_those_that_every_replica_holds(
    vault: Vault, second: Vault
) -> None:
    shares = joined(vault, second).provide([UID, OTHER_UID])

    assert len({*shares.values()}) == 2
    for one in (vault, second):
        assert {uid: reopened(one).shares(uid) for uid in (UID, OTHER_UID)} == {
            uid: (share,) for uid, share in shares.items()
        }


def test_nobody_is_provided_for_when_one_uid_is_fenced_in_some_replica(
    vault: Vault, second: Vault
) -> None:
    second.put_fence(fence())

    with pytest.raises(MemberPurgedError):
        joined(vault, second).provide([OTHER_UID, UID])

    assert not vault.share_files(vault.segments)
    assert not second.share_files(second.segments)


def test_a_new_share_is_in_every_replica_and_the_record_names_it(
    vault: Vault, second: Vault
) -> None:
    keys = joined(vault, second).provision([UID, OTHER_UID])

    for uid in (UID, OTHER_UID):
        [share] = reopened(vault).shares(uid)
        assert reopened(second).shares(uid) == (share,)
        assert keys[uid] == record_commitment(share)


def test_a_replica_that_cannot_be_written_is_absent_and_the_others_go_on(
    vault: Vault, second: Vault
) -> None:
    replicas = joined(vault, second)
    second.segments.rename(second.directory / "gone")

    keys = replicas.provision([UID])

    assert replicas.ids == (vault.replica,)
    [absent] = replicas.absent
    assert (absent.replica, absent.place) == (second.replica, str(second.directory))
    assert "No such file" in absent.reason
    assert replicas.share(UID, commitment=keys[UID]) == vault.share(UID, commitment=keys[UID])


def test_a_nearest_replica_that_cannot_be_written_does_not_stop_the_others(
    vault: Vault, second: Vault
) -> None:
    replicas = joined(vault, second)
    vault.segments.rename(vault.directory / "gone")

    keys = replicas.provision([UID])

    assert record_commitment(reopened(second).shares(UID)[0]) == keys[UID]
    assert replicas.ids == (second.replica,)


def test_when_no_replica_can_be_written_nothing_is_promised(vault: Vault, second: Vault) -> None:
    replicas = joined(vault, second)
    for one in (vault, second):
        one.segments.rename(one.directory / "gone")

    with pytest.raises(FileError, match="no replica of the vault could be written"):
        replicas.provision([UID])


def test_a_full_disk_is_told_and_holds_no_half_written_share(vault: Vault, tmp_path: Path) -> None:
    with mounted(tmp_path / "usb") as usb:
        second = create_vault(usb / "vault", archive=ARCHIVE, vault_id=vault.vault_id)
        replicas = joined(vault, second)
        with pytest.raises(OSError, match="No space"):
            (usb / "ballast").write_bytes(bytes(1_000_000))

        keys = replicas.provision([UID])

        assert [one.reason for one in replicas.absent] == ["cannot write: No space left on device"]
        assert [*second.segments.iterdir()] == []
        assert replicas.share(UID, commitment=keys[UID])


def test_a_replica_mounted_read_only_opens_and_confirms_nothing(
    vault: Vault, tmp_path: Path
) -> None:
    with mounted(tmp_path / "usb") as usb:
        second = create_vault(usb / "vault", archive=ARCHIVE, vault_id=vault.vault_id)
        keys = joined(vault, second).provision([UID])
        subprocess.run(["mount", "-o", "remount,ro", usb], check=True)
        replicas = joined(vault, reopened(second))

        assert [one.replica for one in replicas.absent] == [second.replica]
        assert joined(reopened(second)).share(UID, commitment=keys[UID])

        replicas.put_fence(fence())
        confirmed = replicas.shred(UID)

        assert confirmed == {vault.replica: NOW, second.replica: None}
        assert len(replicas.shares_left(UID)) == 1
        with pytest.raises(MemberPurgedError):
            replicas.share(UID, commitment=keys[UID])


def test_a_share_the_nearest_lacks_is_read_from_another(vault: Vault, second: Vault) -> None:
    share = second.provision([UID])[UID]

    found = joined(vault, second).share(UID, commitment=record_commitment(share))

    assert found == share


@pytest.mark.parametrize("place", [4, 30, 70])
def test_a_share_rotten_in_the_nearest_is_read_from_another(
    vault: Vault, second: Vault, place: int
) -> None:
    keys = joined(vault, second).provision([UID])
    segment = next(vault.segments.iterdir())
    line = segment.read_bytes()
    segment.write_bytes(line[:place] + bytes([line[place] ^ 1]) + line[place + 1 :])

    found = joined(reopened(vault), second).share(UID, commitment=keys[UID])

    assert record_commitment(found) == keys[UID]


def test_of_different_shares_in_two_replicas_the_record_decides(
    vault: Vault, second: Vault
) -> None:
    shares = [one.provision([UID])[UID] for one in (vault, second)]

    for share in shares:
        found = joined(vault, second).share(UID, commitment=record_commitment(share))
        assert found == share
    with pytest.raises(ShareMissingError, match="not the one"):
        joined(vault, second).share(UID, commitment="0" * 16)


def test_what_no_replica_has_is_told_as_the_nearest_tells_it(vault: Vault, second: Vault) -> None:
    replicas = joined(vault, second)
    with pytest.raises(ShareMissingError, match="holds no share"):
        replicas.share(UID, commitment="0" * 16)

    vault.provision([UID])
    segment = next(vault.segments.iterdir())
    segment.write_bytes(segment.read_bytes()[:-3] + b"..\n")

    with pytest.raises(ShareRottenError):
        joined(reopened(vault), second).share(UID, commitment="0" * 16)


def test_a_segment_others_may_read_is_refused_though_another_replica_has_the_share(
    vault: Vault, second: Vault
) -> None:
    keys = joined(vault, second).provision([UID])
    next(vault.segments.iterdir()).chmod(0o640)

    with pytest.raises(UnsafeVaultError):
        joined(reopened(vault), second).share(UID, commitment=keys[UID])


def test_a_fence_in_one_replica_closes_the_member_in_all(vault: Vault, second: Vault) -> None:
    replicas = joined(vault, second)
    keys = replicas.provision([UID])
    second.put_fence(fence())

    with pytest.raises(MemberPurgedError):
        replicas.share(UID, commitment=keys[UID])
    with pytest.raises(MemberPurgedError):
        replicas.provision([UID])
    assert len([*vault.segments.iterdir()]) == 1


def test_shredding_tells_of_each_replica_when_it_confirmed(vault: Vault, second: Vault) -> None:
    away = RegisteredReplica(replica="a" * 26, added="2026-01-02", label="safe")
    lost = RegisteredReplica(
        replica="b" * 26, added="2026-01-02", label="lost", retired="2026-02-03"
    )
    spread_register(second, {one.replica: one for one in (away, lost)}, today=TODAY)
    replicas = joined(vault, second)
    replicas.provision([UID])
    replicas.put_fence(fence())

    confirmed = replicas.shred(UID)

    assert confirmed == {vault.replica: NOW, second.replica: NOW, away.replica: None}
    assert replicas.shares_left(UID) == set()
    assert replicas.known[lost.replica] == lost


def test_a_replica_whose_lock_is_held_confirms_nothing(
    vault: Vault, second: Vault, monkeypatch: pytest.MonkeyPatch
) -> None:
    replicas = joined(vault, second)
    replicas.provision([UID])
    replicas.put_fence(fence())
    monkeypatch.setattr(vault_upkeep, "hold_lock", lambda path: hold_lock(path, wait_s=0))

    with hold_lock(second.directory):
        confirmed = replicas.shred(UID)

    assert confirmed == {vault.replica: NOW, second.replica: None}
    assert [one.replica for one in replicas.absent] == [second.replica]
    assert joined(vault, second).shred(UID) == {vault.replica: NOW, second.replica: NOW}


def test_a_copy_by_hand_stops_the_shredding(vault: Vault, second: Vault) -> None:
    replicas = joined(vault, second)
    replicas.provision([UID])
    copy = second.directory / "copy.txt"
    copy.write_bytes(next(second.segments.iterdir()).read_bytes())
    replicas.put_fence(fence())

    with pytest.raises(VaultError, match="still there"):
        replicas.shred(UID)


def test_a_damaged_fence_is_passed_over_where_another_is_sound(vault: Vault, second: Vault) -> None:
    replicas = joined(vault, second)
    replicas.put_fence(fence())
    (vault.fence_folder / f"{UID}.yaml").write_bytes(b"format: fence/1\n")

    assert replicas.fence_of(UID) == fence()
    (second.fence_folder / f"{UID}.yaml").write_bytes(b"")
    with pytest.raises(VaultError, match="not a fence"):
        replicas.fence_of(UID)


def test_a_replica_that_the_settings_here_do_not_name_is_known_and_absent(
    vault: Vault, second: Vault
) -> None:
    spread_register(vault, joined(vault, second).known, today=TODAY)

    replicas = joined(reopened(vault))

    assert replicas.known.keys() == {vault.replica, second.replica}
    assert replicas.absent == (
        AbsentReplica(
            replica=second.replica,
            place="second",
            reason="the settings here do not name it",
        ),
    )


def test_a_directory_of_the_settings_stands_for_the_replica_it_held(
    vault: Vault, second: Vault
) -> None:
    spread_register(vault, joined(vault, second).known, today=TODAY)
    unplugged = AbsentReplica(replica=second.replica, place="/media/usb", reason="no vault here")
    unknown = AbsentReplica(replica="", place="/media/other", reason="no vault here")

    assert joined(vault, unopened=[unplugged, unknown]).absent == (unplugged, unknown)


def test_a_retired_replica_is_missed_by_nobody_and_gets_no_new_share(
    vault: Vault, second: Vault
) -> None:
    keys = joined(vault, second).provision([OTHER_UID])
    retired = RegisteredReplica(replica=second.replica, added="2026-01-02", retired="2026-02-03")
    spread_register(vault, {second.replica: retired}, today=TODAY)

    replicas = joined(second, vault)
    replicas.provision([UID])

    assert joined(vault).absent == ()
    assert replicas.nearest is vault
    with pytest.raises(ShareMissingError):
        second.shares(UID)
    assert replicas.share(OTHER_UID, commitment=keys[OTHER_UID])
    replicas.put_fence(fence())
    assert replicas.shred(UID) == {vault.replica: NOW, second.replica: NOW}


def test_all_replicas_are_compacted_when_it_is_due(
    vault: Vault, second: Vault, monkeypatch: pytest.MonkeyPatch
) -> None:
    from memberarc.sealing.vault import replica as vault_module

    monkeypatch.setattr(vault_module, "SEGMENT_LIMIT", 1)
    replicas = joined(vault, second)
    keys = replicas.provision([UID]) | replicas.provision([OTHER_UID])

    for one in (vault, second):
        assert [*one.segments.iterdir()] == []
        for uid, key in keys.items():
            assert record_commitment(reopened(one).shares(uid)[0]) == key


def test_a_compaction_that_has_to_wait_stops_no_add(
    vault: Vault, monkeypatch: pytest.MonkeyPatch
) -> None:
    from memberarc.sealing.vault import replica as vault_module

    monkeypatch.setattr(vault_module, "SEGMENT_LIMIT", 0)
    monkeypatch.setattr(vault_upkeep, "hold_lock", lambda path: hold_lock(path, wait_s=0))
    replicas = joined(vault)

    with hold_lock(vault.directory):
        keys = replicas.provision([UID])

    assert replicas.absent == ()
    assert replicas.share(UID, commitment=keys[UID])


def test_no_error_tells_a_share(vault: Vault, second: Vault) -> None:
    share = vault.provision([UID])[UID]
    replicas = joined(vault, second)
    told = []
    for commitment in ("0" * 16, "x"):
        with pytest.raises(ShareMissingError) as caught:
            replicas.share(UID, commitment=commitment)
        told.append(f"{caught.value!r}{caught.value.where}{caught.value.hint}{vars(caught.value)}")
    told.append(repr(replicas_module.Replicas((vault,), clock=lambda: NOW)))

    assert share.hex() not in " ".join(told)
    assert next(vault.segments.iterdir()).read_text().split()[2] not in " ".join(told)


def test_a_fence_that_the_clock_of_the_folder_did_not_tell_is_seen(vault: Vault) -> None:
    """FAT counts time in steps of two seconds."""
    assert vault.fenced_uids() == frozenset()
    changed_at = vault.fence_folder.stat().st_mtime_ns
    fence = vault.fence_folder / f"{UID}.yaml"
    fence.write_bytes(b"")
    fence.chmod(0o600)
    os.utime(vault.fence_folder, ns=(changed_at, changed_at))

    assert vault.closes(UID)
