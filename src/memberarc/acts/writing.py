"""The one way acts write: a transaction whose every file has passed the checks."""

from __future__ import annotations

from typing import TYPE_CHECKING

from memberarc.archive.layout import OWNED_FOLDERS
from memberarc.archive.transaction import transact
from memberarc.errors import InvalidRecordError, WorkTreeConflictError
from memberarc.review.file_checks import FileChecks

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from memberarc.archive.opened import Archive
    from memberarc.archive.snapshot import Snapshot
    from memberarc.archive.transaction import Plan


def commit_act(
    archive: Archive,
    plan: Callable[[Archive], Plan | None],
    *,
    branch: str | None = None,
    create_branch: bool = False,
    adopt: Mapping[str, bytes] | None = None,
    dry_run: bool = False,
) -> str | None:
    """Commit what ``plan`` makes of the archive as it stands under the lock.

    ``plan`` is asked again whenever somebody committed in between, so nothing of theirs is lost.
    What ``memberarc check`` refuses is refused here, and so is any act under a weakened schema.

    Args:
        dry_run: only ask ``plan`` and judge what it would write; nothing is locked or touched.

    Returns:
        The new commit's id, or None when there was nothing to change or it was a dry run.
    """
    checks = FileChecks.of(archive)

    def of_archive(current: Archive) -> Plan | None:
        _require_sound(current)
        return plan(current)

    if dry_run:
        _judge(of_archive(archive), checks)
        return None

    def of_snapshot(snapshot: Snapshot) -> Plan | None:
        return of_archive(archive.at(snapshot))

    return transact(
        archive.repository,
        of_snapshot,
        validate=checks.problems,
        branch=branch,
        create_branch=create_branch,
        adopt=adopt,
    )


def _require_sound(archive: Archive) -> None:
    """Refuse to write under schemas that were weakened, or where a folder is no folder."""
    archive.require_schemas()
    for path in archive.snapshot.find(folder.rstrip("/") for folder in OWNED_FOLDERS):
        raise WorkTreeConflictError(
            "a file or a symbolic link stands where a folder of the archive belongs",
            where=path,
            hint=f"git rm {path}",
        )


def _judge(wanted: Plan | None, checks: FileChecks) -> None:
    problems = [
        problem
        for change in (wanted.changes if wanted else ())
        if isinstance(change.content, bytes)
        for problem in checks.problems(change.path, change.content)
    ]
    if problems:
        raise InvalidRecordError("what would be written does not fit", problems=problems)
