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
from memberarc.disposal.places import git_files, left_overs_told, read_file, work_trees
from memberarc.disposal.versions import Note, Version, Versions, notes_in
from memberarc.errors import Problem

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    from memberarc.archive.git import Repository
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
        ids |= dict.fromkeys(_blobs(listing))
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
                blobs |= dict.fromkeys(one for pair in changes for one in pair if one.strip("0"))
                _, content = next(read_objects(repository, [commit]))
                notes |= dict.fromkeys(notes_in(commit, content))
                if any(not old.strip("0") for old, _ in changes):
                    known = (repository.common_dir, commit, record.uid)
                    if known not in self._renumbered:
                        before = _renumbered_from(repository, commit, uid=record.uid)
                        self._renumbered[known] = before
                    waiting += (one for one in self._renumbered[known] if one not in done)
        records = tuple(
            Version(blob=blob, content=content) for blob, content in read_objects(repository, blobs)
        )
        return Versions(records=records, notes=tuple(notes), objects=len(records))


def _commits_at(repository: Repository, path: str) -> Iterator[tuple[str, list[tuple[str, str]]]]:
    """Yield each commit that changed a path, with the blobs before and after."""
    told = repository.run(
        *("-c", "log.showSignature=false", "log", *_EVERYWHERE, *_CHANGES),
        *("--full-history", "--format=%x00%H", "--", path),
    )
    commit, changes = "", list[tuple[str, str]]()
    for token in told.decode("ascii").split("\0"):
        word = token.strip("\n")
        if word.startswith(":"):
            changes.append((word.split()[2], word.split()[3]))
        elif re.fullmatch(r"[0-9a-f]{40,64}", word):
            if commit:
                yield commit, changes
            commit, changes = word, []
    if commit:
        yield commit, changes


def _renumbered_from(repository: Repository, commit: str, *, uid: str) -> list[str]:
    """Name the records of a uid that a commit took away: a new code is a new path."""
    told = repository.run(
        "diff-tree", "-r", "--diff-filter=D", "--no-commit-id", *_CHANGES, commit, "--", "members"
    )
    words = os.fsdecode(told).split("\0")
    gone = {words[n].split()[2]: words[n + 1] for n in range(0, len(words) - 1, 2)}
    contents = read_objects(repository, gone)
    return [gone[blob] for blob, content in contents if uid.encode() in _UID.findall(content)]


def _names_at_the_top(repository: Repository, commits: Iterable[str]) -> set[str]:
    """Name what ever stood in the top folder."""
    lines = "".join(f"{commit}\n" for commit in commits)
    told = repository.run(
        "diff-tree", "--stdin", "--no-commit-id", *_CHANGES, stdin=lines.encode("ascii")
    )
    return {os.fsdecode(word) for word in told.split(b"\0") if word and not word.startswith(b":")}


def _history_of(repository: Repository, names: Sequence[str]) -> bytes:
    """List every change below some names, with the blobs."""
    if not names:
        return b""
    return repository.run(
        *("-c", "log.showSignature=false", "log", *_EVERYWHERE, *_CHANGES),
        *("--full-history", "--format=", "--", *names),
    )


def _blobs(listing: bytes) -> Iterator[str]:
    for word in listing.split(b"\0"):
        mark = word.lstrip(b"\n")
        if mark.startswith(b":"):
            mode, blob = mark.split()[1], mark.split()[3].decode("ascii")
            if blob.strip("0") and mode != b"160000":
                yield blob


def _tags(repository: Repository) -> list[str]:
    told = repository.run("for-each-ref", "--format=%(objecttype) %(objectname)").decode("ascii")
    return [line.removeprefix("tag ") for line in told.splitlines() if line.startswith("tag ")]


def _staged(repository: Repository, tree: Path) -> Iterator[str]:
    """Yield what is staged in a work tree and differs from its HEAD."""
    options = ("--cached", "--raw", "-z", "--no-abbrev", "--no-renames", "HEAD")
    if tree.is_dir():
        yield from _blobs(_of_tree(repository, tree).run("diff-index", *options))


def _of_tree(repository: Repository, tree: Path) -> Repository:
    return repository if tree == repository.work_tree else find_repository(tree)
