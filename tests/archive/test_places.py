"""Linked, sparse and bare places, line ends, signatures, and a hostile environment."""

from __future__ import annotations

import os
import subprocess
import tempfile
from pathlib import Path

import pytest

from archive.workplace import NOTES, OTHER, RECORD, Workplace, linked, many, saving, workplace
from memberarc.archive.git import find_repository
from memberarc.archive.transaction import transact
from memberarc.errors import ConflictError, GitError, WorkTreeConflictError

SHARED_MEMORY = Path("/dev/shm")


def test_a_linked_work_tree_moves_its_own_branch_only(
    place: Workplace, tmp_path: Path, ballast: dict[str, bytes]
) -> None:
    desk = linked(place, tmp_path / "desk")
    main = place.head()

    commit = desk.save({RECORD: b"changed\n", OTHER: None, **ballast})

    assert desk.head() == commit
    assert desk.read(RECORD) == b"changed\n"
    assert desk.status() == place.status() == []
    assert place.head() == main
    desk.assert_settled()


def test_a_branch_checked_out_in_another_work_tree_is_left_alone(
    place: Workplace, tmp_path: Path
) -> None:
    linked(place, tmp_path / "desk")

    with pytest.raises(ConflictError, match="another work tree"):
        transact(place.repository, saving({RECORD: b"changed\n"}), branch="desk")

    assert place.git("rev-parse", "desk").strip() == place.head()


def test_a_bare_clone_gets_the_commit(place: Workplace, tmp_path: Path) -> None:
    place.git("clone", "--quiet", "--bare", ".", os.fspath(tmp_path / "bare.git"))
    bare = Workplace(tmp_path / "bare.git")
    assert bare.repository.work_tree is None

    commit = bare.save({RECORD: b"changed\n", **many(b"x ")})

    assert bare.head() == commit
    assert bare.committed(RECORD) == b"changed\n"
    assert bare.succeeds("fsck", "--full")
    assert not (tmp_path / "bare.git" / "index").exists()


def test_a_bare_clone_does_not_move_a_branch_under_a_work_tree(
    place: Workplace, tmp_path: Path
) -> None:
    place.git("clone", "--quiet", "--bare", ".", os.fspath(tmp_path / "bare.git"))
    bare = Workplace(tmp_path / "bare.git")
    bare.git("worktree", "add", "--quiet", "--force", os.fspath(tmp_path / "desk"), "main")

    with pytest.raises(ConflictError, match="another work tree"):
        bare.save({RECORD: b"changed\n"})


@pytest.mark.parametrize("index", ["--no-sparse-index", "--sparse-index"])
def test_a_sparse_work_tree_gets_only_what_it_shows(
    place: Workplace, ballast: dict[str, bytes], index: str
) -> None:
    place.save({"requests/2026/R2026-0001.yaml": b"one\n"})
    place.git("sparse-checkout", "set", "--cone", index, "requests")
    assert not (place.root / RECORD).exists()

    place.save(
        {
            RECORD: b"changed\n",
            "members/2026/0002/new.yaml": b"unseen\n",
            "requests/2026/R2026-0001.yaml": b"two\n",
            "requests/2026/R2026-0002.yaml": b"new\n",
            **ballast,
        }
    )

    assert place.committed(RECORD) == b"changed\n"
    assert place.committed("members/2026/0002/new.yaml") == b"unseen\n"
    assert place.read("requests/2026/R2026-0001.yaml") == b"two\n"
    assert place.read("requests/2026/R2026-0002.yaml") == b"new\n"
    assert not (place.root / "members").exists()
    assert place.status() == []
    place.assert_settled()


@pytest.mark.parametrize("setting", ["autocrlf", "attribute"])
def test_line_ends_are_those_git_would_write(
    place: Workplace, ballast: dict[str, bytes], setting: str
) -> None:
    if setting == "autocrlf":
        place.git("config", "core.autocrlf", "true")
    else:
        place.write(".git/info/attributes", b"*.yaml text eol=crlf\n")
    for path in (RECORD, OTHER):
        (place.root / path).unlink()
    place.git("checkout", "--", ".")
    assert b"\r\n" in place.read(RECORD)

    place.save({RECORD: b"a\nb\n", "requests/new.yaml": b"new\n", OTHER: None, **ballast})

    assert place.read(RECORD) == b"a\r\nb\r\n"
    assert place.read("requests/new.yaml") == b"new\r\n"
    assert place.committed(RECORD) == b"a\nb\n"
    assert place.status() == []
    place.assert_settled()

    place.write(RECORD, b"a\r\nmine\r\n")
    with pytest.raises(WorkTreeConflictError):
        place.save({RECORD: b"c\n", **ballast})
    assert place.read(RECORD) == b"a\r\nmine\r\n"


