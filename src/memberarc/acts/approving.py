"""Approve an act by SSH signature (format.md, section 12)."""

from __future__ import annotations

from datetime import timedelta
from hashlib import sha256
from typing import TYPE_CHECKING, Final

from memberarc.archive.layout import ACCESS_POLICY
from memberarc.disposal.certificate import Approval, approval_text
from memberarc.errors import ApprovalMissingError
from memberarc.people.access import administrators
from memberarc.people.ssh import public_key_of, sign

if TYPE_CHECKING:
    from collections.abc import Mapping

    from memberarc.acts.opening import Caller
    from memberarc.archive.opened import Archive
    from memberarc.people.access import Access

VALID_FOR: Final = timedelta(days=7)
ROLE: Final = "administrator"


def executing_administrator(caller: Caller, access: Access) -> str:
    """Tell which administrator the caller's signing key belongs to.

    Raises:
        ApprovalMissingError: the key is nobody's, or its owner administers nothing.
    """
    key = _key_material(public_key_of(caller.user.signing_key))
    for person in administrators(access):
        if key in {_key_material(known) for known in person.signing_keys}:
            return person.id
    raise ApprovalMissingError(
        "your signing key is no administrator's in this archive",
        where=str(caller.user.signing_key),
        hint="an administrator of policy/access.yaml must run this",
    )


def refuse_unmet_approval(access: Access, *, act: str, person: str) -> None:
    """Refuse an act for which the policy wants more than the one signature that can be given.

    Raises:
        ApprovalMissingError: it wants several people, or somebody of a role the person has not.
    """
    needed = access.approval(act)
    executing = access.person(person)
    held = executing.roles if executing else ()
    if needed and (needed.count > 1 or not set(needed.roles) & set(held)):
        people = "1 person" if needed.count == 1 else f"{needed.count} people"
        raise ApprovalMissingError(
            f"the policy wants {people} of {', '.join(needed.roles)} to approve a {act}; "
            "one administrator's own signature is all this version can give",
            where=ACCESS_POLICY,
            hint=f"let the organisation decide on approvals of {act} in {ACCESS_POLICY}",
        )


def approve_act(
    caller: Caller,
    archive: Archive,
    *,
    act: str,
    person: str,
    request: str,
    result: Mapping[str, bytes],
    key_list: int,
) -> Approval:
    """Sign what an act will leave behind, under the archive as it stands.

    Args:
        result: path and bytes of the files that the act writes.
    """
    text = approval_text(
        archive=archive.manifest.archive,
        request=request,
        act=act,
        base=archive.snapshot.commit or "",
        result=_result_digest(result),
        policy=archive.policy_digest,
        key_list=key_list,
        role=ROLE,
        not_after=(caller.now + VALID_FOR).strftime("%Y-%m-%dT%H:%M:%SZ"),
        view="full",
    )
    namespace = f"memberarc-approve-{act}@m1"
    signature = sign(text.encode(), key=caller.user.signing_key, namespace=namespace)
    return Approval(person=person, role=ROLE, text=text, signature=signature.decode())


def _result_digest(result: Mapping[str, bytes]) -> str:
    total = sha256()
    for path in sorted(result):
        total.update(f"{path}\0100644\0{sha256(result[path]).hexdigest()}\0".encode())
    return total.hexdigest()


def _key_material(public_key: str) -> str:
    """Type and key without the comment, which says nothing."""
    return " ".join(public_key.split()[:2])
