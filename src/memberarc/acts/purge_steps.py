"""The steps of a purge: each can be repeated, and the vault's fence says how far one came."""

from __future__ import annotations

from dataclasses import replace
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
from memberarc.archive.snapshot import read_objects
from memberarc.archive.transaction import Change, Plan
from memberarc.archive.uncommitted import changed_paths
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
    WorkTreeConflictError,
)
from memberarc.members.sealed_record import open_record
from memberarc.members.shelves import read_record, record_path
from memberarc.people.ssh import sign
from memberarc.sealing.age import load_identities
from memberarc.sealing.fences import utc_text

if TYPE_CHECKING:
    from memberarc.acts.opening import Caller
    from memberarc.acts.purge_member import PurgeRequest
    from memberarc.archive.opened import Archive
    from memberarc.disposal.certificate import Trial
    from memberarc.disposal.needles import Needle
    from memberarc.disposal.scan import Hit, Scan
    from memberarc.formats.canonical_yaml import Node
    from memberarc.members.record import StoredRecord
    from memberarc.sealing.fences import Fence

_REMAINING: Final = ("kind", "opened", "status", "branch", "categories")


class Purge:
    """One purge on its way through its steps; the fence outlives the process."""

    def __init__(self, caller: Caller, archive: Archive, request: PurgeRequest) -> None:
        self._caller = caller
        self._archive = archive
        self._request = request
        self.record = _last_version(archive, request.member)
        self.keys = open_keys(archive, caller)
        self._person = executing_administrator(caller, read_access(archive))
        self._needles = Needles(())
        self.versions = 0
        self.scan: Scan | None = None
        self.trial: Trial | None = None
        self.second_scan = False
        self.fence = self.keys.fence(self.record.uid)

    def refuse_when_done(self) -> None:
        """Refuse a member whose purge has its certificate already."""
        if self.fence is not None and self.fence.reached("certified"):
            raise MemberPurgedError(
                f"{self.record.code} was purged",
                where=self.certificate_path,
                hint=f"memberarc log {self.record.code}",
            )

    def refuse_edited_files(self) -> None:
        """Refuse, before anything is destroyed, edits that would stop the purge half-way."""
        if self._archive.repository.work_tree is None:
            return
        own = (self.record.path, f"documents/{self.record.uid}/")
        edited = [path for path in changed_paths(self._archive.repository) if path.startswith(own)]
        if edited:
            raise WorkTreeConflictError(
                f"files of {self.record.code} were edited and not committed",
                where=edited[0],
                hint=f"git checkout -- {edited[0]}",
            )

    def look_for_clear_text(self) -> None:
        """Open every version once more, then search the whole repository for what was in it."""
        versions = versions_of(self._archive.repository, self.record.uid)
        self.versions = len(versions.records)
        needles: list[Needle] = []
        for content in versions.records:
            version = read_record(content, path="version")
            schema = self._archive.schema(version.kind)
            opened = open_record(version, schema=schema, ring=self.keys.ring)
            needles += needles_of(opened.values, schema=schema)
        self._needles = Needles(needles)
        scan = scan_repository(self._archive.repository, self._needles)
        if scan.leaks:
            raise ClearTextFoundError(
                f"values of {self.record.code} stand in clear, where no lost key hides them",
                problems=[
                    Problem(
                        path=hit.place, rule="clear-text", message=f"holds {', '.join(hit.fields)}"
                    )
                    for hit in scan.leaks
                ],
                where=self.record.path,
                hint="the history must be rewritten first; nothing has been destroyed",
            )
        self.scan = scan

    def raise_fence(self) -> None:
        """Write the fence in every replica: from here on the uid is never provided again."""
        if self.fence is not None:
            return
        request = new_uid()
        tombstone = self._tombstone(
            request, day=utc_text(self._caller.now)[:10], policy=self._archive.policy_digest
        )
        approval = approve_act(
            self._caller,
            self._archive,
            act="purge",
            person=self._person,
            request=request,
            result={self._tombstone_path: write_tombstone(tombstone)},
            key_list=self.keys.key_list.number,
        )
        self.fence = self.keys.raise_fence(
            self.record.uid, request=request, approval=approval, now=self._caller.now
        )

    def shred(self) -> None:
        """Delete the share in every replica and read each again to see that it is gone."""
        if self._state.reached("shredded"):
            return
        self.keys.shred(self.record.uid)
        self.fence = self.keys.advance_fence(
            self.record.uid, state="shredded", now=self._caller.now
        )

    def bury(self) -> None:
        """Commit the tombstone in place of the record and its documents."""
        if self._state.reached("committed"):
            return
        uid, code = self.record.uid, self.record.code
        tombstone = write_tombstone(self._approved_tombstone())

        def plan(current: Archive) -> Plan:
            gone = [self.record.path] if current.snapshot.blob_of(self.record.path) else []
            gone += [entry.path for entry in current.snapshot.entries(f"documents/{uid}/")]
            return Plan(
                changes=(
                    *(Change(path=path, content=None) for path in gone),
                    Change(path=self._tombstone_path, content=tombstone),
                ),
                act=self._act("purge", f"purge {code}"),
            )

        commit_act(self._archive, plan)
        self.fence = self.keys.advance_fence(uid, state="committed", now=self._caller.now)

    def try_all_keys(self) -> None:
        """Try every key at hand against every version, with the vault read afresh."""
        repository = self._archive.repository
        copies = [find_repository(path) for path in self._request.copies]
        self.trial = try_everything(
            [repository, *copies],
            self.record.uid,
            schema_of=self._archive.schema,
            ring=open_keys(self._archive, self._caller).ring,
            identities=load_identities(self._caller.user.identity),
        )
        leaks: tuple[Hit, ...] = ()
        if self.scan is not None:
            scans = [scan_repository(one, self._needles) for one in (repository, *copies)]
            leaks = tuple(hit for scan in scans for hit in scan.leaks)
            self.second_scan = True
        if self.trial.opened or leaks:
            raise FindingsError(
                f"{self.record.code} can still be read, so no certificate is given",
                problems=[
                    Problem(path=hit.place, rule="clear-text", message=", ".join(hit.fields))
                    for hit in leaks
                ],
                where=f"{self.trial.opened} values opened",
                hint="memberarc vault status",
            )

    def certify(self) -> str | None:
        """Sign what was done and checked, and commit it beside the tombstone."""
        assert self.trial is not None
        content = write_certificate(self._certificate(self.trial))
        signature = sign(content, key=self._caller.user.signing_key, namespace=NAMESPACE)
        tombstone = replace(self._approved_tombstone(), certificate=sha256(content).hexdigest())
        path = self.certificate_path

        def plan(_current: Archive) -> Plan:
            return Plan(
                changes=(
                    Change(path=path, content=content),
                    Change(path=f"{path}.sig", content=signature),
                    Change(path=self._tombstone_path, content=write_tombstone(tombstone)),
                ),
                act=self._act("certify", f"certify the purge of {self.record.code}"),
            )

        commit = commit_act(self._archive, plan)
        self.fence = self.keys.advance_fence(
            self.record.uid, state="certified", now=self._caller.now
        )
        return commit

    @property
    def _state(self) -> Fence:
        assert self.fence is not None
        return self.fence

    @property
    def _tombstone_path(self) -> str:
        return tombstone_path(self.record.code, opened=self.record.opened)

    @property
    def found_in_organisation_files(self) -> tuple[str, ...]:
        """Places in the organisation's own files that hold a value of the member's, too."""
        hits = self.scan.hits if self.scan else ()
        return tuple(hit.place for hit in hits if hit.organisation_file)

    @property
    def certificate_path(self) -> str:
        return certificate_path(self.record.code, opened=self.record.opened)

    def _tombstone(self, request: str, *, day: str, policy: str) -> Tombstone:
        return Tombstone(
            id=self.record.code,
            uid=self.record.uid,
            purged_on=day,
            request=request,
            policy=policy,
        )

    def _approved_tombstone(self) -> Tombstone:
        """Make again the very tombstone that was approved, on whatever day the purge goes on."""
        fence = self._state
        lines = dict(line.split(" ", 1) for line in fence.approvals[0].text.splitlines())
        return self._tombstone(
            fence.request,
            day=fence.times["approved"][:10],
            policy=lines["policy"].removeprefix("sha256:"),
        )

    def _act(self, name: str, subject: str) -> Act:
        return Act(
            name=name,
            subject=subject,
            member=self.record.code,
            policy=self._archive.policy_digest,
            request=self._state.request,
            reason=self._request.reason,
        )

    def _certificate(self, trial: Trial) -> Certificate:
        fence = self._state
        times = {**fence.times, "certified": utc_text(self._caller.now)}
        return Certificate(
            archive=self._archive.manifest.archive,
            id=self.record.code,
            uid=self.record.uid,
            request=fence.request,
            asked_by=self._person,
            executed_by=self._person,
            approvals=tuple(
                Approval(person=one.person, role=one.role, text=one.text, signature=one.signature)
                for one in fence.approvals
            ),
            times=times,
            replicas=dict.fromkeys(self.keys.replicas, times["shredded"]),
            trial=trial,
            second_scan=self.second_scan,
            remains=self._remains(),
            found_in_organisation_files=self.found_in_organisation_files,
        )

    def _remains(self) -> dict[str, Node]:
        facts: dict[str, Node] = {"code": self.record.code, "uid": self.record.uid}
        for name in _REMAINING:
            if name in self.record.values:
                facts[name] = self.record.values[name]
        mark = f",{self.record.uid},".encode()
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
