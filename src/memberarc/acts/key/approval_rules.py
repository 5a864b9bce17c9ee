"""What approvals the policy in force wants for a change of keys, people and roles."""

from __future__ import annotations

from typing import TYPE_CHECKING

from memberarc.acts.purge.approving import approver
from memberarc.archive.layout import ACCESS_POLICY
from memberarc.errors import ApprovalMissingError
from memberarc.people.access_changes import required_approvals

if TYPE_CHECKING:
    from memberarc.acts.opening import Caller
    from memberarc.people.access import Access


def refuse_unmet_approvals(caller: Caller, before: Access, after: Access, *, act: str) -> None:
    """Refuse a change for which the policy wants more than the signature of the key list.

    Raises:
        ApprovalMissingError: a rule wants several people, a time to wait, or somebody of a role
            that the caller does not hold.
    """
    for rule in required_approvals(before, after, act=act):
        one = rule.count == 1 and approver(caller, before, wanted=rule) is not None
        if one and not rule.cooling_off_days:
            continue
        people = "1 person" if rule.count == 1 else f"{rule.count} people"
        wait = "1 day" if rule.cooling_off_days == 1 else f"{rule.cooling_off_days} days"
        days = f" and {wait}" if rule.cooling_off_days else ""
        raise ApprovalMissingError(
            f"the policy wants {people} of {', '.join(rule.roles)}{days} to approve a {rule.act},"
            " and this change needs that; the one signature of a key list is all that can be given",
            where=f"{ACCESS_POLICY}: approvals[{rule.act}]",
            hint=f"leave as they are: that rule, and who may approve a {rule.act}",
        )
