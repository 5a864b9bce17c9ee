"""A rewriting takes values out of all history, keeps every act, and proves that nothing is left."""

from __future__ import annotations

import stat
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from builders import MOBILE_BEFORE, SECRETS, SHAN, WANG, Club, git
from disposal.attempts import clear_texts
from disposal.test_purge_stops import (
    TRACES,
    branch_name,
    committed_version,
    detached_head,
    edited_record,
    ignored_file,
    merge_under_way,
    stash,
    untracked_file,
)
from memberarc.people.ssh import make_signing_key

pytest.importorskip("git_filter_repo")

RECORD = f"members/2026/0000/{WANG}.yaml"
CONFIRM = ("--confirm", "东区商会", "--no-backup")
REWRITE = ("leak", "rewrite", WANG, *CONFIRM)
PURGE = ("purge", WANG, "--reason", "member_request", "--confirm", WANG)
# What stands outside of history, where a person has to look: they are told and left.
BY_HAND = {
    "stash",
    "staged_file",
    "branch_name",
    "packed_branch_name",
    "untracked_file",
    "ignored_file",
    "name_of_an_untracked_file",
    "exported_json",
    "setting",
}


def everything(club: Club) -> bytes:
    """All bytes of all objects and of all files below the club."""
    objects = subprocess.run(
        ["git", "cat-file", "--batch-all-objects", "--batch"], cwd=club.root, capture_output=True
    ).stdout
    files = b"".join(path.read_bytes() for path in club.root.rglob("*") if path.is_file())
    names = "\n".join(str(path) for path in club.root.rglob("*")).encode()
    return objects + files + names


@pytest.mark.parametrize(
    "trace", [one for one in TRACES if one.__name__ not in BY_HAND], ids=lambda one: one.__name__
)
def test_what_stood_in_clear_is_gone_and_every_act_is_there(
    club: Club, trace: Callable[[Club], None]
) -> None:
    trace(club)
    acts = club.git("log", "--branches", "--format=%ad%an").splitlines()
    record = club.json("show", WANG)["record"]
    club.run("leak", "scan", WANG, status=1)
    club.run(*PURGE, status=1)

    told = club.run(*REWRITE)

    assert not clear_texts(everything(club), SECRETS)
    assert club.git("log", "--branches", "--format=%ad%an").splitlines() == acts
    assert not clear_texts((told.stdout + told.stderr).encode(), SECRETS)
    assert club.git("status", "--porcelain") == ""
    club.run("leak", "scan")
    assert club.problems("verify") == []
    assert club.json("show", WANG)["record"] == record
    club.run(*PURGE)
    assert club.problems("verify") == []


def test_a_value_in_a_record_is_sealed_where_it_stood(club: Club) -> None:
    committed_version(club)
    assert [one["rule"] for one in club.problems("verify")] == ["clear-text"]

    club.run(*REWRITE)

    shown = club.json("show", WANG, "--at", "HEAD~1")
    assert shown["record"]["contact"]["mobile"] == MOBILE_BEFORE
    assert "enc:m1.internal.1:" in club.git("show", f"HEAD~1:{RECORD}")


def test_a_mark_stands_anywhere_else_in_the_encoding_of_the_file(club: Club) -> None:
    (club.root / "list.txt").write_text("call 王小明 on 139 0013 9001\n", encoding="utf-16")
    club.commit_by_hand("王小明 moved")

    club.run(*REWRITE)

    assert (club.root / "list.txt").read_text("utf-16") == "call (removed) on (removed)\n"
    assert club.git("log", "-1", "--format=%s") == "(removed) moved\n"


def test_who_wrote_a_commit_and_what_a_file_is_called_are_cleaned_too(club: Club) -> None:
    (club.root / "王小明.txt").write_text("to be called\n")
    club.git("add", "--all")
    club.git(
        *("-c", "user.name=x", "commit", "--quiet", "--message", "list"),
        *("--author", "王小明 <Wang.Xiaoming@example.org>"),
    )

    club.run(*REWRITE)

    assert club.git("log", "-1", "--format=%an <%ae>") == "(removed) <(removed)>\n"
    assert (club.root / "(removed).txt").read_text() == "to be called\n"


