"""The one way acts write: a transaction whose every file has passed the checks."""

from __future__ import annotations

from typing import TYPE_CHECKING

from memberarc.archive.transaction import transact
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
) -> str | None:
    """Commit what ``plan`` makes of the archive as it stands under the lock.

    ``plan`` is asked again whenever somebody committed in between, so nothing of theirs is lost.
    What ``memberarc check`` refuses is refused here.

    Returns:
        The new commit's id, or None when there was nothing to change.
    """

    def of_snapshot(snapshot: Snapshot) -> Plan | None:
        return plan(archive.at(snapshot))

    return transact(
        archive.repository,
        of_snapshot,
        validate=FileChecks.of(archive).problems,
        branch=branch,
        create_branch=create_branch,
        adopt=adopt,
    )
