"""The quick look: where a member's values may have got to, without opening what others fill.

Other members' records, documents and the ledger are what an archive is full of, and memberarc
writes nothing into them but sealed values, ciphertext and codes. They are left out, and so is what
no ref and no reflog leads to; everything else is looked at.
"""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING, Final

from memberarc.archive.git import find_repository
from memberarc.archive.snapshot import read_objects, typed_objects
from memberarc.archive.tree_changes import read_changes, take_changes
from memberarc.disposal.places import git_files, left_overs_told, read_file, work_trees
from memberarc.disposal.versions import Note, Version, Versions, notes_in
from memberarc.errors import Problem

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    from memberarc.archive.git import Repository
    from memberarc.archive.tree_changes import TreeChange
    from memberarc.disposal.versions import Sought

_EVERYWHERE: Final = ("--all", "--reflog")
_FULL_OF_OTHERS: Final = ("members", "documents", "ledger")
_CHANGES: Final = ("-m", "--root", "--raw", "-z", "--no-abbrev", "--no-renames")
_UID: Final = re.compile(rb"""^uid:[ \t]*["']?([a-z][a-z2-7]{15})\b""", re.MULTILINE)


class QuickLook:
    """The members' own paths through all refs and reflogs, and all that is not of others."""

    name = "quick"
    left_out: tuple[str, ...] = (
        "records_and_documents_of_other_members",
        "ledger",
        "objects_that_no_ref_and_no_reflog_leads_to",
    )

    def __init__(self) -> None:
        self._own: dict[Path, set[str]] = {}
        self._uncommitted: dict[Path, list[bytes]] = {}
        # A commit never changes, and that of a first import takes long to read.
        self._renumbered: dict[tuple[Path, str, str], list[str]] = {}

    def versions(self, repository: Repository, records: Sequence[Sought]) -> Mapping[str, Versions]:
        """Collect what stood at the records' paths, and at those they were renumbered from."""
        self._uncommitted.clear()  # a new look begins
        found = {record.uid: self._versions_of(repository, record) for record in records}
        own = self._own.setdefault(repository.common_dir, set())
        own |= {version.blob for one in found.values() for version in one.records}
        return found

    def objects(self, repository: Repository) -> Iterator[tuple[str, str, bytes]]:
        """Yield all messages and notes, what HEAD does not lead to, and other kinds of files."""
        commits = repository.run("rev-list", *_EVERYWHERE).decode("ascii").split()
        aside = repository.run("rev-list", "--objects", *_EVERYWHERE, "--not", "HEAD")
        ids = dict.fromkeys(commits)
        ids |= dict.fromkeys(line.split(b" ")[0].decode("ascii") for line in aside.splitlines())
        ids |= dict.fromkeys(_tags(repository))
        names = _names_at_the_top(repository, commits)
        listing = _history_of(repository, sorted(names - {*_FULL_OF_OTHERS}))
        ids |= dict.fromkeys(_new_files(listing))
        for tree in work_trees(repository):
            ids |= dict.fromkeys(_staged(repository, tree))
        ids |= dict.fromkeys(self._own.get(repository.common_dir, ()))
        yield "of files in the history", "names", b"\n".join(map(os.fsencode, names)) + listing
        yield from typed_objects(repository, ids)

    def files(self, repository: Repository) -> Iterator[tuple[Path, bytes]]:
        """Yield git's own files but the index, and files that differ from what is committed."""
        yield from git_files(repository, but=("index", "memberarc"))
        for tree in work_trees(repository):
            for name in self._uncommitted_in(repository, tree):
                path = tree / os.fsdecode(name)
                if path.is_symlink():
                    yield path, os.fsencode(path.readlink())
                elif path.is_file():
                    yield path, read_file(path)

    def unsearched(self, repositories: Sequence[Repository]) -> Iterator[Problem]:
        """Name what could hold something and cannot be searched."""
        for repository in repositories:
            yield from left_overs_told(repository)
            for tree in work_trees(repository):
                for name in self._uncommitted_in(repository, tree):
                    if name.endswith(b"/"):
                        yield Problem(
                            path=str(tree / os.fsdecode(name)),
                            rule="nested-repository",
                            message="another repository lies here and is not searched",
                        )

    def _uncommitted_in(self, repository: Repository, tree: Path) -> list[bytes]:
        """Name the files of a work tree that differ from its HEAD: edited, unknown or ignored."""
        if tree not in self._uncommitted and tree.is_dir():
            options = ("--porcelain", "-z", "--no-renames", "--untracked-files=all", "--ignored")
            told = _of_tree(repository, tree).run("status", *options)
            self._uncommitted[tree] = [line[3:] for line in told.split(b"\0") if line]
        return self._uncommitted.get(tree, [])

    def _versions_of(self, repository: Repository, record: Sought) -> Versions:
        notes: dict[Note, None] = {}
        blobs: dict[str, None] = {}
        waiting, done = [record.path], set[str]()
        while waiting:
            path = waiting.pop()
            done.add(path)
            for commit, changes in _commits_at(repository, path):
                sides = (one for each in changes for one in (each.old_blob, each.new_blob))
                blobs |= dict.fromkeys(blob for blob in sides if blob)
                _, content = next(read_objects(repository, [commit]))
                notes |= dict.fromkeys(notes_in(commit, content))
                if any(change.old_blob is None for change in changes):
                    known = (repository.common_dir, commit, record.uid)
                    if known not in self._renumbered:
                        before = _renumbered_from(repository, commit, uid=record.uid)
                        self._renumbered[known] = before
                    waiting += (one for one in self._renumbered[known] if one not in done)
        records = tuple(
            Version(blob=blob, content=content) for blob, content in read_objects(repository, blobs)
        )
        return Versions(records=records, notes=tuple(notes), objects=len(records))


