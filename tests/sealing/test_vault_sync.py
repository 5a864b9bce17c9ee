"""Bringing replicas together: the union of shares, less the union of fences."""

from __future__ import annotations

import shutil
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from memberarc.errors import (
    FileError,
    MemberPurgedError,
    ShareMissingError,
    ShareRottenError,
    VaultError,
)
from memberarc.sealing.vault.backup_list import Backup, listed_backups, put_backup
from memberarc.sealing.vault.fences import Fence, utc_text
from memberarc.sealing.vault.manifest import write_manifest
from memberarc.sealing.vault.register import (
    RegisteredReplica,
    joined_register,
    parse_entry,
    spread_register,
    write_entry,
)
from memberarc.sealing.vault.removal import remove_remains, remove_vault
from memberarc.sealing.vault.replica import Vault, create_vault, open_vault
from memberarc.sealing.vault.replicas import Replicas
from memberarc.sealing.vault.share_lines import RotFinder, share_line
from memberarc.sealing.vault.suppression import suppress
from memberarc.sealing.vault.sync import Synced, plan_sync, synchronise

if TYPE_CHECKING:
    from pathlib import Path

ARCHIVE = "mzxw6ytboi7q2wgv5t3kc4dnxa"
UID, OTHER_UID, THIRD_UID = "k5x2w7n3q4v6t2zb", "p3d7hq2mlx5cva6r", "k5aaaaaaaaaaaaaa"
NOW = datetime(2026, 11, 3, 10, 0, tzinfo=UTC)
TODAY = NOW.date()


@pytest.fixture
def second(vault: Vault, tmp_path: Path) -> Vault:
    return create_vault(tmp_path / "second", archive=ARCHIVE, vault_id=vault.vault_id)


def reopened(vault: Vault) -> Vault:
    return open_vault(vault.directory, archive=ARCHIVE, vault_id=vault.vault_id)


def joined(*vaults: Vault) -> Replicas:
    return Replicas([reopened(one) for one in vaults], clock=lambda: NOW)


def sync(*vaults: Vault) -> tuple[Synced, ...]:
    replicas = joined(*vaults)
    done = synchronise(replicas, today=TODAY, buried=everybody)
    assert replicas.absent == ()
    return done.replicas


def settled(*vaults: Vault) -> bool:
    plan = plan_sync(joined(*vaults), today=TODAY, buried=everybody)
    return not any(one.changed for one in plan.replicas)


def everybody() -> set[str]:
    """Whom the archive has a tombstone of, where a test does not say otherwise."""
    return {UID, OTHER_UID, THIRD_UID}


def remove(vault: Vault, *kept: Vault) -> None:
    remove_vault(reopened(vault), kept=joined(*kept), buried=everybody, today=TODAY)


def fence(state: str, *, uid: str = UID, request: str = "r3questr3questr3") -> Fence:
    times = dict.fromkeys(("approved", state), utc_text(NOW))
    return Fence(uid=uid, request=request, state=state, times=times)


def test_each_replica_gets_the_shares_it_lacked(vault: Vault, second: Vault) -> None:
    shares = vault.provision([UID, OTHER_UID]) | second.provision([THIRD_UID])
    vault.compact()

    done = sync(vault, second)

    assert [len(one.shares) for one in done] == [1, 2]
    for one in (vault, second):
        assert {uid: reopened(one).shares(uid)[0] for uid in shares} == shares
    assert settled(vault, second)


def test_two_shares_of_one_uid_are_kept_by_all(vault: Vault, second: Vault) -> None:
    shares = {vault.provision([UID])[UID], vault.provision([UID])[UID]}
    shares.add(second.provision([UID])[UID])

    sync(vault, second)

    assert set(reopened(vault).shares(UID)) == set(reopened(second).shares(UID)) == shares


@pytest.mark.parametrize("state", ["fenced", "shredded", "certified"])
def test_a_purge_is_carried_to_the_replica_that_missed_it(
    vault: Vault, second: Vault, state: str
) -> None:
    second.adopt(vault.provision([UID, OTHER_UID]))
    vault.put_fence(fence(state))
    vault.shred(UID)

    first, other = sync(second, vault)

    assert (len(first.fences), first.shredded, other.shredded) == (1, [UID], [])
    with pytest.raises(MemberPurgedError):
        reopened(second).shares(UID)
    assert [path for path in second.segments.iterdir() if UID in path.read_text()] == []
    assert reopened(second).fence_of(UID) == vault.fence_of(UID) == fence(state)
    assert reopened(second).shares(OTHER_UID) == vault.shares(OTHER_UID)
    assert settled(vault, second)


