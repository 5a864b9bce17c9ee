"""Restoring a vault: everything that is missing, and never a member who was purged."""

from __future__ import annotations

import os
import shutil
from datetime import timedelta
from pathlib import Path

import pytest

from builders import MOBILE, NOW, SHAN, WANG, ZENG, Club, Outcome, run, start_club
from memberarc.sealing.vault.fences import Fence, write_fence
from memberarc.sealing.vault.share_lines import share_line


@pytest.fixture
def backup(club: Club) -> Path:
    """A backup of the club of three."""
    folder = club.root.parent / "safe"
    folder.mkdir()
    club.run("vault", "backup", str(folder / "vault.age"), "--days", "90")
    return folder / "vault.age"


def later(club: Club, days: int, *words: str) -> Outcome:
    return run(*words, cwd=club.root, now=NOW + timedelta(days=days))


def shares_in(vault: Path) -> set[str]:
    """The uids that have a share in a vault's files."""
    files = [*(vault / "segments").iterdir(), *(vault / "shards").iterdir()]
    return {line.split(" ")[1] for path in files for line in path.read_text().splitlines()}


def restored(club: Club, *words: str) -> dict[str, object]:
    [one] = club.json("vault", "restore", *words)["vaults"]
    return {key: one[key] for key in ("restored", "present", "purged", "unclear")}


