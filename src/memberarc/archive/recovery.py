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
    if repository.work_tree is None or Desk(repository).is_clear():
        return ()
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
    desk = Desk(repository)
    if desk.is_clear():
        return ()
    journal = desk.read_journal()
    kept: tuple[str, ...] = ()
    if journal is not None:
        ours = desk.holds_index_lock()
        if not ours:  # a person removed it; the index may have changed since
            desk.take_index_lock()
        if not _has_landed(repository, journal):
            _give_back(repository, desk, edits, adopted=adopted)
            kept = _roll_back(repository, desk, journal)
        elif desk.copy.exists():  # else it was installed, and all was done
            if not ours:
                _enter_again(repository, desk, journal)
            desk.install_copy()
    desk.clear()
    return kept


def _has_landed(repository: Repository, journal: Journal) -> bool:
    """Say whether the branch has the commit; then index copy and files were complete before."""
    return (
        journal.new != journal.old
        and read_head(repository).branch == journal.branch
        and repository.succeeds("merge-base", "--is-ancestor", journal.new, "HEAD")
    )


def _give_back(
    repository: Repository, desk: Desk, edits: Sequence[Edit], *, adopted: Mapping[str, bytes]
) -> None:
    """Put back the adopted bytes where they have been replaced already."""
    assert repository.work_tree is not None
    tree = WorkTree(repository.work_tree)
    placed = {
        edit.path: edit.new.blob
        for edit in edits
        if edit.new and edit.path in adopted and not (desk.staged / edit.path).exists()
    }
    for path, blob in filtered_ids(repository, [*placed]).items():
        if blob == placed[path]:
            former = desk.staged / "former"
            former.touch(mode=0o600)
            former.write_bytes(adopted[path])
            tree.place(path, former)


def _enter_again(repository: Repository, desk: Desk, journal: Journal) -> None:
    """Make the copy anew from an index that may have changed after our lock was removed by hand."""
    assert repository.work_tree is not None
    edits = changes_between(repository, journal.old, journal.new)
    staged = staged_entries(repository, [edit.path for edit in edits])
    behind = [edit for edit in edits if edit.path in journal.adopted or _is_old(staged, edit)]
    tree = WorkTree(repository.work_tree)
    written = [edit.path for edit in behind if edit.new]
    present = [path for path in written if tree.stat(path) is not None]
    desk.copy_index()
    enter(repository, {edit.path: edit.new for edit in behind}, environment=desk.on_copy)
    refresh(repository, present, desk)
    if repository.line("config", "--type=bool", "core.sparseCheckout") == "true":
        skip(repository, sorted({*written} - {*present}), desk)
    desk.sync_copy()


def _roll_back(repository: Repository, desk: Desk, journal: Journal) -> tuple[str, ...]:
    """Write the old files again wherever what stands is ours; return the paths where it is not."""
    assert repository.work_tree is not None
    tree = WorkTree(repository.work_tree)
    edits = [
        edit
        for edit in changes_between(repository, journal.old, journal.new)
        if edit.path not in journal.adopted
    ]
    staged = staged_entries(repository, [edit.path for edit in edits])
    ours: list[Edit] = []
    kept: list[Edit] = []
    doubtful: dict[Edit, bytes] = {}
    for edit in edits:
        if not _is_old(staged, edit) or (edit.path in staged and staged[edit.path].skipped):
            continue  # a person has committed or staged the path since, or it is left out here
        try:
            tree.tidy(edit.path)
            content = tree.read(edit.path)
        except WorkTreeConflictError:
            kept.append(edit)
            continue
        if content is None or _is_whole(repository, edit, content):
            ours.append(edit)
        else:
            doubtful[edit] = content
    old = _as_written(repository, desk, {edit.path: edit.old for edit in doubtful if edit.old})
    new = _as_written(repository, desk, {edit.path: edit.new for edit in doubtful if edit.new})
    for edit, content in doubtful.items():
        # Killed while writing, git leaves a beginning of the old or the new file.
        versions = (side[edit.path] for side in (old, new) if edit.path in side)
        begun = any(version.startswith(content) for version in versions)
        (ours if begun else kept).append(edit)
    _restore(repository, desk, ours)
    return tuple(edit.path for edit in kept)


def _is_old(staged: Mapping[str, Staged], edit: Edit) -> bool:
    index = staged.get(edit.path)
    return (index.entry if index else None) == edit.old


def _is_whole(repository: Repository, edit: Edit, content: bytes) -> bool:
    blob = blob_id(content, object_format=repository.object_format)
    return blob in {side.blob for side in (edit.old, edit.new) if side}


def _as_written(
    repository: Repository, desk: Desk, entries: Mapping[str, Entry]
) -> dict[str, bytes]:
    """Return files as git would write them into the work tree."""
    if not entries:
        return {}
    desk.empty()
    enter(repository, entries, environment=desk.on_copy)
    write_out(repository, entries, folder=desk.staged, environment=desk.on_copy)
    return {path: (desk.staged / path).read_bytes() for path in entries}


def _restore(repository: Repository, desk: Desk, edits: Sequence[Edit]) -> None:
    """Bring files back to the old version, and let the index note how they stand."""
    assert repository.work_tree is not None
    tree = WorkTree(repository.work_tree)
    for edit in edits:
        if edit.old is None:
            tree.remove(edit.path)
    paths = [edit.path for edit in edits if edit.old]
    if paths:
        desk.copy_index()
        write_out(repository, paths, folder=desk.staged, environment=desk.on_copy)
        for path in paths:
            tree.place(path, desk.staged / path)
        refresh(repository, paths, desk)
        desk.sync_copy()
        desk.install_copy()