def test_a_backup_put_back_loses_the_purged_share_again(
    vault: Vault, second: Vault, tmp_path: Path
) -> None:
    second.adopt(vault.provision([UID]))
    shutil.copytree(second.segments, tmp_path / "backup")
    for one in (vault, second):
        one.put_fence(fence("certified"))
        one.shred(UID)
    shutil.copytree(tmp_path / "backup", second.segments, dirs_exist_ok=True)

    done = sync(vault, second)

    assert [one.shredded for one in done] == [[], [UID]]
    assert second.problems() == []
    assert settled(vault, second)


def test_a_purge_only_approved_is_known_to_all_and_destroys_nothing(
    vault: Vault, second: Vault
) -> None:
    share = vault.provision([UID])[UID]
    vault.put_fence(fence("approved"))

    done = sync(vault, second)

    assert [one.shredded for one in done] == [[], []]
    assert reopened(second).shares(UID) == reopened(vault).shares(UID) == (share,)
    assert reopened(second).fence_of(UID) == fence("approved")


def test_fences_of_two_requests_come_to_the_same_everywhere(vault: Vault, second: Vault) -> None:
    second.adopt(vault.provision([UID]))
    vault.put_fence(fence("approved"))
    second.put_fence(fence("fenced", request="z2questr3questr3"))

    sync(vault, second)

    assert reopened(vault).fence_of(UID) == reopened(second).fence_of(UID)
    assert "r3questr3questr3" in (vault.fence_folder / f"{UID}.yaml").read_text()
    for one in (vault, second):
        with pytest.raises(MemberPurgedError):
            reopened(one).shares(UID)
    assert settled(vault, second)


def test_a_damaged_fence_is_mended_from_another_replica(vault: Vault, second: Vault) -> None:
    for one in (vault, second):
        one.put_fence(fence("certified"))
    path = vault.fence_folder / f"{UID}.yaml"
    path.write_bytes(path.read_bytes()[:50])

    done = sync(vault, second)

    assert [len(one.fences) for one in done] == [1, 0]
    assert reopened(vault).fence_of(UID) == fence("certified")
    assert vault.problems() == []


def test_a_fence_no_replica_can_read_closes_its_uid_and_spreads_nothing(
    vault: Vault, second: Vault
) -> None:
    vault.provision([UID])
    vault.put_fence(fence("approved"))
    (vault.fence_folder / f"{UID}.yaml").write_bytes(b"")

    sync(vault, second)

    assert [*second.segments.iterdir()] == []
    assert [*vault.segments.iterdir()] != []


def test_a_damaged_fence_is_not_replaced_by_one_that_leaves_the_member_open(
    vault: Vault, second: Vault
) -> None:
    """It may have been further than the other, which was away when the member was purged."""
    second.adopt(vault.provision([UID]))
    vault.put_fence(fence("fenced"))
    vault.shred(UID)
    second.put_fence(fence("approved"))
    path = vault.fence_folder / f"{UID}.yaml"
    path.write_bytes(path.read_bytes()[:50])
    damaged = path.read_bytes()

    sync(vault, second)

    assert path.read_bytes() == damaged
    assert UID not in "".join(one.read_text() for one in vault.segments.iterdir())
    with pytest.raises(MemberPurgedError):
        joined(second, vault).share(UID, commitment="0" * 16)
    with pytest.raises(VaultError, match="not a fence"):
        joined(second, vault).fence_of(UID)


@pytest.mark.parametrize("place", [7, 30, 70], ids=["uid", "share", "check"])
def test_a_rotten_line_goes_once_its_sound_form_is_there(
    vault: Vault, second: Vault, place: int
) -> None:
    second.adopt(vault.provision([UID]))
    segment = next(vault.segments.iterdir())
    line = segment.read_bytes()
    rotten = b"c" if line[place : place + 1] != b"c" else b"d"
    segment.write_bytes(line[:place] + rotten + line[place + 1 :])

    first, other = sync(vault, second)

    assert (first.mended, len(first.shares), len(other.shares)) == (1, 1, 0)
    assert reopened(vault).shares(UID) == second.shares(UID)
    assert vault.problems() == []
    assert settled(vault, second)


