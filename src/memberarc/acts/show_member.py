"""Show records, opened as far as the keys at hand reach, now or at an earlier day."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, TypeAlias

from memberarc.acts.key.keys_at_hand import open_keys_at_hand
from memberarc.archive.incomplete import refuse_shallow
from memberarc.archive.manifest import time_zone_of
from memberarc.archive.opened import open_archive
from memberarc.archive.revisions import revision_at
from memberarc.archive.snapshot import open_snapshot
from memberarc.errors import (
    InvalidRecordError,
    MemberNotFoundError,
    MemberPurgedError,
    RevisionNotFoundError,
    VaultError,
)
from memberarc.members.sealed_record import visible_record
from memberarc.members.shelves import find_record

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from memberarc.acts.key.keys_at_hand import KeysAtHand
    from memberarc.acts.opening import Caller
    from memberarc.archive.opened import Archive
    from memberarc.formats.schema import RecordSchema
    from memberarc.members.record import OpenedRecord, StoredRecord
    from memberarc.sealing.keys.key_ring import KeyRing


_Failure: TypeAlias = InvalidRecordError | MemberNotFoundError | MemberPurgedError
_FAILURES: Final = (InvalidRecordError, MemberNotFoundError, MemberPurgedError)


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """One record with its schema, which gives each field its labels and level.

    ``language`` is the archive's first.
    """

    record: OpenedRecord
    schema: RecordSchema
    language: str
    commit: str
    notice: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AllShown:
    """What was asked for, in that order, and for each of the others why it cannot be shown."""

    shown: tuple[Shown, ...]
    failures: tuple[tuple[str, _Failure], ...]


def show_members(
    caller: Caller, members: Sequence[str], *, at: date | str | None = None
) -> AllShown:
    """Read records.

    Args:
        members: their codes or uids.
        at: a day, whose last state is meant, or a git revision.

    Raises:
        MemberarcError: none of them can be shown, the first for this reason.
    """
    archive = open_archive(caller.directory)
    # The vault and the key list of today open yesterday's versions, too.
    keys = open_keys_at_hand(archive, caller)
    if at is not None:
        revision = at if isinstance(at, str) else _revision_on(archive, at)
        if revision is None:
            refuse_shallow(archive.repository, unknown=f"what stood on {at}")
            raise RevisionNotFoundError(f"the archive did not exist on {at}")
        archive = archive.at(open_snapshot(archive.repository, revision))
    shown: list[Shown] = []
    failures: list[tuple[str, _Failure]] = []
    for member in members:
        try:
            shown.append(_shown(archive, member, keys=keys))
        except _FAILURES as err:
            failures.append((member, err))
    if not shown:
        raise failures[0][1]
    return AllShown(shown=tuple(shown), failures=tuple(failures))


def _revision_on(archive: Archive, day: date) -> str | None:
    return revision_at(archive.repository, day, zone=time_zone_of(archive.manifest))


def _shown(archive: Archive, member: str, *, keys: KeysAtHand) -> Shown:
    record = find_record(archive, member)
    schema = archive.schema(record.kind)
    return Shown(
        record=visible_record(record, schema=schema, ring=keys.ring),
        schema=schema,
        language=archive.manifest.languages[0] if archive.manifest.languages else "",
        commit=archive.snapshot.commit or "",
        notice=keys.reason or _why_closed(record, ring=keys.ring),
    )


def _why_closed(record: StoredRecord, *, ring: KeyRing | None) -> str:
    """Tell why no value of a record opens at all: purged, or its share is not to be had."""
    if ring is None:
        return ""
    try:
        ring.member(record.uid, commitment=record.key)
    except VaultError as err:
        return f"values stay sealed: {err.message}"
    return ""