def signing_key(place: Workplace, folder: Path) -> None:
    """Make git sign commits by a new SSH key, and trust it."""
    key = folder / "id"
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", key], check=True)
    trusted = folder / "trusted"
    trusted.write_text(f"office@example.org {key.with_suffix('.pub').read_text()}")
    place.git("config", "gpg.format", "ssh")
    place.git("config", "user.signingKey", os.fspath(key))
    place.git("config", "gpg.ssh.allowedSignersFile", os.fspath(trusted))
    place.git("config", "commit.gpgSign", "true")


def test_commits_are_signed_where_git_is_set_to_sign(
    place: Workplace, tmp_path: Path, ballast: dict[str, bytes]
) -> None:
    signing_key(place, tmp_path)

    commit = place.save({RECORD: b"changed\n", **ballast})

    assert commit == place.head()
    assert place.git("log", "-1", "--format=%G?").strip() == "G"
    assert place.git("log", "-1", "--format=%s").strip() == "update a member"
    assert place.status() == []
    place.assert_settled()


def test_a_key_that_is_missing_stops_the_act(place: Workplace, tmp_path: Path) -> None:
    signing_key(place, tmp_path)
    (tmp_path / "id").unlink()
    before = place.head()

    with pytest.raises(GitError, match="git commit-tree"):
        place.save({RECORD: b"changed\n"})

    assert place.head() == before
    assert place.status() == []
    place.assert_settled()


def test_variables_of_a_hook_of_another_repository_do_not_redirect(
    place: Workplace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, ballast: dict[str, bytes]
) -> None:
    other = workplace(tmp_path / "other")
    stranger = (other.head(), other.status())
    repository = place.repository
    for name, value in {
        "GIT_DIR": other.root / ".git",
        "GIT_WORK_TREE": other.root,
        "GIT_INDEX_FILE": other.root / ".git/index",
        "GIT_OBJECT_DIRECTORY": other.root / ".git/objects",
        "GIT_NAMESPACE": "other",
        "GIT_LITERAL_PATHSPECS": "0",
    }.items():
        monkeypatch.setenv(name, os.fspath(value))

    assert find_repository(place.root) == repository
    commit = transact(repository, saving({RECORD: b"changed\n", **ballast}))

    for name in ("DIR", "WORK_TREE", "INDEX_FILE", "OBJECT_DIRECTORY", "NAMESPACE"):
        monkeypatch.delenv(f"GIT_{name}")
    assert place.head() == commit
    assert place.status() == []
    assert (other.head(), other.status()) == stranger


@pytest.mark.skipif(not SHARED_MEMORY.is_dir(), reason="needs a second file system")
def test_the_git_folder_may_lie_on_another_file_system(
    place: Workplace, ballast: dict[str, bytes]
) -> None:
    with tempfile.TemporaryDirectory(dir=SHARED_MEMORY) as elsewhere:
        desk = linked(place, Path(elsewhere) / "desk")

        desk.save({RECORD: b"changed\n", "requests/new.yaml": b"new\n", OTHER: None, **ballast})

        assert desk.read(RECORD) == b"changed\n"
        assert [*(desk.root / RECORD).parent.iterdir()] == [desk.root / RECORD]
        assert desk.status() == []
        desk.assert_settled()


def test_a_reference_hook_that_refuses_leaves_everything_as_it_was(
    place: Workplace, ballast: dict[str, bytes]
) -> None:
    hook = place.root / ".git/hooks/reference-transaction"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text('#!/bin/sh\n[ "$1" != prepared ] || ! grep -q refs/heads/main\n')
    hook.chmod(0o755)
    place.write(NOTES, b"unsaved\n")
    before = place.head()

    with pytest.raises(GitError, match="update-ref"):
        place.save({RECORD: b"changed\n", "requests/new.yaml": b"new\n", OTHER: None, **ballast})

    assert place.head() == before
    assert place.status() == [f" M {NOTES}"]
    assert not (place.root / "requests").exists()
    place.assert_settled()
