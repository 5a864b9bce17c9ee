"""What git tells with ``--raw -z``: the paths at which two trees differ."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import IO, TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from memberarc.archive.git import Repository

_SUBMODULE: Final = "160000"
_BLOCK_BYTES: Final = 1 << 16


@dataclass(frozen=True, slots=True, kw_only=True)
class TreeChange:
    """One path at which two trees differ; a blob of None stands for "was not there"."""

    path: str
    old_mode: str
    old_blob: str | None
    new_mode: str
    new_blob: str | None

    @property
    def new_file(self) -> str | None:
        """The blob of the file that stands afterwards; a submodule is no file."""
        return None if self.new_mode == _SUBMODULE else self.new_blob


def compare_trees(
    repository: Repository, *, old: str | None, new: str, below: Sequence[str] = ()
) -> Iterator[TreeChange]:
    """Yield what differs between two commits, by path, whatever the paths are.

    Args:
        old: None is the empty tree.
        below: look at these files and folders only; nothing given means everywhere.

    Raises:
        GitError: one of the commits is not in this repository.
    """
    options = ("-r", "--raw", "-z", "--no-abbrev", "--no-renames", "--no-commit-id")
    commits = ("--root", new) if old is None else (old, new)
    # Whatever it compares, git reads the index first: a hundred thousand entries for nothing.
    no_index = {"GIT_INDEX_FILE": str(repository.common_dir / "memberarc" / "no-index")}
    command = ("diff-tree", *options, *commits, "--", *below)
    with repository.stream(*command, environment=no_index) as pipes:
        tokens = tokens_of(pipes.answers)
        for mark in tokens:
            yield _change(mark, next(tokens))


def tokens_of(stream: IO[bytes]) -> Iterator[bytes]:
    """Yield what stands between NULs, as it arrives."""
    rest = b""
    while block := stream.read(_BLOCK_BYTES):
        *whole, rest = (rest + block).split(b"\0")
        yield from whole


def take_changes(tokens: Iterator[bytes]) -> tuple[list[TreeChange], bytes]:
    """Take the changes that come next, and the first token behind them; empty at the end."""
    changes: list[TreeChange] = []
    for token in tokens:
        mark = token.lstrip(b"\n")  # git log sets them off by one, and by an empty token
        if mark.startswith(b":"):
            changes.append(_change(mark, next(tokens)))
        elif mark:
            return changes, mark
    return changes, b""


def read_changes(told: bytes) -> list[TreeChange]:
    """Read what a git command printed that was asked for nothing but changes."""
    changes, _ = take_changes(iter(told.split(b"\0")))
    return changes


def _change(mark: bytes, path: bytes) -> TreeChange:
    """Read ``:mode mode blob blob status``; an id of zeros means that nothing is there."""
    old_mode, new_mode, old_blob, new_blob, _ = mark[1:].decode("ascii").split(" ")
    return TreeChange(
        path=os.fsdecode(path),
        old_mode=old_mode,
        old_blob=old_blob if old_blob.strip("0") else None,
        new_mode=new_mode,
        new_blob=new_blob if new_blob.strip("0") else None,
    )
