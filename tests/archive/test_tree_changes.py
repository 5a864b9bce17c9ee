"""What differs between two trees is told path by path, in whichever form git prints it."""

from __future__ import annotations

import pytest

from archive.workplace import NOTES, OTHER, RECORD, Workplace
from memberarc.archive.comparison import changed_between, changed_files
from memberarc.archive.tree_changes import TreeChange, compare_trees, read_changes, take_changes
from memberarc.errors import GitError

CHANGES = ("--raw", "-z", "--no-abbrev", "--no-renames")


def blob(place: Workplace, name: str) -> str:
    return place.git("rev-parse", name).strip()


def test_a_path_is_told_with_what_stood_there_and_what_stands(place: Workplace) -> None:
    former, removed = blob(place, f"HEAD:{RECORD}"), blob(place, f"HEAD:{OTHER}")
    place.save({RECORD: b"changed\n", OTHER: None})

    told = [*compare_trees(place.repository, old="HEAD~1", new="HEAD")]

    assert told == [
        TreeChange(
            path=RECORD,
            old_mode="100644",
            old_blob=former,
            new_mode="100644",
            new_blob=blob(place, f"HEAD:{RECORD}"),
        ),
        TreeChange(
            path=OTHER, old_mode="100644", old_blob=removed, new_mode="000000", new_blob=None
        ),
    ]


def test_a_first_commit_is_compared_with_the_empty_tree(place: Workplace) -> None:
    told = [*compare_trees(place.repository, old=None, new="HEAD")]

    assert [(change.path, change.old_blob) for change in told] == [
        (RECORD, None),
        (OTHER, None),
        (NOTES, None),
    ]


def test_only_what_lies_below_the_paths_named_is_compared(place: Workplace) -> None:
    place.save({RECORD: b"changed\n", NOTES: b"changed\n"})

    told = compare_trees(place.repository, old="HEAD~1", new="HEAD", below=("members",))

    assert [change.path for change in told] == [RECORD]


@pytest.mark.parametrize("old", ["0" * 39 + "1", ""], ids=["unknown", "empty"])
def test_a_commit_that_is_not_there_is_an_error(place: Workplace, old: str) -> None:
    with pytest.raises(GitError):
        changed_files(place.repository, old=old, new="HEAD", below=())


def test_a_submodule_is_told_and_is_no_file(place: Workplace) -> None:
    commit = place.head()
    place.git("update-index", "--add", "--cacheinfo", f"160000,{commit},other")
    place.git("commit", "--quiet", "--message", "a submodule")

    [change] = changed_between(place.repository, commit, new="HEAD")

    assert (change.new_blob, change.new_file) == (commit, None)
    assert changed_files(place.repository, old=commit, new="HEAD", below=()) == {"other": None}


def test_a_path_that_no_archive_has_is_left_to_who_asks_for_it(place: Workplace) -> None:
    before = place.head()
    place.write("会员.txt", b"1\n")
    place.git("add", "--all")
    place.git("commit", "--quiet", "--message", "a list")

    assert [one.path for one in compare_trees(place.repository, old=before, new="HEAD")] == [
        "会员.txt"
    ]
    assert changed_between(place.repository, before, new="HEAD") == []


def test_changes_are_read_between_the_commits_of_a_log_and_without_them(place: Workplace) -> None:
    newer = place.save({RECORD: b"1\n", NOTES: b"1\n"})
    older = place.git("rev-parse", "HEAD~1").strip()
    log = ("-c", "log.showRoot=true", "log", *CHANGES)
    tokens = iter(place.repository.run(*log, "--format=%x00%H").split(b"\0"))

    assert take_changes(tokens) == ([], newer.encode())
    changes, following = take_changes(tokens)
    assert ([change.path for change in changes], following) == ([RECORD, NOTES], older.encode())
    changes, following = take_changes(tokens)
    assert ([change.path for change in changes], following) == ([RECORD, OTHER, NOTES], b"")
    alone = read_changes(place.repository.run(*log, "--format="))
    assert [change.path for change in alone] == [RECORD, NOTES, RECORD, OTHER, NOTES]
