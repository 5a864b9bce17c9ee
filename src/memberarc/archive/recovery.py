"""Finish or undo what a killed transaction left in a work tree."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

from memberarc.archive.checkout import enter, refresh, skip, write_out
from memberarc.archive.desk import Desk, Journal
from memberarc.archive.draft import changes_between
from memberarc.archive.git import Repository, blob_id
from memberarc.archive.head import read_head
from memberarc.archive.inspection import Edit, Staged, filtered_ids, staged_entries
from memberarc.archive.lock import hold_lock
from memberarc.archive.worktree import WorkTree
from memberarc.errors import WorkTreeConflictError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from memberarc.archive.snapshot import Entry


def recover(repository: Repository) -> tuple[str, ...]:
    """Heal what a killed transaction left in this work tree; nothing to do is the usual case.

    Returns:
        The paths it had written to, or was about to, that a person has edited since: kept as
        they are.

    Raises:
        LockedError: another memberarc or git command is at work.
    """
    with hold_lock(repository.common_dir / "memberarc"):
        return heal(repository)


def heal(
    repository: Repository,
    *,
    edits: Sequence[Edit] = (),
    adopted: Mapping[str, bytes] = MappingProxyType({}),
) -> tuple[str, ...]:
    """Do what :func:`recover` does, with the lock held.

    Args:
        edits: what the transaction wanted to write, when it is this process's own.
        adopted: the bytes that it replaced and that are in no commit.
    """
    if repository.work_tree is None or (desk := Desk(repository)).is_clear():
        return ()
    journal = desk.read_journal()
    kept: tuple[str, ...] = ()
    if journal is not None:
        if not desk.holds_index_lock():  # somebody removed it by hand
            desk.take_index_lock()
        if _has_landed(repository, journal):
            _finish_index(repository, desk, journal)
        else:
            _give_back(repository, desk, edits, adopted=adopted)
            kept = _roll_back(repository, desk, journal)
    desk.clear()
    return kept


def _has_landed(repository: Repository, journal: Journal) -> bool:
    """Say whether the branch has the commit; then all files had been written before."""
    return (
        journal.new != journal.old
        and read_head(repository).branch == journal.branch
        and repository.succeeds("merge-base", "--is-ancestor", journal.new, "HEAD")
    )


def _finish_index(repository: Repository, desk: Desk, journal: Journal) -> None:
    """Enter the new files in the index where it still holds the old ones."""
    assert repository.work_tree is not None
    edits = changes_between(repository, journal.old, journal.new)
    staged = staged_entries(repository, [edit.path for edit in edits])
    behind = [
        edit
        for edit in edits
        if (entry := _entry_of(staged, edit.path)) != edit.new
        and (entry == edit.old or edit.path in journal.adopted)
    ]
    if not behind:
        return
    tree = WorkTree(repository.work_tree)
    written = [edit.path for edit in behind if edit.new]
    present = [path for path in written if tree.stat(path) is not None]
    desk.copy_index()
    enter(repository, {edit.path: edit.new for edit in behind}, environment=desk.on_copy)
    refresh(repository, present, desk)
    if repository.line("config", "--type=bool", "core.sparseCheckout") == "true":
        skip(repository, sorted({*written} - {*present}), desk)
    desk.install_copy()


def _give_back(
    repository: Repository, desk: Desk, edits: Sequence[Edit], *, adopted: Mapping[str, bytes]
) -> None:
    """Put back the adopted bytes where the new file, or nothing, stands by now."""
    assert repository.work_tree is not None
    tree = WorkTree(repository.work_tree)
    standing = [edit for edit in edits if edit.path in adopted and tree.stat(edit.path) is not None]
    blobs = filtered_ids(repository, [edit.path for edit in standing])
    replaced = [edit for edit in standing if edit.new and blobs[edit.path] == edit.new.blob]
    removed = [edit for edit in edits if edit.path in adopted and tree.stat(edit.path) is None]
    desk.staged.mkdir(exist_ok=True)
    for edit in [*replaced, *removed]:
        former = desk.staged / "former"
        former.touch(mode=0o600)  # what it holds may be what must not be read
        former.write_bytes(adopted[edit.path])
        tree.place(edit.path, former)


def _roll_back(repository: Repository, desk: Desk, journal: Journal) -> tuple[str, ...]:
    """Write the old files again wherever what stands is ours; return the paths where it is not."""
    assert repository.work_tree is not None
    tree = WorkTree(repository.work_tree)
    edits = changes_between(repository, journal.old, journal.new)
    staged = staged_entries(repository, [edit.path for edit in edits])
    absent: list[Edit] = []
    standing: dict[Edit, bytes] = {}
    kept: list[Edit] = []
    for edit in edits:
        left_out = edit.path in staged and staged[edit.path].skipped
        if edit.path in journal.adopted or left_out:
            continue
        if _entry_of(staged, edit.path) != edit.old:
            continue  # somebody has staged or committed the path since
        try:
            tree.tidy(edit.path)
            content = tree.read(edit.path)
        except WorkTreeConflictError:
            kept.append(edit)
            continue
        if content is None:
            absent.append(edit)
        else:
            standing[edit] = content
    blobs = _blobs(repository, standing)
    intact = [edit for edit, blob in blobs.items() if edit.old and edit.old.blob == blob]
    written = [edit for edit, blob in blobs.items() if edit.new and edit.new.blob == blob]
    for edit in standing.keys() - {*intact, *written}:
        (written if _is_begun(repository, edit, standing[edit]) else kept).append(edit)
    _restore(repository, desk, [*absent, *written], intact=intact)
    return tuple(sorted(edit.path for edit in kept))


def _entry_of(staged: Mapping[str, Staged], path: str) -> Entry | None:
    return staged[path].entry if path in staged else None


def _blobs(repository: Repository, standing: Mapping[Edit, bytes]) -> dict[Edit, str]:
    """Return the ids of what stands, as it is or else as git would store it."""
    blobs = {
        edit: blob_id(content, object_format=repository.object_format)
        for edit, content in standing.items()
    }
    unlike = [
        edit
        for edit, blob in blobs.items()
        if blob not in {side.blob for side in (edit.old, edit.new) if side}
    ]
    filtered = filtered_ids(repository, [edit.path for edit in unlike])
    return blobs | {edit: filtered[edit.path] for edit in unlike}


def _is_begun(repository: Repository, edit: Edit, content: bytes) -> bool:
    """Say whether this is the beginning of the old or new file: git was killed as it wrote."""
    command = ("cat-file", "--filters", f"--path={edit.path}")
    sides = [side.blob for side in (edit.old, edit.new) if side]
    return any(repository.run(*command, blob).startswith(content) for blob in sides)


def _restore(
    repository: Repository, desk: Desk, edits: Sequence[Edit], *, intact: Sequence[Edit]
) -> None:
    """Bring files back to the old version, and let the index note how all of them stand."""
    assert repository.work_tree is not None
    tree = WorkTree(repository.work_tree)
    for edit in edits:
        if edit.old is None:
            tree.remove(edit.path)
    written = [edit.path for edit in edits if edit.old]
    standing = [*written, *(edit.path for edit in intact)]
    if not standing:
        return
    desk.copy_index()
    write_out(repository, written, folder=desk.staged, environment=desk.on_copy)
    for path in written:
        tree.place(path, desk.staged / path)
    refresh(repository, standing, desk)
    desk.install_copy()
