"""What is found without git is what git finds; whatever is out of the ordinary is left to git."""

from __future__ import annotations

import os
import subprocess
from typing import TYPE_CHECKING

import pytest

from memberarc.archive.discovery import ordinary_work_tree
from memberarc.archive.git import find_repository

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from archive.workplace import Workplace


def told_by_git(folder: Path) -> str:
    return subprocess.run(
        ["git", "rev-parse", "--show-toplevel"], cwd=folder, capture_output=True, text=True
    ).stdout.strip()


def test_an_ordinary_work_tree_is_the_one_git_finds(place: Workplace, tmp_path: Path) -> None:
    inner = place.root / "members" / "2026"
    inner.mkdir(parents=True, exist_ok=True)
    link = tmp_path / "link"
    link.symlink_to(inner)

    for start in (place.root, inner, link):
        assert str(ordinary_work_tree(start)) == told_by_git(start)
        assert find_repository(start).work_tree == place.root.resolve()


def setting(name: str, value: str) -> Callable[[Path], object]:
    return lambda root: subprocess.run(["git", "config", name, value], cwd=root, check=True)


def behind_a_file(root: Path) -> None:
    (root / ".git").rename(root.parent / "elsewhere")
    (root / ".git").write_text(f"gitdir: {root.parent}/elsewhere\n")


def behind_a_link(root: Path) -> None:
    (root / ".git").rename(root.parent / "elsewhere")
    (root / ".git").symlink_to(root.parent / "elsewhere")


def without_objects(root: Path) -> None:
    (root / ".git" / "objects").rename(root / ".git" / "objekte")


def detached_at_a_tag(root: Path) -> None:
    (root / ".git" / "HEAD").write_text("ref: refs/tags/v1\n")


@pytest.mark.parametrize(
    "change",
    [
        setting("core.bare", "true"),
        setting("core.worktree", "/somewhere"),
        setting("CORE.WorkTree", "/somewhere"),
        setting("core.repositoryFormatVersion", "1"),
        setting("extensions.worktreeConfig", "true"),
        setting("include.path", "other"),
        setting("includeIf.gitdir:/x.path", "other"),
        behind_a_file,
        behind_a_link,
        without_objects,
        detached_at_a_tag,
        lambda root: (root / ".git" / "commondir").write_text("../other\n"),
        lambda root: (root / ".git" / "config").unlink(),
        lambda root: (root / ".git" / "config").write_text("[core]\n\tbare = false\n"),
        lambda root: (root / "HEAD").write_text("ref: refs/heads/main\n"),
    ],
)
def test_what_is_out_of_the_ordinary_is_left_to_git(
    place: Workplace, change: Callable[[Path], object]
) -> None:
    assert ordinary_work_tree(place.root)

    change(place.root)

    assert ordinary_work_tree(place.root) is None


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a folder away")
@pytest.mark.parametrize("given", [".", ".git"])
def test_the_repository_of_another_user_is_left_to_git_to_refuse(
    place: Workplace, given: str
) -> None:
    os.chown(place.root / given, 12345, 12345)

    assert ordinary_work_tree(place.root) is None


def test_the_inside_of_a_git_folder_and_a_bare_repository_are_left_to_git(
    place: Workplace, tmp_path: Path
) -> None:
    subprocess.run(["git", "init", "-q", "--bare", tmp_path / "bare.git"], check=True)

    assert ordinary_work_tree(place.root / ".git") is None
    assert ordinary_work_tree(place.root / ".git" / "refs") is None
    assert ordinary_work_tree(tmp_path / "bare.git") is None
    assert ordinary_work_tree(tmp_path) is None
