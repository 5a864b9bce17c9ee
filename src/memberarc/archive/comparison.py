"""Tell what differs between two commits, without reading any file.

Paths that are not ASCII are no paths of an archive and left out; ``check`` tells of them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from memberarc.archive.tree_changes import compare_trees

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from memberarc.archive.git import Repository
    from memberarc.archive.tree_changes import TreeChange


def changed_between(
    repository: Repository, old: str, *, new: str, below: Sequence[str] = ()
) -> list[TreeChange]:
    """List the paths that differ between two commits, in their order.

    Args:
        below: look at these files and folders only; nothing given means everywhere.

    Raises:
        GitError: one of the commits is not in this repository.
    """
    changes = compare_trees(repository, old=old, new=new, below=below)
    return [change for change in changes if change.path.isascii()]


def changed_files(
    repository: Repository, *, old: str, new: str, below: Sequence[str]
) -> Mapping[str, str | None]:
    """Map every path that differs to its blob in the new commit; None where no file is left.

    Takes and raises the same as the above.
    """
    changes = changed_between(repository, old, new=new, below=below)
    return {change.path: change.new_file for change in changes}
