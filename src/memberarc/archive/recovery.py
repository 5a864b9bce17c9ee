"""Finish or undo what a killed transaction left in a work tree."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

from memberarc.archive.checkout import enter, refresh, skip, stage
from memberarc.archive.desk import Desk, Journal
from memberarc.archive.draft import changes_between
from memberarc.archive.head import read_head
from memberarc.archive.inspection import Edit, filtered_ids, staged_entries
from memberarc.archive.lock import hold_lock
from memberarc.archive.spool import sweep_spools
from memberarc.errors import WorkTreeConflictError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from memberarc.archive.git import Repository
    from memberarc.archive.worktree import WorkTree


def recover(repository: Repository) -> tuple[str, ...]:
    """Heal what a killed transaction left in this work tree; nothing to do is the usual case.

    Returns:
        The paths the transaction changes and a person has edited since: kept as they are.

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
    sweep_spools(repository)
    if repository.work_tree is None or (desk := Desk(repository)).is_clear():
        return ()
    kept: tuple[str, ...] = ()
    if journal := desk.read_journal():
        if not desk.holds_index_lock():  # somebody removed it by hand
            desk.take_index_lock()
        if _has_landed(repository, journal):
            _finish_index(desk, journal)
        else:
            _give_back(desk, [edit for edit in edits if edit.path in adopted], adopted=adopted)
            kept = _roll_back(desk, journal)
    desk.clear()
    return kept


def _has_landed(repository: Repository, journal: Journal) -> bool:
    """Say whether the branch has the commit; then all files had been written before."""
    return (
        journal.new != journal.old
        and read_head(repository).branch == journal.branch
        and repository.succeeds("merge-base", "--is-ancestor", journal.new, "HEAD")
    )


def _finish_index(desk: Desk, journal: Journal) -> None:
    """Enter the new files in the index where it still holds the old ones."""
    repository, tree = desk.repository, desk.work_tree()
    edits = changes_between(repository, old=journal.old, new=journal.new)
    staged = staged_entries(repository, [edit.path for edit in edits])
    behind = [
        edit
        for edit in edits
        if (entry := staged[edit.path].entry) != edit.new
        and (entry == edit.old or edit.path in journal.adopted)
    ]
    if not behind:
        return
    written = [edit.path for edit in behind if edit.new]
    present = [path for path in written if tree.stat(path) is not None]
    desk.empty()
    desk.copy_index()
    enter(desk, {edit.path: edit.new for edit in behind})
    refresh(desk, present)
    if repository.line("config", "--type=bool", "core.sparseCheckout") == "true":
        skip(desk, sorted({*written} - {*present}))
    desk.install_copy()


def _give_back(desk: Desk, edits: Sequence[Edit], *, adopted: Mapping[str, bytes]) -> None:
    """Put back adopted bytes where our new file, or our removal, stands by now."""
    tree = desk.work_tree()
    present = {edit.path for edit in edits if tree.stat(edit.path) is not None}
    blobs = filtered_ids(desk.repository, sorted(present))
    former = desk.staged / "former"
    for edit in edits:
        if blobs.get(edit.path) == (edit.new.blob if edit.new else None):
            desk.staged.mkdir(exist_ok=True)
            former.touch(mode=0o600)  # it may hold what nobody else is to read
            former.write_bytes(adopted[edit.path])
            tree.place(edit.path, former)


def _roll_back(desk: Desk, journal: Journal) -> tuple[str, ...]:
    """Write the old files again wherever what stands is ours; return the paths where it is not."""
    repository, tree = desk.repository, desk.work_tree()
    edits = changes_between(repository, old=journal.old, new=journal.new)
    staged = staged_entries(repository, [edit.path for edit in edits])
    blobs: dict[Edit, str | None] = {}
    kept: list[Edit] = []
    for edit in edits:
        index = staged[edit.path]
        if edit.path in journal.adopted or index.skipped or index.entry != edit.old:
            continue  # it was not written, or somebody has staged or committed the path since
        try:
            tree.tidy(edit.path)
            blobs[edit] = tree.blob(edit.path, object_format=repository.object_format)
        except WorkTreeConflictError:
            kept.append(edit)
    unlike = [edit for edit, blob in blobs.items() if blob not in _sides(edit)]
    filtered = filtered_ids(repository, [edit.path for edit in unlike if blobs[edit]])
    blobs |= {edit: filtered.get(edit.path) for edit in unlike}
    intact, ours = [], []
    for edit, blob in blobs.items():
        if edit.old and blob == edit.old.blob:
            intact.append(edit)
        elif blob is None or blob in _sides(edit) or _is_begun(desk, edit, tree=tree):
            ours.append(edit)
        else:
            kept.append(edit)
    _restore(desk, ours, intact=intact)
    return tuple(sorted(edit.path for edit in kept))


def _sides(edit: Edit) -> list[str]:
    return [side.blob for side in (edit.old, edit.new) if side]


def _is_begun(desk: Desk, edit: Edit, *, tree: WorkTree) -> bool:
    """Say whether the beginning of the old or new file stands: git was killed as it wrote."""
    command = ("cat-file", "--filters", f"--path={edit.path}")
    content = tree.read(edit.path) or b""
    return any(desk.repository.run(*command, blob).startswith(content) for blob in _sides(edit))


def _restore(desk: Desk, edits: Sequence[Edit], *, intact: Sequence[Edit]) -> None:
    """Bring files back to the old version, and let the index note how all of them stand."""
    tree = desk.work_tree()
    for edit in edits:
        if edit.old is None:
            tree.remove(edit.path)
    written = [edit.path for edit in edits if edit.old]
    standing = [*written, *(edit.path for edit in intact)]
    if not standing:
        return
    desk.empty()
    desk.copy_index()
    stage(desk, written)
    for path in written:
        tree.place(path, desk.staged / path)
    refresh(desk, standing)
    desk.install_copy()
