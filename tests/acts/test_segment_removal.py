"""A saved search is removed for good: its share is destroyed in every replica, then its file."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

from acts.colleague import colleague, let_in
from builders import SHAN, WANG, Club
from disposal.attempts import shares_in
from memberarc.sealing.vault.fences import Fence, write_fence

SEALED = ("春节未访", "joined<2026-01-01 -status:left")


def save(club: Club, *words: str) -> str:
    return club.run("segment", "save", *words).stdout.strip()


def put_back(club: Club, uid: str) -> None:
    """Bring the file back from history, as anybody can."""
    club.git("checkout", "--quiet", "HEAD~1", "--", f"segments/{uid}.yaml")
    club.commit_by_hand("back again")


def test_no_version_of_a_removed_search_opens_any_more(club: Club) -> None:
    uid = save(club, *SEALED)
    share = shares_in(club.vault)[uid]

    told = club.run("segment", "remove", SEALED[0], "--yes")

    assert f"removed {uid}" in told.stderr
    assert uid not in shares_in(club.vault)
    assert share not in {*shares_in(club.vault).values()}
    assert not (club.root / "segments").exists()
    for command in ("check", "verify"):
        assert club.problems(command) == []
    put_back(club, uid)
    assert [one["rule"] for one in club.problems("verify")] == ["fence"]
    assert club.run("segment", "show", uid, status=6).stdout == ""
    assert [one["state"] for one in club.json("segment", "list")] == ["removing"]


def test_members_and_other_searches_open_as_before(club: Club) -> None:
    uid, other = save(club, *SEALED), save(club, "other", "joined<2020")

    club.run("segment", "remove", uid, "--yes")

    assert club.json("segment", "show", other)["query"] == "joined<2020"
    assert {club.uid(WANG), other} < shares_in(club.vault).keys()


def test_one_that_stands_in_clear_needs_no_vault_and_stays_readable_in_history(club: Club) -> None:
    uid = save(club, "active", "status:active", "--level", "open")
    club.identity.unlink()
    shutil.rmtree(club.vault)

    told = club.run("segment", "remove", "active", "--yes")

    assert "stays readable in history" in told.stderr
    assert not (club.root / "segments" / f"{uid}.yaml").exists()


def test_without_a_yes_nothing_is_removed(club: Club) -> None:
    save(club, *SEALED)
    before = club.fingerprint()

    club.run("segment", "remove", SEALED[0], status=9)
    told = club.run("segment", "remove", SEALED[0], "--dry-run")

    assert "would remove" in told.stderr
    assert club.fingerprint() == before


def test_what_was_never_there_is_not_found(club: Club) -> None:
    club.run("segment", "remove", "nothing", "--yes", status=3)
    club.run("segment", "remove", club.uid(WANG), "--yes", status=3)


def test_who_cannot_open_a_search_does_not_remove_it(club: Club, tmp_path: Path) -> None:
    uid = save(club, "mine", "小明")
    clerk = colleague(tmp_path, "zhang")
    let_in(club, clerk)

    clerk.run(club, "segment", "remove", uid, "--yes", status=6)

    assert club.json("segment", "show", "mine")["uid"] == uid


def test_a_removal_that_stopped_before_its_commit_is_told_and_finished(club: Club) -> None:
    uid = save(club, *SEALED)
    lock = club.root / ".git" / "index.lock"
    lock.touch()
    club.run("segment", "remove", SEALED[0], "--yes", status=4)
    lock.unlink()
    assert uid not in shares_in(club.vault)
    assert {one["rule"] for one in club.problems("verify")} == {"fence"}
    told = club.problems("vault", "status")
    assert [one["hint"] for one in told] == [f"memberarc segment remove {uid}"]
    assert club.json("purge", "status") == []
    club.run("purge", "resume")

    club.run("segment", "remove", uid, "--yes")

    assert club.problems("verify") == []
    assert club.problems("vault", "status") == []
    assert not (club.root / "segments").exists()


def test_one_that_was_deleted_by_hand_is_removed_by_its_uid(club: Club) -> None:
    uid = save(club, *SEALED)
    club.git("rm", "--quiet", f"segments/{uid}.yaml")
    club.commit_by_hand()
    assert uid in shares_in(club.vault)

    told = club.run("segment", "remove", uid, "--yes")

    assert uid not in shares_in(club.vault)
    assert "no copy of the archive opens it any more" in told.stderr


def test_the_index_is_kept_though_its_share_goes_with_that_of_the_search(club: Club) -> None:
    save(club, *SEALED)
    club.run("search", "小明")
    (index,) = (club.root / ".git" / "memberarc" / "index").glob("*.index")
    share, number = (club.vault / "index.txt").read_bytes(), index.stat().st_ino

    club.run("segment", "remove", SEALED[0], "--yes")

    assert (club.vault / "index.txt").read_bytes() != share
    assert club.json("search", "小明", "--count")["found"] == 1
    assert index.stat().st_ino == number


def test_a_replica_that_is_away_holds_a_removal_up(club: Club, tmp_path: Path) -> None:
    uid = save(club, *SEALED)
    club.run("vault", "add-replica", str(tmp_path / "safe"))
    (tmp_path / "safe").rename(tmp_path / "away")

    stopped = club.run("segment", "remove", SEALED[0], "--yes", status=4)

    assert "STILL OPENS" in stopped.stderr
    assert (club.root / "segments" / f"{uid}.yaml").exists()
    (tmp_path / "away").rename(tmp_path / "safe")
    club.run("segment", "remove", uid, "--yes")
    assert uid not in {**shares_in(club.vault), **shares_in(tmp_path / "safe")}
    assert club.problems("verify") == []


def test_a_replica_that_was_apart_loses_the_share_when_replicas_are_brought_together(
    club: Club, tmp_path: Path
) -> None:
    uid = save(club, *SEALED)
    club.run("vault", "add-replica", str(tmp_path / "safe"))
    copy = tmp_path / "copy"
    shutil.copytree(tmp_path / "safe", copy)
    club.run("segment", "remove", SEALED[0], "--yes")
    shutil.rmtree(tmp_path / "safe")
    copy.rename(tmp_path / "safe")
    assert uid in shares_in(tmp_path / "safe")

    told = club.run("vault", "sync")

    assert uid not in shares_in(tmp_path / "safe")
    assert "knows no purge" not in told.stderr


def test_a_fence_from_elsewhere_destroys_no_search_that_stands_here(
    club: Club, tmp_path: Path
) -> None:
    uid = save(club, *SEALED)
    club.run("vault", "add-replica", str(tmp_path / "safe"))
    times = dict.fromkeys(("fenced", "shredded", "committed"), "2026-11-03T04:00:00Z")
    fence = Fence(uid=uid, request="r3questr3questr3", state="committed", times=times)
    (tmp_path / "safe" / "fences" / f"{uid}.yaml").write_bytes(write_fence(fence))
    (tmp_path / "safe" / "fences" / f"{uid}.yaml").chmod(0o600)

    club.run("vault", "sync")

    assert uid in shares_in(club.vault)
    assert uid in shares_in(tmp_path / "safe")
    told = {(one["path"], one["rule"]) for one in club.problems("verify")}
    assert (f"segments/{uid}.yaml", "fence") in told
    assert {rule for _, rule in told} == {"fence", "vault-share-returned"}


def test_a_backup_brings_back_searches_that_stand_and_none_that_was_removed(
    club: Club, tmp_path: Path
) -> None:
    gone, kept = save(club, *SEALED), save(club, "kept", "joined<2020")
    club.run("vault", "backup", str(tmp_path / "vault.age"), "--days", "90")
    told = club.run("segment", "remove", gone, "--yes")
    assert "backups of the vault that may open it: 1, the last until 2027-02-01" in told.stderr
    shutil.rmtree(club.vault)

    club.run("vault", "restore", str(tmp_path / "vault.age"), "--into", str(club.vault))

    assert club.json("segment", "show", kept)["query"] == "joined<2020"
    assert gone not in shares_in(club.vault)


def test_a_file_with_the_uid_of_a_member_does_not_destroy_that_member(club: Club) -> None:
    uid, member = save(club, *SEALED), club.uid(SHAN)
    text = (club.root / "segments" / f"{uid}.yaml").read_text()
    key = re.findall(r"(?m)^key: .*$", club.text(SHAN))[0]
    forged = re.sub(r"(?m)^key: .*$", key, text.replace(uid, member))
    (club.root / "segments" / f"{member}.yaml").write_text(forged)
    club.commit_by_hand("planted")
    share = shares_in(club.vault)[member]

    refused = club.run("segment", "remove", member, "--yes", status=4)

    assert "the uid of this saved search is that of a member" in refused.stderr
    assert shares_in(club.vault)[member] == share
    assert club.json("show", SHAN)["record"]["name"] == "单雄信"


def test_a_file_whose_text_does_not_open_takes_no_share_with_it(club: Club) -> None:
    uid = save(club, *SEALED)
    stranger = "k5x2w7n3q4v6t7zb"
    text = (club.root / "segments" / f"{uid}.yaml").read_text().replace(uid, stranger)
    (club.root / "segments" / f"{stranger}.yaml").write_text(text)
    club.commit_by_hand("planted")
    before = shares_in(club.vault)

    club.run("segment", "remove", stranger, "--yes")

    assert shares_in(club.vault) == before
    assert not (club.root / "segments" / f"{stranger}.yaml").exists()
    assert not list((club.vault / "fences").glob("*.yaml"))


@pytest.mark.parametrize("words", [("status",), ("doctor",), ("vault", "status")])
def test_a_finished_removal_is_nothing_to_be_told_of(club: Club, words: tuple[str, ...]) -> None:
    save(club, *SEALED)
    before = club.run(*words, "--format", "json").envelope["problems"]

    club.run("segment", "remove", SEALED[0], "--yes")

    told = club.run(*words, "--format", "json")
    assert told.envelope["problems"] == before == []
    assert "not finished" not in told.stderr + told.stdout
