"""The change register, read from history: who changed what, when, under which rule and reason."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import chain, islice
from typing import TYPE_CHECKING, Final

from memberarc.archive.history import HistoryEntry, walk_history
from memberarc.archive.snapshot import read_objects
from memberarc.errors import SealingError
from memberarc.members.changes import FieldChange, compare_records
from memberarc.members.sealed_record import NOTE_PATH, visible_record
from memberarc.members.shelves import read_version

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime

    from memberarc.archive.opened import Archive
    from memberarc.members.record import OpenedRecord, StoredRecord
    from memberarc.sealing.keys.key_ring import KeyRing

BY_HAND: Final = "by hand"
REVERT: Final = "revert"
_PREFIX: Final = "Memberarc-"
# So many versions are read by one git, and held at once.
_ENTRIES_AT_ONCE: Final = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class LoggedAct:
    """One commit as the register tells it.

    ``act`` is "by hand" for a commit without trailers, or "revert" for one of git's; ``note`` is
    the opened note, or None when there is none or no key at hand opens it.
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
    for entry in walk_history(archive.repository, with_paths=False):
        yield _logged(entry)


def member_log(archive: Archive, path: str, *, ring: KeyRing | None) -> Iterator[LoggedAct]:
    """Yield the acts on one record, newest first, each with the fields it changed.

    Where a shallow clone ends, nobody can say what was changed, and nothing is told.

    Args:
        path: where the record stands or stood.
        ring: opens the values; without it only their shape is told.
    """
    history = walk_history(archive.repository, paths=(path,))
    told = (entry for entry in history if not entry.cut)
    while entries := [*islice(told, _ENTRIES_AT_ONCE)]:
        versions = _versions(archive, entries, path=path, ring=ring)
        for entry in entries:
            for changed in entry.paths:
                before = versions.get(changed.old_blob)
                after = versions.get(changed.new_blob)
                one = after or before
                if one is None:
                    continue
                changes = compare_records(before, after, schema=archive.schema(one.stored.kind))
                yield _logged(entry, changes=changes, note=_note(entry, one.stored, ring=ring))


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
        act=first("Act") or (REVERT if entry.reverts else BY_HAND),
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


def _versions(
    archive: Archive, entries: Sequence[HistoryEntry], *, path: str, ring: KeyRing | None
) -> dict[str | None, OpenedRecord]:
    """Open the versions these entries made or replaced, each of them once."""
    sides = ((changed.old_blob, changed.new_blob) for entry in entries for changed in entry.paths)
    blobs = dict.fromkeys(filter(None, chain.from_iterable(sides)))
    versions: dict[str | None, OpenedRecord] = {}
    for blob, content in read_objects(archive.repository, blobs):
        record = read_version(content, path=path)
        versions[blob] = visible_record(record, schema=archive.schema(record.kind), ring=ring)
    return versions