def test_a_dry_run_tells_what_would_change_and_changes_nothing(club: Club) -> None:
    (club.root / "list.txt").write_text(f"call {MOBILE_BEFORE}\n")
    leak = club.commit_by_hand()
    club.run("update", SHAN, "--set", "status=left")
    club.run("update", SHAN, "--set", "status=active")
    before = club.fingerprint()

    told = club.run("leak", "rewrite", WANG, "--dry-run", "--format", "json")
    said = club.run("leak", "rewrite", WANG, "--dry-run")

    assert told.data["changed"] == [leak]
    assert told.data["renamed"] == 3
    assert "would change 1 commit and give 3 commits another id" in said.stderr
    assert club.fingerprint() == before


def test_the_plan_and_what_happened_agree(club: Club) -> None:
    (club.root / "list.txt").write_text(f"call {MOBILE_BEFORE}\n")
    club.commit_by_hand()
    club.git("switch", "--quiet", "--create", "draft", "HEAD~1")
    club.git("commit", "--quiet", "--allow-empty", "--message", "draft")
    club.git("merge", "--quiet", "--no-edit", "main")
    club.git("switch", "--quiet", "main")
    club.run("update", SHAN, "--set", "status=left")
    planned = club.json("leak", "rewrite", WANG, "--dry-run")

    done = club.json(*REWRITE)

    assert done["renamed"] == planned["renamed"] == 3


def test_the_ids_to_look_for_are_written_for_the_user_alone(club: Club) -> None:
    committed_version(club)
    old, blob = club.head(), club.git("rev-parse", f"HEAD~1:{RECORD}").strip()

    ids = Path(club.json(*REWRITE)["ids"])

    assert stat.S_IMODE(ids.stat().st_mode) == 0o600
    assert not ids.is_relative_to(club.root)
    listed = ids.read_text().splitlines()
    assert f"blob {blob}" in listed
    assert f"commit {old} {club.head()}" in listed
    missing = subprocess.run(["git", "cat-file", "-e", blob], cwd=club.root, capture_output=True)
    assert missing.returncode != 0


def test_a_mirror_of_what_was_is_made_first(club: Club, tmp_path: Path) -> None:
    committed_version(club)
    old = club.head()

    told = club.run("leak", "rewrite", WANG, *CONFIRM[:2], "--backup", str(tmp_path / "mirror"))

    assert git(tmp_path / "mirror", "rev-parse", "main").strip() == old
    assert "destroy it when all is well" in told.stderr


def test_notes_go_with_their_commits(club: Club) -> None:
    committed_version(club)
    club.git("notes", "add", "--message", "asked twice")

    club.run(*REWRITE)

    assert club.git("notes", "show", "HEAD") == "asked twice\n"


def test_signatures_that_are_lost_are_counted(club: Club) -> None:
    key = str(club.signing_key)
    signing = ("-c", "gpg.format=ssh", "-c", f"user.signingkey={key}")
    club.git(*signing, "commit", "--quiet", "-S", "--allow-empty", "--message", "signed")
    (club.root / "list.txt").write_text(f"call {MOBILE_BEFORE}\n")
    club.commit_by_hand()

    told = club.run(*REWRITE, "--format", "json")

    assert told.data["signatures_lost"] == 1
    assert told.data["renamed"] == 2
    assert "signatures gone: those of 1 commit" in told.stderr


def test_what_no_branch_holds_is_swept_and_no_commit_gets_another_id(club: Club) -> None:
    club.git("hash-object", "-w", "--stdin", stdin=f"call {MOBILE_BEFORE}\n")
    key = str(club.signing_key)
    signing = ("-c", "gpg.format=ssh", "-c", f"user.signingkey={key}")
    club.git(*signing, "commit", "--quiet", "-S", "--allow-empty", "--message", "signed")
    before = club.head()

    told = club.run(*REWRITE, "--format", "json")

    assert (told.data["renamed"], told.data["signatures_lost"]) == (0, 0)
    assert club.head() == before
    assert not clear_texts(everything(club), SECRETS)


def test_nothing_is_imported_from_the_archive(club: Club) -> None:
    (club.root / "json.py").write_text("raise SystemExit(3)\n")
    (club.root / "git_filter_repo.py").write_text("raise SystemExit(3)\n")
    club.commit_by_hand()
    committed_version(club)

    club.run(*REWRITE)


