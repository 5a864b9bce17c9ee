"""The papers of a purge: its tombstone, and the certificate of what was done."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Final

from memberarc.acts.opening import day_in
from memberarc.disposal.certificate import Approval, Certificate
from memberarc.disposal.tombstone import Tombstone
from memberarc.sealing.fences import utc_text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from memberarc.archive.opened import Archive
    from memberarc.disposal.certificate import Trial
    from memberarc.formats.canonical_yaml import Node
    from memberarc.members.record import StoredRecord
    from memberarc.sealing.fences import Fence

_REMAINING: Final = ("kind", "opened", "status", "branch", "categories")


def tombstone_of(record: StoredRecord, *, request: str, day: str, policy: str) -> Tombstone:
    """Make the tombstone of a record, without a certificate yet."""
    return Tombstone(id=record.code, uid=record.uid, purged_on=day, request=request, policy=policy)


def approved_tombstone(archive: Archive, record: StoredRecord, *, fence: Fence) -> Tombstone:
    """Make again the very tombstone that was approved, on whatever day the purge goes on."""
    approved = datetime.fromisoformat(fence.times["approved"])
    lines = dict(line.split(" ", 1) for line in fence.approvals[0].text.splitlines())
    return tombstone_of(
        record,
        request=fence.request,
        day=day_in(archive, approved).isoformat(),
        policy=lines["policy"].removeprefix("sha256:"),
    )


def certificate_of(
    archive: Archive,
    record: StoredRecord,
    *,
    fence: Fence,
    person: str,
    replicas: Sequence[str],
    trial: Trial,
    now: datetime,
) -> Certificate:
    """Put into words what the fence, the replicas and the trial tell."""
    times = {**fence.times, "certified": utc_text(now)}
    return Certificate(
        archive=archive.manifest.archive,
        id=record.code,
        uid=record.uid,
        request=fence.request,
        asked_by=person,
        executed_by=person,
        approvals=tuple(
            Approval(person=one.person, role=one.role, text=one.text, signature=one.signature)
            for one in fence.approvals
        ),
        times=times,
        replicas=dict.fromkeys(replicas, times["shredded"]),
        trial=trial,
        remains=_remains(archive, record),
    )


def _remains(archive: Archive, record: StoredRecord) -> dict[str, Node]:
    """Name what stays readable of a member: open facts, and rows of the ledger."""
    facts: dict[str, Node] = {"code": record.code, "uid": record.uid}
    facts |= {name: record.values[name] for name in _REMAINING if name in record.values}
    mark = f",{record.uid},".encode()
    days = [entry.path for entry in archive.snapshot.entries("ledger/")]
    rows = sum(content.count(mark) for _, content in archive.snapshot.read_many(days))
    return {**facts, "ledger_rows": rows}
