"""A purge makes sure whom it destroys, and that it can go to its end, before it begins."""

from __future__ import annotations

import re
import shutil
import tempfile
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from builders import SHAN, WANG, Club, run
from disposal.attempts import shares_in
from disposal.test_purge_resumes import add_replica, kill_a_purge
from sealing.test_age_passphrases import protected

PURGE = ("purge", WANG, "--reason", "member_request", "--confirm", WANG)
RECORD = f"members/2026/0000/{WANG}.yaml"
ACCESS = "policy/access.yaml"


def fence_of(club: Club, uid: str) -> Path:
    return club.vault / "fences" / f"{uid}.yaml"


def refused(club: Club, *more: str, status: int = 4) -> str:
    """A purge that ends with this status, every share kept and no fence raised."""
    shares = shares_in(club.vault)
    told = club.run(*PURGE, *more, "--format", "json", status=status)
    assert shares_in(club.vault) == shares
    assert [*(club.vault / "fences").iterdir()] == []
    error = told.envelope["error"]
    return " ".join(str(error[name]) for name in ("code", "message", "where", "hint"))


def copy_the_others_record(club: Club) -> None:
    club.path(WANG).write_text(club.text(SHAN))


def copy_it_under_the_own_code(club: Club) -> None:
    club.path(WANG).write_text(club.text(SHAN).replace(SHAN, WANG))


def copy_it_with_a_quoted_uid(club: Club) -> None:
    uid = club.uid(SHAN)
    club.path(WANG).write_text(club.text(SHAN).replace(SHAN, WANG).replace(uid, f'"{uid}"', 1))


def let_the_other_record_go(club: Club) -> None:
    copy_it_under_the_own_code(club)
    club.path(SHAN).unlink()


@pytest.mark.parametrize(
    "swap",
    [
        copy_the_others_record,
        copy_it_under_the_own_code,
        copy_it_with_a_quoted_uid,
        let_the_other_record_go,
    ],
    ids=lambda swap: swap.__name__,
)
def test_a_record_under_the_path_of_another_member_destroys_neither(
    club: Club, swap: Callable[[Club], None]
) -> None:
    swap(club)
    club.commit_by_hand("small correction")

    told = refused(club)

    assert "it is not certain whom a purge of" in told


def test_an_older_swap_on_another_branch_is_found_too(club: Club) -> None:
    club.git("switch", "--quiet", "--create", "draft")
    copy_it_under_the_own_code(club)
    club.commit_by_hand()
    club.git("switch", "--quiet", "main")

    assert f"{WANG} has had another uid, {club.uid(SHAN)}" in refused(club)


def test_a_second_record_of_the_same_uid_is_refused(club: Club) -> None:
    second = club.path(WANG).with_name("M2026-000009.yaml")
    second.write_text(club.text(WANG).replace(WANG, "M2026-000009"))
    club.commit_by_hand()

    assert "M2026-000009 has the same uid" in refused(club)


def test_a_second_record_that_only_a_merge_brought_is_refused(club: Club) -> None:
    club.git("switch", "--quiet", "--create", "draft")
    club.git("commit", "--quiet", "--allow-empty", "--message", "draft")
    club.git("switch", "--quiet", "main")
    club.git("merge", "--quiet", "--no-ff", "--no-commit", "draft")
    second = club.path(WANG).with_name("M2026-000009.yaml")
    second.write_text(club.text(WANG).replace(WANG, "M2026-000009"))
    club.commit_by_hand("merge")

    assert "M2026-000009 has the same uid" in refused(club)


def test_a_purge_that_another_began_is_not_finished_in_a_third_ones_name(club: Club) -> None:
    kill_a_purge(club, after="fence raised")
    uid = club.uid(WANG)
    club.path(SHAN).write_text(club.text(WANG).replace(WANG, SHAN))
    club.commit_by_hand()

    told = club.run("purge", SHAN, "--reason", "duplicate", "--confirm", SHAN, status=4)

    assert "it is not certain whom a purge of" in told.stderr
    assert uid in shares_in(club.vault)
    assert not (club.root / "tombstones").exists()


def test_a_record_with_a_flaw_is_not_purged(club: Club) -> None:
    club.edit(RECORD, "status: active", "status: asleep")
    club.commit_by_hand()

    assert "has a flaw" in refused(club)


