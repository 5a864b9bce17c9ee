"""A purge searches every place that belongs to the repository, and names those it cannot."""

from __future__ import annotations

import zlib
from collections.abc import Callable
from pathlib import Path

import pytest

from builders import MOBILE, WANG, Club, add, git, start_club
from disposal.attempts import shares_in

PURGE = ("purge", WANG, "--reason", "member_request", "--confirm", WANG)


def linked_work_tree(club: Club) -> Path:
    tree = club.root.parent / "linked"
    club.git("worktree", "add", "--quiet", "--detach", str(tree))
    return tree


def file_in_a_linked_work_tree(club: Club) -> None:
    (linked_work_tree(club) / "list.txt").write_text(f"call {MOBILE}\n")


def file_in_the_main_work_tree(club: Club) -> None:
    (club.root / "list.txt").write_text(f"call {MOBILE}\n")


def left_over_object(club: Club) -> None:
    content = f"call {MOBILE}\n".encode()
    packed = zlib.compress(b"blob %d\0" % len(content) + content)
    (club.root / ".git" / "objects" / "4a").mkdir(exist_ok=True)
    (club.root / ".git" / "objects" / "4a" / "tmp_obj_Zd81Kx").write_bytes(packed)


def left_over_object_cut_off(club: Club) -> None:
    content = f"call {MOBILE}\n".encode() + bytes(range(256)) * 40
    packed = zlib.compress(b"blob %d\0" % len(content) + content)
    (club.root / ".git" / "objects" / "tmp_obj_Zd81Kx").write_bytes(packed[:-100])


def target_of_a_link(club: Club) -> None:
    (club.root / "link").symlink_to(f"/archive/{MOBILE}")


PLACES = [file_in_a_linked_work_tree, left_over_object, left_over_object_cut_off, target_of_a_link]


@pytest.mark.parametrize("place", PLACES, ids=lambda place: place.__name__)
def test_a_value_in_such_a_place_stops_a_purge(club: Club, place: Callable[[Club], None]) -> None:
    place(club)

    told = club.run(*PURGE, "--format", "json", status=1)

    assert told.envelope["error"]["code"] == "clear-text-found"
    assert len(told.envelope["problems"]) == 1
    assert club.uid(WANG) in shares_in(club.vault)


def test_from_a_linked_work_tree_the_main_one_is_searched(club: Club) -> None:
    tree = club.root.parent / "linked"
    club.git("worktree", "add", "--quiet", "-b", "draft", str(tree))
    file_in_the_main_work_tree(club)

    told = Club(root=tree, home=club.home, archive=club.archive).run(*PURGE, status=1)

    assert f"{club.root}/list.txt: clear-text: holds contact.mobile" in told.stdout


def test_a_linked_work_tree_below_the_main_one_is_searched_and_no_stranger(club: Club) -> None:
    tree = club.root / "draft"
    club.git("worktree", "add", "--quiet", "--detach", str(tree))
    (tree / "list.txt").write_text(f"call {MOBILE}\n")

    told = club.run(*PURGE, status=1)

    assert told.stdout.count("list.txt: clear-text") == 1


def nested_repository(club: Club) -> str:
    git(club.root, "init", "--quiet", "old")
    return str(club.root / "old" / ".git")


def nested_bare_repository(club: Club) -> str:
    git(club.root, "clone", "--quiet", "--mirror", str(club.root), "backup/mirror")
    return str(club.root / "backup" / "mirror")


def repository_of_a_submodule(club: Club) -> str:
    place = club.root / ".git" / "modules" / "old"
    git(club.root, "init", "--quiet", "--bare", str(place))
    return str(place)


def nested_in_a_linked_work_tree(club: Club) -> str:
    tree = linked_work_tree(club)
    git(tree, "init", "--quiet", "old")
    return str(tree / "old" / ".git")


def linked_work_tree_that_is_gone(club: Club) -> str:
    tree = linked_work_tree(club)
    tree.rename(tree.with_name("elsewhere"))
    return str(tree)


def left_over_pack(club: Club) -> str:
    file = club.root / ".git" / "objects" / "pack" / "tmp_pack_q7Ld2m"
    file.write_bytes(b"PACK")
    return str(file)


UNSEARCHED = [
    nested_repository,
    nested_bare_repository,
    repository_of_a_submodule,
    nested_in_a_linked_work_tree,
    linked_work_tree_that_is_gone,
    left_over_pack,
]


@pytest.mark.parametrize("place", UNSEARCHED, ids=lambda place: place.__name__)
def test_a_place_that_is_not_searched_is_named_before_anything_is_destroyed(
    club: Club, place: Callable[[Club], str]
) -> None:
    name = place(club)
    before = club.fingerprint()

    told = club.run(*PURGE, "--format", "json", status=1)

    assert [problem["path"] for problem in told.envelope["problems"]] == [name]
    assert club.fingerprint() == before


def test_a_copy_that_lies_in_the_work_tree_is_searched_and_no_stranger(club: Club) -> None:
    copy = club.clone(club.root / "copy")
    (copy.root / "list.txt").write_text(f"call {MOBILE}\n")

    told = club.run(*PURGE, "--copy", str(copy.root), status=1)

    assert "copy/list.txt: clear-text: holds contact.mobile" in told.stdout


def test_the_repository_itself_is_no_copy(club: Club) -> None:
    tree = linked_work_tree(club)
    before = club.fingerprint()

    for place in (club.root, tree):
        told = club.run(*PURGE, "--copy", str(place), status=2)
        assert "is looked at anyway" in told.stderr
    assert club.fingerprint() == before


def test_a_copy_that_is_given_twice_is_refused(club: Club, tmp_path: Path) -> None:
    copy = str(club.clone(tmp_path / "copy").root)

    club.run(*PURGE, "--copy", copy, "--copy", copy, status=2)


def test_a_repository_of_another_archive_is_no_copy(club: Club, tmp_path: Path) -> None:
    other = start_club(tmp_path / "other", club.home)
    add(other, name="李四")
    empty = tmp_path / "empty"
    git(tmp_path, "init", "--quiet", str(empty))

    for place in (other.root, empty):
        told = club.run(*PURGE, "--copy", str(place), status=2)
        assert "holds no version of this archive" in told.stderr
    assert club.uid(WANG) in shares_in(club.vault)
