"""What must stop a purge before it destroys anything: doubt about whom, or something in its way."""

from __future__ import annotations

import re
import shutil
from typing import TYPE_CHECKING, Final

from memberarc.archive.head import read_head, refuse_unfinished
from memberarc.archive.history import walk_history
from memberarc.archive.layout import (
    PathKind,
    certificate_path,
    code_of,
    path_kind,
    tombstone_path,
)
from memberarc.archive.snapshot import read_objects
from memberarc.archive.uncommitted import changed_paths
from memberarc.disposal.versions import blobs_at
from memberarc.errors import (
    ConflictError,
    FileError,
    GitError,
    LockedError,
    UnfinishedOperationError,
    WorkTreeConflictError,
)
from memberarc.members.shelves import record_path
from memberarc.review.file_checks import FileChecks
from memberarc.review.verification import CLEAR_TEXT

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

    from memberarc.archive.git import Repository
    from memberarc.archive.opened import Archive
    from memberarc.members.record import StoredRecord

FREE_BYTES: Final = 16 << 20
"""What a disk must have left: a fence and two commits are far smaller, a full disk is worse."""

_UID_LINE: Final = re.compile(rb"^uid: *[\"']?([a-z][a-z2-7]{15})\b", re.MULTILINE)


def refuse_doubts(
    archive: Archive,
    records: Mapping[str, StoredRecord],
    *,
    repositories: Iterable[Repository],
    named_in: Iterable[str] | None,
) -> None:
    """Refuse what makes a certificate untrue, whether the purge begins or goes on.

    Args:
        records: by the code that a person named.
        named_in: the paths of this commit that ``paths_naming`` tells, which are compared then
            beside what ever stood at the members' own; None compares every version of every record.

    Raises:
        ConflictError: a history is cut off, or it is not certain who would be destroyed.
    """
    refuse_incomplete(repositories, thorough=named_in is None)
    for member, record in records.items():
        if record.code != member:
            raise _mistaken(
                record.code, what=f"the record of {member} says that it is {record.code}"
            )
    codes = {record.code: record.uid for record in records.values()}
    uids = {record.uid: record.code for record in records.values()}
    found = (
        _identities(archive)
        if named_in is None
        else _near_identities(archive, records.values(), paths=named_in)
    )
    for path, commit, other in found:
        _refuse_other_identity(path, commit, other, codes=codes, uids=uids)


def paths_naming(archive: Archive, records: Iterable[StoredRecord]) -> list[str]:
    """Name the records of this commit that have a uid of these members; git searches quickly."""
    uids = [record.uid for record in records]
    spelt = [f"uid: {quote}{uid}{quote}" for uid in uids for quote in ("", '"', "'")]
    commit = archive.snapshot.commit or "HEAD"
    words = [word for text in spelt for word in ("-e", text)]
    # None says that nothing matches: a purge that goes on has removed the record.
    told = archive.repository.line("grep", "-l", "-F", *words, commit, "--", "members") or ""
    return [line.partition(":")[2] for line in told.splitlines()]


def refuse_what_would_stop(
    archive: Archive, records: Iterable[StoredRecord], *, folders: Iterable[Path]
) -> None:
    """Refuse to begin a purge that could not be brought to its end.

    Args:
        folders: where the replicas of the vault lie.

    Raises:
        ConflictError: a record has a flaw, or the repository is busy.
        FileError: a disk is almost full.
    """
    for record in records:
        _refuse_flawed_record(archive, record)
        _refuse_edited_files(archive, record)
    _refuse_busy_repository(archive)
    _refuse_full_disk((archive.repository.common_dir, *folders))


def refuse_incomplete(repositories: Iterable[Repository], *, thorough: bool = True) -> None:
    """Refuse a repository whose history is cut off: what is not there cannot be searched.

    Args:
        thorough: also see whether every object that a commit names is there.

    Raises:
        ConflictError: one is shallow or partial, or lacks objects its commits name.
    """
    for repository in repositories:
        flaw, hint = _incompleteness(repository, thorough=thorough)
        if flaw:
            raise ConflictError(
                f"{flaw}, so nobody can say what stands in the rest",
                where=str(repository.work_tree or repository.git_dir),
                hint=hint,
            )


def _refuse_other_identity(
    path: str, commit: str, uid: str, *, codes: Mapping[str, str], uids: Mapping[str, str]
) -> None:
    """Refuse when it is not certain that code and uid mean one and the same member.

    The code is what a person confirms, the uid is what gets destroyed. A record copied to another
    member's path would have the one destroyed in the other's name.

    Raises:
        ConflictError: the two were ever tied to another code or uid, on any branch.
    """
    named = code_of(path)
    place = f"{path} in {commit[:12]}" if commit else path
    if uids.get(uid, named) != named:
        raise _mistaken(uids[uid], what=f"{named} has the same uid", where=place)
    if codes.get(named, uid) != uid:
        raise _mistaken(named, what=f"{named} has had another uid, {uid}", where=place)


