"""The request for a purge: who asked, who approved, and how long it still waits."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from memberarc.acts.opening import day_in, read_access
from memberarc.acts.purge.approving import (
    VALID_FOR,
    approvals_in_force,
    approver,
    may_approve,
    sign_approval,
    wanted_approval,
)
from memberarc.archive.identifiers import new_uid
from memberarc.archive.layout import tombstone_path
from memberarc.disposal.tombstone import Tombstone, write_tombstone
from memberarc.errors import ApprovalMissingError, PurgePendingError, VaultError
from memberarc.sealing.vault.fences import STATES, Fence, utc_text

if TYPE_CHECKING:
    from memberarc.acts.opening import Caller
    from memberarc.archive.opened import Archive
    from memberarc.members.record import StoredRecord
    from memberarc.people.access import Access, Approval
    from memberarc.sealing.vault.fences import FenceApproval

_NEEDS_NO_TIME = ("cooling_off", "cancelled")


@dataclass(frozen=True, slots=True, kw_only=True)
class Approvals:
    """Where approvals of purges are asked for: the policy and key list of the archive's commit."""

    caller: Caller
    archive: Archive
    access: Access
    wanted: Approval
    key_list: int

    @classmethod
    def of(cls, caller: Caller, archive: Archive, *, key_list: int) -> Approvals:
        """Read what the policy wants for a purge."""
        access = read_access(archive)
        return cls(
            caller=caller,
            archive=archive,
            access=access,
            wanted=wanted_approval(access, act="purge"),
            key_list=key_list,
        )

    def request(self, record: StoredRecord, *, person: str, reason: str) -> Fence:
        """Make a new request, without any approval yet."""
        return Fence(
            uid=record.uid,
            id=record.code,
            request=new_uid(),
            state="requested",
            times={"requested": utc_text(self.caller.now)},
            asked_by=person,
            reason=reason,
            policy=self.archive.policy_digest,
        )

    def in_force(self, record: StoredRecord, fence: Fence) -> tuple[FenceApproval, ...]:
        """Pick the approvals that count, one of each person.

        They must be in force when the first share is destroyed; what is left to do afterwards
        changes nothing for the member, so none runs out any more.
        """
        destroyed = min(fence.confirmations.values(), default="")
        return approvals_in_force(
            fence.approvals,
            self.archive,
            access=self.access,
            wanted=self.wanted,
            request=fence.request,
            result=_result(self.archive, record, fence),
            now=datetime.fromisoformat(destroyed) if destroyed else self.caller.now,
        )

    def signed(self, record: StoredRecord, fence: Fence, *, view: str) -> Fence:
        """Add the caller's approval, if his counts and is not there or no longer in force."""
        signer = approver(self.caller, self.access, wanted=self.wanted)
        given = self.in_force(record, fence)
        if signer is None or signer[0] in {one.person for one in given}:
            return fence
        return fence.approved_by(
            sign_approval(
                self.caller,
                self.archive,
                act="purge",
                signer=signer,
                request=fence.request,
                result=_result(self.archive, record, fence),
                key_list=self.key_list,
                valid_for=VALID_FOR + timedelta(days=self.wanted.cooling_off_days),
                view=view,
            )
        )

    def settled(self, record: StoredRecord, fence: Fence) -> Fence:
        """Note that enough have approved, and until when it then cools off.

        Another clone may have noted it under an older policy: until its fence is raised the policy
        in force here may still make it wait, and longer, counted from when enough had approved.
        """
        if fence.reached("cancelled") or self.missing(record, fence) > 0:
            return fence
        now, days = self.caller.now, self.wanted.cooling_off_days
        fence = fence.advanced("approved", now=now)
        if not days:
            return fence
        approved = datetime.fromisoformat(fence.times["approved"])
        until = max(fence.not_before, utc_text(approved + timedelta(days=days)))
        return replace(fence.advanced("cooling_off", now=now), not_before=until)

    def missing(self, record: StoredRecord, fence: Fence) -> int:
        """Count the approvals that are wanted and not in force."""
        return max(0, self.wanted.count - len(self.in_force(record, fence)))

    def require(self, record: StoredRecord, fence: Fence) -> None:
        """Refuse to go on with what has too few approvals, or still cools off.

        Raises:
            ApprovalMissingError: people must approve first; they are named.
            PurgePendingError: its day has not come.
        """
        if missing := self.missing(record, fence):
            given = self.in_force(record, fence)
            people = may_approve(self.access, wanted=self.wanted, but=given)
            names = ", ".join(people) or "nobody"
            raise ApprovalMissingError(
                f"the purge of {record.code} is asked for and lacks {missing} of"
                f" {self.wanted.count} approvals; who can give one: {names}",
                where=f"request {fence.request}",
                hint=f"{' or '.join(people)} runs: memberarc purge approve {record.code}"
                if people
                else "policy/access.yaml must name somebody else of the roles"
                f" {', '.join(self.wanted.roles)} with a signing key; to take it back:"
                f" memberarc purge cancel {record.code} --reason CODE",
            )
        if not fence.reached("fenced") and utc_text(self.caller.now) < fence.not_before:
            end = datetime.fromisoformat(fence.not_before).astimezone().isoformat(" ", "minutes")
            raise PurgePendingError(
                f"the purge of {record.code} is approved and cools off until {end}",
                where=f"request {fence.request}",
                hint=f"memberarc purge resume {record.code}, then;"
                f" memberarc purge cancel {record.code} --reason CODE, until then",
            )


def approved_tombstone(archive: Archive, record: StoredRecord, *, fence: Fence) -> Tombstone:
    """Make again the very tombstone that was approved, on whatever day the purge goes on.

    Its day is that of the request: another would make every signature void.
    """
    require_sound(fence)
    return Tombstone(
        id=record.code,
        uid=record.uid,
        purged_on=day_in(archive, datetime.fromisoformat(fence.times["requested"])).isoformat(),
        request=fence.request,
        policy=fence.policy,
    )


def require_sound(fence: Fence) -> None:
    """Refuse a fence that does not tell what the rest of a purge and its papers rest on.

    Raises:
        VaultError: it lacks the time of a state, an approval, who asked, why, or the policy.
    """
    states = [one for one in STATES if fence.reached(one) and one not in _NEEDS_NO_TIME]
    if fence.state == "cancelled":  # perhaps before enough had approved
        states = ["requested", "cancelled"]
    whole = all(state in fence.times for state in states)
    approved = bool(fence.approvals) or not fence.reached("fenced")
    dated = all(one.fact("not-after") for one in fence.approvals)
    if not (whole and approved and dated and fence.id and fence.asked_by and fence.policy):
        raise VaultError(
            "the fence is damaged: it tells no approval, or not when each step was done",
            where=fence.uid,
            hint="restore the file below fences/ from another replica of the vault",
        )


def _result(archive: Archive, record: StoredRecord, fence: Fence) -> dict[str, bytes]:
    path = tombstone_path(record.code, opened=record.opened)
    return {path: write_tombstone(approved_tombstone(archive, record, fence=fence))}
