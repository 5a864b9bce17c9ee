"""One act is one commit: planned from the tip, validated, complete in branch, index and files."""

from __future__ import annotations

import os
import shutil
import time
from typing import TYPE_CHECKING

import pytest

from archive.workplace import NOTES, OTHER, RECORD, Workplace, act, many, saving
from memberarc.archive.git import blob_id, create_repository
from memberarc.archive.transaction import Change, Plan, transact
from memberarc.errors import (
    GitError,
    InternalError,
    InvalidRecordError,
    Problem,
    RevisionNotFoundError,
    UnfinishedOperationError,
    WorkTreeConflictError,
)

if TYPE_CHECKING:
    from pathlib import Path

    from memberarc.archive.snapshot import Snapshot


def test_an_act_changes_adds_and_removes_files_in_one_commit(
    place: Workplace, ballast: dict[str, bytes]
) -> None:
    before = place.head()

    commit = place.save(
        {RECORD: b"changed\n", "requests/new.yaml": b"new\n", OTHER: None, **ballast}
    )

    assert commit == place.head()
    assert place.git("rev-parse", "HEAD^").strip() == before
    assert place.read(RECORD) == place.committed(RECORD) == b"changed\n"
    assert place.read("requests/new.yaml") == b"new\n"
    assert not (place.root / OTHER).exists()
    assert all(place.read(path) == content for path, content in ballast.items())
    assert place.status() == []
    place.assert_settled()


def test_the_message_carries_the_trailers(place: Workplace) -> None:
    place.save({RECORD: b"changed\n"}, subject="update M2026-000123: status")

    message = place.git("log", "-1", "--format=%B")
    assert message == (
        "update M2026-000123: status\n\nMemberarc-Act: update\nMemberarc-Count: 1\n\n"
    )


def test_removing_the_last_file_of_a_folder_removes_the_folder(
    place: Workplace, ballast: dict[str, bytes]
) -> None:
    place.save({RECORD: None, OTHER: None, **ballast})

    assert not (place.root / "members").exists()
    assert place.read(NOTES) == b"call the printer\n"
    assert place.status() == []


def test_nothing_is_committed_when_everything_stands_already(place: Workplace) -> None:
    before = place.head()

    assert place.save({RECORD: place.read(RECORD), "absent.yaml": None}) is None
    assert transact(place.repository, lambda _snapshot: None) is None
    assert place.head() == before
    place.assert_settled()


def test_the_plan_sees_the_tip_and_not_the_work_tree(place: Workplace) -> None:
    place.write(NOTES, b"unsaved\n")
    seen: list[bytes | None] = []

    def plan(snapshot: Snapshot) -> Plan | None:
        seen.append(snapshot.read(NOTES))
        return None

    transact(place.repository, plan)

    assert seen == [b"call the printer\n"]


def test_a_spooled_file_is_committed_and_placed(place: Workplace, tmp_path: Path) -> None:
    spool = tmp_path / "spool"
    spool.write_bytes(os.urandom(3_000_000))

    place.save({"documents/k5x2w7n3q4v6t8zb/h7w2.age": spool})

    assert place.read("documents/k5x2w7n3q4v6t8zb/h7w2.age") == spool.read_bytes()
    assert place.status() == []
    place.assert_settled()


def test_a_wrong_content_is_refused_before_anything_is_written(place: Workplace) -> None:
    before = place.git("rev-list", "--objects", "--all")

    def validate(path: str, content: bytes) -> list[Problem]:
        return [Problem(path=path, rule="bad", message="no good")] if content == b"bad\n" else []

    with pytest.raises(InvalidRecordError) as caught:
        transact(place.repository, saving({RECORD: b"bad\n", OTHER: b"good\n"}), validate=validate)

    assert [problem.path for problem in caught.value.problems] == [RECORD]
    assert place.git("count-objects").startswith(f"{len(before.splitlines())} objects")
    assert place.status() == []


def test_the_first_commit_of_an_empty_repository(tmp_path: Path, ballast: dict[str, bytes]) -> None:
    create_repository(tmp_path / "new")
    place = Workplace(tmp_path / "new")

    commit = place.save({"memberarc.yaml": b"format: archive/1\n", **ballast})

    assert place.git("log", "--format=%H %P").strip() == commit
    assert place.git("symbolic-ref", "HEAD").strip() == "refs/heads/main"
    assert place.status() == []
    place.assert_settled()


