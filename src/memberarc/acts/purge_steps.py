"""The steps of a purge: each can be repeated, and the vault's fence says how far one came."""

from __future__ import annotations

from dataclasses import replace
from hashlib import sha256
from typing import TYPE_CHECKING

from memberarc.acts.approving import approve_act, executing_administrator
from memberarc.acts.keys import open_keys
from memberarc.acts.opening import read_access
from memberarc.acts.purge_papers import approved_tombstone, certificate_of, tombstone_of
from memberarc.acts.writing import commit_act
from memberarc.archive.git import find_repository
from memberarc.archive.head import read_head, refuse_unfinished
from memberarc.archive.identifiers import new_uid
from memberarc.archive.layout import certificate_path, tombstone_path
from memberarc.archive.message import Act
from memberarc.archive.transaction import Change, Plan
from memberarc.archive.uncommitted import changed_paths
from memberarc.disposal.certificate import NAMESPACE, write_certificate
from memberarc.disposal.needles import Needles, needles_of
from memberarc.disposal.scan import Scan, scan_repository, versions_of
from memberarc.disposal.tombstone import write_tombstone
from memberarc.disposal.trial import try_everything
from memberarc.errors import (
    ClearTextFoundError,
    FindingsError,
    MemberPurgedError,
    Problem,
    UnfinishedOperationError,
    WorkTreeConflictError,
)
from memberarc.members.sealed_record import open_record
from memberarc.members.shelves import find_last_version, read_record
from memberarc.people.ssh import sign
from memberarc.sealing.age import load_identities

if TYPE_CHECKING:
    from memberarc.acts.opening import Caller
    from memberarc.acts.purge_member import PurgeRequest
    from memberarc.archive.opened import Archive
    from memberarc.disposal.certificate import Trial
    from memberarc.disposal.needles import Needle
    from memberarc.sealing.fences import Fence


class Purge:
    """One purge on its way through its steps; the fence outlives the process."""

    def __init__(self, caller: Caller, archive: Archive, request: PurgeRequest) -> None:
        self._caller = caller
        self._archive = archive
        self._request = request
        self.record = find_last_version(archive, request.member)
        self._repositories = (
            archive.repository,
            *(find_repository(path) for path in request.copies),
        )
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
        if self.keys.is_purged(self.record.uid):
            raise MemberPurgedError(
                f"{self.record.code} was purged",
                where=self.certificate_path,
                hint=f"memberarc log {self.record.code}",
            )

    def refuse_obstacles(self) -> None:
        """Refuse, before anything is destroyed, what would stop the purge half-way."""
        repository = self._archive.repository
        if read_head(repository).branch is None:
            raise UnfinishedOperationError("HEAD is detached", hint="git switch main")
        if repository.work_tree is None:
            return
        refuse_unfinished(repository)
        own = (
            self.record.path,
            f"documents/{self.record.uid}/",
            self._tombstone_path.removesuffix("yaml"),
        )
        edited = [path for path in changed_paths(repository) if path.startswith(own)]
        if edited:
            raise WorkTreeConflictError(
                f"files of {self.record.code} were edited and not committed",
                where=edited[0],
                hint="commit them, or take the edits back: git status",
            )

    def look_for_clear_text(self) -> None:
        """Open every version once more, then search every repository for what was in it."""
        versions = {
            content: None
            for repository in self._repositories
            for content in versions_of(repository, self.record.uid).records
        }
        self.versions = len(versions)
        needles: list[Needle] = []
        for content in versions:
            version = read_record(content, path="version")
            schema = self._archive.schema(version.kind)
            opened = open_record(version, schema=schema, ring=self.keys.ring)
            needles += needles_of(opened.values, schema=schema)
        self._needles = Needles(needles)
        scan = self._scan()
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
                hint="the history must be rewritten first; nothing has been destroyed"
                if any(hit.in_history for hit in scan.leaks)
                else "remove these; git reflog expire --expire=now --all && git gc --prune=now",
            )
        self.scan = scan

    def raise_fence(self) -> None:
        """Write the fence in every replica: from here on the uid is never provided again."""
        if self.fence is not None:
            self.keys.spread_fence(self.fence)
            return
        request = new_uid()
        tombstone = tombstone_of(
            self.record,
            request=request,
            day=self._caller.today(self._archive).isoformat(),
            policy=self._archive.policy_digest,
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
        """Delete the share in every replica and read each again to see that it is gone.

        Done again when a purge goes on: somebody may have put a backup of the vault in its place.
        """
        self.keys.shred(self.record.uid)
        self.fence = self.keys.advance_fence(
            self.record.uid, state="shredded", now=self._caller.now
        )

    def bury(self) -> None:
        """Commit the tombstone in place of the record and its documents.

        What this clone holds decides, not the fence: another clone may have gone on with the purge.
        """
        uid, code = self.record.uid, self.record.code
        tombstone = write_tombstone(
            approved_tombstone(self._archive, self.record, fence=self._state)
        )

        def plan(current: Archive) -> Plan | None:
            gone = [self.record.path] if current.snapshot.blob_of(self.record.path) else []
            gone += [entry.path for entry in current.snapshot.entries(f"documents/{uid}/")]
            if not gone and current.snapshot.blob_of(self._tombstone_path):
                return None
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
        keys = open_keys(self._archive, self._caller)
        self.trial = try_everything(
            self._repositories,
            self.record.uid,
            schema_of=self._archive.schema,
            ring=keys.ring,
            shares=keys.shares_left(self.record.uid),
            identities=load_identities(self._caller.user.identity),
        )
        self.second_scan = self.scan is not None
        leaks = self._scan().leaks if self.second_scan else ()
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
        certificate = certificate_of(
            self._archive,
            self.record,
            fence=self._state,
            person=self._person,
            replicas=self.keys.replicas,
            trial=self.trial,
            now=self._caller.now,
        )
        content = write_certificate(
            replace(
                certificate,
                second_scan=self.second_scan,
                found_in_organisation_files=self.found_in_organisation_files,
            )
        )
        signature = sign(content, key=self._caller.user.signing_key, namespace=NAMESPACE)
        tombstone = replace(
            approved_tombstone(self._archive, self.record, fence=self._state),
            certificate=sha256(content).hexdigest(),
        )
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

    def _scan(self) -> Scan:
        scans = [scan_repository(one, self._needles) for one in self._repositories]
        return Scan(
            objects=sum(scan.objects for scan in scans),
            hits=tuple(hit for scan in scans for hit in scan.hits),
        )

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

    def _act(self, name: str, subject: str) -> Act:
        return Act(
            name=name,
            subject=subject,
            member=self.record.code,
            policy=self._archive.policy_digest,
            request=self._state.request,
            reason=self._request.reason,
        )
