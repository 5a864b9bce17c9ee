"""Purge one member: fence, shred, tombstone, trial, certificate (design.md, section 4).

Each step can be repeated, and the vault's fence says how far a purge came, so running the same
command again, here or on another machine, goes on where it stopped.
"""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING, Final

from memberarc.acts.approving import approve_act, executing_administrator
from memberarc.acts.keys import open_keys
from memberarc.acts.opening import read_access
from memberarc.acts.writing import commit_act
from memberarc.archive.git import find_repository
from memberarc.archive.history import walk_history
from memberarc.archive.identifiers import new_uid
from memberarc.archive.layout import certificate_path, tombstone_path
from memberarc.archive.message import Act
from memberarc.archive.opened import open_archive
from memberarc.archive.snapshot import read_objects
from memberarc.archive.transaction import Change, Plan
from memberarc.disposal.certificate import NAMESPACE, Approval, Certificate, write_certificate
from memberarc.disposal.needles import Needles, needles_of
from memberarc.disposal.scan import scan_repository, versions_of
from memberarc.disposal.tombstone import Tombstone, write_tombstone
from memberarc.disposal.trial import try_everything
from memberarc.errors import (
    ClearTextFoundError,
    FindingsError,
    MemberNotFoundError,
    MemberPurgedError,
    Problem,
)
from memberarc.members.reasons import require_reason
from memberarc.members.sealed_record import open_record
from memberarc.members.shelves import read_record, record_path
from memberarc.people.ssh import sign
from memberarc.sealing.age import load_identities
from memberarc.sealing.fences import utc_text

if TYPE_CHECKING:
    from pathlib import Path

    from memberarc.acts.opening import Caller
    from memberarc.archive.opened import Archive
    from memberarc.disposal.certificate import Trial
    from memberarc.disposal.needles import Needle
    from memberarc.disposal.scan import Hit, Scan
    from memberarc.formats.canonical_yaml import Node
    from memberarc.members.record import StoredRecord
    from memberarc.sealing.fences import Fence

_REMAINING: Final = ("kind", "opened", "status", "branch", "categories")


@dataclass(frozen=True, slots=True, kw_only=True)
class PurgeRequest:
    """Whom to purge and why; ``copies`` are other clones or mirrors the trial shall try, too."""

    member: str
    reason: str
    copies: tuple[Path, ...] = ()
    dry_run: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Purged:
    """What a purge did; after a dry run only what it would do.

    ``trial`` is None after a dry run. ``elsewhere`` names places in the organisation's own files
    that hold a value the member's record held, too.
    """

    code: str
    uid: str
    certificate: str
    versions: int
    objects: int
    trial: Trial | None
    second_scan: bool
    replicas: tuple[str, ...]
    elsewhere: tuple[str, ...]
    commit: str | None


def purge_member(caller: Caller, request: PurgeRequest) -> Purged:
    """Take a member's share out of the vault for ever, and prove it by trying.

    Raises:
        ClearTextFoundError: a value stands in clear somewhere; nothing was destroyed.
        ApprovalMissingError: the caller is no administrator.
        FindingsError: after the shredding something still opens; no certificate is given.
    """
    archive = open_archive(caller.directory)
    require_reason(archive, request.reason, act="purge")
    purge = _Purge(caller, archive, request)
    purge.refuse_when_done()
    before = purge.look_for_clear_text() if purge.fence is None else None
    if request.dry_run:
        return purge.report(scan=before, commit=None)
    purge.raise_fence()
    purge.shred()
    purge.bury()
    purge.try_all_keys(before is not None)
    commit = purge.certify()
    return purge.report(scan=before, commit=commit)


