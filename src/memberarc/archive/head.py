"""Tell where HEAD stands, and what forbids to move it."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from memberarc.errors import ConflictError, UnfinishedOperationError

if TYPE_CHECKING:
    from memberarc.archive.git import Repository

_SYMBOLIC = re.compile(rb"ref: (refs/heads/[!-~]+)\n")
_UNFINISHED = {
    "MERGE_HEAD": "merge",
    "rebase-merge": "rebase",
    "rebase-apply": "rebase or am",
    "CHERRY_PICK_HEAD": "cherry-pick",
    "REVERT_HEAD": "revert",
    "sequencer": "cherry-pick or revert",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """The branch that is checked out (None: detached) and its commit (None: there is none yet)."""

    branch: str | None
    commit: str | None


def read_head(repository: Repository) -> Head:
    """Read where HEAD stands.

    The file tells the branch where it is plain ASCII, as it nearly always is; whatever else git
    may have there (an id, a link, other kinds of refs), and a branch without commits, git tells.
    """
    branch = _named_in_file(repository)
    tip = repository.identify(f"{branch}^{{commit}}") if branch else None
    if tip is not None:
        return Head(branch=branch, commit=tip[0])
    answer = repository.line("rev-parse", "HEAD", "--symbolic-full-name", "HEAD")
    if answer is None:
        return Head(branch=repository.line("symbolic-ref", "HEAD"), commit=None)
    commit, branch = answer.split("\n")
    return Head(branch=None if branch == "HEAD" else branch, commit=commit)


def _named_in_file(repository: Repository) -> str | None:
    named = _SYMBOLIC.fullmatch((repository.git_dir / "HEAD").read_bytes())
    return named[1].decode("ascii") if named else None


def tip_of(repository: Repository, branch: str) -> str | None:
    """Return the commit a full branch name stands at, or None where there is no such branch."""
    return repository.line("rev-parse", "--verify", "--quiet", "--end-of-options", branch)


def refuse_unfinished(repository: Repository) -> None:
    """Refuse while git is in the middle of something that owns HEAD, index and work tree.

    Raises:
        UnfinishedOperationError: a merge, rebase, cherry-pick or revert is under way.
    """
    for name, operation in _UNFINISHED.items():
        if (repository.git_dir / name).exists():
            raise UnfinishedOperationError(
                f"a {operation} is under way", hint="finish or abort it first: git status"
            )


def refuse_elsewhere(repository: Repository, branch: str) -> None:
    """Refuse a branch that another work tree has checked out: its files would fall behind.

    Raises:
        ConflictError: one has.
    """
    if not (repository.common_dir / "worktrees").is_dir():
        return
    place = ""
    listed = repository.run("worktree", "list", "--porcelain", "-z").split(b"\0")
    for line in listed:
        word, _, value = line.partition(b" ")
        if word == b"worktree":
            place = os.fsdecode(value)
        elif word == b"branch" and value == os.fsencode(branch):
            raise ConflictError(
                f"{branch.removeprefix('refs/heads/')} is checked out in another work tree",
                where=place,
                hint=f"cd '{place}'",
            )
