"""The one way acts write: a transaction whose every file has passed the checks."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from memberarc.acts.key.trust import require_signed_policy
from memberarc.archive.layout import OWNED_FOLDERS, PathKind, path_kind
from memberarc.archive.transaction import transact
from memberarc.errors import InvalidRecordError, Problem, WorkTreeConflictError
from memberarc.members.shelves import buried_uids, uids_named_in
from memberarc.review.file_checks import FileChecks

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from memberarc.archive.opened import Archive
    from memberarc.archive.snapshot import Snapshot
    from memberarc.archive.transaction import Change, Plan

_JUDGED_BY = (PathKind.MANIFEST, PathKind.SCHEMA, PathKind.KEY_LIST)


def commit_act(
    archive: Archive,
    plan: Callable[[Archive], Plan | None],
    *,
    branch: str | None = None,
    create_branch: bool = False,
    adopt: Mapping[str, bytes] | None = None,
    dry_run: bool = False,
    signs_policy: bool = False,
) -> str | None:
    """Commit what ``plan`` makes of the archive as it stands under the lock.

    ``plan`` is asked again whenever somebody committed in between, so nothing of theirs is lost.
    What ``memberarc check`` refuses is refused here, and so is any act under a weakened schema or
    an access policy that no key list names. Manifest, schemas and key list that the act itself
    writes must come first among its changes: what follows is judged by them.

    Args:
        dry_run: only ask ``plan`` and judge what it would write; nothing is locked or touched.
        signs_policy: the act is the one that puts a changed access policy in force.

    Returns:
        The new commit's id, or None when there was nothing to change or it was a dry run.
    """
    judge = _Judge()

    def of_archive(current: Archive) -> Plan | None:
        _require_sound(current, signs_policy=signs_policy)
        wanted = plan(current)
        return judge.watching(wanted, current) if wanted else None

    if dry_run:
        _judge(of_archive(archive), judge)
        return None

    def of_snapshot(snapshot: Snapshot) -> Plan | None:
        return of_archive(archive.at(snapshot))

    return transact(
        archive.repository,
        of_snapshot,
        validate=judge.problems,
        branch=branch,
        create_branch=create_branch,
        adopt=adopt,
    )


class _Judge:
    """Judges the files of a plan by the archive it was made for and what the plan makes of it."""

    def __init__(self) -> None:
        self._checks: FileChecks | None = None
        self._archive: Archive | None = None
        self._buried: frozenset[str] | None = None

    def watching(self, wanted: Plan, archive: Archive) -> Plan:
        """Begin with a plan, and learn from its changes as they go by."""
        written: dict[str, bytes] = {}

        def read(path: str) -> bytes | None:
            return written[path] if path in written else archive.snapshot.read(path)

        self._checks, self._archive, self._buried = FileChecks(read), archive, None
        return replace(wanted, changes=_noted(wanted.changes, written))

    def problems(self, path: str, content: bytes) -> list[Problem]:
        assert self._checks is not None  # nothing is judged before there is a plan
        if path_kind(path) is PathKind.MEMBER:
            return [*self._checks.problems(path, content), *self._risen(path, content)]
        return self._checks.problems(path, content)

    def _risen(self, path: str, content: bytes) -> Iterator[Problem]:
        """Tell of a record that would bring back a member for whom a tombstone stands."""
        assert self._archive is not None
        if self._buried is None:
            self._buried = frozenset(buried_uids(self._archive))
        if self._buried and self._buried.intersection(uids_named_in(content)):
            yield Problem(
                path=path,
                rule="resurrected",
                message="this member was purged, and a tombstone stands for it",
                hint="a person who returns gets a new record: memberarc add",
            )


def _noted(changes: Iterable[Change], written: dict[str, bytes]) -> Iterator[Change]:
    for change in changes:
        if isinstance(change.content, bytes) and path_kind(change.path) in _JUDGED_BY:
            written[change.path] = change.content
        yield change


def _require_sound(archive: Archive, *, signs_policy: bool) -> None:
    """Refuse to write under what was weakened, or where a folder is no folder."""
    archive.require_schemas()
    if not signs_policy:
        require_signed_policy(archive.snapshot)
    for path in archive.snapshot.find(folder.rstrip("/") for folder in OWNED_FOLDERS):
        raise WorkTreeConflictError(
            "a file or a symbolic link stands where a folder of the archive belongs",
            where=path,
            hint=f"git rm {path}",
        )


def _judge(wanted: Plan | None, judge: _Judge) -> None:
    problems = [
        problem
        for change in (wanted.changes if wanted else ())
        if isinstance(change.content, bytes)
        for problem in judge.problems(change.path, change.content)
    ]
    if problems:
        raise InvalidRecordError("what would be written does not fit", problems=problems)
