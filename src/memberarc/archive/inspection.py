"""Compare index and work tree with the version a transaction starts from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from memberarc.archive.git import Repository, blob_id
from memberarc.archive.snapshot import Entry
from memberarc.archive.worktree import WorkTree
from memberarc.errors import WorkTreeConflictError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

# Up to here git is asked for single paths; beyond, the whole index is listed.
_FEW_PATHS = 200
_TOLD_AT_MOST = 5

# What tells whether a file is still the one that was looked at; None: there was none.
Signature = tuple[int, int, int] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Edit:
    """One path of a transaction: what stands there before, and after (None: no file)."""

    path: str
    old: Entry | None
    new: Entry | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Staged:
    """What the index says of a path; ``skipped``: a sparse checkout leaves the file out."""

    entry: Entry
    skipped: bool


def staged_entries(
    repository: Repository, paths: Sequence[str], *, environment: Mapping[str, str] | None = None
) -> dict[str, Staged]:
    """Read the index at these paths; the entry of an unmerged path equals no other."""
    few = [*paths] if len(paths) <= _FEW_PATHS else []
    listed = repository.run("ls-files", "-s", "-v", "-z", "--", *few, environment=environment)
    wanted = frozenset(paths)
    found: dict[str, Staged] = {}
    for raw in listed.split(b"\0")[:-1]:
        facts, _, name = raw.partition(b"\t")
        if not name.isascii() or (path := name.decode("ascii")) not in wanted:
            continue
        tag, mode, blob, stage = facts.decode("ascii").split(" ")
        entry = Entry(path=path, mode=mode, blob=blob if stage == "0" else "unmerged")
        found[path] = Staged(entry=entry, skipped=tag in "Ss")
    return found


def inspect(
    repository: Repository, edits: Sequence[Edit], *, adopted: Mapping[str, bytes]
) -> dict[str, Signature]:
    """Make sure that writing the edits destroys nothing a person did.

    At every path the index must hold the old entry, and the work tree the old content, or nothing
    where nothing was. At an adopted path the work tree must hold exactly the bytes given, and the
    index may hold them too.

    Returns:
        By path the signature of what was looked at; paths left out by a sparse checkout have none.

    Raises:
        WorkTreeConflictError: a person's edit or file stands in the way.
    """
    assert repository.work_tree is not None
    tree = WorkTree(repository.work_tree)
    staged = staged_entries(repository, [edit.path for edit in edits])
    signatures: dict[str, Signature] = {}
    conflicts: list[str] = []
    unlike: dict[
        str, str
    ] = {}  # not the bytes of this blob, but perhaps once git has filtered them
    for edit in edits:
        path, index = edit.path, staged.get(edit.path)
        entry = None if index is None else index.entry
        if index is not None and index.skipped and entry == edit.old:
            continue
        signatures[path] = signature(tree, path)
        content = tree.read(path) if signatures[path] else None
        if path in adopted:
            fits = content == adopted[path] and (entry is not None or edit.old is None)
            expected = None if entry == edit.old else entry
        else:
            fits = entry == edit.old and (content is None) == (edit.old is None)
            expected = edit.old
        if not fits:
            conflicts.append(path)
        elif (
            content is not None
            and expected is not None
            and blob_id(content, object_format=repository.object_format) != expected.blob
        ):
            unlike[path] = expected.blob
    filtered = filtered_ids(repository, [*unlike])
    conflicts += [path for path in unlike if filtered[path] != unlike[path]]
    if conflicts:
        raise in_the_way(sorted(conflicts))
    return signatures


def signature(tree: WorkTree, path: str) -> Signature:
    """Return what tells whether the file at `path` is replaced or written to."""
    found = tree.stat(path)
    return None if found is None else (found.st_ino, found.st_size, found.st_mtime_ns)


def in_the_way(paths: Sequence[str]) -> WorkTreeConflictError:
    """Name the paths a person has to deal with first."""
    more = len(paths) - _TOLD_AT_MOST
    names = ", ".join(paths[:_TOLD_AT_MOST]) + (f" and {more} more" if more > 0 else "")
    return WorkTreeConflictError(
        f"edited or foreign files stand in the way: {names}",
        where=paths[0],
        hint="commit them, or move them aside: git stash --include-untracked",
    )


def filtered_ids(repository: Repository, paths: Sequence[str]) -> dict[str, str]:
    """Return the ids git would give these files now, line ends and filters applied."""
    if not paths:
        return {}
    asked = "".join(f"{path}\n" for path in paths).encode("ascii")
    ids = repository.run("hash-object", "--stdin-paths", stdin=asked).decode("ascii").split()
    return dict(zip(paths, ids, strict=True))
