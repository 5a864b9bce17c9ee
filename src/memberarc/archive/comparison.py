"""Tell what differs between two commits, without reading any file."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from memberarc.archive.git import Repository, decode_path

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_NO_FILE: Final = ("000000", "160000")  # what is gone, and a submodule


def changed_files(
    repository: Repository, *, old: str, new: str, below: Sequence[str]
) -> Mapping[str, str | None]:
    """Return the blob in the new commit of every path that differs; None where no file is left.

    Args:
        below: look at these files and folders only.

    Raises:
        GitError: one of the commits is not in this repository.
    """
    options = ("-r", "-z", "--no-renames", "--no-abbrev", "--no-commit-id")
    tokens = repository.run("diff-tree", *options, old, new, "--", *below).split(b"\0")[:-1]
    changed: dict[str, str | None] = {}
    for facts, raw in zip(tokens[::2], tokens[1::2], strict=True):
        _, mode, _, blob, _ = facts.decode("ascii")[1:].split()
        path = decode_path(raw)
        if path is not None:  # no record has such a path; check tells of it
            changed[path] = None if mode in _NO_FILE else blob
    return changed
