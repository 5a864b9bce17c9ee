"""The change register, read from history: who changed what, when, under which rule and reason."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from memberarc.archive.history import HistoryEntry, walk_history
from memberarc.archive.snapshot import read_objects
from memberarc.errors import SealingError
from memberarc.members.changes import FieldChange, compare_records
from memberarc.members.sealed_record import NOTE_PATH, visible_record
from memberarc.members.shelves import read_version

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from memberarc.archive.opened import Archive
    from memberarc.members.record import OpenedRecord, StoredRecord
    from memberarc.sealing.keys.key_ring import KeyRing

BY_HAND: Final = "by hand"
_PREFIX: Final = "Memberarc-"


@dataclass(frozen=True, slots=True, kw_only=True)
class LoggedAct:
    """One commit as the register tells it.

    ``act`` is "by hand" for a commit without trailers; ``note`` is the opened note, or None when
    there is none or no key at hand opens it.
    """

    commit: str
    time: datetime
    person: str
    act: str
    member: str
    count: int
    fields: tuple[str, ...]
    rule: str
    reason: str
    request: str
    note: str | None = None
    changes: tuple[FieldChange, ...] = ()


def archive_log(archive: Archive) -> Iterator[LoggedAct]:
    """Yield the acts of the whole archive, newest first."""
    for entry in walk_history(archive.repository):
        yield _logged(entry)


def member_log(archive: Archive, path: str, *, ring: KeyRing | None) -> Iterator[LoggedAct]:
    """Yield the acts on one record, newest first, each with the fields it changed.

    Args:
        path: where the record stands or stood.
        ring: opens the values; without it only their shape is told.
    """
    for entry in walk_history(archive.repository, paths=(path,)):
        for changed in entry.paths:
            before = _version(archive, changed.old_blob, path=path)
            after = _version(archive, changed.new_blob, path=path)
            one = after or before
            if one is None:
                continue
            changes = compare_records(
                _opened(archive, before, ring=ring),
                _opened(archive, after, ring=ring),
                schema=archive.schema(one.kind),
            )
            yield _logged(entry, changes=changes, note=_note(entry, one, ring=ring))


def _logged(
    entry: HistoryEntry, *, changes: tuple[FieldChange, ...] = (), note: str | None = None
) -> LoggedAct:
    told: dict[str, list[str]] = {}
    for name, value in entry.trailers:
        if name.startswith(_PREFIX):
            told.setdefault(name.removeprefix(_PREFIX), []).append(value)

    def first(name: str) -> str:
        return told.get(name, [""])[0]

    return LoggedAct(
        commit=entry.commit,
        time=entry.time,
        person=entry.author_email,
        act=first("Act") or BY_HAND,
        member=first("Member"),
        count=int(count) if (count := first("Count")).isdecimal() else 0,
        fields=tuple(told.get("Field", [])),
        rule=first("Rule"),
        reason=first("Reason"),
        request=first("Request"),
        note=note,
        changes=changes,
    )


def _note(entry: HistoryEntry, record: StoredRecord, *, ring: KeyRing | None) -> str | None:
    text = dict(entry.trailers).get(f"{_PREFIX}Note")
    if text is None or ring is None:
        return None
    try:
        return str(ring.open(text, uid=record.uid, commitment=record.key, path=NOTE_PATH))
    except SealingError:
        return None


def _version(archive: Archive, blob: str | None, *, path: str) -> StoredRecord | None:
    if blob is None:
        return None
    content = next(read_objects(archive.repository, [blob]))[1]
    return read_version(content, path=path)


def _opened(
    archive: Archive, record: StoredRecord | None, *, ring: KeyRing | None
) -> OpenedRecord | None:
    if record is None:
        return None
    return visible_record(record, schema=archive.schema(record.kind), ring=ring)
