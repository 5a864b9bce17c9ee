"""Decide on purges that were asked for: who asked and how far they are, approve, cancel."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from memberarc.acts.key.keys_at_hand import open_replicas
from memberarc.acts.key.trust import accepted_key_list
from memberarc.acts.opening import read_access
from memberarc.acts.purge.approving import approver, executing_administrator, may_approve
from memberarc.acts.purge.requests import Approvals, require_sound
from memberarc.archive.opened import open_archive
from memberarc.disposal.holds import read_holds, refuse_held
from memberarc.errors import (
    ApprovalMissingError,
    ConflictError,
    MemberNotFoundError,
    NotFoundError,
)
from memberarc.members.reasons import require_reason
from memberarc.members.shelves import find_last_version

if TYPE_CHECKING:
    from collections.abc import Mapping

    from memberarc.acts.opening import Caller
    from memberarc.archive.opened import Archive
    from memberarc.sealing.vault.fences import Fence
    from memberarc.sealing.vault.replicas import Replicas


@dataclass(frozen=True, slots=True, kw_only=True)
class PurgeStatus:
    """How far one purge has come.

    Args:
        missing: how many approvals it still lacks, and ``may_approve`` who could give one.
        unconfirmed: places of the replicas in which the share may still open.
        other_policy: it was asked for under another policy than this clone's.
        unchanged: the caller's approval was there already, and nothing was added.
    """

    code: str
    uid: str
    request: str
    state: str
    times: Mapping[str, str]
    asked_by: str
    reason: str
    approved_by: tuple[str, ...]
    missing: int
    may_approve: tuple[str, ...]
    not_before: str
    unconfirmed: tuple[str, ...]
    other_policy: bool
    unchanged: bool = False


def purge_status(caller: Caller, *, members: tuple[str, ...] = ()) -> tuple[PurgeStatus, ...]:
    """Tell of all purges that are under way, or of those of some members, finished ones, too.

    Raises:
        NotFoundError: nobody ever asked for the purge of a member who is named.
    """
    archive = open_archive(caller.directory)
    replicas = open_replicas(archive, caller)
    key_list = accepted_key_list(archive, caller)
    approvals = Approvals.of(caller, archive, key_list=key_list.number)
    fences = {fence.id: fence for fence in replicas.fences().values() if fence.of_member}
    for member in members:
        _fence_in(fences, member)
    wanted = {member.upper() for member in members}
    return tuple(
        _status(fence, archive=archive, approvals=approvals, replicas=replicas)
        for code, fence in sorted(fences.items())
        if (code in wanted if wanted else fence.unfinished)
    )


def approve_purges(
    caller: Caller, *, members: tuple[str, ...], dry_run: bool = False
) -> tuple[PurgeStatus, ...]:
    """Add the caller's signature to purges that were asked for.

    Raises:
        ApprovalMissingError: the caller's signature does not count.
        ConflictError: the purge is cancelled, or past approving.
        HeldError: a member is held.
    """
    archive = open_archive(caller.directory)
    replicas = open_replicas(archive, caller)
    key_list = accepted_key_list(archive, caller)
    approvals = Approvals.of(caller, archive, key_list=key_list.number)
    if approver(caller, approvals.access, wanted=approvals.wanted) is None:
        raise ApprovalMissingError(
            f"who approves a purge needs one of the roles {', '.join(approvals.wanted.roles)}",
            where=str(caller.user.signing_key),
            hint="policy/access.yaml names roles and signing keys",
        )
    fences = {fence.id: fence for fence in replicas.fences().values() if fence.of_member}
    chosen = [_fence_in(fences, member) for member in members]
    refuse_held(
        read_holds(archive.snapshot.read),
        {fence.uid: fence.id for fence in chosen if not fence.reached("fenced")},
    )
    for fence in chosen:
        if not fence.unfinished:
            raise ConflictError(f"the purge of {fence.id} is {fence.state} and needs no approval")
        require_sound(fence)
    done, unchanged = [], set()
    for fence in chosen:
        record = find_last_version(archive, fence.id)
        signed = approvals.signed(record, fence, view="shape")
        settled = approvals.settled(record, signed)
        if settled == fence:
            unchanged.add(fence.uid)
        done.append(settled if dry_run else replicas.put_fence(settled))
    told = (_status(one, archive=archive, approvals=approvals, replicas=replicas) for one in done)
    return tuple(replace(one, unchanged=one.uid in unchanged) for one in told)


def cancel_purges(
    caller: Caller, *, members: tuple[str, ...], reason: str, dry_run: bool = False
) -> tuple[str, ...]:
    """Take purges back for which no fence was raised yet; any administrator may.

    Raises:
        ConflictError: there is nothing to go back to, or nothing under way.
    """
    archive = open_archive(caller.directory)
    require_reason(archive, reason, act="cancel_purge")
    person = executing_administrator(caller, read_access(archive))
    replicas = open_replicas(archive, caller)
    fences = {fence.id: fence for fence in replicas.fences().values() if fence.of_member}
    chosen = [_fence_in(fences, member) for member in members]
    for fence in chosen:
        if fence.state == "cancelled":
            raise ConflictError(
                f"the purge of {fence.id} was cancelled by {fence.cancelled_by} already",
                hint=f"memberarc purge status {fence.id}",
            )
        if fence.reached("fenced"):
            raise ConflictError(
                f"the purge of {fence.id} is {fence.state} and cannot be cancelled",
                hint=f"memberarc purge status {fence.id}",
            )
    for fence in () if dry_run else chosen:
        replicas.put_fence(fence.cancelled(person, reason=reason, now=caller.now))
    return tuple(fence.id for fence in chosen)


def _fence_in(fences: Mapping[str, Fence], member: str) -> Fence:
    fence = fences.get(member.upper())
    if fence is None:
        raise NotFoundError(
            f"nobody has asked for the purge of {member}",
            hint="memberarc purge status lists what is under way",
        )
    return fence


def _status(
    fence: Fence, *, archive: Archive, approvals: Approvals, replicas: Replicas
) -> PurgeStatus:
    given, missing = fence.approvals, 0
    with suppress(MemberNotFoundError):  # a member whom this clone has not yet heard of
        if fence.unfinished:
            record = find_last_version(archive, fence.id)
            given = approvals.in_force(record, fence)
            missing = approvals.missing(record, fence)
    places = {
        **{name: one.label for name, one in replicas.known.items() if not one.retired},
        **{vault.replica: str(vault.directory) for vault in replicas},
        **{one.replica: one.place for one in replicas.absent},
    }
    unconfirmed = [place for name, place in places.items() if name not in fence.confirmations]
    return PurgeStatus(
        code=fence.id,
        uid=fence.uid,
        request=fence.request,
        state=fence.state,
        times=fence.times,
        asked_by=fence.asked_by,
        reason=fence.reason,
        approved_by=tuple(one.person for one in given),
        missing=missing,
        may_approve=tuple(
            may_approve(approvals.access, wanted=approvals.wanted, but=given) if missing else ()
        ),
        not_before=fence.not_before,
        unconfirmed=tuple(unconfirmed) if fence.state == "fenced" else (),
        other_policy=fence.policy != archive.policy_digest,
    )
