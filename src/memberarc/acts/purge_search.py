"""What a purge looks at before it destroys anything, and the findings that stop it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from memberarc.disposal.needles import Needles
from memberarc.disposal.places import unsearched
from memberarc.disposal.versions import open_note, open_version, versions_of
from memberarc.errors import ClearTextFoundError, FindingsError, NoIdentityError, Problem

if TYPE_CHECKING:
    from collections.abc import Sequence

    from memberarc.archive.git import Repository
    from memberarc.disposal.scan import Scan
    from memberarc.disposal.versions import SchemaOf
    from memberarc.members.record import StoredRecord
    from memberarc.sealing.key_ring import KeyRing


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenedVersions:
    """What every version held; ``unreadable`` names the objects that did not tell all."""

    needles: Needles
    versions: int
    unreadable: tuple[str, ...]


def open_versions(
    repositories: Sequence[Repository],
    record: StoredRecord,
    *,
    schema_of: SchemaOf,
    ring: KeyRing,
) -> OpenedVersions:
    """Open every version and note of a member in every repository once more.

    Raises:
        NoIdentityError: some value is of a level that no key at hand opens, so that nobody here
            can say whether it stands in clear somewhere.
    """
    found = [versions_of(repository, record) for repository in repositories]
    versions = {version.blob: version for one in found for version in one.records}
    opened = [
        (blob, open_version(version, record=record, schema_of=schema_of, ring=ring))
        for blob, version in versions.items()
    ]
    notes = {note: None for one in found for note in one.notes}
    opened += [(note.commit, open_note(note, record=record, ring=ring)) for note in notes]
    if closed := sorted({level for _, one in opened for level in one.closed}):
        raise NoIdentityError(
            f"your identity does not open every value of {record.code}, so nobody can look for"
            f" them: {', '.join(closed)}",
            where=record.path,
            hint="somebody who reads all levels must run the purge; nothing has been destroyed",
        )
    return OpenedVersions(
        needles=Needles(needle for _, one in opened for needle in one.needles),
        versions=len(versions),
        unreadable=tuple(sorted({name for name, one in opened if one.flawed})),
    )


def refuse_unreadable(opened: OpenedVersions, record: StoredRecord) -> None:
    """Stop a purge at versions that cannot be opened whole, and name them."""
    if opened.unreadable:
        raise FindingsError(
            f"versions of {record.code} cannot be read whole, so nobody knows what they hold",
            problems=[
                Problem(
                    path=name,
                    rule="unreadable-version",
                    message="it is no record, or holds a value that does not open",
                    hint=f"git show {name}",
                )
                for name in opened.unreadable
            ],
            where=record.path,
            hint="--accept-unreadable goes on and names them in the certificate",
        )


def refuse_unsearched(repositories: Sequence[Repository], record: StoredRecord) -> None:
    """Stop a purge at places that are not searched, and name them."""
    if problems := [*unsearched(repositories)]:
        raise FindingsError(
            f"a value of {record.code} could stand in places that are not searched",
            problems=problems,
            hint="take them out of the archive's folder; nothing has been destroyed",
        )


def refuse_leaks(scan: Scan, record: StoredRecord) -> None:
    """Stop a purge at values in clear, and name where they stand."""
    if scan.leaks:
        raise ClearTextFoundError(
            f"values of {record.code} stand in clear, where no lost key hides them",
            problems=[
                Problem(path=hit.place, rule="clear-text", message=f"holds {', '.join(hit.fields)}")
                for hit in scan.leaks
            ],
            where=record.path,
            hint="the history must be rewritten first; nothing has been destroyed"
            if any(hit.in_history for hit in scan.leaks)
            else "remove these; git reflog expire --expire=now --all && git gc --prune=now",
        )
