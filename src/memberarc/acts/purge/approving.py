"""Approve an act by SSH signatures, as many as the policy wants (format.md, section 12)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import TYPE_CHECKING, Final

from memberarc.errors import ApprovalMissingError, SignatureError
from memberarc.people.access import Approval, administrators, allowed_signers
from memberarc.people.ssh import public_key_of, sign, verify
from memberarc.sealing.vault.fences import FenceApproval

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from memberarc.acts.opening import Caller
    from memberarc.archive.opened import Archive
    from memberarc.people.access import Access, Person

VALID_FOR: Final = timedelta(days=7)


def executing_administrator(caller: Caller, access: Access) -> str:
    """Tell which administrator the caller's signing key belongs to.

    Raises:
        ApprovalMissingError: the key is nobody's, or its owner administers nothing.
    """
    if person := _owner(caller, administrators(access)):
        return person.id
    raise ApprovalMissingError(
        "your signing key is no administrator's in this archive",
        where=str(caller.user.signing_key),
        hint="an administrator of policy/access.yaml must run this",
    )


def wanted_approval(access: Access, *, act: str) -> Approval:
    """Return what the policy wants for an act; without a word of it one administrator."""
    roles = tuple(role.id for role in access.roles if role.administrator)
    return access.approval(act) or Approval(act=act, roles=roles)


def approver(caller: Caller, access: Access, *, wanted: Approval) -> tuple[str, str] | None:
    """Tell who the caller is and in which role he may approve; None: his word does not count."""
    person = _owner(caller, access.people)
    role = next((role for role in wanted.roles if person and role in person.roles), "")
    return (person.id, role) if person and role else None


def may_approve(access: Access, *, wanted: Approval, but: Iterable[FenceApproval]) -> list[str]:
    """Name who could still approve, beside those who have."""
    given = {one.person for one in but}
    return [
        person.id
        for person in access.people
        if person.signing_keys and person.id not in given and {*person.roles} & {*wanted.roles}
    ]


def sign_approval(
    caller: Caller,
    archive: Archive,
    *,
    act: str,
    signer: tuple[str, str],
    request: str,
    result: Mapping[str, bytes],
    key_list: int,
    valid_for: timedelta,
    view: str,
) -> FenceApproval:
    """Sign what an act will leave behind, under the archive as it stands.

    Args:
        signer: person and role, as ``approver`` gives them.
        result: path and bytes of the files that the act writes.
    """
    person, role = signer
    text = (
        "memberarc-approval m1\n"
        f"archive {archive.manifest.archive}\n"
        f"request {request}\n"
        f"act {act}\n"
        f"base {archive.snapshot.commit or ''}\n"
        f"result sha256:{_result_digest(result)}\n"
        f"policy sha256:{archive.policy_digest}\n"
        f"key-list {key_list}\n"
        f"role {role}\n"
        f"not-after {(caller.now + valid_for).astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}\n"
        f"view {view}\n"
    )
    signature = sign(text.encode(), key=caller.user.signing_key, namespace=_namespace(act))
    return FenceApproval(person=person, role=role, text=text, signature=signature.decode())


def approvals_in_force(
    approvals: Iterable[FenceApproval],
    archive: Archive,
    *,
    access: Access,
    wanted: Approval,
    request: str,
    result: Mapping[str, bytes],
    now: datetime,
) -> tuple[FenceApproval, ...]:
    """Pick the approvals that count: of this very result, by who may, signed by them, in time."""
    facts = {
        "archive": archive.manifest.archive,
        "request": request,
        "act": wanted.act,
        "result": f"sha256:{_result_digest(result)}",
    }
    return tuple(
        one
        for one in approvals
        if all(one.fact(name) == fact for name, fact in facts.items())
        and one.fact("role") == one.role
        and now <= datetime.fromisoformat(one.fact("not-after"))
        and _is_signed(one, access=access, wanted=wanted)
    )


def _is_signed(approval: FenceApproval, *, access: Access, wanted: Approval) -> bool:
    person = access.person(approval.person)
    if person is None or approval.role not in {*person.roles} & {*wanted.roles}:
        return False
    try:
        verify(
            approval.text.encode(),
            signature=approval.signature.encode(),
            namespace=_namespace(wanted.act),
            allowed=allowed_signers([person]),
        )
    except SignatureError:
        return False
    return True


def _namespace(act: str) -> str:
    return f"memberarc-approve-{act}@m1"


def _result_digest(result: Mapping[str, bytes]) -> str:
    total = sha256()
    for path in sorted(result):
        total.update(f"{path}\0100644\0{sha256(result[path]).hexdigest()}\0".encode())
    return total.hexdigest()


def _owner(caller: Caller, people: Iterable[Person]) -> Person | None:
    """Find whose key the caller signs with; the comment of a key says nothing."""
    key = public_key_of(caller.user.signing_key).split()[:2]
    return next(
        (one for one in people if any(known.split()[:2] == key for known in one.signing_keys)),
        None,
    )
