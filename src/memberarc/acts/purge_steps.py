"""The steps of a purge: each can be repeated, and the vault's fence says how far one came."""

from __future__ import annotations

from dataclasses import replace
from hashlib import sha256
from typing import TYPE_CHECKING

from memberarc.acts.approving import executing_administrator, refuse_unmet_approval
from memberarc.acts.keys import open_keys
from memberarc.acts.opening import read_access
from memberarc.acts.purge_obstacles import refuse_doubts, refuse_what_would_stop
from memberarc.acts.purge_papers import (
    approval_in,
    approve_purge,
    approved_tombstone,
    certificate_of,
)
from memberarc.acts.purge_search import (
    open_versions,
    refuse_leaks,
    refuse_unreadable,
    refuse_unsearched,
)
from memberarc.acts.writing import commit_act
from memberarc.archive.identifiers import new_uid
from memberarc.archive.layout import certificate_path, tombstone_path
from memberarc.archive.message import Act
from memberarc.archive.transaction import Change, Plan
from memberarc.disposal.certificate import NAMESPACE, write_certificate
from memberarc.disposal.copies import with_copies
from memberarc.disposal.needles import Needles
from memberarc.disposal.scan import Scan, scan_all
from memberarc.disposal.tombstone import write_tombstone
from memberarc.disposal.trial import try_everything
from memberarc.errors import (
    FindingsError,
    MemberPurgedError,
    Problem,
)
from memberarc.members.shelves import find_last_version
from memberarc.people.ssh import sign
from memberarc.sealing.age import load_identities

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from memberarc.acts.opening import Caller
    from memberarc.archive.opened import Archive
    from memberarc.disposal.certificate import Approval, Trial
    from memberarc.sealing.fences import Fence


class Purge:
    """One purge on its way through its steps; the fence outlives the process."""

    def __init__(
        self, caller: Caller, archive: Archive, *, member: str, reason: str, copies: Iterable[Path]
    ) -> None:
        self._caller = caller
        self._archive = archive
        self._member = member
        self._reason = reason
        self.record = find_last_version(archive, member)
        self._repositories = with_copies(archive, [*copies])
        self.keys = open_keys(archive, caller)
        access = read_access(archive)
        self._person = executing_administrator(caller, access)
        refuse_unmet_approval(access, act="purge", person=self._person)
        self._needles = Needles(())
        self._unreadable: tuple[str, ...] = ()
        self.versions = 0
        self.scan: Scan | None = None
        self.trial: Trial | None = None
        self.second_scan = False
        self.fence = self.keys.fence(self.record.uid)

    def refuse_when_done(self) -> None:
        """Refuse a member whose purge has its certificate here and in every replica.

        A purge that was taken back in git is buried and certified again; the share stays gone.
        """
        certificate = self.certificate_path
        papers = {self._tombstone_path, certificate, f"{certificate}.sig"}
        stand = self._archive.snapshot.find([self.record.path, *papers])
        if self.keys.is_purged(self.record.uid) and stand.keys() == papers:
            raise MemberPurgedError(
                f"{self.record.code} was purged",
                where=certificate,
                hint=f"memberarc log {self.record.code}",
            )

    def refuse_obstacles(self) -> None:
        """Refuse, before anything is destroyed, doubts and what would stop the purge half-way."""
        refuse_doubts(
            self._archive, self.record, member=self._member, repositories=self._repositories
        )
        for fence in self.keys.fences(self.record.uid):
            approval_in(fence)
        # Reads every file of every replica, as the shredding will: damage is met now, not then.
        self.keys.shares_left(self.record.uid)
        if self.fence is None:
            folders = (vault.directory for vault in self.keys.vaults)
            refuse_what_would_stop(self._archive, self.record, folders=folders)

    def look_for_clear_text(self, *, accept_unreadable: bool) -> None:
        """Open every version once more, then search every repository for what was in it."""
        refuse_unsearched(self._repositories, self.record)
        opened = open_versions(
            self._repositories,
            self.record,
            schema_of=self._archive.schema,
            ring=self.keys.ring,
        )
        if not accept_unreadable:
            refuse_unreadable(opened, self.record)
        self.versions, self._unreadable = opened.versions, opened.unreadable
        self._needles = opened.needles
        scan = scan_all(self._repositories, self._needles)
        refuse_leaks(scan, self.record)
        self.scan = scan

    def raise_fence(self) -> None:
        """Write the fence in every replica: from here on the uid is never provided again.

        The approval must be in force when the share is destroyed. Where a purge goes on too late
        for that, whoever runs it signs anew; once the share is gone, only papers are left to do.
        """
        if self.fence is None:
            request = new_uid()
            self.fence = self.keys.raise_fence(
                self.record.uid,
                request=request,
                approval=self._approve(request),
                now=self._caller.now,
            )
            return
        self.keys.spread_fence(self.fence)
        in_force = self._caller.now <= approval_in(self.fence).not_after
        if not in_force and not self.fence.reached("shredded"):
            self.fence = self.keys.approve_again(
                self.record.uid, approval=self._approve(self.fence.request), now=self._caller.now
            )

    def _approve(self, request: str) -> Approval:
        return approve_purge(
            self._caller,
            self._archive,
            record=self.record,
            person=self._person,
            request=request,
            key_list=self.keys.key_list.number,
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
        trial = try_everything(
            self._repositories,
            self.record,
            schema_of=self._archive.schema,
            ring=keys.ring,
            shares=keys.shares_left(self.record.uid),
            identities=load_identities(self._caller.user.identity),
        )
        unreadable = {*trial.unreadable, *self._unreadable}
        self.trial = replace(trial, unreadable=tuple(sorted(unreadable)))
        self.second_scan = self.scan is not None
        leaks = scan_all(self._repositories, self._needles).leaks if self.second_scan else ()
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
            reason=self._reason,
        )
