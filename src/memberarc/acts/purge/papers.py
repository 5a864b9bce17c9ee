"""What a purge commits: tombstones in the place of records, then the certificates."""

from __future__ import annotations

from dataclasses import dataclass, replace
from hashlib import sha256
from typing import TYPE_CHECKING, Final

from memberarc.acts.opening import day_in
from memberarc.acts.purge.requests import approved_tombstone
from memberarc.archive.layout import certificate_path, tombstone_path
from memberarc.archive.message import Act
from memberarc.archive.transaction import Change
from memberarc.disposal.certificate import (
    NAMESPACE,
    NOT_CHECKED,
    STORES_ELSEWHERE,
    BackupStanding,
    Certificate,
    write_certificate,
)
from memberarc.disposal.tombstone import write_tombstone
from memberarc.members.catalogue import documents_of
from memberarc.people.ssh import sign
from memberarc.sealing.vault.backup_list import overdue_backups, standing_backups
from memberarc.sealing.vault.fences import utc_text

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from memberarc.acts.opening import Caller
    from memberarc.archive.opened import Archive
    from memberarc.disposal.certificate import Trial
    from memberarc.disposal.looking import Look
    from memberarc.formats.canonical_yaml import Node
    from memberarc.members.record import StoredRecord
    from memberarc.sealing.vault.backup_list import Backup
    from memberarc.sealing.vault.fences import Fence
    from memberarc.sealing.vault.replicas import Replicas

_REMAINING: Final = ("kind", "opened", "status", "branch", "categories")


@dataclass(slots=True, kw_only=True)
class Subject:
    """One member on the way to being purged; the fence outlives the process."""

    record: StoredRecord
    standing: Fence | None
    versions: int = 0
    unreadable: tuple[str, ...] = ()
    trial: Trial | None = None

    @property
    def fence(self) -> Fence:
        """The fence, once there is one."""
        assert self.standing is not None
        return self.standing

    @property
    def is_closed(self) -> bool:
        """Tell whether the fence stands, so that the member opens no more."""
        return self.standing is not None and self.standing.reached("fenced")

    @property
    def tombstone_path(self) -> str:
        return tombstone_path(self.record.code, opened=self.record.opened)

    @property
    def certificate_path(self) -> str:
        return certificate_path(self.record.code, opened=self.record.opened)


@dataclass(frozen=True, slots=True, kw_only=True)
class Circumstances:
    """What all certificates of one run have in common; ``rows`` are those of the ledger, by uid."""

    person: str
    look: Look
    second_scan: bool
    organisation_files: tuple[str, ...]
    replicas: Replicas
    rows: Mapping[str, int]


def burial(archive: Archive, one: Subject, *, current: Archive) -> Iterator[Change]:
    """Take a member's record and documents out of the tree, and put the tombstone there."""
    gone = [entry.path for entry in current.snapshot.entries(f"documents/{one.record.uid}/")]
    if current.snapshot.blob_of(one.record.path):
        gone.append(one.record.path)
    if gone or not current.snapshot.blob_of(one.tombstone_path):
        stone = approved_tombstone(archive, one.record, fence=one.fence)
        yield from (Change(path=path, content=None) for path in gone)
        yield Change(path=one.tombstone_path, content=write_tombstone(stone))


def certification(
    caller: Caller, archive: Archive, subjects: Sequence[Subject], *, common: Circumstances
) -> Iterator[Change]:
    """Sign a certificate for each member, and name it in the tombstone."""
    for one in subjects:
        certificate = _certificate(
            caller, archive, one, common=common, rows=common.rows[one.record.uid]
        )
        content = write_certificate(certificate)
        signature = sign(content, key=caller.user.signing_key, namespace=NAMESPACE)
        stone = replace(
            approved_tombstone(archive, one.record, fence=one.fence),
            certificate=sha256(content).hexdigest(),
        )
        yield Change(path=one.certificate_path, content=content)
        yield Change(path=f"{one.certificate_path}.sig", content=signature)
        yield Change(path=one.tombstone_path, content=write_tombstone(stone))


def purge_act(archive: Archive, subjects: Sequence[Subject], *, name: str, verb: str) -> Act:
    """Say in codes what one commit of a purge does."""
    alone = subjects[0] if len(subjects) == 1 else None
    reasons = {one.fence.reason for one in subjects}
    return Act(
        name=name,
        subject=f"{verb} {alone.record.code if alone else f'{len(subjects)} members'}",
        member=alone.record.code if alone else None,
        count=None if alone else len(subjects),
        policy=archive.policy_digest,
        request=alone.fence.request if alone else None,
        reason=reasons.pop() if len(reasons) == 1 else None,
    )


def who(subjects: Sequence[Subject]) -> str:
    """Name the members by their codes."""
    return ", ".join(one.record.code for one in subjects)


def _certificate(
    caller: Caller, archive: Archive, one: Subject, *, common: Circumstances, rows: int
) -> Certificate:
    """Put into words what was done, what was checked, and what was not."""
    assert one.trial is not None
    fence, replicas = one.fence, common.replicas
    today, made_by = day_in(archive, caller.now), fence.times["shredded"]
    return Certificate(
        archive=archive.manifest.archive,
        id=one.record.code,
        uid=one.record.uid,
        request=fence.request,
        reason=fence.reason,
        asked_by=fence.asked_by,
        executed_by=common.person,
        approvals=fence.approvals,
        times={**fence.times, "certified": utc_text(caller.now)},
        replicas=fence.confirmations,
        retired=tuple(
            name
            for name, replica in sorted(replicas.known.items())
            if replica.retired and name not in fence.confirmations
        ),
        trial=one.trial,
        second_scan=common.second_scan,
        scan=common.look.name,
        left_out=common.look.left_out,
        backups=_told(standing_backups(replicas, made_by=made_by, today=today)),
        overdue=_told(overdue_backups(replicas, made_by=made_by, today=today)),
        not_checked=(*NOT_CHECKED, *_stores_elsewhere(one.record)),
        found_in_organisation_files=common.organisation_files,
        remains=_remains(one.record, rows=rows),
    )


def ledger_rows(archive: Archive, records: Sequence[StoredRecord]) -> dict[str, int]:
    """Count the rows of the ledger that stay, by uid."""
    marks = [word for record in records for word in ("-e", f",{record.uid},")]
    commit = archive.snapshot.commit or "HEAD"
    # None says that nothing matches. git reads a year of 3 million rows in half a second.
    told = archive.repository.line("grep", "-h", "-F", *marks, commit, "--", "ledger") or ""
    lines = told.splitlines()
    return {record.uid: sum(f",{record.uid}," in line for line in lines) for record in records}


def _stores_elsewhere(record: StoredRecord) -> tuple[str, ...]:
    """A store of documents outside git may have copies; what is in them is dead ciphertext."""
    return (STORES_ELSEWHERE,) if any(one.is_outside for one in documents_of(record.values)) else ()


def _told(backups: Sequence[Backup]) -> tuple[BackupStanding, ...]:
    return tuple(
        BackupStanding(id=one.id, kind=one.kind, made=one.made, expires=one.expires)
        for one in backups
    )


def _remains(record: StoredRecord, *, rows: int) -> Mapping[str, Node]:
    """Name what stays readable of a member: open facts, and rows of the ledger."""
    facts: dict[str, Node] = {"code": record.code, "uid": record.uid}
    facts |= {name: record.values[name] for name in _REMAINING if name in record.values}
    return {**facts, "ledger_rows": rows}