def _commits_at(repository: Repository, path: str) -> Iterator[tuple[str, list[TreeChange]]]:
    """Yield each commit that changed a path, with what it changed there against each parent."""
    told = repository.run(
        *("-c", "log.showSignature=false", "log", *_EVERYWHERE, *_CHANGES),
        *("--full-history", "--format=%x00%H", "--", path),
    )
    tokens = iter(told.split(b"\0"))
    _, commit = take_changes(tokens)
    while commit:
        changes, following = take_changes(tokens)
        yield commit.decode("ascii"), changes
        commit = following


def _renumbered_from(repository: Repository, commit: str, *, uid: str) -> list[str]:
    """Name the records of a uid that a commit took away: a new code is a new path."""
    told = repository.run(
        "diff-tree", "-r", "--diff-filter=D", "--no-commit-id", *_CHANGES, commit, "--", "members"
    )
    gone = {change.old_blob: change.path for change in read_changes(told) if change.old_blob}
    contents = read_objects(repository, gone)
    return [gone[blob] for blob, content in contents if uid.encode() in _UID.findall(content)]


def _names_at_the_top(repository: Repository, commits: Iterable[str]) -> set[str]:
    """Name what ever stood in the top folder."""
    lines = "".join(f"{commit}\n" for commit in commits)
    told = repository.run(
        "diff-tree", "--stdin", "--no-commit-id", *_CHANGES, stdin=lines.encode("ascii")
    )
    return {change.path for change in read_changes(told)}


def _history_of(repository: Repository, names: Sequence[str]) -> bytes:
    """List every change below some names, with the blobs."""
    if not names:
        return b""
    return repository.run(
        *("-c", "log.showSignature=false", "log", *_EVERYWHERE, *_CHANGES),
        *("--full-history", "--format=", "--", *names),
    )


def _new_files(told: bytes) -> Iterator[str]:
    """Yield the blobs of the files that stand after each change."""
    return (change.new_file for change in read_changes(told) if change.new_file)


def _tags(repository: Repository) -> list[str]:
    told = repository.run("for-each-ref", "--format=%(objecttype) %(objectname)").decode("ascii")
    return [line.removeprefix("tag ") for line in told.splitlines() if line.startswith("tag ")]


def _staged(repository: Repository, tree: Path) -> Iterator[str]:
    """Yield what is staged in a work tree and differs from its HEAD."""
    options = ("--cached", "--raw", "-z", "--no-abbrev", "--no-renames", "HEAD")
    if tree.is_dir():
        yield from _new_files(_of_tree(repository, tree).run("diff-index", *options))


def _of_tree(repository: Repository, tree: Path) -> Repository:
    return repository if tree == repository.work_tree else find_repository(tree)
