"""Symbolic links, folders and days that do not exist, where files of the archive belong."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from builders import WANG, Club, run_as_process
from memberarc.archive.git import find_repository
from memberarc.archive.uncommitted import work_tree_files
from memberarc.errors import FileError

HEADER = "date,member,kind,amount,quantity,item,branch,channel,staff,ref\n"


def members_elsewhere(club: Club, tmp_path: Path) -> None:
    shutil.move(club.root / "members", tmp_path / "elsewhere")
    (club.root / "members").symlink_to(tmp_path / "elsewhere")


def test_a_folder_that_is_a_symbolic_link_is_told_and_not_followed(
    club: Club, tmp_path: Path
) -> None:
    members_elsewhere(club, tmp_path)

    told = {(one["path"], one["rule"]) for one in club.problems("check")}

    assert ("members", "symlink") in told
    assert not [path for path, _ in told if path.startswith("members/")]
    assert [one["rule"] for one in club.problems("check", f"members/2026/0000/{WANG}.yaml")] == [
        "symlink"
    ]


def test_a_file_that_is_a_symbolic_link_is_told_and_not_read(club: Club, tmp_path: Path) -> None:
    elsewhere = tmp_path / "record.yaml"
    club.path(WANG).rename(elsewhere)
    club.path(WANG).symlink_to(elsewhere)
    place = f"members/2026/0000/{WANG}.yaml"

    assert [one["rule"] for one in club.problems("check", "members")] == ["symlink"]
    with pytest.raises(FileError) as caught:
        [*work_tree_files(find_repository(club.root), only=["members"])]
    assert caught.value.where == place
    club.run("encrypt", status=8)


def test_nothing_is_written_where_a_folder_was_committed_as_a_link(
    club: Club, tmp_path: Path
) -> None:
    members_elsewhere(club, tmp_path)
    head = club.commit_by_hand()

    outcome = club.run("add", "--set", "name=李四", status=4)

    assert "members" in outcome.stderr
    assert club.head() == head
    assert ("members", "stray-file") in {
        (one["path"], one["rule"]) for one in club.problems("check", "--staged")
    }


@pytest.mark.parametrize("path", ["2026/13/2026-13-45.csv", "2026/02/2026-01-03.csv"])
def test_a_ledger_file_of_no_day_is_told_even_when_it_is_empty(club: Club, path: str) -> None:
    file = club.root / "ledger" / path
    file.parent.mkdir(parents=True)
    file.write_text(HEADER)

    assert [(one["path"], one["rule"]) for one in club.problems("check")] == [
        (f"ledger/{path}", "place")
    ]


def test_a_folder_in_the_place_of_a_ledger_file_is_a_finding(club: Club) -> None:
    folder = club.root / "ledger" / "2026" / "01" / "2026-01-01.csv"
    folder.mkdir(parents=True)
    (folder / "x").write_text("x")
    club.commit_by_hand()

    outcome = club.run("classify", "--year", "2026", status=1)

    assert "2026-01-01.csv" in outcome.stderr


def test_without_git_every_command_says_so(club: Club, tmp_path: Path) -> None:
    outcome = run_as_process("status", cwd=club.root, PATH=str(tmp_path))

    assert outcome.status == 7
    assert "git is not installed" in outcome.stderr
