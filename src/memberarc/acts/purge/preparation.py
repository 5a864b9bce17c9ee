"""What a purge makes sure of and asks for before it destroys anything."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from memberarc.acts.key.keys_at_hand import open_keys
from memberarc.acts.purge.approving import executing_administrator
from memberarc.acts.purge.namesakes import (
    folders_of_records,
    paths_naming,
    refuse_mistaken,
    refuse_namesakes,
)
from memberarc.acts.purge.obstacles import (
    refuse_half_removed,
    refuse_incomplete,
    refuse_what_would_stop,
)
from memberarc.acts.purge.papers import Subject, ledger_rows, who
from memberarc.acts.purge.requests import Approvals, require_sound
from memberarc.acts.purge.search import (
    needles_of_all,
    open_all_versions,
    refuse_leaks,
    refuse_searches,
    refuse_unreadable,
    refuse_unsearched,
)
from memberarc.archive.snapshot import open_snapshot
from memberarc.disposal.holds import read_holds, refuse_held
from memberarc.disposal.looking import look_at
from memberarc.disposal.needles import Needles
from memberarc.disposal.own_codes import OWN_CODES, BesidesOwnCodes
from memberarc.disposal.saved_searches import BesidesSavedSearches
from memberarc.disposal.scan import Hit, Scan, scan_all
from memberarc.errors import (
    ApprovalMissingError,
    MemberarcError,
    MemberPurgedError,
    PurgePendingError,
    UsageError,
)
from memberarc.members.sealed_record import visible_record
from memberarc.members.shelves import find_last_version
from memberarc.sealing.age.crypt import load_identities

if TYPE_CHECKING:
    from collections.abc import Sequence

    from memberarc.acts.opening import Caller
    from memberarc.archive.git import Repository
    from memberarc.archive.opened import Archive
    from memberarc.members.record import StoredRecord
    from memberarc.sealing.age.crypt import Identities


_TELLING: Final = ("name", "joined")
_SEARCHES: Final = 2
"""So many run at once: a search reads all records, and the slowest machines have two cores."""


class Preparation:
    """What comes before the fences of one or several members: doubts, a look, approvals."""

    def __init__(
        self,
        caller: Caller,
        archive: Archive,
        *,
        members: Sequence[str],
        repositories: Sequence[Repository],
        scan: str,
    ) -> None:
        self.caller = caller
        self.archive = archive
        self.repositories = repositories
        self.look = look_at(repositories, wanted=scan)
        self.keys = open_keys(archive, caller)
        self._approvals = Approvals.of(caller, archive, key_list=self.keys.key_list.number)
        self.person = executing_administrator(caller, self._approvals.access)
        self._named = {one.upper(): find_last_version(archive, one) for one in members}
        self.subjects = tuple(
            Subject(record=record, standing=self.keys.replicas.fence_of(record.uid))
            for record in self._named.values()
        )
        for one in self.subjects:
            if one.standing is not None and one.standing.state == "cancelled":
                one.standing = None
        # Searches of the whole commit that git does while the rest goes on.
        records, workers = [*self._named.values()], ThreadPoolExecutor(max_workers=_SEARCHES)
        folders = [] if self.look.name == "full" else folders_of_records(archive)
        self._naming = [
            workers.submit(paths_naming, archive, records, folders=folders[part::_SEARCHES])
            for part in range(_SEARCHES)
        ]
        self.rows = workers.submit(ledger_rows, archive, records)
        workers.shutdown(wait=False)
        self.identities: Identities | None = None
        self.needles = Needles(())
        self.scan: Scan | None = None
        self.second_scan = False

    def leave_out_those_that_wait(self, *, dry_run: bool) -> None:
        """Leave aside what lacks approvals or cools off, so that it keeps nobody else back."""
        ready = []
        for one in self.subjects:
            settled = self._approvals.settled(one.record, one.fence)
            if settled != one.fence:  # it begins to cool off, though nobody names it
                one.standing = settled if dry_run else self.keys.replicas.put_fence(settled)
            try:
                self._approvals.require(one.record, one.fence)
            except (ApprovalMissingError, PurgePendingError):
                continue
            ready.append(one)
        self.subjects = tuple(ready)
        self._named = {one.record.code: one.record for one in ready}

    def refuse_when_done(self) -> None:
        """Refuse a member whose purge has its certificate here and in every replica.

        A purge that was taken back in git is buried and certified again; the share stays gone.
        """
        for one in self.subjects:
            papers = {one.tombstone_path, one.certificate_path, f"{one.certificate_path}.sig"}
            stand = self.archive.snapshot.find([one.record.path, *papers])
            fences = [vault.fence_of(one.record.uid) for vault in self.keys.replicas]
            if stand.keys() == papers and all(f and f.state == "certified" for f in fences):
                raise MemberPurgedError(
                    f"{one.record.code} was purged",
                    where=one.certificate_path,
                    hint=f"memberarc log {one.record.code}",
                )

    def refuse_obstacles(self) -> None:
        """Refuse, before anything is destroyed, doubts and what would stop the purge half-way.

        Identities are asked for now, though only the trial of all keys wants them.
        """
        self.refuse_held()
        thorough = self.look.name == "full"
        refuse_half_removed(self.keys.replicas)
        refuse_incomplete(self.repositories, thorough=thorough)
        refuse_mistaken(self.archive, self._named, thorough=thorough)
        for one in self.subjects:
            for vault in self.keys.replicas:
                if fence := vault.fence_of(one.record.uid):
                    require_sound(fence)
            # Reads the files of every replica, as the shredding will: damage is met now, not then.
            self.keys.replicas.shares_left(one.record.uid)
        if records := [one.record for one in self.opening]:
            refuse_what_would_stop(self.archive, records, replicas=self.keys.replicas)
        self.identities = load_identities(self.caller.user.identity, asker=self.caller.asker)

    def described(self) -> tuple[str, ...]:
        """Say of each member whose code it is, as far as the keys at hand open that."""
        return tuple(self._described(one.record) for one in self.subjects)

    def _described(self, record: StoredRecord) -> str:
        told = [record.code]
        with suppress(MemberarcError):  # what is wrong with the record is told by who looks at all
            opened = visible_record(
                record, schema=self.archive.schema(record.kind), ring=self.keys.ring
            )
            values = (opened.values.get(name) for name in _TELLING if (name,) not in opened.closed)
            told += [value for value in values if isinstance(value, str)]
        return ", ".join(told)

    def refuse_namesakes(self) -> None:
        """Refuse members whose uid another record of this commit has, as soon as git knows."""
        paths = [path for search in self._naming for path in search.result()]
        refuse_namesakes(self.archive, self._named.values(), paths=paths)

    def look_for_clear_text(self, *, accept_unreadable: bool) -> None:
        """Open every version once more, then search every repository for what was in it."""
        subjects = self.opening
        if not subjects:
            return
        records = [one.record for one in subjects]
        opened = open_all_versions(
            self.repositories,
            records,
            schema_of=self.archive.schema,
            ring=self.keys.ring,
            look=self.look,
        )
        refuse_unsearched(self.repositories, look=self.look, who=who(subjects))
        for one in subjects:
            found = opened[one.record.uid]
            if not accept_unreadable:
                refuse_unreadable(found, one.record)
            one.versions, one.unreadable = found.versions, found.unreadable
        self.needles = needles_of_all(opened, records)
        scan, searches = self.scanned()
        unopened = refuse_searches(searches, who=who(subjects), accept_unreadable=accept_unreadable)
        for one in subjects:
            one.unreadable += unopened
        refuse_leaks(scan, who=who(subjects), where=subjects[0].record.path)
        self.scan = scan

    def request(self, *, reason: str) -> None:
        """Ask for each purge, sign it as far as the caller's word counts, and note both."""
        for one in self.subjects:
            if one.standing is None:
                one.standing = self._approvals.request(
                    one.record, person=self.person, reason=reason
                )
            elif reason != one.fence.reason:
                raise UsageError(
                    f"the purge of {one.record.code} was asked for with reason {one.fence.reason}",
                    hint=f"memberarc purge resume {one.record.code}, or cancel it first",
                )
            one.standing = self._approvals.signed(one.record, one.fence, view="full")

    def require_approvals(self) -> None:
        """Go on only with what enough people approve and what has cooled off.

        Raises:
            ApprovalMissingError, PurgePendingError: it waits; the request is noted in the vault.
        """
        try:
            for one in self.subjects:
                one.standing = self._approvals.settled(one.record, one.fence)
            for one in self.subjects:
                self._approvals.require(one.record, one.fence)
        finally:
            # A purge that need not wait is first noted with its fence.
            if any(not one.is_closed and self._waits(one) for one in self.subjects):
                self.put_fences()

    @property
    def opening(self) -> list[Subject]:
        """The members whose shares still open."""
        return [one for one in self.subjects if not one.is_closed]

    def refuse_held(self) -> None:
        """Refuse members that are held, by the newest commit; behind its fence none can be."""
        newest = open_snapshot(self.archive.repository)
        members = {one.record.uid: one.record.code for one in self.opening}
        refuse_held(read_holds(newest.read), members)

    def scanned(self) -> tuple[Scan, BesidesSavedSearches]:
        """Search everything that is looked at for what the members' versions held."""
        finder = BesidesOwnCodes(self.needles.needles)
        records = [one.record for one in self.subjects]
        searches = BesidesSavedSearches(
            finder,
            needles=self.needles.needles,
            codes=[word for record in records for word in (record.code, record.uid)],
            ring=self.keys.ring,
        )
        look = self.look
        scan = scan_all(self.repositories, searches, objects=look.objects, files=look.files)
        if not finder.in_codes:
            return scan, searches
        told = Hit(place=OWN_CODES, fields=tuple(sorted(finder.in_codes)), organisation_file=True)
        return replace(scan, hits=(*scan.hits, told)), searches

    def _waits(self, one: Subject) -> bool:
        return bool(one.fence.not_before or self._approvals.missing(one.record, one.fence))

    def put_fences(self) -> None:
        """Write the fences as they stand here into every replica."""
        for one in self.subjects:
            one.standing = self.keys.replicas.put_fence(one.fence)