def test_a_certificate_of_an_earlier_purge_stays_valid(club: Club) -> None:
    club.run("purge", SHAN, "--reason", "duplicate", "--confirm", SHAN)
    (club.root / "list.txt").write_text(f"call {MOBILE_BEFORE}\n")
    club.commit_by_hand()

    club.run(*REWRITE)

    assert club.problems("verify") == []


@pytest.mark.parametrize("trace", [ignored_file, branch_name], ids=lambda one: one.__name__)
def test_what_no_rewriting_reaches_is_told_and_stays_a_finding(
    club: Club, trace: Callable[[Club], None]
) -> None:
    trace(club)

    told = club.run(*REWRITE, status=1)

    assert "out of reach of a rewriting, see to it by hand: " in told.stderr
    assert "still in clear: " in told.stderr
    club.run(*PURGE, status=1)


@pytest.mark.parametrize(
    "obstacle",
    [stash, edited_record, untracked_file, detached_head, merge_under_way],
    ids=lambda one: one.__name__,
)
def test_obstacles_stop_it_before_anything_changes(
    club: Club, obstacle: Callable[[Club], None]
) -> None:
    (club.root / "call.txt").write_text(f"call {MOBILE_BEFORE}\n")
    club.commit_by_hand()
    obstacle(club)
    before = club.fingerprint()

    club.run(*REWRITE, status=4)

    assert club.fingerprint() == before


def test_a_linked_work_tree_stops_it(club: Club, tmp_path: Path) -> None:
    committed_version(club)
    club.git("worktree", "add", "--quiet", str(tmp_path / "other"))

    assert "work trees are linked" in club.run(*REWRITE, status=4).stderr


def test_a_clone_that_is_not_whole_is_refused(club: Club, tmp_path: Path) -> None:
    committed_version(club)
    source = f"file://{club.root}"
    git(tmp_path, "clone", "--quiet", "--depth=1", source, "shallow")
    shallow = Club(root=tmp_path / "shallow", home=club.home, archive=club.archive)
    (shallow.root / "list.txt").write_text(f"call {MOBILE_BEFORE}\n")
    shallow.commit_by_hand()

    assert shallow.run(*REWRITE, status=None).status in (4, 6)


@pytest.mark.parametrize(
    ("words", "status"),
    [
        (("--no-backup",), 9),
        ((), 2),
        (("--backup", "inside"), 8),
        (("--confirm", "西区商会", "--no-backup"), 9),
        (("--confirm", "东区商会"), 2),
        (("--confirm", "东区商会", "--backup", "inside"), 8),
        (("--confirm", "东区商会", "--backup", "."), 8),
        (("--confirm", "东区商会", "--backup", "../club/inside"), 8),
    ],
)
def test_without_a_clear_word_nothing_changes(
    club: Club, words: tuple[str, ...], status: int
) -> None:
    committed_version(club)
    before = club.fingerprint()

    club.run("leak", "rewrite", WANG, *words, status=status)

    assert club.fingerprint() == before


def test_the_mirror_may_be_named_from_within_the_archive(club: Club) -> None:
    committed_version(club)

    club.run("leak", "rewrite", WANG, *CONFIRM[:2], "--backup", "../mirror")

    assert git(club.root.parent / "mirror", "rev-list", "--all")


def test_only_an_administrator_rewrites(club: Club) -> None:
    committed_version(club)
    for file in (club.signing_key, club.signing_key.with_suffix(".pub")):
        file.unlink()
    make_signing_key(club.signing_key)

    club.run(*REWRITE, status=10)


def test_where_nothing_stands_in_clear_nothing_is_asked_or_done(club: Club) -> None:
    before = club.fingerprint()

    told = club.run("leak", "rewrite", WANG)

    assert "nothing is rewritten" in told.stderr
    assert club.fingerprint() == before


def test_a_value_that_is_part_of_codes_is_never_replaced(club: Club) -> None:
    """A registration number of 2026-000001 stands in every path of M2026-000001."""
    club.run("update", WANG, "--set", "registration.number=2026-000001")
    committed_version(club)

    told = club.run(*REWRITE, status=1)

    assert "registration.number is left alone" in told.stderr
    assert club.json("show", WANG)["record"]["id"] == WANG
    assert not clear_texts(everything(club), SECRETS)
