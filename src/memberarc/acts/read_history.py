"""The log of an archive or of one member, and the difference between two of its versions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from memberarc.acts.key.keys_at_hand import open_keys_at_hand
from memberarc.archive.opened import open_archive
from memberarc.archive.uncommitted import changed_paths, read_work_tree_file
from memberarc.errors import MemberNotFoundError
from memberarc.members.shelves import record_path
from memberarc.registers.act_log import archive_log, member_log
from memberarc.review.diff import FileVersions, compare_files

if TYPE_CHECKING:
    from collections.abc import Iterator

    from memberarc.acts.opening import Caller
    from memberarc.archive.opened import Archive
    from memberarc.registers.act_log import LoggedAct
    from memberarc.review.diff import Difference


def read_log(caller: Caller, member: str | None = None) -> Iterator[LoggedAct]:
    """Yield the acts on the archive, or on one member, newest first.

    A purged member's log remains: acts and fields, without values.
    """
    archive = open_archive(caller.directory)
    if member is None:
        yield from archive_log(archive)
        return
    ring = open_keys_at_hand(archive, caller).ring
    path = record_path(archive, member)
    if path is None:
        raise MemberNotFoundError(f"no member {member}", hint="memberarc list shows the codes")
    yield from member_log(archive, path, ring=ring)


def compare_versions(
    caller: Caller, before: str | None = None, after: str | None = None
) -> tuple[Difference, ...]:
    """Compare two commits; or one commit, by default HEAD, with the files on the disk."""
    old = open_archive(caller.directory, revision=before or "HEAD")
    ring = open_keys_at_hand(open_archive(caller.directory), caller).ring
    files = (
        _between(old, open_archive(caller.directory, revision=after))
        if after
        else _to_work_tree(old)
    )
    return tuple(compare_files(files, archive=old, ring=ring))


def _between(old: Archive, new: Archive) -> Iterator[FileVersions]:
    before = {entry.path: entry.blob for entry in old.snapshot.entries()}
    after = {entry.path: entry.blob for entry in new.snapshot.entries()}
    for path in sorted({**before, **after}):
        if before.get(path) != after.get(path):
            yield FileVersions(
                path=path, before=old.snapshot.read(path), after=new.snapshot.read(path)
            )


def _to_work_tree(old: Archive) -> Iterator[FileVersions]:
    for path in changed_paths(old.repository, revision=old.snapshot.commit or "HEAD"):
        yield FileVersions(
            path=path,
            before=old.snapshot.read(path),
            after=read_work_tree_file(old.repository, path),
        )
