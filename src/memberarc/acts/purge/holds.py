"""Place, release and list the holds that keep members' records from being purged."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from memberarc.acts.writing import commit_act
from memberarc.archive.identifiers import new_item_id
from memberarc.archive.layout import HOLDS_POLICY
from memberarc.archive.message import Act
from memberarc.archive.opened import open_archive
from memberarc.archive.transaction import Change, Plan
from memberarc.disposal.holds import Hold, read_holds, write_holds
from memberarc.errors import ConflictError, NotFoundError
from memberarc.members.reasons import require_reason
from memberarc.members.shelves import find_record, read_records

if TYPE_CHECKING:
    from collections.abc import Callable

    from memberarc.acts.opening import Caller
    from memberarc.archive.opened import Archive
    from memberarc.members.record import StoredRecord


@dataclass(frozen=True, slots=True, kw_only=True)
class HoldChange:
    """One hold that was placed or released, and the commit that says so."""

    code: str
    hold: Hold
    commit: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedHold:
    """One hold, and the code of the member; empty when no record has that uid any more."""

    code: str
    hold: Hold


def place_hold(caller: Caller, member: str, *, reason: str, dry_run: bool = False) -> HoldChange:
    """Hold a member's record; several cases may each hold it."""
    archive = open_archive(caller.directory)
    require_reason(archive, reason, act="hold")
    record = find_record(archive, member)
    hold = Hold(id=new_item_id(), member=record.uid, since=caller.today(archive), reason=reason)
    commit = _commit(
        archive,
        record,
        act="hold",
        reason=reason,
        change=lambda holds: (*holds, hold),
        dry_run=dry_run,
    )
    return HoldChange(code=record.code, hold=hold, commit=commit)


def release_hold(
    caller: Caller, member: str, *, reason: str, hold: str = "", dry_run: bool = False
) -> HoldChange:
    """Release the hold of a member, or one of several by its id.

    Raises:
        NotFoundError: the member is not held, or not by that hold.
        ConflictError: several hold it and none is named.
    """
    archive = open_archive(caller.directory)
    require_reason(archive, reason, act="release")
    record = find_record(archive, member)
    own = [one for one in read_holds(archive.snapshot.read) if one.member == record.uid]
    chosen = [one for one in own if hold in ("", one.id)]
    if not chosen:
        raise NotFoundError(
            f"{record.code} is not held" + (f" by {hold}" if hold else ""),
            hint="memberarc hold list",
        )
    if len(chosen) > 1:
        raise ConflictError(
            f"{record.code} is held {len(chosen)} times",
            hint=f"name one by --hold: {', '.join(one.id for one in chosen)}",
        )
    released = chosen[0]
    commit = _commit(
        archive,
        record,
        act="release",
        reason=reason,
        change=lambda holds: tuple(one for one in holds if one.id != released.id),
        dry_run=dry_run,
    )
    return HoldChange(code=record.code, hold=released, commit=commit)


def holds_listed(caller: Caller) -> tuple[ListedHold, ...]:
    """List the holds of the newest commit, the oldest first."""
    archive = open_archive(caller.directory)
    holds = sorted(read_holds(archive.snapshot.read), key=lambda hold: (hold.since, hold.id))
    wanted = {hold.member for hold in holds}
    codes = (
        {one.uid: one.code for one in read_records(archive) if one.uid in wanted} if holds else {}
    )
    return tuple(ListedHold(code=codes.get(hold.member, ""), hold=hold) for hold in holds)


def _commit(
    archive: Archive,
    record: StoredRecord,
    *,
    act: str,
    reason: str,
    change: Callable[[tuple[Hold, ...]], tuple[Hold, ...]],
    dry_run: bool,
) -> str | None:
    def plan(current: Archive) -> Plan | None:
        before = read_holds(current.snapshot.read)
        after = change(before)
        if after == before:
            return None  # somebody else released it in the meantime
        return Plan(
            changes=(Change(path=HOLDS_POLICY, content=write_holds(after)),),
            act=Act(
                name=act,
                subject=f"{act} {record.code}",
                member=record.code,
                policy=current.policy_digest,
                reason=reason,
            ),
        )

    return commit_act(archive, plan, dry_run=dry_run)
