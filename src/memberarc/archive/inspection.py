"""Compare index and work tree with the version a transaction starts from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from memberarc.archive.git import Repository, decode_path
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
    """What the index says of a path.

    ``entry`` is None where it has none, and equals no other where a merge is unresolved;
    ``skipped`` means that a sparse checkout leaves the file out.
    """

    entry: Entry | None
    skipped: bool


def staged_entries(
    repository: Repository,
    paths: Sequence[str],
    *,
    environment: Mapping[str, str] | None = None,
) -> dict[str, Staged]:
    """Read the index, or the one that the environment names, at each of these paths."""
    few = [*paths] if len(paths) <= _FEW_PATHS else []
    listed = repository.run("ls-files", "-s", "-v", "-z", "--", *few, environment=environment)
    found = {path: Staged(entry=None, skipped=False) for path in paths}
    for raw in listed.split(b"\0")[:-1]:
        facts, _, name = raw.partition(b"\t")
        path = decode_path(name)
        if path in found:
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
    unlike: dict[str, str] = {}  # by path the blob it must be once git has filtered it
    for edit in edits:
        path, entry = edit.path, staged[edit.path].entry
        if staged[path].skipped and entry == edit.old:
            continue
        signatures[path] = signature(tree, path)
        present = signatures[path] is not None
        blob = tree.blob(path, object_format=repository.object_format) if present else None
        if path in adopted:
            fits = tree.read(path) == adopted[path] and (entry is not None or edit.old is None)
            expected = None if entry == edit.old else entry
        else:
            fits = entry == edit.old and (blob is None) == (edit.old is None)
            expected = edit.old
        if not fits:
            conflicts.append(path)
        elif expected is not None and blob != expected.blob:
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
        hint="commit them or move them aside, see git status",
    )


def filtered_ids(repository: Repository, paths: Sequence[str]) -> dict[str, str]:
    """Return the ids git would give these files now, line ends and filters applied."""
    if not paths:
        return {}
    asked = "".join(f"{path}\n" for path in paths).encode("ascii")
    ids = repository.run("hash-object", "--stdin-paths", stdin=asked).decode("ascii").split()
    return dict(zip(paths, ids, strict=True))