def _refuse_flawed_record(archive: Archive, record: StoredRecord) -> None:
    """Refuse a record that ``check`` finds fault with; clear text is looked for everywhere later.

    Raises:
        ConflictError: it has a flaw.
    """
    path = record_path(archive, record.code)
    content = archive.snapshot.read(path) if path else None
    if path is None or content is None:
        return
    for problem in FileChecks.of(archive).problems(path, content):
        if problem.rule != CLEAR_TEXT:
            raise ConflictError(
                f"the record of {record.code} has a flaw: {problem.message}",
                where=path,
                hint="memberarc check; nothing has been destroyed",
            )


def _refuse_busy_repository(archive: Archive) -> None:
    """Refuse what would keep the tombstone from being committed.

    Raises:
        UnfinishedOperationError: HEAD is detached, or a merge or the like is under way.
        LockedError: git's index is locked.
    """
    repository = archive.repository
    if read_head(repository).branch is None:
        raise UnfinishedOperationError("HEAD is detached", hint="git switch main")
    if repository.work_tree is None:
        return
    refuse_unfinished(repository)
    lock = repository.git_dir / "index.lock"
    if lock.exists():
        raise LockedError(
            "git's index is locked",
            where=str(lock),
            hint="wait for the other git; if none is running, remove the file",
        )


def _refuse_edited_files(archive: Archive, record: StoredRecord) -> None:
    """Refuse to bury what somebody is at work on.

    Raises:
        WorkTreeConflictError: files of the member were edited.
    """
    if archive.repository.work_tree is None:
        return
    own = (
        record.path,
        f"documents/{record.uid}",
        tombstone_path(record.code, opened=record.opened),
        certificate_path(record.code, opened=record.opened),
    )
    edited = changed_paths(archive.repository, only=own)
    if edited:
        raise WorkTreeConflictError(
            f"files of {record.code} were edited and not committed",
            where=edited[0],
            hint="commit them, or take the edits back: git status",
        )


def _refuse_full_disk(folders: Iterable[Path]) -> None:
    """Refuse to begin where there is hardly any room to end.

    Raises:
        FileError: a disk that must be written is almost full.
    """
    for folder in folders:
        free = shutil.disk_usage(folder).free
        if free < FREE_BYTES:
            raise FileError(
                f"the disk has {free >> 20} MiB left, a purge wants {FREE_BYTES >> 20}",
                where=str(folder),
                hint="make room, lest the purge stop half-way",
            )


def _incompleteness(repository: Repository, *, thorough: bool) -> tuple[str, str]:
    """Say how a history is cut off and what completes it; nothing when it is whole."""
    place = repository.work_tree or repository.git_dir
    if repository.line("rev-parse", "--is-shallow-repository") != "false":
        return "this clone is shallow", f"git -C '{place}' fetch --unshallow"
    partial = (
        "config",
        "--get-regexp",
        r"^(extensions\.partialclone|remote\..*\.(promisor|partialclonefilter))$",
    )
    if repository.succeeds(*partial):
        return "this clone is partial", "clone it again, without --filter"
    objects = ("--objects",) if thorough else ()
    try:
        repository.run("rev-list", "--quiet", *objects, "--all")
    except GitError as err:
        return f"objects are missing here ({err.message})", "git fsck --full; fetch them"
    return "", ""


def _identities(archive: Archive) -> Iterator[tuple[str, str, str]]:
    """Yield path, commit and uid of every record there is (no commit) or ever was."""
    present = [entry.path for entry in archive.snapshot.entries("members/")]
    for path, content in archive.snapshot.read_many(present):
        yield from _identity(path, "", content)
    places: dict[str, dict[str, str]] = {}
    history = walk_history(archive.repository, revisions=("--all",), paths=("members",))
    for entry in history:
        for changed in entry.paths:
            if changed.new_blob is not None:
                places.setdefault(changed.new_blob, {})[changed.path] = entry.commit
    for blob, content in read_objects(archive.repository, places):
        for path, commit in places[blob].items():
            yield from _identity(path, commit, content)


def _near_identities(
    archive: Archive, records: Iterable[StoredRecord], *, paths: Iterable[str]
) -> Iterator[tuple[str, str, str]]:
    """Yield the identities at some paths of this commit, and of the members' own paths ever."""
    for path, content in archive.snapshot.read_many(paths):
        yield from _identity(path, "", content)
    for record in records:
        blobs = sorted(blobs_at(archive.repository, record.path))
        for blob, content in read_objects(archive.repository, blobs):
            yield from _identity(record.path, blob, content)


def _identity(path: str, commit: str, content: bytes) -> Iterator[tuple[str, str, str]]:
    if path_kind(path) is PathKind.MEMBER:
        for found in _UID_LINE.findall(content):
            yield path, commit, found.decode("ascii")


def _mistaken(code: str, *, what: str, where: str = "") -> ConflictError:
    return ConflictError(
        f"it is not certain whom a purge of {code} would destroy: {what}",
        where=where,
        hint=f"memberarc check, git log --all -- '*/{code}.yaml'; nothing has been destroyed",
    )