def cut_clone(club: Club, target: Path, option: str) -> Club:
    club.git("config", "uploadpack.allowFilter", "true")
    club.git("clone", "--quiet", option, f"file://{club.root}", str(target))
    return Club(root=target, home=club.home, archive=club.archive)


@pytest.mark.parametrize(
    ("option", "flaw"),
    [("--depth=1", "this clone is shallow"), ("--filter=blob:none", "this clone is partial")],
)
def test_a_clone_that_is_cut_off_gives_no_certificate(
    club: Club, tmp_path: Path, option: str, flaw: str
) -> None:
    cut = cut_clone(club, tmp_path / "cut", option)

    assert flaw in refused(cut)
    told = refused(club, "--copy", str(cut.root))
    assert flaw in told
    assert str(cut.root) in told


def test_nor_does_it_when_a_purge_goes_on(club: Club, tmp_path: Path) -> None:
    cut = cut_clone(club, tmp_path / "cut", "--depth=1")
    kill_a_purge(club, after="share destroyed")

    told = cut.run(*PURGE, status=4)

    assert "hint: git -C " in told.stderr
    assert "fetch --unshallow" in told.stderr


def test_a_copy_that_lacks_an_object_gives_none_either(club: Club, tmp_path: Path) -> None:
    copy = club.clone(tmp_path / "copy", "--no-hardlinks")
    blob = copy.git("rev-parse", f"HEAD~2:{RECORD}").strip()
    (copy.root / ".git" / "objects" / blob[:2] / blob[2:]).unlink()

    assert "objects are missing here" in refused(club, "--copy", str(copy.root))


def not_after(text: str) -> list[str]:
    return re.findall(r"not-after ([0-9TZ:-]+)", text)


@pytest.mark.parametrize(
    ("step", "days", "renewed"),
    [("fence raised", 30, True), ("fence raised", 6, False), ("destruction noted", 30, False)],
)
def test_an_approval_must_be_in_force_when_the_share_is_destroyed(
    club: Club, tmp_path: Path, step: str, days: int, renewed: bool
) -> None:
    add_replica(club, tmp_path / "second")
    uid = club.uid(WANG)
    kill_a_purge(club, after=step)
    [before] = not_after(fence_of(club, uid).read_text())
    begun = datetime.fromisoformat(before) - timedelta(days=7)

    told = run(*PURGE, cwd=club.root, now=begun + timedelta(days=days))

    assert told.status == 0, told
    fence = fence_of(club, uid).read_text()
    assert (not_after(fence) != [before]) is renewed
    assert (tmp_path / "second" / "fences" / f"{uid}.yaml").read_text() == fence
    assert club.problems("verify") == []


def test_a_purge_that_was_reverted_can_be_repaired(club: Club) -> None:
    club.run(*PURGE)
    club.git("revert", "--no-edit", "HEAD")
    club.git("revert", "--no-edit", "HEAD~2")
    assert club.path(WANG).exists()

    club.run(*PURGE)

    assert not club.path(WANG).exists()
    assert club.problems("verify") == []
    assert "was purged" in club.run(*PURGE, status=6).stderr


def test_a_certificate_that_was_reverted_is_given_again(club: Club) -> None:
    club.run(*PURGE)
    club.git("revert", "--no-edit", "HEAD")

    club.run(*PURGE)

    assert club.problems("verify") == []


def test_a_record_that_was_removed_by_hand_is_missed(club: Club) -> None:
    club.git("rm", "--quiet", f"members/2026/0000/{SHAN}.yaml")
    club.git("commit", "--quiet", "--message", "tidy up")

    [problem] = club.problems("verify")

    assert (problem["path"], problem["rule"]) == (f"members/2026/0000/{SHAN}.yaml", "vanished")


def test_a_record_that_only_a_merge_removed_is_missed_too(club: Club) -> None:
    club.git("switch", "--quiet", "--create", "draft")
    club.git("commit", "--quiet", "--allow-empty", "--message", "draft")
    club.git("switch", "--quiet", "main")
    club.git("merge", "--quiet", "--no-ff", "--no-commit", "draft")
    club.path(SHAN).unlink()
    club.commit_by_hand("merge")

    assert [one["rule"] for one in club.problems("verify")] == ["vanished"]


