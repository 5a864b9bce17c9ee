"""What must stop a purge before it destroys anything, lest it stop half-way."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING, Final

from memberarc.archive.desk import Desk
from memberarc.archive.head import read_head, refuse_unfinished
from memberarc.archive.layout import (
    certificate_path,
    tombstone_path,
)
from memberarc.archive.uncommitted import changed_paths
from memberarc.errors import (
    ConflictError,
    FileError,
    GitError,
    LockedError,
    UnfinishedOperationError,
    WorkTreeConflictError,
)
from memberarc.formats.stored import CLEAR_TEXT
from memberarc.members.shelves import record_path
from memberarc.review.file_checks import FileChecks
from memberarc.sealing.vault.backup_list import listed_backups

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from memberarc.archive.git import Repository
    from memberarc.archive.opened import Archive
    from memberarc.members.record import StoredRecord
    from memberarc.sealing.vault.replicas import Replicas

FREE_BYTES: Final = 16 << 20
"""What a disk must have left: a fence and two commits are far smaller, a full disk is worse."""


def refuse_what_would_stop(
    archive: Archive, records: Iterable[StoredRecord], *, replicas: Replicas
) -> None:
    """Refuse to begin a purge that could not be brought to its end.

    Raises:
        ConflictError: a record has a flaw, or the repository is busy.
        VaultError: the list of backups, which a certificate tells, is damaged.
        FileError: a disk is almost full.
    """
    for record in records:
        _refuse_flawed_record(archive, record)
        _refuse_edited_files(archive, record)
    _refuse_busy_repository(archive)
    _refuse_full_disk((archive.repository.common_dir, *(vault.directory for vault in replicas)))
    listed_backups(replicas)


def refuse_half_removed(replicas: Replicas) -> None:
    """Refuse while the share of a removed saved search may open still: it may name anybody.

    Raises:
        ConflictError: some removal is not finished.
    """
    for uid, fence in replicas.fences().items():
        if not fence.of_member and fence.reached("fenced") and not fence.reached("shredded"):
            raise ConflictError(
                f"the removal of the saved search {uid} is not finished, and it may name anybody",
                hint=f"memberarc segment remove {uid}; nothing has been destroyed",
            )


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
    if lock.exists() and not Desk(repository).holds_index_lock():
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
