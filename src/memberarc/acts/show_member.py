"""Show one record, opened as far as the keys at hand reach, now or at an earlier day."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from memberarc.acts.key.keys_at_hand import open_keys_at_hand
from memberarc.archive.history import revision_at
from memberarc.archive.opened import open_archive
from memberarc.errors import RevisionNotFoundError, VaultError
from memberarc.members.sealed_record import visible_record
from memberarc.members.shelves import find_record

if TYPE_CHECKING:
    from datetime import date

    from memberarc.acts.opening import Caller
    from memberarc.formats.schema import RecordSchema
    from memberarc.members.record import OpenedRecord, StoredRecord
    from memberarc.sealing.keys.key_ring import KeyRing


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """One record with its schema, which gives each field its label and level."""

    record: OpenedRecord
    schema: RecordSchema
    commit: str
    notice: str


def show_member(caller: Caller, member: str, *, at: date | str | None = None) -> Shown:
    """Read one record.

    Args:
        member: its code or uid.
        at: a day, whose last state is meant, or a git revision.
    """
    archive = open_archive(caller.directory)
    # The vault and the key list of today open yesterday's versions, too.
    keys = open_keys_at_hand(archive, caller)
    if at is not None:
        revision = at if isinstance(at, str) else revision_at(archive.repository, at)
        if revision is None:
            raise RevisionNotFoundError(f"the archive did not exist on {at}")
        archive = open_archive(caller.directory, revision=revision)
    record = find_record(archive, member)
    schema = archive.schema(record.kind)
    return Shown(
        record=visible_record(record, schema=schema, ring=keys.ring),
        schema=schema,
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
