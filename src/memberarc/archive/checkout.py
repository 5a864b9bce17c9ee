"""Bring a work tree and the copy of its index from one version to the next."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from memberarc.archive.git_command import FEW_PAGES
from memberarc.archive.inspection import (
    Edit,
    Signature,
    Staged,
    in_the_way,
    signature,
    staged_entries,
)
from memberarc.archive.layout import GIT_ATTRIBUTES
from memberarc.archive.snapshot import Snapshot
from memberarc.errors import GitError, WorkTreeConflictError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from memberarc.archive.desk import Desk
    from memberarc.archive.snapshot import Entry


def prepare_files(desk: Desk, edits: Sequence[Edit], *, commit: str) -> None:
    """Stage the new files of a commit, and start the copy of the index.

    They come out of an index of their own: git reads the one of all files for each command.
    """
    new = {edit.path: edit.new for edit in edits if edit.new}
    attributes = Snapshot(repository=desk.repository, commit=commit).find([GIT_ATTRIBUTES])
    desk.empty()
    if new:
        enter(desk, attributes | new)
        stage(desk, new)
    desk.copy_index()


def place_files(
    desk: Desk,
    edits: Sequence[Edit],
    *,
    signatures: Mapping[str, Signature],
    checkpoint: Callable[[str], None],
) -> None:
    """Move the staged files to their places, one whole file after the other.

    Raises:
        WorkTreeConflictError: a file changed since it was inspected.
    """
    tree = desk.work_tree()
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
    _note_placed(desk, edits, signatures=signatures)


def _note_placed(desk: Desk, edits: Sequence[Edit], *, signatures: Mapping[str, Signature]) -> None:
    """Bring the copy of the index to what was placed, with the size and time of each file.

    Git takes the entries from the files, so that it writes the index once. That may come out
    otherwise: a filter does not give back what it made, a path is left out or taken for unchanged,
    or somebody has edited the file by now (git only hashes it: what is typed is never stored).
    Then the entries are given, and refreshed: the index is written twice.
    """
    paths = [edit.path for edit in edits]
    command = ("update-index", "--info-only", "--add", "--remove", "-z", "--stdin")
    with suppress(GitError):  # it may refuse line ends that would not come back as they are
        _on_copy(desk, command, stdin=_listed(path for path in paths if path in signatures))
    planned = {edit.path: Staged(entry=edit.new, skipped=False) for edit in edits}
    if staged_entries(desk.repository, paths, environment=desk.on_copy) == planned:
        return
    enter(desk, {edit.path: edit.new for edit in edits})
    new = [edit.path for edit in edits if edit.new]
    refresh(desk, [path for path in new if path in signatures])
    skip(desk, [path for path in new if path not in signatures])


def merge_trees(
    desk: Desk, *, old: str | None, new: str, signatures: Mapping[str, Signature]
) -> None:
    """Let git take index copy and work tree from one commit to the other, all paths at once.

    Raises:
        WorkTreeConflictError: git sees a person's edit in the way, and has written nothing.
        GitError: git began to write, and failed.
    """
    run = desk.repository.run
    base = old or run("hash-object", "-t", "tree", "--stdin").decode("ascii").strip()
    command = ("-c", "checkout.workers=2", "read-tree", "-m", "-u", base, new)
    environment = {**FEW_PAGES, **desk.on_copy}
    try:
        run(*command, environment=environment)
    except GitError:
        tree = desk.work_tree()
        if any(signature(tree, path) != known for path, known in signatures.items()):
            raise
        # A file may only look edited, because it was touched.
        desk.repository.succeeds("update-index", "-q", "--refresh", environment=desk.on_copy)
        try:
            run(*command, environment=environment)
        except GitError as err:
            raise WorkTreeConflictError(err.message, hint="git status") from err


def enter(desk: Desk, entries: Mapping[str, Entry | None]) -> None:
    """Write entries into the copy of the index; None removes the path."""
    gone = f"0 {desk.repository.no_object}"
    lines = (
        f"{f'{entry.mode} {entry.blob}' if entry else gone}\t{path}\0"
        for path, entry in entries.items()
    )
    _on_copy(desk, ("update-index", "-z", "--index-info"), stdin="".join(lines))


def stage(desk: Desk, paths: Iterable[str]) -> None:
    """Let git write files of the index copy onto the desk as it would check them out."""
    command = ("checkout-index", "--ignore-skip-worktree-bits", f"--prefix={desk.staged}/")
    _on_copy(desk, (*command, "-z", "--stdin"), stdin=_listed(paths))


def refresh(desk: Desk, paths: Sequence[str]) -> None:
    """Let the copy of the index note size and time of files whose content it holds."""
    if paths:
        command = ("add", "--refresh", "--sparse", "--pathspec-from-file=-", "--pathspec-file-nul")
        _on_copy(desk, command, stdin=_listed(paths))


def skip(desk: Desk, paths: Sequence[str]) -> None:
    """Mark paths in the copy of the index as left out by the sparse checkout."""
    if paths:
        _on_copy(desk, ("update-index", "--skip-worktree", "-z", "--stdin"), stdin=_listed(paths))


def _on_copy(desk: Desk, command: tuple[str, ...], *, stdin: str) -> None:
    desk.repository.run(*command, stdin=stdin.encode("ascii"), environment=desk.on_copy)


def _listed(paths: Iterable[str]) -> str:
    return "".join(f"{path}\0" for path in paths)