def test_a_file_in_the_way_of_the_first_commit_stays(tmp_path: Path) -> None:
    create_repository(tmp_path / "new")
    place = Workplace(tmp_path / "new")
    place.write("memberarc.yaml", b"mine\n")

    with pytest.raises(WorkTreeConflictError):
        place.save({"memberarc.yaml": b"format: archive/1\n"})

    assert place.read("memberarc.yaml") == b"mine\n"
    assert not place.succeeds("rev-parse", "--verify", "--quiet", "HEAD")
    place.assert_settled()


def test_another_branch_is_written_without_touching_index_or_work_tree(place: Workplace) -> None:
    before = place.head()
    place.write(RECORD, b"unsaved\n")
    plan = saving({RECORD: b"proposed\n"})

    with pytest.raises(RevisionNotFoundError):
        transact(place.repository, plan, branch="proposal/x")
    first = transact(place.repository, plan, branch="proposal/x", create_branch=True)
    second = transact(
        place.repository, saving({OTHER: b"too\n"}), branch="proposal/x", create_branch=True
    )

    assert place.head() == before
    assert place.read(RECORD) == b"unsaved\n"
    assert place.status() == [f" M {RECORD}"]
    history = place.git("log", "--format=%H", "proposal/x").split()
    assert history == [second, first, before]
    assert place.committed(RECORD, revision="proposal/x") == b"proposed\n"


def test_naming_the_branch_that_is_checked_out_writes_the_work_tree_too(place: Workplace) -> None:
    transact(place.repository, saving({RECORD: b"changed\n"}), branch="main")

    assert place.read(RECORD) == b"changed\n"
    assert place.status() == []


def test_a_branch_may_have_a_name_in_any_script(place: Workplace) -> None:
    place.git("switch", "--quiet", "--create", "提案")

    commit = place.save({RECORD: b"changed\n"})

    assert place.git("rev-parse", "refs/heads/提案").strip() == commit
    assert place.status() == []


def test_git_is_let_tidy_its_objects_when_it_is_time(place: Workplace) -> None:
    place.git("config", "maintenance.loose-objects.enabled", "true")
    place.git("config", "maintenance.loose-objects.auto", "1")

    place.save({RECORD: b"changed\n"})

    deadline = time.monotonic() + 20
    while "packs: 0" in place.git("count-objects", "-v"):
        assert time.monotonic() < deadline, "nothing was packed"
        time.sleep(0.05)


def test_a_detached_head_is_refused_but_other_branches_are_not(place: Workplace) -> None:
    place.git("checkout", "--quiet", "--detach")

    with pytest.raises(UnfinishedOperationError):
        place.save({RECORD: b"changed\n"})

    assert transact(place.repository, saving({RECORD: b"changed\n"}), branch="main")
    assert place.status() == []
    assert place.read(RECORD) != b"changed\n"


@pytest.mark.parametrize(
    "path",
    ["../x", "/etc/x", "a/../x", "a//x", "./x", "a/", "", ".git/config", "a/.git/x", "a\nb", "a b"],
)
def test_a_path_that_leads_elsewhere_is_a_defect(place: Workplace, path: str) -> None:
    with pytest.raises(InternalError):
        place.save({path: b"x"})

    assert place.status() == []


def test_a_plan_that_names_a_path_twice_is_a_defect(place: Workplace) -> None:
    changes = (Change(path=RECORD, content=b"a"), Change(path=RECORD, content=b"b"))

    with pytest.raises(InternalError):
        transact(place.repository, lambda _: Plan(changes=changes, act=act()))


@pytest.mark.parametrize("path", ["members/2026", f"{RECORD}/x.yaml"])
def test_a_plan_may_not_replace_a_folder_by_a_file_or_the_reverse(
    place: Workplace, path: str
) -> None:
    before = place.head()

    with pytest.raises(InternalError):
        place.save({path: b"x"})

    assert place.head() == before
    assert place.status() == []


def test_many_acts_in_a_row_keep_their_order(place: Workplace) -> None:
    for number in range(5):
        place.save({RECORD: b"%d\n" % number}, subject=f"act {number}")

    subjects = place.git("log", "--reverse", "--format=%s").splitlines()
    assert subjects == ["begin", *(f"act {number}" for number in range(5))]


