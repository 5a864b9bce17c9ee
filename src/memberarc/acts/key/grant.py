"""Let a person read: write them into the access policy, and wrap the level keys for them, too."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from memberarc.acts.key.preview import policy_change, require_looked_at
from memberarc.acts.key.renewal import Wish, commit_renewal
from memberarc.acts.opening import read_access, read_policy_text
from memberarc.archive.layout import ACCESS_POLICY
from memberarc.archive.opened import open_archive
from memberarc.errors import UsageError
from memberarc.formats.sealed_text import SEALED_LEVELS
from memberarc.formats.yaml_file import load_yaml
from memberarc.people.access import (
    RECIPIENT_FORMS,
    Role,
    is_recipient,
    parse_access,
    read_policy,
)
from memberarc.people.access_changes import access_changes, level_readers
from memberarc.people.access_edits import Entrance, rewritten, with_entrance
from memberarc.people.policy_fields import ID

if TYPE_CHECKING:
    from memberarc.acts.key.preview import PolicyChange
    from memberarc.acts.opening import Caller
    from memberarc.archive.opened import Archive
    from memberarc.people.access import Access
    from memberarc.people.access_changes import LevelReaders


@dataclass(frozen=True, slots=True, kw_only=True)
class GrantRequest:
    """What a person gets; ``levels``, ``administrator`` and ``recovery`` are of a new role.

    ``digest`` is that of the policy which was looked at before; without it any will do.
    """

    person: str
    roles: tuple[str, ...] = ()
    recipients: tuple[str, ...] = ()
    signing_keys: tuple[str, ...] = ()
    levels: tuple[str, ...] = ()
    administrator: bool = False
    recovery: bool = False
    digest: str = ""
    dry_run: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Granted:
    """Who reads what from now on, and what changed.

    ``key_list`` is 0 when there was nothing to do, ``commit`` None then and after a dry run.
    """

    changes: tuple[str, ...]
    readers: tuple[LevelReaders, ...]
    key_list: int
    rewrapped: tuple[str, ...]
    commit: str | None


def grant_to_confirm(caller: Caller, request: GrantRequest) -> PolicyChange:
    """Tell what a grant would mean; raises what is wrong with the request, as ``grant`` does."""
    archive = open_archive(caller.directory)
    return policy_change(archive, caller, policy=_policy(read_policy_text(archive), request))


def grant(caller: Caller, request: GrantRequest) -> Granted:
    """Give a person roles and keys, and wrap every key of their levels for them, retired ones too.

    Raises:
        UsageError: a role does not exist, nothing is given, or the person would read and has no
            recipient.
        ConflictError: the policy is not the one that was looked at.
        NoIdentityError: a level key that must be wrapped is not at hand.
        ApprovalMissingError: the caller does not administer.
    """
    archive = open_archive(caller.directory)

    def wish(current: Archive) -> Wish | None:
        content = read_policy_text(current)
        policy = _policy(content, request)
        if policy == content:
            return None
        if request.digest:
            require_looked_at(policy, digest=request.digest, hint="memberarc key grant once more")
        return Wish(act="key-grant", subject=f"grant access to {request.person}", policy=policy)

    renewal, commit = commit_renewal(archive, caller, wish, dry_run=request.dry_run)
    if renewal is None:
        access = read_access(archive)
        return Granted(
            changes=(),
            readers=level_readers(access, access),
            key_list=0,
            rewrapped=(),
            commit=None,
        )
    return Granted(
        changes=access_changes(renewal.access_before, renewal.access),
        readers=level_readers(renewal.access_before, renewal.access),
        key_list=renewal.key_list.number,
        rewrapped=renewal.rewrapped,
        commit=commit,
    )


def _policy(content: bytes, request: GrantRequest) -> bytes:
    access = read_policy(content)
    _refuse_unusable(access, request)
    document = load_yaml(content, path=ACCESS_POLICY, comments="keep")
    entrance = Entrance(
        person=request.person,
        roles=request.roles,
        recipients=request.recipients,
        signing_keys=request.signing_keys,
        new_role=_new_role(access, request),
    )
    wanted = with_entrance(document, entrance)
    _require_recipient(parse_access(wanted, path=ACCESS_POLICY), request.person)
    return rewritten(content, wanted=wanted, path=ACCESS_POLICY)


def _refuse_unusable(access: Access, request: GrantRequest) -> None:
    """Refuse what was mistyped, before it would be blamed on the policy."""
    for text in request.recipients:
        if not is_recipient(text):
            # Not repeated: a secret key may have been pasted.
            raise UsageError("--recipient is no recipient", hint=f"one of: {RECIPIENT_FORMS}")
    for other in access.people:
        taken = {*request.recipients, *request.signing_keys}
        taken &= {*other.recipients, *other.signing_keys}
        if taken and other.id != request.person:
            raise UsageError(
                f"this key is {other.id}'s: {min(taken)}", hint="a key belongs to one person"
            )
    for name in (request.person, *request.roles):
        if not ID.fullmatch(name):
            raise UsageError(f"not an id: {name}", hint="a-z, 0-9 and -, at most 32 long")
    if not request.roles and access.person(request.person) is None:
        known = ", ".join(one.id for one in access.people)
        raise UsageError(
            f"the access policy names nobody {request.person}, and somebody new needs a role",
            hint=f"--role office, or one of: {known}",
        )
    if not (request.roles or request.recipients or request.signing_keys):
        raise UsageError(
            f"nothing is given to {request.person}", hint="--role, --recipient or --signing-key"
        )


def _new_role(access: Access, request: GrantRequest) -> Role | None:
    known = {role.id for role in access.roles}
    new = [role for role in request.roles if role not in known]
    described = bool(request.levels or request.administrator or request.recovery)
    if not described and not new:
        return None
    if not described:
        raise UsageError(
            f"there is no role {new[0]}",
            hint=f"one of {', '.join(sorted(known))}; --levels internal,secret makes a new one",
        )
    if len(new) != 1:
        raise UsageError(
            "--levels, --administrator and --recovery describe one new role",
            hint=f"change a role in {ACCESS_POLICY} by hand, then memberarc key sign",
        )
    return Role(
        id=new[0],
        levels=tuple(level for level in SEALED_LEVELS if level in request.levels),
        administrator=request.administrator,
        recovery=request.recovery,
    )


def _require_recipient(access: Access, name: str) -> None:
    person = access.person(name)
    if person is None:
        return
    levels = {level for role in access.roles_of(person) for level in role.levels}
    if levels and not person.recipients:
        raise UsageError(
            f"{name} would read {', '.join(sorted(levels))}, and has no recipient to wrap keys for",
            hint="--recipient age1...: the public line of their identity file",
        )
