"""Let a person read: write them into the access policy, and wrap the level keys for them, too."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from memberarc.acts.key.renewal import Wish, commit_renewal
from memberarc.acts.opening import read_access, read_policy_text
from memberarc.archive.layout import ACCESS_POLICY
from memberarc.archive.opened import open_archive
from memberarc.errors import UsageError
from memberarc.formats.sealed_text import SEALED_LEVELS
from memberarc.formats.yaml_file import load_yaml
from memberarc.people.access import Role, parse_access
from memberarc.people.access_changes import access_changes, level_readers
from memberarc.people.access_edits import Entrance, rewritten, with_entrance

if TYPE_CHECKING:
    from memberarc.acts.opening import Caller
    from memberarc.archive.opened import Archive
    from memberarc.people.access import Access
    from memberarc.people.access_changes import LevelReaders


@dataclass(frozen=True, slots=True, kw_only=True)
class GrantRequest:
    """What a person gets; ``levels``, ``administrator`` and ``recovery`` are of a new role."""

    person: str
    roles: tuple[str, ...] = ()
    recipients: tuple[str, ...] = ()
    signing_keys: tuple[str, ...] = ()
    levels: tuple[str, ...] = ()
    administrator: bool = False
    recovery: bool = False
    dry_run: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Granted:
    """Who reads what from now on, and what changed; ``commit`` is None if nothing was done."""

    changes: tuple[str, ...]
    readers: tuple[LevelReaders, ...]
    key_list: int
    rewrapped: tuple[str, ...]
    commit: str | None


def grant(caller: Caller, request: GrantRequest) -> Granted:
    """Give a person roles and keys, and wrap every key of their levels for them, retired ones too.

    Raises:
        UsageError: a role does not exist, or the person would read and has no recipient.
        NoIdentityError: a level key that must be wrapped is not at hand.
        ApprovalMissingError: the caller does not administer.
    """
    archive = open_archive(caller.directory)

    def wish(current: Archive) -> Wish | None:
        content = read_policy_text(current)
        policy = _policy(content, request)
        if policy == content:
            return None
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
    document = load_yaml(content, path=ACCESS_POLICY, comments="keep")
    entrance = Entrance(
        person=request.person,
        roles=request.roles,
        recipients=request.recipients,
        signing_keys=request.signing_keys,
        new_role=_new_role(parse_access(document, path=ACCESS_POLICY), request),
    )
    wanted = with_entrance(document, entrance)
    _require_recipient(parse_access(wanted, path=ACCESS_POLICY), request.person)
    return rewritten(content, wanted=wanted, path=ACCESS_POLICY)


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