def test_a_rotten_line_whose_sound_form_nobody_has_stays(vault: Vault, second: Vault) -> None:
    vault.provision([UID])
    segment = next(vault.segments.iterdir())
    rotten = segment.read_bytes()[:-3] + b"..\n"
    segment.write_bytes(rotten)
    second.provision([UID])  # another share of the same member

    sync(vault, second)

    assert segment.read_bytes() == rotten
    assert [one.rule for one in vault.problems()] == ["vault-rotten-line"]


def test_a_rotten_line_is_known_by_any_two_of_its_words() -> None:
    sound = share_line(UID, share=bytes(range(32)), archive=ARCHIVE)
    other = share_line(OTHER_UID, share=bytes(32), archive=ARCHIVE)
    finder = RotFinder([sound])
    words = sound.split(b" ")

    for number in (1, 2, 3):
        assert finder.knows(b" ".join([*words[:number], b"x", *words[number + 1 :]]))
    assert not finder.knows(b" ".join([words[0], words[1], *other.split(b" ")[2:]]))
    assert not finder.knows(b"m1 x")


def test_a_share_fenced_since_it_was_read_is_not_written(
    vault: Vault, second: Vault, monkeypatch: pytest.MonkeyPatch
) -> None:
    from memberarc.sealing.vault import sync as vault_sync

    vault.provision([UID, OTHER_UID])
    write = vault_sync.adopt_unfenced

    def purged_meanwhile(to: Vault, missing: list[tuple[str, bytes]]) -> None:
        if to.directory == second.directory:
            second.put_fence(fence("fenced"))
            second.shred(UID)
        write(to, missing)

    monkeypatch.setattr(vault_sync, "adopt_unfenced", purged_meanwhile)
    synchronise(joined(vault, second), today=TODAY)

    assert UID not in "".join(path.read_text() for path in second.segments.iterdir())
    assert reopened(second).shares(OTHER_UID) == vault.shares(OTHER_UID)


def test_every_replica_learns_of_every_other(vault: Vault, second: Vault, tmp_path: Path) -> None:
    third = create_vault(tmp_path / "third", archive=ARCHIVE, vault_id=vault.vault_id)
    sync(vault, second)
    assert joined(vault).known.keys() == {vault.replica, second.replica}
    synchronise(joined(second, third), today=TODAY)

    assert joined(third).known.keys() == {one.replica for one in (vault, second, third)}
    synchronise(joined(vault, third), today=TODAY)
    assert joined(vault).known == joined(third).known
    assert {one.label for one in joined(vault).known.values()} == {"vault", "second", "third"}
    assert all(one.added == "2026-11-03" for one in joined(vault).known.values())


def test_a_replica_of_before_there_was_a_register_is_only_itself(vault: Vault) -> None:
    vault.register_folder.rmdir()

    known = joined(vault).known

    assert known == {vault.replica: RegisteredReplica(replica=vault.replica, label="vault")}
    sync(vault)
    assert joined(vault).known[vault.replica].added == "2026-11-03"


def test_registers_join_alike_whichever_comes_first(vault: Vault, second: Vault) -> None:
    one = RegisteredReplica(replica="a" * 26, added="2026-01-02", label="safe")
    spread_register(vault, {one.replica: one}, today=TODAY)
    retired = RegisteredReplica(
        replica="a" * 26, added="2026-01-01", label="vault", retired="2026-03-04"
    )
    spread_register(second, {one.replica: retired}, today=TODAY)

    found = joined_register([vault, second])["a" * 26]

    assert found == joined_register([second, vault])["a" * 26]
    assert found == RegisteredReplica(
        replica="a" * 26, added="2026-01-01", label="safe", retired="2026-03-04"
    )


@pytest.mark.parametrize(
    "damage", [b"", b"format: replica/2\n", b"format: replica/1\nreplica: b\n", b"\xff"]
)
def test_a_damaged_entry_still_tells_that_there_is_a_replica(
    vault: Vault, second: Vault, damage: bytes
) -> None:
    sync(vault, second)
    path = vault.register_folder / f"{second.replica}.yaml"
    whole = path.read_bytes()
    path.write_bytes(damage)

    assert [one.replica for one in joined(vault).absent] == [second.replica]
    sync(vault, second)
    assert path.read_bytes() == whole


