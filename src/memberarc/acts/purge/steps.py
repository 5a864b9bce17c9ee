"""The steps of a purge: each can be repeated, and the vault's fences say how far one came."""

from __future__ import annotations

from dataclasses import replace
from shlex import quote
from typing import TYPE_CHECKING

from memberarc.acts.document.document_files import open_store
from memberarc.acts.index.renewal import index_renewed
from memberarc.acts.key.keys_at_hand import open_keys
from memberarc.acts.purge.papers import (
    Circumstances,
    burial,
    certification,
    purge_act,
    who,
)
from memberarc.acts.purge.preparation import Preparation
from memberarc.acts.purge.search import refuse_searches, refuse_what_opens
from memberarc.acts.vault.returning_members import suppress_member
from memberarc.acts.writing import commit_act
from memberarc.archive.transaction import Plan
from memberarc.disposal.trial import try_everything
from memberarc.errors import PurgePendingError
from memberarc.members.sealed_record import visible_record

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from memberarc.acts.purge.papers import Subject
    from memberarc.archive.opened import Archive
    from memberarc.disposal.scan import Hit
    from memberarc.sealing.vault.replicas import AbsentReplica


class Purge(Preparation):
    """Purges of one or several members on their way through their steps together.

    ``left_in_store`` names what a store keeps under a member's uid: it is no document, or could not
    be deleted.
    """

    left_in_store: tuple[Path, ...] = ()

    def raise_fences(self) -> None:
        """Write the fences in every replica: from here on the uids are never provided again."""
        self.refuse_held()
        today = self.caller.today(self.archive)
        for one in self.opening:
            schema = self.archive.schema(one.record.kind)
            values = visible_record(one.record, schema=schema, ring=self.keys.ring).values
            suppress_member(self.archive, self.keys.replicas, values=values, today=today)
        self._advance("fenced")

    def shred(self) -> None:
        """Delete the shares in every replica and read each again to see that they are gone.

        Done again when a purge goes on: somebody may have put a backup of the vault in its place.

        Raises:
            PurgePendingError: a replica is away, and there the share still opens.
        """
        replicas = self.keys.replicas
        uids = [one.record.uid for one in self.subjects]
        with index_renewed(self.archive, self.caller, keys=self.keys, without=uids):
            for one in self.subjects:
                confirmed = replicas.shred(one.record.uid)
                times = {name: time for name, time in confirmed.items() if time is not None}
                one.standing = one.fence.confirmed(times)
        pending = [one for one in self.subjects if self._unconfirmed(one)]
        if pending:
            self.put_fences()
            away = dict.fromkeys(away for one in pending for away in self._unconfirmed(one))
            places = ", ".join(f"{one.place} ({one.reason})" for one in away)
            lost = "; ".join(f"memberarc vault retire {quote(self._label(one))}" for one in away)
            raise PurgePendingError(
                f"{who(pending)}: not purged yet, the share STILL OPENS in a replica of the vault"
                f" that is away: {places}; no certificate is given",
                hint="bring the replica back, then: memberarc purge resume;"
                f" if it is lost for good: {lost}",
            )
        self._advance("shredded")

    def bury(self) -> None:
        """Commit the tombstones in place of records and documents, and empty the store of these.

        What this clone holds decides, not the fence: another clone may have gone on with the purge.
        """

        def plan(current: Archive) -> Plan | None:
            changes = tuple(
                change
                for one in self.subjects
                for change in burial(self.archive, one, current=current)
            )
            act = purge_act(self.archive, self.subjects, name="purge", verb="purge")
            return Plan(changes=changes, act=act) if changes else None

        commit_act(self.archive, plan)
        store = open_store(self.archive, self.caller)
        if store is not None:
            for one in self.subjects:
                _, left = store.remove(one.record.uid)
                self.left_in_store += left
        self._advance("committed")

    def try_all_keys(self) -> None:
        """Try every key at hand against every version, with the vault read afresh."""
        assert self.identities is not None
        keys = open_keys(self.archive, self.caller)
        trials = try_everything(
            self.repositories,
            [one.record for one in self.subjects],
            schema_of=self.archive.schema,
            ring=keys.ring,
            shares={
                one.record.uid: keys.replicas.shares_left(one.record.uid) for one in self.subjects
            },
            identities=self.identities,
            look=self.look,
        )
        for one in self.subjects:
            trial = trials[one.record.uid]
            unreadable = tuple(sorted({*trial.unreadable, *one.unreadable}))
            one.trial = replace(trial, unreadable=unreadable)
        self.second_scan = self.scan is not None
        leaks: Sequence[Hit] = ()
        if self.second_scan:
            scan, searches = self.scanned()
            refuse_searches(searches, who=who(self.subjects), accept_unreadable=True)
            leaks = scan.leaks
        opened = sum(trial.opened for trial in trials.values())
        refuse_what_opens(opened, leaks, who=who(self.subjects))

    def certify(self) -> str | None:
        """Sign what was done and checked, and commit it beside the tombstones."""
        common = Circumstances(
            person=self.person,
            look=self.look,
            second_scan=self.second_scan,
            organisation_files=self.found_in_organisation_files,
            replicas=self.keys.replicas,
            rows=self.rows.result(),
        )
        changes = tuple(certification(self.caller, self.archive, self.subjects, common=common))
        act = purge_act(self.archive, self.subjects, name="certify", verb="certify the purge of")
        commit = commit_act(self.archive, lambda _: Plan(changes=changes, act=act))
        self._advance("certified")
        return commit

    @property
    def found_in_organisation_files(self) -> tuple[str, ...]:
        """Places in the organisation's own files that hold a value of the members', too."""
        hits = self.scan.hits if self.scan else ()
        return tuple(hit.place for hit in hits if hit.organisation_file)

    def _unconfirmed(self, one: Subject) -> list[AbsentReplica]:
        """Name the replicas where a share still opens because nobody could destroy it there."""
        return [
            away
            for away in self.keys.replicas.absent
            if away.replica not in one.fence.confirmations
        ]

    def _label(self, away: AbsentReplica) -> str:
        """Return the word for a replica that people know and ``vault retire`` takes."""
        entry = self.keys.replicas.known.get(away.replica)
        return (entry and entry.label) or away.place

    def _advance(self, state: str) -> None:
        """Note in every replica how far the purges have come."""
        for one in self.subjects:
            one.standing = one.fence.advanced(state, now=self.caller.now)
        self.put_fences()
