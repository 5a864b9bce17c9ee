"""A small archive in a real repository, with a person who works in it by git's own commands."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from memberarc.archive.git import Repository, create_repository, find_repository
from memberarc.archive.message import Act
from memberarc.archive.transaction import Change, Plan, transact

if TYPE_CHECKING:
    from memberarc.archive.snapshot import Snapshot

RECORD = "members/2026/0001/M2026-000123.yaml"
OTHER = "members/2026/0001/M2026-000124.yaml"
NOTES = "notes.txt"

Files = Mapping[str, bytes | Path | None]


def act(subject: str = "update a member", *, count: int = 1) -> Act:
    return Act(name="update", subject=subject, count=count)


def saving(files: Files, *, subject: str = "update a member") -> Callable[[Snapshot], Plan]:
    """Return a plan that puts these files where they are named."""
    changes = tuple(Change(path=path, content=content) for path, content in files.items())
    return lambda _snapshot: Plan(changes=changes, act=act(subject, count=len(changes)))


def many(content: bytes, *, count: int = 70) -> dict[str, bytes]:
    """Return so many files that git merges the trees instead of us writing file by file."""
    return {f"ledger/2026/{n // 10:02}/{n:04}.csv": content + b"%d\n" % n for n in range(count)}


@dataclass(frozen=True)
class Workplace:
    root: Path

    @property
    def repository(self) -> Repository:
        return find_repository(self.root)

    def git(self, *arguments: str, check: bool = True) -> str:
        done = subprocess.run(
            ["git", *arguments], cwd=self.root, capture_output=True, text=True, check=False
        )
        assert not check or done.returncode == 0, done.stderr
        return done.stdout

    def succeeds(self, *arguments: str) -> bool:
        return (
            subprocess.run(["git", *arguments], cwd=self.root, capture_output=True).returncode == 0
        )

    def write(self, path: str, content: bytes) -> None:
        (self.root / path).parent.mkdir(parents=True, exist_ok=True)
        (self.root / path).write_bytes(content)

    def read(self, path: str) -> bytes:
        return (self.root / path).read_bytes()

    def committed(self, path: str, *, revision: str = "HEAD") -> bytes:
        return self.repository.run("cat-file", "blob", f"{revision}:{path}")

    def head(self) -> str:
        return self.git("rev-parse", "HEAD").strip()

    def status(self) -> list[str]:
        """Tell what git status tells, and what plumbing tells by sizes and times alone."""
        # In this order: git status writes the sizes and times that it has looked up.
        changed = self.git("diff-files", "--name-only").splitlines()
        told = self.git("status", "--porcelain", "--untracked-files=all").splitlines()
        edited = {line[3:] for line in told if line[1] != " "}
        return told + [f"stale {path}" for path in changed if path not in edited]

    def save(self, files: Files, *, subject: str = "update a member") -> str | None:
        return transact(self.repository, saving(files, subject=subject))

    def assert_settled(self) -> None:
        """Assert that nothing of a transaction is left but its result, and that git is content."""
        git_dir = self.repository.git_dir
        assert not (git_dir / "index.lock").exists()
        assert sorted(path.name for path in (git_dir / "memberarc").iterdir()) == []
        assert self.succeeds("fsck", "--full", "--no-dangling")


def workplace(root: Path) -> Workplace:
    """Return a repository with two records and a person's notes, committed."""
    create_repository(root)
    place = Workplace(root)
    place.write(RECORD, b"format: member/1\nid: M2026-000123\nstatus: active\n")
    place.write(OTHER, b"format: member/1\nid: M2026-000124\nstatus: active\n")
    place.write(NOTES, b"call the printer\n")
    place.git("add", ".")
    place.git("commit", "--quiet", "--message", "begin")
    return place


def linked(place: Workplace, root: Path) -> Workplace:
    """Return a linked work tree of the place, on a branch of its own."""
    place.git("worktree", "add", "--quiet", "-b", "desk", os.fspath(root))
    return Workplace(root)