def test_an_entry_is_canonical_and_of_texts() -> None:
    entry = RegisteredReplica(replica="a" * 26, added="2026-01-02", label="保险柜")
    content = write_entry(entry)

    assert parse_entry(content, path="x") == entry
    for damaged in (content + b"more: 1\n", content.replace(b"label: ", b"label:  "), b"a: ["):
        with pytest.raises(VaultError, match="not an entry"):
            parse_entry(damaged, path="x")


def test_a_retired_replica_gives_its_shares_and_gets_none(vault: Vault, second: Vault) -> None:
    share = second.provision([UID])[UID]
    vault.provision([OTHER_UID])
    retired = RegisteredReplica(replica=second.replica, added="2026-01-02", retired="2026-02-03")
    spread_register(vault, {second.replica: retired}, today=TODAY)

    sync(second, vault)

    assert reopened(vault).shares(UID) == (share,)
    assert OTHER_UID not in "".join(path.read_text() for path in second.segments.iterdir())


def test_a_replica_that_fails_does_not_keep_the_others_apart(
    vault: Vault, second: Vault, tmp_path: Path
) -> None:
    third = create_vault(tmp_path / "third", archive=ARCHIVE, vault_id=vault.vault_id)
    share = vault.provision([UID])[UID]
    replicas = joined(vault, second, third)
    assert len(replicas.known) == 3
    second.register_folder.rmdir()
    second.register_folder.touch()

    done = synchronise(replicas, today=TODAY).replicas

    assert [one.vault.replica for one in done] == [vault.replica, third.replica]
    assert [one.replica for one in replicas.absent] == [second.replica]
    assert reopened(third).shares(UID) == (share,)


def test_a_replica_is_removed_when_others_hold_all_of_it(vault: Vault, second: Vault) -> None:
    vault.provision([UID, OTHER_UID])
    vault.put_fence(fence("certified", uid=OTHER_UID))
    vault.shred(OTHER_UID)
    sync(vault, second)

    remove(vault, second)

    assert not vault.directory.exists()
    assert len(reopened(second).shares(UID)) == 1


@pytest.mark.parametrize("rotten", [False, True])
def test_a_replica_that_alone_holds_a_share_is_not_removed(
    vault: Vault, second: Vault, rotten: bool
) -> None:
    vault.provision([UID])
    if rotten:
        segment = next(vault.segments.iterdir())
        segment.write_bytes(segment.read_bytes()[:-3] + b"..\n")

    with pytest.raises(VaultError, match="no other replica holds: shares: 1"):
        remove(vault, second)

    assert len([*vault.segments.iterdir()]) == 1


def test_what_is_no_part_of_a_vault_is_not_removed(vault: Vault, second: Vault) -> None:
    vault.provision([UID])
    sync(vault, second)
    (vault.directory / "notes.txt").write_text("mine")

    with pytest.raises(FileError, match="not empty"):
        remove(vault, second)

    assert [path.name for path in vault.directory.iterdir()] == ["notes.txt"]


def test_times_do_not_matter_only_what_is_there(vault: Vault, second: Vault) -> None:
    """Clocks of two machines may differ: no rule of the union asks for the time."""
    vault.put_fence(fence("certified"))
    later = fence("fenced")
    second.put_fence(
        Fence(
            uid=UID,
            request=later.request,
            state="fenced",
            times=dict.fromkeys(later.times, utc_text(NOW + timedelta(days=9))),
        )
    )

    sync(vault, second)

    found = reopened(second).fence_of(UID)
    assert found is not None
    assert found.state == "certified"
    assert found == reopened(vault).fence_of(UID)


@pytest.mark.parametrize("state", ["fenced", "certified"])
def test_a_fence_whose_purge_the_archive_does_not_know_closes_and_destroys_nothing(
    vault: Vault, second: Vault, state: str
) -> None:
    second.adopt(vault.provision([UID, OTHER_UID]))
    second.put_fence(fence(state))

    plan = synchronise(joined(vault, second), today=TODAY, buried=set)

    assert [one.shredded for one in plan.replicas] == [[], []]
    assert plan.unknown == (UID,)
    assert UID in "".join(path.read_text() for path in vault.segments.iterdir())
    with pytest.raises(MemberPurgedError):
        reopened(vault).shares(UID)


