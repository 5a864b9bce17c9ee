"""Make a finished commit the tip of the checked-out branch, with its files and its index."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from memberarc.archive.checkout import merge_trees, place_files, prepare_files
from memberarc.archive.desk import Desk, Journal
from memberarc.archive.head import Head, read_head, tip_of
from memberarc.archive.inspection import Edit, inspect
from memberarc.archive.recovery import heal
from memberarc.errors import GitError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from memberarc.archive.git import Repository


@dataclass(frozen=True, slots=True, kw_only=True)
class Move:
    """A branch on its way between two commits: the same one when only adopted files are written."""

    branch: str
    old: str | None
    new: str
    edits: tuple[Edit, ...]
    note: str


def move_branch(repository: Repository, move: Move) -> bool:
    """Set the branch to the new commit, unless it no longer stands at the old one."""
    note = f"memberarc: {move.note}"
    expected = move.old or repository.no_object
    try:
        repository.run("update-ref", "-m", note, move.branch, move.new, expected)
    except GitError:
        if tip_of(repository, move.branch) != move.old:
            return False
        raise
    return True


def land(
    repository: Repository,
    move: Move,
    *,
    adopted: Mapping[str, bytes],
    by_file: bool,
    checkpoint: Callable[[str], None],
) -> bool:
    """Move branch, work tree and index together; whatever happens, all of them move or none.

    Returns:
        False when the branch moved on underneath: nothing has changed, the act starts again.

    Raises:
        WorkTreeConflictError: a person's edit or file stands in the way; nothing has changed.
        LockedError: another git command holds the index.
    """
    desk = Desk(repository)
    landed = False
    try:
        landed = _land(desk, move, adopted=adopted, by_file=by_file, checkpoint=checkpoint)
    finally:
        if not landed:
            heal(repository, edits=move.edits, adopted=adopted)
    return landed


def _land(
    desk: Desk,
    move: Move,
    *,
    adopted: Mapping[str, bytes],
    by_file: bool,
    checkpoint: Callable[[str], None],
) -> bool:
    desk.take_index_lock()
    checkpoint("index locked")
    if read_head(desk.repository) != Head(branch=move.branch, commit=move.old):
        return False
    if by_file:
        prepare_files(desk, move.edits, commit=move.new)
    else:
        desk.copy_index()
    checkpoint("prepared")
    signatures = inspect(desk.repository, move.edits, adopted=adopted)
    checkpoint("inspected")
    desk.write_journal(
        Journal(branch=move.branch, old=move.old, new=move.new, adopted=tuple(adopted))
    )
    checkpoint("journal written")
    if by_file:
        place_files(desk, move.edits, signatures=signatures, checkpoint=checkpoint)
    else:
        merge_trees(desk, old=move.old, new=move.new, signatures=signatures)
    checkpoint("files written")
    if move.new != move.old and not move_branch(desk.repository, move):
        return False
    checkpoint("branch moved")
    desk.install_copy()
    checkpoint("index installed")
    desk.clear()
    return True
