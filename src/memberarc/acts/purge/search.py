"""What a purge looks at before it destroys anything, and the findings that stop it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from memberarc.archive.layout import segment_path
from memberarc.disposal.looking import FullLook
from memberarc.disposal.needles import Needles
from memberarc.disposal.versions import open_note, open_version
from memberarc.errors import ClearTextFoundError, FindingsError, NoIdentityError, Problem

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from memberarc.archive.git import Repository
    from memberarc.disposal.looking import Look
    from memberarc.disposal.saved_searches import BesidesSavedSearches
    from memberarc.disposal.scan import Hit, Scan
    from memberarc.disposal.versions import SchemaOf, Versions
    from memberarc.members.record import StoredRecord
    from memberarc.sealing.keys.key_ring import KeyRing


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
    """Open every version and note of one member in every repository; raises as for many."""
    look = FullLook()
    opened = open_all_versions(repositories, [record], schema_of=schema_of, ring=ring, look=look)
    return opened[record.uid]


def open_all_versions(
    repositories: Sequence[Repository],
    records: Sequence[StoredRecord],
    *,
    schema_of: SchemaOf,
    ring: KeyRing,
    look: Look,
) -> dict[str, OpenedVersions]:
    """Open every version and note of members in every repository once more, by uid.

    Raises:
        NoIdentityError: some value is of a level that no key at hand opens, so that nobody here
            can say whether it stands in clear somewhere.
    """
    found = [look.versions(repository, records) for repository in repositories]
    return {
        record.uid: _opened(
            [one[record.uid] for one in found], record, schema_of=schema_of, ring=ring
        )
        for record in records
    }


def _opened(
    found: Sequence[Versions], record: StoredRecord, *, schema_of: SchemaOf, ring: KeyRing
) -> OpenedVersions:
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


def needles_of_all(
    opened: Mapping[str, OpenedVersions], records: Sequence[StoredRecord]
) -> Needles:
    """Put the values of several members together; a hit then says whose value it is."""
    if len(records) == 1:
        return opened[records[0].uid].needles
    return Needles(
        replace(needle, field=f"{record.code} {needle.field}")
        for record in records
        for needle in opened[record.uid].needles.needles
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


def refuse_unsearched(repositories: Sequence[Repository], *, look: Look, who: str) -> None:
    """Stop a purge at places that are not searched, and name them."""
    if problems := [*look.unsearched(repositories)]:
        raise FindingsError(
            f"a value of {who} could stand in places that are not searched",
            problems=problems,
            hint="take them out of the archive's folder; nothing has been destroyed",
        )


def refuse_leaks(scan: Scan, *, who: str, where: str) -> None:
    """Stop a purge at values in clear, and name where they stand."""
    if scan.leaks:
        raise ClearTextFoundError(
            f"values of {who} stand in clear, where no lost key hides them",
            problems=[
                Problem(path=hit.place, rule="clear-text", message=f"holds {', '.join(hit.fields)}")
                for hit in scan.leaks
            ],
            where=where,
            hint="nothing has been destroyed; memberarc leak rewrite --help"
            if any(hit.in_history for hit in scan.leaks)
            else "remove these; git reflog expire --expire=now --all && git gc --prune=now",
        )


def refuse_searches(
    searches: BesidesSavedSearches, *, who: str, accept_unreadable: bool
) -> tuple[str, ...]:
    """Stop a purge at saved searches that name the members: the shares of these open them still.

    Returns:
        The paths of those that do not open, where that was accepted.

    Raises:
        NoIdentityError: one is of a level that no key at hand opens.
        FindingsError: some name the members, or do not open.
    """
    if searches.closed:
        raise NoIdentityError(
            f"your identity does not open every saved search, so nobody knows which name {who}",
            where=segment_path(min(searches.closed)),
            hint="somebody who reads all levels must run the purge; nothing has been destroyed",
        )
    unopened = [segment_path(uid) for uid in sorted(searches.unopened)]
    told = dict.fromkeys([] if accept_unreadable else unopened, "does not open here")
    for uid, fields in sorted(searches.naming.items()):
        told[segment_path(uid)] = f"holds {', '.join(sorted(fields))}"
    if told:
        removals = [f"memberarc segment remove {uid}" for uid in sorted(searches.naming)]
        raise FindingsError(
            f"saved searches name {who}, or do not open, and each has a share of its own, which"
            " this purge leaves alone",
            problems=[
                Problem(path=path, rule="saved-search", message=message)
                for path, message in told.items()
            ],
            hint="; ".join(removals)
            or "--accept-unreadable goes on and names them in the certificate",
        )
    return tuple(unopened)


def refuse_what_opens(opened: int, leaks: Sequence[Hit], *, who: str) -> None:
    """Give no certificate for members of whom anything can still be read."""
    if opened or leaks:
        raise FindingsError(
            f"{who} can still be read, so no certificate is given",
            problems=[
                Problem(path=hit.place, rule="clear-text", message=", ".join(hit.fields))
                for hit in leaks
            ],
            where=f"{opened} values opened",
            hint="memberarc vault status",
        )
