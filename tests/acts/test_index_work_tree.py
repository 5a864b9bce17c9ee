"""A search answers for the newest commit; edits count with `--worktree`, else they are told of."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from acts.index_tables import place, tables
from builders import SHAN, WANG, ZENG, Club


def edit(club: Club, code: str, old: str, new: str) -> None:
    club.edit(str(club.path(code).relative_to(club.root)), old, new)


def ids(club: Club, *words: str) -> list[str]:
    return club.run("search", *words, "--ids").stdout.split()


def test_edits_count_where_they_are_asked_for(club: Club) -> None:
    edit(club, WANG, r"(?m)^status: active$", "status: left")

    assert WANG in ids(club, "status:active")
    assert WANG not in ids(club, "status:active", "--worktree")
    assert WANG in ids(club, "status:left 小明", "--worktree")
    assert club.json("search", "小明", "--worktree")["searched"] == 3


def test_an_edit_is_told_of_where_its_member_is_found(club: Club) -> None:
    edit(club, WANG, r"(?m)^status: active$", "status: left")

    told = club.run("search", "小明").stderr
    assert f"edited, and found here as committed: {WANG}; --worktree looks at the edits" in told
    assert "edited" not in club.run("search", "雄信").stderr
    assert "edited" not in club.run("search", "小明", "--worktree").stderr
    club.run("search", "小明", "--format", "json")


def test_new_deleted_and_broken_files_count_too(club: Club) -> None:
    club.path(SHAN).unlink()
    club.path(ZENG).write_text("no record\n", encoding="utf-8")
    new = club.path(WANG).with_name("M2026-000009.yaml")
    text = club.text(WANG).replace(f"id: {WANG}", "id: M2026-000009")
    new.write_text(text, encoding="utf-8")

    found = club.run("list", "--worktree", "--ids")
    data = club.json("list", "--worktree")

    assert found.stdout.split() == [WANG, "M2026-000009"]
    assert (data["found"], data["searched"]) == (2, 2)
    assert found.stderr.count("is no record") == 1
    assert club.json("list")["searched"] == 3
    assert tables(club)["flawed"] == set()


def test_a_record_that_was_flawed_and_is_edited_is_told_of_once(club: Club) -> None:
    club.path(ZENG).write_text("no record\n", encoding="utf-8")
    club.commit_by_hand()
    club.path(ZENG).write_text("still no record\n", encoding="utf-8")

    assert club.run("list", "--worktree").stderr.count("is no record") == 1
    assert club.run("list").stderr.count("is no record") == 1


def test_a_record_moved_by_hand_counts_once(club: Club) -> None:
    elsewhere = club.root / "members" / "2025" / "0000"
    elsewhere.mkdir(parents=True)
    shutil.move(club.path(SHAN), elsewhere / club.path(SHAN).name)

    assert ids(club, "雄信", "--worktree") == [SHAN]
    assert club.json("list", "--worktree")["searched"] == 3


def test_a_link_is_not_read(club: Club, tmp_path: Path) -> None:
    copy = shutil.move(club.path(WANG), tmp_path / "elsewhere.yaml")
    club.path(WANG).symlink_to(copy)

    assert ids(club, "小明", "--worktree") == []


def test_other_line_ends_are_no_edit(club: Club) -> None:
    club.path(WANG).write_bytes(club.path(WANG).read_bytes().replace(b"\n", b"\r\n"))

    assert "edited" not in club.run("search", "小明").stderr


def test_the_index_does_not_take_edits_in(club: Club) -> None:
    before = tables(club)
    content = place(club).read_bytes()
    edit(club, WANG, r"(?m)^status: active$", "status: left")

    ids(club, "小明", "--worktree")

    assert place(club).read_bytes() == content
    assert tables(club) == before


def test_a_bare_clone_has_no_edits(club: Club, tmp_path: Path) -> None:
    bare = club.clone(tmp_path / "bare.git", "--bare")

    assert "bare clone" in bare.run("search", "小明", "--worktree", status=5).stderr
    assert "edited" not in bare.run("search", "小明").stderr


@pytest.mark.parametrize("sort", [(), ("--sort", "id")])
def test_a_list_stands_in_the_order_of_codes_whatever_it_asks(
    club: Club, sort: tuple[str, ...]
) -> None:
    club.run("update", ZENG, "--set", "name=小明")

    told = club.run("list", "--where", "小明", "--ids", *sort)

    assert told.stdout.split() == [WANG, ZENG]
    assert ids(club, "小明") == [ZENG, WANG]
