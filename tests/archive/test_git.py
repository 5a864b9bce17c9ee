"""Git is found, run in a clean environment, and its failures are told in its own words."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from archive.workplace import RECORD, Workplace, linked
from memberarc.archive.git import blob_id, create_repository, find_repository
from memberarc.archive.git_command import clean_environment
from memberarc.errors import GitError, NotAnArchiveError

if TYPE_CHECKING:
    from pathlib import Path


def test_a_repository_is_found_from_a_folder_below(place: Workplace) -> None:
    repository = find_repository(place.root / "members" / "2026")

    assert repository.work_tree == place.root
    assert repository.git_dir == repository.common_dir == place.root / ".git"


def test_a_linked_work_tree_has_its_own_git_folder(place: Workplace, tmp_path: Path) -> None:
    desk = linked(place, tmp_path / "desk").repository

    assert desk.work_tree == tmp_path / "desk"
    assert desk.common_dir == place.root / ".git"
    assert desk.git_dir == place.root / ".git" / "worktrees" / "desk"


def test_a_bare_repository_has_no_work_tree(place: Workplace, tmp_path: Path) -> None:
    place.git("clone", "--quiet", "--bare", ".", os.fspath(tmp_path / "bare.git"))

    assert find_repository(tmp_path / "bare.git").work_tree is None


def test_no_repository_is_told_with_a_next_step(tmp_path: Path) -> None:
    for start in (tmp_path, tmp_path / "absent"):
        with pytest.raises(NotAnArchiveError) as caught:
            find_repository(start)
        assert caught.value.hint == "cd into the archive, or -C DIR; memberarc init DIR starts one"


def test_the_inside_of_a_git_folder_is_not_taken_for_a_bare_repository(place: Workplace) -> None:
    with pytest.raises(NotAnArchiveError, match="inside of a git folder"):
        find_repository(place.root / ".git")


def test_a_repository_that_git_refuses_is_told_in_gits_words(place: Workplace) -> None:
    place.write(".git/config", b"[core\n")

    with pytest.raises(GitError, match="bad config"):
        find_repository(place.root)


def test_a_new_repository_begins_on_main(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GIT_DIR", os.fspath(tmp_path / "elsewhere"))
    repository = create_repository(tmp_path / "new" / "archive")

    assert repository.run("symbolic-ref", "HEAD") == b"refs/heads/main\n"
    assert repository.git_dir == tmp_path / "new" / "archive" / ".git"
    assert not (tmp_path / "elsewhere").exists()


def test_a_failure_carries_gits_last_line(place: Workplace) -> None:
    with pytest.raises(GitError) as caught:
        place.repository.run("cat-file", "blob", "HEAD:absent")

    assert caught.value.message == "git cat-file: path 'absent' does not exist in 'HEAD'"
    assert caught.value.hint


def test_only_identity_and_configuration_are_inherited(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("GIT_DIR", "GIT_INDEX_FILE", "GIT_TRACE", "GIT_CONFIG_COUNT", "GIT_SSH_COMMAND"):
        monkeypatch.setenv(name, "1")
    monkeypatch.setenv("GIT_AUTHOR_DATE", "2026-01-02T03:04:05Z")

    inherited = sorted(name for name in clean_environment() if name.startswith("GIT_"))

    assert inherited == [
        "GIT_AUTHOR_DATE",
        "GIT_AUTHOR_EMAIL",
        "GIT_AUTHOR_NAME",
        "GIT_COMMITTER_EMAIL",
        "GIT_COMMITTER_NAME",
        "GIT_CONFIG_GLOBAL",
        "GIT_CONFIG_NOSYSTEM",
        "GIT_NO_LAZY_FETCH",  # ours
    ]
    assert clean_environment()["LC_ALL"] == "C"


def test_a_stream_that_is_left_early_ends_its_command(place: Workplace) -> None:
    for path in (RECORD, "absent"):
        with place.repository.stream("cat-file", "--batch") as pipes:
            pipes.requests.write(f"HEAD:{path}\n".encode())
            pipes.requests.flush()
            assert pipes.answers.readline()

    with pytest.raises(KeyError), place.repository.stream("cat-file", "--batch"):
        raise KeyError


def test_a_stream_whose_command_fails_tells_why(place: Workplace) -> None:
    def write_nonsense() -> None:
        with place.repository.stream("fast-import", "--quiet") as pipes:
            for _ in range(100_000):
                pipes.requests.write(b"nonsense\n")

    with pytest.raises(GitError, match="git fast-import: Unsupported command: nonsense"):
        write_nonsense()


@pytest.mark.parametrize("object_format", ["sha1", "sha256"])
def test_the_id_of_bytes_is_the_one_git_gives(tmp_path: Path, object_format: str) -> None:
    place = Workplace(tmp_path)
    place.git("init", "--quiet", f"--object-format={object_format}")
    content = b"a\0b\n" * 1000

    given = place.repository.run("hash-object", "--stdin", stdin=content).decode().strip()

    assert blob_id(content, object_format=place.repository.object_format) == given
    assert len(place.repository.no_object) == len(given)


def test_an_archive_with_sha256_ids_takes_acts(tmp_path: Path) -> None:
    place = Workplace(tmp_path)
    place.git("init", "--quiet", "--object-format=sha256")

    first = place.save({"a.yaml": b"1\n"})
    second = place.save({"a.yaml": b"2\n"})

    assert place.git("log", "--format=%H").split() == [second, first]
    assert place.status() == []