class _Purge:
    """One purge on its way through its steps; the fence outlives the process."""

    def __init__(self, caller: Caller, archive: Archive, request: PurgeRequest) -> None:
        self._caller = caller
        self._archive = archive
        self._request = request
        self._record = _last_version(archive, request.member)
        self._keys = open_keys(archive, caller)
        self._person = executing_administrator(caller, read_access(archive))
        self._needles = Needles(())
        self._versions = 0
        self._trial: Trial | None = None
        self._second_scan = False
        self.fence = self._keys.fence(self._record.uid)

    def refuse_when_done(self) -> None:
        """Refuse a member whose purge has its certificate already."""
        if self.fence is not None and self.fence.reached("certified"):
            raise MemberPurgedError(
                f"{self._record.code} was purged",
                where=self._certificate_path,
                hint=f"memberarc log {self._record.code}",
            )

    def look_for_clear_text(self) -> Scan:
        """Open every version once more, then search the whole repository for what was in it."""
        versions = versions_of(self._archive.repository, self._record.uid)
        self._versions = len(versions.records)
        needles: list[Needle] = []
        for content in versions.records:
            version = read_record(content, path="version")
            schema = self._archive.schema(version.kind)
            opened = open_record(version, schema=schema, ring=self._keys.ring)
            needles += needles_of(opened.values, schema=schema)
        self._needles = Needles(needles)
        scan = scan_repository(self._archive.repository, self._needles)
        if scan.leaks:
            raise ClearTextFoundError(
                f"values of {self._record.code} stand in clear, where no lost key hides them",
                problems=[
                    Problem(
                        path=hit.place, rule="clear-text", message=f"holds {', '.join(hit.fields)}"
                    )
                    for hit in scan.leaks
                ],
                where=self._record.path,
                hint="the history must be rewritten first; nothing has been destroyed",
            )
        return scan

    def raise_fence(self) -> None:
        """Write the fence in every replica: from here on the uid is never provided again."""
        if self.fence is not None:
            return
        request = new_uid()
        tombstone = self._tombstone(request)
        approval = approve_act(
            self._caller,
            self._archive,
            act="purge",
            person=self._person,
            request=request,
            result={self._tombstone_path: write_tombstone(tombstone)},
            key_list=self._keys.key_list.number,
        )
        self.fence = self._keys.raise_fence(
            self._record.uid, request=request, approval=approval, now=self._caller.now
        )

    def shred(self) -> None:
        """Delete the share in every replica and read each again to see that it is gone."""
        if self._state.reached("shredded"):
            return
        self._keys.shred(self._record.uid)
        self.fence = self._keys.advance_fence(
            self._record.uid, state="shredded", now=self._caller.now
        )

    def bury(self) -> None:
        """Commit the tombstone in place of the record and its documents."""
        if self._state.reached("committed"):
            return
        uid, code = self._record.uid, self._record.code
        tombstone = write_tombstone(self._tombstone(self._state.request))

        def plan(current: Archive) -> Plan:
            gone = [self._record.path] if current.snapshot.blob_of(self._record.path) else []
            gone += [entry.path for entry in current.snapshot.entries(f"documents/{uid}/")]
            return Plan(
                changes=(
                    *(Change(path=path, content=None) for path in gone),
                    Change(path=self._tombstone_path, content=tombstone),
                ),
                act=self._act("purge", f"purge {code}"),
            )

        commit_act(self._archive, plan)
        self.fence = self._keys.advance_fence(uid, state="committed", now=self._caller.now)

    def try_all_keys(self, scan_again: bool) -> None:  # noqa: FBT001
        """Try every key at hand against every version, with the vault read afresh."""
        repository = self._archive.repository
        copies = [find_repository(path) for path in self._request.copies]
        self._trial = try_everything(
            [repository, *copies],
            self._record.uid,
            schema_of=self._archive.schema,
            ring=open_keys(self._archive, self._caller).ring,
            identities=load_identities(self._caller.user.identity),
        )
        leaks: tuple[Hit, ...] = ()
        if scan_again:
            scans = [scan_repository(one, self._needles) for one in (repository, *copies)]
            leaks = tuple(hit for scan in scans for hit in scan.leaks)
            self._second_scan = True
        if self._trial.opened or leaks:
            raise FindingsError(
                f"{self._record.code} can still be read, so no certificate is given",
                problems=[
                    Problem(path=hit.place, rule="clear-text", message=", ".join(hit.fields))
                    for hit in leaks
                ],
                where=f"{self._trial.opened} values opened",
                hint="memberarc vault status",
            )

    def certify(self) -> str | None:
        """Sign what was done and checked, and commit it beside the tombstone."""
        assert self._trial is not None
        content = write_certificate(self._certificate(self._trial))
        signature = sign(content, key=self._caller.user.signing_key, namespace=NAMESPACE)
        tombstone = self._tombstone(self._state.request, certificate=sha256(content).hexdigest())
        path = self._certificate_path

        def plan(_current: Archive) -> Plan:
            return Plan(
                changes=(
                    Change(path=path, content=content),
                    Change(path=f"{path}.sig", content=signature),
                    Change(path=self._tombstone_path, content=write_tombstone(tombstone)),
                ),
                act=self._act("certify", f"certify the purge of {self._record.code}"),
            )

        commit = commit_act(self._archive, plan)
        self.fence = self._keys.advance_fence(
            self._record.uid, state="certified", now=self._caller.now
        )
        return commit

    def report(self, *, scan: Scan | None, commit: str | None) -> Purged:
        """Say what came of it."""
        return Purged(
            code=self._record.code,
            uid=self._record.uid,
            certificate=self._certificate_path,
            versions=self._trial.versions if self._trial else self._versions,
            objects=scan.objects if scan else 0,
            trial=self._trial,
            second_scan=self._second_scan,
            replicas=self._keys.replicas,
            elsewhere=tuple(hit.place for hit in scan.hits if hit.organisation_file)
            if scan
            else (),
            commit=commit,
        )

    @property
    def _state(self) -> Fence:
        assert self.fence is not None
        return self.fence

    @property
    def _tombstone_path(self) -> str:
        return tombstone_path(self._record.code, opened=self._record.opened)

    @property
    def _certificate_path(self) -> str:
        return certificate_path(self._record.code, opened=self._record.opened)

    def _tombstone(self, request: str, *, certificate: str = "") -> Tombstone:
        return Tombstone(
            id=self._record.code,
            uid=self._record.uid,
            purged_on=self._caller.today(self._archive).isoformat(),
            request=request,
            policy=self._archive.policy_digest,
            certificate=certificate,
        )

    def _act(self, name: str, subject: str) -> Act:
        return Act(
            name=name,
            subject=subject,
            member=self._record.code,
            policy=self._archive.policy_digest,
            request=self._state.request,
            reason=self._request.reason,
        )

    def _certificate(self, trial: Trial) -> Certificate:
        fence = self._state
        times = {**fence.times, "certified": utc_text(self._caller.now)}
        return Certificate(
            archive=self._archive.manifest.archive,
            id=self._record.code,
            uid=self._record.uid,
            request=fence.request,
            asked_by=self._person,
            executed_by=self._person,
            approvals=tuple(
                Approval(person=one.person, role=one.role, text=one.text, signature=one.signature)
                for one in fence.approvals
            ),
            times=times,
            replicas=dict.fromkeys(self._keys.replicas, times["shredded"]),
            trial=trial,
            second_scan=self._second_scan,
            remains=self._remains(),
        )

    def _remains(self) -> dict[str, Node]:
        facts: dict[str, Node] = {"code": self._record.code, "uid": self._record.uid}
        for name in _REMAINING:
            if name in self._record.values:
                facts[name] = self._record.values[name]
        mark = f",{self._record.uid},".encode()
        days = [entry.path for entry in self._archive.snapshot.entries("ledger/")]
        rows = sum(content.count(mark) for _, content in self._archive.snapshot.read_many(days))
        return {**facts, "ledger_rows": rows}


def _last_version(archive: Archive, member: str) -> StoredRecord:
    """Read the record, or the last version of one whose purge was interrupted after its removal."""
    path = record_path(archive, member)
    if path is None:
        raise MemberNotFoundError(f"no member {member}", hint="memberarc list shows the codes")
    content = archive.snapshot.read(path)
    if content is None:
        for entry in walk_history(archive.repository, paths=(path,)):
            for changed in entry.paths:
                if changed.old_blob is not None:
                    content = next(read_objects(archive.repository, [changed.old_blob]))[1]
                    return read_record(content, path=path)
        raise MemberNotFoundError(f"{member} has no version in this clone", where=path)
    return read_record(content, path=path)