def test_only_who_alone_holds_nothing_of_any_kind_is_removed(vault: Vault, second: Vault) -> None:
    """A fence may be the only trace of a purge; the lists are no less than that."""
    vault.provision([UID])
    sync(vault, second)
    backup = Backup(
        id=UID, kind="backup", made="2026-01-02T00:00:00Z", expires="2026-12-01", recipients=("a",)
    )
    for work, told in (
        (lambda: vault.put_fence(fence("fenced", uid=OTHER_UID)), "fences: 1"),
        (lambda: put_backup(vault, backup), "backups listed: 1"),
        (
            lambda: suppress(joined(vault), [("mobile", "1")], today=TODAY, until=TODAY),
            "values suppressed under another key: 1",
        ),
    ):
        work()
        with pytest.raises(VaultError, match=told):
            remove(vault, second)
        sync(vault, second)

    remove(vault, second)

    assert not vault.directory.exists()
    assert listed_backups([second]) == (backup,)


def test_a_fence_that_stands_further_elsewhere_holds_nobody_up(vault: Vault, second: Vault) -> None:
    vault.put_fence(fence("approved"))
    second.put_fence(fence("certified"))
    remove(vault, second)

    assert not vault.directory.exists()


def test_a_share_of_whom_nobody_knows_a_purge_is_not_deleted_with_a_replica(
    vault: Vault, second: Vault
) -> None:
    vault.provision([UID])
    for one in (vault, second):
        one.put_fence(fence("fenced"))

    with pytest.raises(VaultError, match="shares: 1"):
        remove_vault(reopened(vault), kept=joined(second), buried=set, today=TODAY)

    assert len([*vault.segments.iterdir()]) == 1


def test_a_share_that_comes_while_a_replica_is_removed_is_found_by_the_next_sync(
    vault: Vault, second: Vault, monkeypatch: pytest.MonkeyPatch
) -> None:
    from memberarc.sealing.vault import removal

    vault.provision([UID])
    sync(vault, second)
    delete = removal._delete
    came: list[Path] = []

    def delete_late(paths: list[Path]) -> None:
        delete(paths)
        if not came:
            vault.provision([THIRD_UID])
            came.extend(vault.segments.iterdir())

    monkeypatch.setattr(removal, "_delete", delete_late)
    with pytest.raises(FileError, match="written there meanwhile"):
        remove(vault, second)
    monkeypatch.undo()
    sync(vault, second)

    assert len(reopened(second).shares(THIRD_UID)) == 1
    remove(vault, second)
    assert not vault.directory.exists()


def test_a_removal_killed_at_the_last_folders_is_finished_later(
    vault: Vault, second: Vault
) -> None:
    (vault.directory / "segments").rmdir()

    remove_remains(vault.directory)

    assert not vault.directory.exists()


@pytest.mark.parametrize("name", ["../evil", "a" * 25, "A" * 26, "a" * 26 + "/x"])
def test_an_id_that_would_be_a_path_is_no_replica(vault: Vault, name: str) -> None:
    entry = write_entry(RegisteredReplica(replica=name, added="2026-01-02"))
    with pytest.raises(VaultError, match="not an entry"):
        parse_entry(entry, path="x")

    vault.replica = name
    write_manifest(vault)

    with pytest.raises(VaultError, match="names no replica"):
        reopened(vault)


def test_a_name_in_the_register_that_is_no_id_is_no_replica(vault: Vault) -> None:
    (vault.register_folder / "abc (copy).yaml").write_text("x")

    assert joined(vault).known.keys() == {vault.replica}


@pytest.mark.parametrize("folder", ["segments", "shards", "fences", "replicas"])
def test_a_folder_that_cannot_be_read_counts_as_unreadable_and_not_as_empty(
    vault: Vault, folder: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    import os

    scan = os.scandir

    def refusing(path: Path) -> object:
        if str(path).endswith(folder):
            raise PermissionError(13, "Permission denied")
        return scan(path)

    monkeypatch.setattr(os, "scandir", refusing)

    with pytest.raises(FileError, match="Permission denied"):
        reopened(vault)


def test_a_carriage_return_is_rot_to_everybody(vault: Vault, second: Vault) -> None:
    second.adopt(vault.provision([UID]))
    segment = next(vault.segments.iterdir())
    segment.write_bytes(segment.read_bytes().replace(b"\n", b"\r\n"))

    with pytest.raises((ShareMissingError, ShareRottenError)):
        reopened(vault).shares(UID)
    assert [one.rule for one in vault.problems()] == ["vault-rotten-line"]
    first, _ = sync(vault, second)
    assert first.mended == 1
    assert reopened(vault).shares(UID) == second.shares(UID)
