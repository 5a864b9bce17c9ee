"""Stop a person from reading what is written from now on, and say what cannot be taken back."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from memberarc.acts.key.exposure import Extent, exposures_of, extent_of
from memberarc.acts.key.preview import policy_change
from memberarc.acts.key.renewal import Wish, commit_renewal
from memberarc.acts.opening import read_access, read_policy_text
from memberarc.acts.purge.approving import executing_administrator
from memberarc.archive.layout import ACCESS_POLICY
from memberarc.archive.opened import open_archive
from memberarc.errors import ApprovalMissingError, NotFoundError, PolicyError
from memberarc.formats.yaml_file import load_yaml
from memberarc.people.access import parse_access, read_policy
from memberarc.people.access_changes import (
    access_changes,
    level_readers,
    lost_recipients,
    unmeetable_rules,
)
from memberarc.people.access_edits import rewritten, without, without_person

if TYPE_CHECKING:
    from memberarc.acts.key.exposure import Exposure
    from memberarc.acts.key.preview import PolicyChange
    from memberarc.acts.opening import Caller
    from memberarc.archive.opened import Archive
    from memberarc.formats.canonical_yaml import Node
    from memberarc.people.access import Access, Person
    from memberarc.people.access_changes import LevelReaders


@dataclass(frozen=True, slots=True, kw_only=True)
class RevokeRequest:
    """Who goes; with roles or recipients named, the person stays and loses only those."""

    person: str
    roles: tuple[str, ...] = ()
    recipients: tuple[str, ...] = ()
    dry_run: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Revoked:
    """What changed, and what the person could read before, for ever, with copies kept.

    ``exposures`` and ``extent`` are of the levels that got a new epoch; ``vaults`` are the
    directories from which the person must be kept away; ``unmeetable`` says for which acts too few
    are left who could approve. ``commit`` is None after a dry run.
    """

    person: str
    changes: tuple[str, ...]
    readers: tuple[LevelReaders, ...]
    new_epochs: dict[str, int]
    exposures: tuple[Exposure, ...]
    extent: Extent
    vaults: tuple[str, ...]
    unmeetable: tuple[str, ...]
    key_list: int
    commit: str | None


def revocation_to_confirm(caller: Caller, request: RevokeRequest) -> PolicyChange:
    """Tell what a revocation would mean; raises what is wrong with it, as ``revoke`` does."""
    archive = open_archive(caller.directory)
    return policy_change(archive, caller, policy=_policy(archive, caller, request))


def revoke(caller: Caller, request: RevokeRequest) -> Revoked:
    """Take a person out, and seal every value the person could read under a new epoch.

    Raises:
        NotFoundError: the policy names no such person, or the person has none of what is revoked.
        PolicyError: the last administrator or the last reader of a level would go.
        ApprovalMissingError: nobody revokes themselves: who makes the new keys knows them.
        NoIdentityError, VaultError: a value could not be opened to be sealed again.
    """
    archive = open_archive(caller.directory)

    def wish(current: Archive) -> Wish:
        policy = _policy(current, caller, request)
        return Wish(
            act="key-revoke",
            subject=f"revoke access of {request.person}",
            policy=policy,
            fresh=lost_recipients(read_access(current), read_policy(policy)),
        )

    renewal, commit = commit_renewal(archive, caller, wish, dry_run=request.dry_run)
    assert renewal is not None  # a wish is always made here
    levels = renewal.new_epochs
    return Revoked(
        person=request.person,
        changes=access_changes(renewal.access_before, renewal.access),
        readers=level_readers(renewal.access_before, renewal.access),
        new_epochs=levels,
        exposures=tuple(
            one
            for one in exposures_of(
                request.person, chain=renewal.chain, content=renewal.content_before
            )
            if one.level in levels
        ),
        extent=extent_of(renewal.base, levels),
        unmeetable=unmeetable_rules(renewal.access),
        vaults=tuple(str(place) for place in caller.user.vaults(archive.manifest.archive)),
        key_list=renewal.key_list.number,
        commit=commit,
    )


def _policy(archive: Archive, caller: Caller, request: RevokeRequest) -> bytes:
    content = read_policy_text(archive)
    access = read_policy(content)
    document = load_yaml(content, path=ACCESS_POLICY, comments="keep")
    wanted = _wanted(document, access, request)
    _refuse_self(caller, access, request)
    try:
        parse_access(wanted, path=ACCESS_POLICY)
    except PolicyError as err:
        raise PolicyError(
            f"without {request.person} the policy would not do: {err.message}",
            where=ACCESS_POLICY,
            hint="memberarc key grant somebody else first",
        ) from err
    return rewritten(content, wanted=wanted, path=ACCESS_POLICY)


def _wanted(document: dict[str, Node], access: Access, request: RevokeRequest) -> dict[str, Node]:
    person = access.person(request.person)
    if person is None:
        raise NotFoundError(
            f"the access policy names nobody {request.person}",
            where=ACCESS_POLICY,
            hint=f"one of: {', '.join(one.id for one in access.people)}",
        )
    if not request.roles and not request.recipients:
        return without_person(document, request.person)
    _require_held(person, request)
    return without(document, request.person, roles=request.roles, recipients=request.recipients)


def _require_held(person: Person, request: RevokeRequest) -> None:
    missing = {*request.roles} - {*person.roles} | {*request.recipients} - {*person.recipients}
    if missing:
        raise NotFoundError(f"{person.id} does not have: {', '.join(sorted(missing))}")


def _refuse_self(caller: Caller, access: Access, request: RevokeRequest) -> None:
    alone = request.recipients and not request.roles
    if executing_administrator(caller, access) == request.person and not alone:
        raise ApprovalMissingError(
            "nobody revokes themselves: who makes the new keys knows them",
            hint="another administrator must run this",
        )