def test_a_lost_vault_comes_back_whole_as_another_replica_of_the_same(
    club: Club, backup: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    manifest = (club.vault / "vault.yaml").read_text().splitlines()
    shutil.rmtree(club.vault)
    assert MOBILE not in club.run("show", WANG).stdout

    told = club.run("vault", "restore", str(backup), "--into", "../anew")

    anew = club.root.parent / "anew"
    assert f"restored 3 shares in {anew}: 0 were there, 0 of purged members" in told.stderr
    assert f"{anew} is a replica from now on: every purge waits for it" in told.stderr
    assert f"to end that: memberarc vault retire {anew}" in told.stderr
    assert MOBILE in club.run("show", WANG).stdout, "the settings name it"
    assert {path.stat().st_mode & 0o777 for path in anew.rglob("*") if path.is_file()} == {0o600}
    again = (anew / "vault.yaml").read_text().splitlines()
    assert (again[:3], again[3] == manifest[3]) == (manifest[:3], False)
    monkeypatch.setenv("MEMBERARC_VAULT", str(anew))
    assert MOBILE in club.run("show", WANG).stdout
    club.run("add", "--set", "name=李四")
    [listed] = club.json("vault", "backups")["backups"]
    assert listed["state"] == "standing", "what was backed up still exists"


def test_a_vault_is_restored_to_its_own_place_without_more_settings(
    club: Club, backup: Path
) -> None:
    shutil.rmtree(club.vault)

    told = club.run("vault", "restore", str(backup), "--into", str(club.vault))

    assert "MEMBERARC_VAULT" not in told.stderr
    assert MOBILE in club.run("show", WANG).stdout


def test_only_missing_shares_are_written_into_a_vault_that_stands(club: Club, backup: Path) -> None:
    segment = min((club.vault / "segments").iterdir())
    lost = segment.read_text().split(" ")[1]
    segment.unlink()

    before = {path: path.read_bytes() for path in (club.vault / "segments").iterdir()}
    expected = {"restored": 1, "present": 2, "purged": 0, "unclear": []}
    assert restored(club, str(backup), "-n") == expected
    assert lost not in shares_in(club.vault)
    assert restored(club, str(backup)) == expected
    assert lost in shares_in(club.vault)
    assert all(path.read_bytes() == content for path, content in before.items())
    assert restored(club, str(backup)) == {**expected, "restored": 0, "present": 3}


def test_a_dry_run_makes_no_vault_and_changes_none(club: Club, backup: Path) -> None:
    before = club.fingerprint()

    assert restored(club, str(backup), "--into", "../anew", "-n")["restored"] == 3
    assert restored(club, str(backup), "-n")["present"] == 3

    assert not (club.root.parent / "anew").exists()
    assert club.fingerprint() == before


def test_a_fenced_member_stays_out_of_any_vault(club: Club, backup: Path) -> None:
    uid = club.uid(ZENG)
    club.run("purge", ZENG, "--reason", "duplicate", "--confirm", ZENG)

    left_out = {"restored": 0, "present": 2, "purged": 1, "unclear": []}
    assert restored(club, str(backup)) == left_out
    assert restored(club, str(backup), "--into", "../anew") == {
        **left_out,
        "restored": 2,
        "present": 0,
    }

    anew = club.root.parent / "anew"
    assert uid not in shares_in(club.vault) | shares_in(anew)
    fence = f"fences/{uid}.yaml"
    assert (anew / fence).read_bytes() == (club.vault / fence).read_bytes()


def test_a_fence_in_the_backup_alone_keeps_a_member_out(club: Club) -> None:
    """An old replica is put in the place of the vault; its share must not come back to life."""
    old = club.root.parent / "old"
    shutil.copytree(club.vault, old)
    uid = club.uid(ZENG)
    club.run("purge", ZENG, "--reason", "duplicate", "--confirm", ZENG)
    club.run("vault", "backup", "../vault.age", "--days", "9")
    shutil.rmtree(club.vault)
    shutil.move(old, club.vault)

    told = club.run("vault", "restore", "../vault.age")

    assert (club.vault / "fences" / f"{uid}.yaml").exists()
    assert "next: memberarc vault sync" in told.stderr
    club.run("vault", "sync")
    assert uid not in shares_in(club.vault)


def test_a_purge_that_is_only_asked_for_keeps_nobody_out(club: Club, backup: Path) -> None:
    """It may be cancelled yet, and the member must then still open."""
    uid = club.uid(ZENG)
    asked = Fence(
        uid=uid,
        request="k5x2w7n3q4v6t2zb",
        state="approved",
        times={"approved": "2026-11-03T00:00:00Z"},
    )
    (club.vault / "fences" / f"{uid}.yaml").write_bytes(write_fence(asked))
    (club.vault / "fences" / f"{uid}.yaml").chmod(0o600)

    told = restored(club, str(backup), "--into", "../anew")

    assert told == {"restored": 3, "present": 0, "purged": 0, "unclear": []}


@pytest.mark.parametrize("taken_back", [False, True])
def test_a_tombstone_anywhere_in_history_keeps_a_member_out_where_all_fences_are_lost(
    club: Club, backup: Path, taken_back: bool
) -> None:
    uid = club.uid(ZENG)
    club.run("purge", ZENG, "--reason", "duplicate", "--confirm", ZENG)
    if taken_back:
        club.git("rm", "-r", "--quiet", "tombstones")
        club.git("commit", "--quiet", "--message", "as if nothing had been")
        club.git("checkout", "--quiet", "--detach", "HEAD")
    shutil.rmtree(club.vault)

    told = club.json("vault", "restore", str(backup), "--into", str(club.vault))

    [one] = told["vaults"]
    assert (one["restored"], one["purged"], told["unfenced"]) == (2, 1, [uid])
    assert uid not in shares_in(club.vault)


def test_of_two_shares_the_one_the_record_was_sealed_with_wins(club: Club, backup: Path) -> None:
    uid = club.uid(WANG)
    for segment in (club.vault / "segments").iterdir():
        if uid in segment.read_text():
            line = share_line(uid, share=os.urandom(32), archive=club.archive)
            segment.write_bytes(line + b"\n")
    assert MOBILE not in club.run("show", WANG, status=None).stdout

    assert restored(club, str(backup)) == {
        "restored": 1,
        "present": 2,
        "purged": 0,
        "unclear": [],
    }
    assert MOBILE in club.run("show", WANG).stdout


def test_of_two_shares_neither_of_which_fits_none_is_written(club: Club, backup: Path) -> None:
    uid = club.uid(SHAN)
    club.edit(f"members/2026/0000/{SHAN}.yaml", r"(?m)(?<=^key: ).*$", '"0123456789abcdef"')
    club.commit_by_hand()
    for segment in (club.vault / "segments").iterdir():
        if uid in segment.read_text():
            line = share_line(uid, share=os.urandom(32), archive=club.archive)
            segment.write_bytes(line + b"\n")
    before = {path.name for path in (club.vault / "segments").iterdir()}

    told = club.run("vault", "restore", str(backup))

    assert f"different shares for {uid}, and no record says which is right" in told.stderr
    assert {path.name for path in (club.vault / "segments").iterdir()} == before


def test_an_expired_backup_is_used_only_by_who_says_so(club: Club, backup: Path) -> None:
    words = ("vault", "restore", str(backup))

    assert later(club, 90, *words).status == 0
    refused = later(club, 91, *words)
    assert refused.status == 9
    assert "should have been destroyed after 2027-02-01" in refused.stderr
    assert "--accept-expired" in refused.stderr
    assert later(club, 91, *words, "--accept-expired").status == 0


def test_a_backup_that_was_attested_as_destroyed_is_denounced(club: Club, backup: Path) -> None:
    [listed] = club.json("vault", "backups")["backups"]
    club.run("vault", "backup-destroyed", listed["id"], "--yes")

    told = club.run("vault", "restore", str(backup))

    assert f"somebody attested that backup {listed['id']} was destroyed" in told.stderr


def test_the_backup_of_another_archive_is_refused(club: Club, backup: Path) -> None:
    other = start_club(club.root.parent / "other", club.home)

    refused = other.run("vault", "restore", str(backup), status=6)

    assert "this is a backup of another vault" in refused.stderr


def test_damaged_bytes_restore_nothing(club: Club, backup: Path) -> None:
    content = backup.read_bytes()
    before = club.fingerprint()
    for flawed in (content[:-20], content[:-1] + b"x", b"rubbish", b""):
        backup.write_bytes(flawed)
        assert club.run("vault", "restore", str(backup), status=None).status in (6,)
    assert club.run("vault", "restore", "../nothing.age", status=8)

    assert club.fingerprint() == before


def test_a_new_vault_needs_an_empty_place_that_forgets(club: Club, backup: Path) -> None:
    (club.root.parent / "full").mkdir()
    (club.root.parent / "full" / "letter").write_text("dear")

    for place, status in (("../full", 4), ("vault", 6), (".git", 6)):
        club.run("vault", "restore", str(backup), "--into", place, status=status)
        club.run("vault", "restore", str(backup), "--into", place, "-n", status=status)

    assert not (club.root / "vault").exists()


def test_without_a_vault_the_way_to_a_new_one_is_told(club: Club, backup: Path) -> None:
    shutil.rmtree(club.vault)

    refused = club.run("vault", "restore", str(backup), status=6)

    assert f"hint: memberarc vault restore {backup} --into DIR" in refused.stderr


def test_a_replica_restored_beside_others_is_known_to_them_and_to_the_next_purge(
    club: Club, backup: Path
) -> None:
    uid = club.uid(ZENG)

    club.run("vault", "restore", str(backup), "--into", "../second")

    second = club.root.parent / "second"
    assert uid in shares_in(second)
    assert club.problems("vault", "status") == []
    club.run("purge", ZENG, "--reason", "duplicate", "--confirm", ZENG)
    assert uid not in shares_in(second)


def test_a_lost_replica_can_be_given_up_after_a_restore_and_a_purge_ends(
    club: Club, backup: Path
) -> None:
    shutil.rmtree(club.vault)
    club.run("vault", "restore", str(backup), "--into", "../anew")
    club.run("purge", ZENG, "--reason", "duplicate", "--confirm", ZENG, status=4)

    club.run("vault", "retire", "first", "--yes")
    club.run("purge", "resume")

    assert club.problems("vault", "status") == []


@pytest.mark.parametrize("left", [(), ("segments",), ("segments", "fences", "replicas")])
def test_what_a_killed_restore_left_is_taken_up(
    club: Club, backup: Path, left: tuple[str, ...]
) -> None:
    anew = club.root.parent / "anew"
    for name in left:
        (anew / name).mkdir(parents=True, mode=0o700)
    shutil.rmtree(club.vault)

    for _ in range(2):
        club.run("vault", "restore", str(backup), "--into", "../anew")

    assert len(shares_in(anew)) == 3


def test_a_damaged_fence_hinders_no_restore_and_is_mended_by_a_sound_one(club: Club) -> None:
    uid = club.uid(ZENG)
    club.run("purge", ZENG, "--reason", "duplicate", "--confirm", ZENG)
    club.run("vault", "backup", "../vault.age", "--days", "9")
    fence = club.vault / "fences" / f"{uid}.yaml"
    sound = fence.read_bytes()
    fence.write_bytes(sound[:40])
    (club.vault / "fences" / "README.yaml").write_text("not a fence\n")
    (club.vault / "fences" / "README.yaml").chmod(0o600)

    club.run("vault", "restore", "../vault.age")

    assert fence.read_bytes() == sound


def test_a_retired_replica_stays_retired_where_only_the_backup_knows(
    club: Club, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One that was away in the meantime still counts it."""
    for name in ("b", "c"):
        club.run("vault", "add-replica", str(tmp_path / name))
    (tmp_path / "c").rename(tmp_path / "away")
    shutil.rmtree(tmp_path / "b")
    club.run("vault", "retire", "b", "--yes")
    club.run("vault", "backup", str(tmp_path / "first.age"), "--days", "9")
    [made] = club.json("vault", "backups")["backups"]
    club.run("vault", "backup-destroyed", made["id"], "--yes")
    club.run("vault", "backup", str(tmp_path / "second.age"), "--days", "9")
    shutil.rmtree(club.vault)
    (tmp_path / "away").rename(tmp_path / "c")
    monkeypatch.setenv("MEMBERARC_VAULT", str(tmp_path / "c"))

    refused = club.run("vault", "restore", str(tmp_path / "second.age"), status=9)
    assert "b was retired" in refused.stderr
    club.run("vault", "restore", str(tmp_path / "second.age"), "--yes")

    away = club.run("vault", "status", "--format", "json", status=1).data["replicas"][1:]
    assert [one["label"] for one in away] == ["first"]
    states = {one["id"]: one["state"] for one in club.json("vault", "backups")["backups"]}
    assert states[made["id"]] == "destroyed"
