"""What a person has edited, staged or put into the way is kept, and nothing else has changed."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING

import pytest

from archive.workplace import NOTES, OTHER, RECORD, Workplace
from memberarc.archive import desk
from memberarc.errors import LockedError, UnfinishedOperationError, WorkTreeConflictError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

NEW = "requests/2026/R2026-0001.yaml"


@pytest.fixture
def refused(place: Workplace, ballast: dict[str, bytes]) -> Iterator[Workplace]:
    """Give the place to a test that brings a conflict about, and see that the act is refused."""
    yield place
    before, status = place.head(), place.status()

    with pytest.raises(WorkTreeConflictError) as caught:
        place.save({RECORD: b"changed\n", NEW: b"new\n", OTHER: None, **ballast})

    assert place.head() == before
    assert place.status() == status
    assert not any((place.root / path).exists() for path in ballast)
    assert caught.value.hint
    place.assert_settled()


def test_an_unstaged_edit(refused: Workplace) -> None:
    refused.write(RECORD, b"mine\n")


def test_an_edit_that_cut_the_end_of_a_file(refused: Workplace) -> None:
    refused.write(RECORD, refused.read(RECORD)[:-5])


def test_an_edit_of_the_same_length(refused: Workplace) -> None:
    refused.write(RECORD, refused.read(RECORD).swapcase())


def test_an_edit_git_was_told_to_overlook(refused: Workplace) -> None:
    refused.git("update-index", "--assume-unchanged", RECORD)
    refused.write(RECORD, b"mine\n")


def test_an_edit_of_a_file_the_act_removes(refused: Workplace) -> None:
    refused.write(OTHER, b"mine\n")


def test_an_unstaged_deletion(refused: Workplace) -> None:
    (refused.root / RECORD).unlink()


def test_a_staged_edit(refused: Workplace) -> None:
    refused.write(RECORD, b"mine\n")
    refused.git("add", RECORD)


def test_a_staged_edit_whose_file_was_put_back(refused: Workplace) -> None:
    former = refused.read(RECORD)
    refused.write(RECORD, b"mine\n")
    refused.git("add", RECORD)
    refused.write(RECORD, former)


def test_a_staged_deletion(refused: Workplace) -> None:
    refused.git("rm", "--quiet", OTHER)


def test_a_file_staged_where_the_act_adds_one(refused: Workplace) -> None:
    refused.write(NEW, b"mine\n")
    refused.git("add", NEW)


def test_an_untracked_file_where_the_act_adds_one(refused: Workplace) -> None:
    refused.write(NEW, b"mine\n")


def test_an_empty_untracked_file_where_the_act_adds_one(refused: Workplace) -> None:
    refused.write(NEW, b"")


def test_an_ignored_file_where_the_act_adds_one(refused: Workplace) -> None:
    refused.write(".git/info/exclude", b"requests/\n")
    refused.write(NEW, b"mine\n")


def test_a_folder_where_the_act_adds_a_file(refused: Workplace) -> None:
    refused.write(f"{NEW}/mine.txt", b"mine\n")


def test_a_file_where_the_act_needs_a_folder(refused: Workplace) -> None:
    refused.write("requests", b"mine\n")


def test_a_link_that_leads_out_of_the_work_tree(refused: Workplace, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (refused.root / "requests").symlink_to(outside)


def test_a_folder_of_records_replaced_by_a_link(refused: Workplace, tmp_path: Path) -> None:
    (refused.root / "members").rename(tmp_path / "moved")
    (refused.root / "members").symlink_to(tmp_path / "moved")


def test_a_link_where_a_record_stood(refused: Workplace, tmp_path: Path) -> None:
    (tmp_path / "copy").write_bytes(refused.read(RECORD))
    (refused.root / RECORD).unlink()
    (refused.root / RECORD).symlink_to(tmp_path / "copy")


def test_a_path_with_an_unresolved_conflict(refused: Workplace) -> None:
    blob = refused.git("rev-parse", f"HEAD:{RECORD}").strip()
    stages = f"0 {'0' * 40}\t{RECORD}\n" + "".join(
        f"100644 {blob} {stage}\t{RECORD}\n" for stage in (1, 2, 3)
    )
    refused.repository.run("update-index", "--index-info", stdin=stages.encode())


def test_unrelated_edits_staged_and_not_stay_as_they_are(
    place: Workplace, ballast: dict[str, bytes]
) -> None:
    place.write(NOTES, b"staged\n")
    place.git("add", NOTES)
    place.write(NOTES, b"staged, then edited\n")
    place.write("members/2026/0001/draft.txt", b"untracked beside the record\n")
    place.write(OTHER, b"edited\n")
    before = place.status()

    place.save({RECORD: b"changed\n", NEW: b"new\n", **ballast})

    assert (
        place.status()
        == before
        == [
            f" M {OTHER}",
            f"MM {NOTES}",
            "?? members/2026/0001/draft.txt",
        ]
    )
    assert place.git("show", f":{NOTES}") == "staged\n"
    assert place.read(NOTES) == b"staged, then edited\n"
    assert place.committed(NOTES) == b"call the printer\n"
    place.assert_settled()


def test_a_file_that_was_only_touched_is_no_edit(
    place: Workplace, ballast: dict[str, bytes]
) -> None:
    place.write(RECORD, place.read(RECORD))

    place.save({RECORD: b"changed\n", **ballast})

    assert place.read(RECORD) == b"changed\n"
    assert place.status() == []


def test_a_committed_link_is_left_to_the_person(place: Workplace) -> None:
    (place.root / "requests").mkdir()
    (place.root / NEW).parent.mkdir(parents=True)
    (place.root / NEW).symlink_to("/etc/hosts")
    place.git("add", ".")
    place.git("commit", "--quiet", "--message", "a link")

    with pytest.raises(WorkTreeConflictError, match="symbolic link"):
        place.save({NEW: b"new\n"})

    assert (place.root / NEW).is_symlink()


@pytest.mark.parametrize(
    "mark",
    ["MERGE_HEAD", "CHERRY_PICK_HEAD", "REVERT_HEAD", "rebase-merge", "rebase-apply", "sequencer"],
)
def test_an_operation_under_way_is_not_interfered_with(place: Workplace, mark: str) -> None:
    (place.repository.git_dir / mark).write_bytes(b"")
    before = place.head()

    with pytest.raises(UnfinishedOperationError):
        place.save({RECORD: b"changed\n"})

    assert place.head() == before


def diverge(place: Workplace) -> None:
    """Let two branches change the same line."""
    place.git("checkout", "--quiet", "-b", "side")
    place.write(NOTES, b"side\n")
    place.git("commit", "--quiet", "--all", "--message", "side")
    place.git("checkout", "--quiet", "main")
    place.write(NOTES, b"main\n")
    place.git("commit", "--quiet", "--all", "--message", "main")


@pytest.mark.parametrize("operation", ["merge", "rebase", "cherry-pick"])
def test_a_real_operation_that_stopped_half_way(place: Workplace, operation: str) -> None:
    diverge(place)
    place.git(operation, "side", check=False)
    before, status = place.head(), place.status()
    assert f"UU {NOTES}" in status or f"AA {NOTES}" in status

    with pytest.raises(UnfinishedOperationError):
        place.save({RECORD: b"changed\n"})

    assert (place.head(), place.status()) == (before, status)


def test_a_real_revert_that_stopped_half_way(place: Workplace) -> None:
    for text in (b"one\n", b"two\n"):
        place.write(NOTES, text)
        place.git("commit", "--quiet", "--all", "--message", "edit")
    place.git("revert", "HEAD~1", check=False)

    with pytest.raises(UnfinishedOperationError, match="revert"):
        place.save({RECORD: b"changed\n"})


def test_a_git_command_at_work_is_waited_for(place: Workplace) -> None:
    lock = place.repository.git_dir / "index.lock"
    lock.write_bytes(b"")
    released = threading.Thread(target=lambda: (time.sleep(0.2), lock.unlink()))
    released.start()

    commit = place.save({RECORD: b"changed\n"})
    released.join()

    assert commit == place.head()
    place.assert_settled()


def test_the_index_lock_of_a_dead_git_command_is_named_and_left(
    place: Workplace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(desk, "_INDEX_WAIT_S", 0.05)
    lock = place.repository.git_dir / "index.lock"
    lock.write_bytes(b"")

    with pytest.raises(LockedError) as caught:
        place.save({RECORD: b"changed\n"})

    assert caught.value.where == str(lock)
    assert f"rm '{lock}'" in caught.value.hint
    assert lock.read_bytes() == b""
    lock.unlink()
    assert place.status() == []
    place.assert_settled()