def test_a_record_that_was_moved_or_purged_is_not_missed(club: Club) -> None:
    club.git("mv", RECORD, "members/2026/M.yaml")
    club.git("commit", "--quiet", "--message", "wrong place")
    club.git("mv", "members/2026/M.yaml", RECORD)
    club.git("commit", "--quiet", "--message", "right place")
    moved = club.path(SHAN).with_name("M2026-000008.yaml")
    club.git("mv", str(club.path(SHAN)), str(moved))
    moved.write_text(moved.read_text().replace(SHAN, "M2026-000008"))
    club.commit_by_hand("another code")
    club.run(*PURGE)

    assert club.problems("verify") == []


@pytest.mark.parametrize("folder", ["segments", "shards", "fences"])
@pytest.mark.parametrize("words", [PURGE, ("vault", "status")], ids=["purge", "status"])
def test_a_vault_that_lost_a_folder_is_told_as_damaged(
    club: Club, folder: str, words: tuple[str, ...]
) -> None:
    shutil.rmtree(club.vault / folder)

    told = club.run(*words, status=6)

    assert "the vault is damaged: a folder is missing" in told.stderr
    assert "hint: restore it from another replica" in told.stderr


@pytest.mark.parametrize("place", ["segments/x.txt", "shards/x.txt"])
def test_a_folder_in_the_place_of_a_file_of_shares_is_told_as_damage(
    club: Club, place: str
) -> None:
    (club.vault / place).mkdir(mode=0o700)

    told = club.run("vault", "status", status=6)
    refused(club, status=6)

    assert "a folder stands where a file belongs" in told.stderr


def test_a_folder_of_another_name_among_the_segments_is_passed_over(club: Club) -> None:
    (club.vault / "segments" / "old").mkdir(mode=0o700)

    club.run(*PURGE)

    assert club.problems("verify") == []


@pytest.mark.parametrize("lost", ["approvals", "times", "text", "words"])
@pytest.mark.parametrize("replica", ["first", "second"])
def test_a_damaged_fence_is_noticed_while_the_share_is_still_there(
    club: Club, tmp_path: Path, lost: str, replica: str
) -> None:
    add_replica(club, tmp_path / "second")
    uid = club.uid(WANG)
    kill_a_purge(club, after="fence raised")
    vault = club.vault if replica == "first" else tmp_path / "second"
    fence = vault / "fences" / f"{uid}.yaml"
    text = fence.read_text()
    if lost == "approvals":
        text = text[: text.index("approvals:")]
    elif lost == "times":
        text = re.sub(r"(?m)^  approved: .*\n", "", text)
    elif lost == "text":
        text = text.replace("not-after ", "until ")
    else:
        text = re.sub(r"(?m)^(    text:) .*$", r"\1 5", text)
    fence.write_text(text)

    told = club.run(*PURGE, status=6)

    assert ("not a fence" if lost == "words" else "the fence is damaged") in told.stderr
    assert "hint: restore" in told.stderr
    assert uid in shares_in(club.vault)


def test_a_locked_index_stops_a_purge_at_once(club: Club) -> None:
    lock = club.root / ".git" / "index.lock"
    lock.touch()

    told = refused(club)

    assert "locked" in told
    assert str(lock) in told


def test_a_full_disk_stops_a_purge_at_once(club: Club, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("memberarc.acts.purge.obstacles.FREE_BYTES", 1 << 60)

    assert "MiB left" in refused(club, status=8)


def test_a_damaged_list_of_backups_is_met_before_anything_is_destroyed(club: Club) -> None:
    """The certificate tells the backups, and is written last."""
    backups = club.vault / "backups"
    backups.mkdir(mode=0o700)
    (backups / "copy.yaml").write_text("x")
    (backups / "copy.yaml").chmod(0o600)

    assert "not an entry of the list of backups" in refused(club, status=6)


def test_an_identity_that_nobody_can_open_now_is_met_before_anything_is_destroyed(
    club: Club, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Unlocked keys are enough to begin, and the trial wants every key there is."""
    with tempfile.TemporaryDirectory(dir="/dev/shm") as folder:
        monkeypatch.setenv("MEMBERARC_UNLOCKED", folder)
        club.run("unlock")
        club.identity.write_bytes(protected(club.identity.read_bytes()))

        assert "nobody to ask" in refused(club, status=6)