def test_the_mode_of_a_file_is_kept(place: Workplace) -> None:
    place.git("update-index", "--chmod=+x", RECORD)
    (place.root / RECORD).chmod(0o755)
    place.git("commit", "--quiet", "--message", "executable")

    place.save({RECORD: b"changed\n"})

    assert place.git("ls-tree", "HEAD", RECORD).startswith("100755")
    assert place.status() == []


def test_an_act_needs_a_name_for_the_committer(
    place: Workplace, monkeypatch: pytest.MonkeyPatch
) -> None:
    place.git("config", "user.useConfigOnly", "true")
    for name in (
        "GIT_AUTHOR_NAME",
        "GIT_AUTHOR_EMAIL",
        "GIT_COMMITTER_NAME",
        "GIT_COMMITTER_EMAIL",
    ):
        monkeypatch.delenv(name)

    with pytest.raises(GitError) as caught:
        place.save({RECORD: b"changed\n"})

    assert "git config --global user.name" in caught.value.hint
    assert place.status() == []
    place.assert_settled()


def test_folders_made_for_an_act_that_fails_do_not_stay(place: Workplace) -> None:
    before = sorted(place.root.iterdir())
    place.write(OTHER, b"unsaved\n")

    with pytest.raises(WorkTreeConflictError):
        place.save({OTHER: b"changed\n", **many(b"x ")})

    assert sorted(place.root.iterdir()) == before


def test_a_file_edited_as_soon_as_it_stands_is_kept_and_never_stored(place: Workplace) -> None:
    typed = b"name: Wang\n"

    def type_it(step: str) -> None:
        if step == f"placed {RECORD}":
            place.write(RECORD, typed)

    transact(place.repository, saving({RECORD: b"changed\n"}), checkpoint=type_it)

    assert place.read(RECORD) == typed
    assert place.committed(RECORD) == b"changed\n"
    assert place.git("show", f":{RECORD}") == "changed\n"
    assert place.status() == [f" M {RECORD}"]
    blob = blob_id(typed, object_format="sha1")
    assert not place.succeeds("cat-file", "-e", blob)


def test_the_index_follows_where_git_was_told_to_overlook_a_file(place: Workplace) -> None:
    place.git("update-index", "--assume-unchanged", RECORD)

    place.save({RECORD: b"changed\n"})

    assert place.git("show", f":{RECORD}") == "changed\n"
    assert place.git("ls-files", "-v", RECORD) == f"H {RECORD}\n"
    assert place.status() == []


def test_the_index_holds_what_was_committed_whatever_a_filter_makes_of_the_file(
    place: Workplace,
) -> None:
    place.git("config", "filter.odd.smudge", "tr a-z A-Z")
    place.git("config", "filter.odd.clean", "rev")
    place.save({".gitattributes": b"*.csv filter=odd\n"})

    place.save({"ledger/2026/one.csv": b"changed\n"})

    assert place.read("ledger/2026/one.csv") == b"CHANGED\n"
    assert place.git("show", ":ledger/2026/one.csv") == "changed\n"


def test_a_person_who_keeps_the_index_open_sees_the_old_one(place: Workplace) -> None:
    with (place.root / ".git" / "index").open("rb") as held:
        before = held.read()
        place.save({RECORD: b"changed\n"})
        held.seek(0)

        assert held.read() == before
    assert (place.root / ".git" / "index").stat().st_nlink == 1


def test_an_act_on_few_files_starts_few_git_processes(
    place: Workplace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    wrapper, trace = tmp_path / "bin" / "git", tmp_path / "trace"
    wrapper.parent.mkdir()
    wrapper.write_text(f'#!/bin/sh\necho "$*" >> {trace}\nexec {shutil.which("git")} "$@"\n')
    wrapper.chmod(0o755)
    monkeypatch.setenv("PATH", f"{wrapper.parent}:{os.environ['PATH']}")

    place.save({RECORD: b"changed\n", "requests/new.yaml": b"new\n", OTHER: None})

    # Beside the one that reads and the maintenance, which nobody waits for.
    others = [
        line
        for line in trace.read_text().splitlines()
        if "cat-file --batch-command" not in line and "maintenance" not in line
    ]
    assert len(others) <= 9, others
