"""Bring a work tree and the copy of its index from one version to the next."""

from __future__ import annotations

from typing import TYPE_CHECKING

from memberarc.archive.inspection import Edit, Signature, in_the_way, signature
from memberarc.archive.worktree import WorkTree
from memberarc.errors import GitError, WorkTreeConflictError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from pathlib import Path

    from memberarc.archive.desk import Desk
    from memberarc.archive.git import Repository
    from memberarc.archive.snapshot import Entry

_WORKERS = "checkout.workers=2"


def prepare_files(repository: Repository, desk: Desk, edits: Sequence[Edit]) -> None:
    """Enter the edits in the copy of the index, and let git write the new files onto the desk."""
    enter(repository, {edit.path: edit.new for edit in edits}, environment=desk.on_copy)
    new = [edit.path for edit in edits if edit.new]
    write_out(repository, new, folder=desk.staged, environment=desk.on_copy)


def place_files(
    repository: Repository,
    desk: Desk,
    edits: Sequence[Edit],
    *,
    signatures: Mapping[str, Signature],
    checkpoint: Callable[[str], None],
) -> None:
    """Move the prepared files to their places, one whole file after the other.

    Raises:
        WorkTreeConflictError: a file changed since it was inspected.
    """
    assert repository.work_tree is not None
    tree = WorkTree(repository.work_tree)
    for edit in edits:
        if edit.path not in signatures:
            continue
        if signature(tree, edit.path) != signatures[edit.path]:
            raise in_the_way([edit.path])
        if edit.new:
            tree.place(edit.path, desk.staged / edit.path)
        else:
            tree.remove(edit.path)
        checkpoint(f"placed {edit.path}")
    refresh(repository, [edit.path for edit in edits if edit.new and edit.path in signatures], desk)
    skip(
        repository, [edit.path for edit in edits if edit.new and edit.path not in signatures], desk
    )


def merge_trees(
    repository: Repository,
    desk: Desk,
    *,
    old: str | None,
    new: str,
    signatures: Mapping[str, Signature],
) -> None:
    """Let git take index copy and work tree from one commit to the other, all paths at once.

    Raises:
        WorkTreeConflictError: git sees a person's edit in the way, and has written nothing.
        GitError: git began to write, and failed.
    """
    assert repository.work_tree is not None
    base = old or repository.run("hash-object", "-t", "tree", "--stdin").decode("ascii").strip()
    command = ("-c", _WORKERS, "read-tree", "-m", "-u", base, new)
    try:
        repository.run(*command, environment=desk.on_copy)
    except GitError:
        tree = WorkTree(repository.work_tree)
        if any(signature(tree, path) != known for path, known in signatures.items()):
            raise
        # A file may only look edited, because it was touched.
        repository.succeeds("update-index", "-q", "--refresh", environment=desk.on_copy)
        try:
            repository.run(*command, environment=desk.on_copy)
        except GitError as err:
            raise WorkTreeConflictError(err.message, hint="git status") from err


def enter(
    repository: Repository,
    entries: Mapping[str, Entry | None],
    *,
    environment: Mapping[str, str],
) -> None:
    """Write entries into an index; None removes the path."""
    none = f"0 {repository.no_object}"
    lines = (
        f"{f'{entry.mode} {entry.blob}' if entry else none}\t{path}\0"
        for path, entry in entries.items()
    )
    stdin = "".join(lines).encode("ascii")
    repository.run("update-index", "-z", "--index-info", stdin=stdin, environment=environment)


def write_out(
    repository: Repository, paths: Iterable[str], *, folder: Path, environment: Mapping[str, str]
) -> None:
    """Write files of an index into a folder as git would check them out: line ends, filters."""
    command = (
        "checkout-index",
        "--ignore-skip-worktree-bits",
        f"--prefix={folder}/",
        "-z",
        "--stdin",
    )
    repository.run(*command, stdin=_listed(paths), environment=environment)


def refresh(repository: Repository, paths: Sequence[str], desk: Desk) -> None:
    """Let the copy of the index note size and time of files whose content it holds."""
    if paths:
        command = ("add", "--refresh", "--sparse", "--pathspec-from-file=-", "--pathspec-file-nul")
        repository.run(*command, stdin=_listed(paths), environment=desk.on_copy)


def skip(repository: Repository, paths: Sequence[str], desk: Desk) -> None:
    """Mark paths as left out by the sparse checkout."""
    if paths:
        command = ("update-index", "--skip-worktree", "-z", "--stdin")
        repository.run(*command, stdin=_listed(paths), environment=desk.on_copy)


def _listed(paths: Iterable[str]) -> bytes:
    return "".join(f"{path}\0" for path in paths).encode("ascii")
