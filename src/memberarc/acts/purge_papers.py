"""The papers of a purge: its tombstone, and the certificate of what was done."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from memberarc.acts.approving import approve_act
from memberarc.acts.opening import day_in
from memberarc.archive.layout import tombstone_path
from memberarc.disposal.certificate import Approval, Certificate
from memberarc.disposal.tombstone import Tombstone, write_tombstone
from memberarc.errors import VaultError
from memberarc.sealing.fences import STATES, utc_text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from memberarc.acts.opening import Caller
    from memberarc.archive.opened import Archive
    from memberarc.disposal.certificate import Trial
    from memberarc.formats.canonical_yaml import Node
    from memberarc.members.record import StoredRecord
    from memberarc.sealing.fences import Fence

_REMAINING: Final = ("kind", "opened", "status", "branch", "categories")


def tombstone_of(record: StoredRecord, *, request: str, day: str, policy: str) -> Tombstone:
    """Make the tombstone of a record, without a certificate yet."""
    return Tombstone(id=record.code, uid=record.uid, purged_on=day, request=request, policy=policy)


@dataclass(frozen=True, slots=True, kw_only=True)
class GivenApproval:
    """When the purge was approved, under which policy, and how long that holds."""

    given: datetime
    policy: str
    not_after: datetime


def approval_in(fence: Fence) -> GivenApproval:
    """Read from a fence what the rest of the purge and its papers rest on.

    Raises:
        VaultError: the fence tells no approval, or not the time of each state it has reached.
    """
    try:
        lines = dict(line.split(" ", 1) for line in fence.approvals[0].text.splitlines())
        for state in STATES[: STATES.index(fence.state) + 1]:
            datetime.fromisoformat(fence.times[state])
        return GivenApproval(
            given=datetime.fromisoformat(fence.times["approved"]),
            policy=lines["policy"].removeprefix("sha256:"),
            not_after=datetime.fromisoformat(lines["not-after"]).astimezone(UTC),
        )
    except (LookupError, ValueError) as err:
        raise VaultError(
            "the fence is damaged: it tells no approval, or not when each step was done",
            where=fence.uid,
            hint="restore the file below fences/ from another replica of the vault",
        ) from err


def approved_tombstone(archive: Archive, record: StoredRecord, *, fence: Fence) -> Tombstone:
    """Make again the very tombstone that was approved, on whatever day the purge goes on."""
    approval = approval_in(fence)
    return tombstone_of(
        record,
        request=fence.request,
        day=day_in(archive, approval.given).isoformat(),
        policy=approval.policy,
    )


def approve_purge(
    caller: Caller,
    archive: Archive,
    *,
    record: StoredRecord,
    person: str,
    request: str,
    key_list: int,
) -> Approval:
    """Sign that a member shall be purged, and thereby which tombstone will stand there."""
    tombstone = tombstone_of(
        record,
        request=request,
        day=caller.today(archive).isoformat(),
        policy=archive.policy_digest,
    )
    path = tombstone_path(record.code, opened=record.opened)
    return approve_act(
        caller,
        archive,
        act="purge",
        person=person,
        request=request,
        result={path: write_tombstone(tombstone)},
        key_list=key_list,
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
