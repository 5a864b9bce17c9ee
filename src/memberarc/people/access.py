"""Read ``policy/access.yaml``: people, roles, the levels they read, and who approves what."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from memberarc.archive.layout import ACCESS_POLICY
from memberarc.errors import PolicyError
from memberarc.formats.sealed_text import SEALED_LEVELS
from memberarc.formats.yaml_file import load_yaml
from memberarc.people.policy_fields import ID, Fields
from memberarc.people.ssh import PUBLIC_KEY, AllowedSigner

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from memberarc.formats.canonical_yaml import Node

ACCESS_FORMAT: Final = "access/1"
APPROVED_ACTS: Final = ("purge", "key-grant", "key-revoke", "key-rotate", "key-sign")
"""The acts for which ``approvals`` can ask; a rule for any other would never be asked for."""
RECIPIENT_FORMS: Final = "age1..., ssh-ed25519 AAAA... or ssh-rsa AAAA..."
# age's own, age1... and age1pq1...; of a plugin, age1name1...; SSH keys.
_RECIPIENT: Final = re.compile(
    r"age1(?:[a-z0-9._+-]+1)?[a-z0-9]+|ssh-(?:ed25519|rsa) [A-Za-z0-9+/]+={0,2}"
)
_LEVEL: Final = re.compile("|".join(SEALED_LEVELS))


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Somebody who works with the archive, never one of its members."""

    id: str
    roles: tuple[str, ...]
    signing_keys: tuple[str, ...] = ()
    recipients: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Role:
    """What the people in it read; an administrator also signs the key list.

    ``recovery`` marks the role whose identities lie in a safe, for the day all others are lost.
    """

    id: str
    levels: tuple[str, ...] = ()
    administrator: bool = False
    recovery: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Approval:
    """How many people of which roles an act needs, and how many days it then still waits."""

    act: str
    roles: tuple[str, ...]
    count: int = 1
    cooling_off_days: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class LevelRecipient:
    """One age or SSH recipient to whom a level key is wrapped, and the person it belongs to."""

    person: str
    recipient: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Access:
    """The access policy of one version of an archive."""

    people: tuple[Person, ...]
    roles: tuple[Role, ...]
    approvals: tuple[Approval, ...] = ()

    def person(self, person_id: str) -> Person | None:
        """Find a person."""
        return next((person for person in self.people if person.id == person_id), None)

    def roles_of(self, person: Person) -> tuple[Role, ...]:
        """Return the roles a person holds."""
        return tuple(role for role in self.roles if role.id in person.roles)

    def approval(self, act: str) -> Approval | None:
        """Return what an act needs; None when it needs no approval."""
        return next((approval for approval in self.approvals if approval.act == act), None)


def administrators(access: Access) -> tuple[Person, ...]:
    """Return those who may sign the key list."""
    return tuple(
        person
        for person in access.people
        if any(role.administrator for role in access.roles_of(person))
    )


def allowed_signers(people: Iterable[Person]) -> tuple[AllowedSigner, ...]:
    """Return every key by which one of these people signs."""
    return tuple(
        AllowedSigner(person=person.id, public_key=key)
        for person in people
        for key in person.signing_keys
    )


def recipients_for_level(access: Access, level: str) -> tuple[LevelRecipient, ...]:
    """Return to whom the key of a level is wrapped."""
    return tuple(
        LevelRecipient(person=person.id, recipient=recipient)
        for person in access.people
        if any(level in role.levels for role in access.roles_of(person))
        for recipient in person.recipients
    )


def recovery_recipients(access: Access, level: str) -> tuple[LevelRecipient, ...]:
    """Return to whom the key of a level is wrapped for the day all others are lost.

    Whoever has another role, too, works with that identity, so it does not lie in a safe.
    """
    safe = {
        person.id
        for person in access.people
        if all(role.recovery for role in access.roles_of(person))
    }
    return tuple(one for one in recipients_for_level(access, level) if one.person in safe)


def is_recipient(text: str) -> bool:
    """Tell whether a text has the form of a recipient; keys can be wrapped for it or not."""
    return bool(_RECIPIENT.fullmatch(text))


def founding_access(person: str, *, signing_key: str, recipient: str) -> dict[str, Node]:
    """Make the first access policy: its founder administers and reads every level."""
    return {
        "format": ACCESS_FORMAT,
        "people": [
            {
                "id": person,
                "roles": ["administrator"],
                "signing_keys": [signing_key],
                "recipients": [recipient],
            }
        ],
        "roles": [
            {"id": "administrator", "levels": list(SEALED_LEVELS), "administrator": True},
        ],
    }


def read_policy(content: bytes) -> Access:
    """Read the bytes of an access policy.

    Raises:
        InvalidRecordError: they are no YAML.
        PolicyError: they are no policy.
    """
    document = load_yaml(content, path=ACCESS_POLICY, comments="keep")
    return parse_access(document, path=ACCESS_POLICY)


def parse_access(mapping: Mapping[str, Node], *, path: str) -> Access:
    """Read an access policy.

    Raises:
        PolicyError: the first flaw met, with the place it stands at.
    """
    policy = Fields(mapping, path=path, pointer="")
    policy.only("format", "people", "roles", "approvals")
    if mapping.get("format") != ACCESS_FORMAT:
        raise policy.fault("format", f"is not {ACCESS_FORMAT}")
    access = Access(
        people=tuple(_person(entry) for entry in policy.entries("people", name="id")),
        roles=tuple(_role(entry) for entry in policy.entries("roles", name="id")),
        approvals=tuple(_approval(entry) for entry in policy.entries("approvals", name="act")),
    )
    _check_together(access, path=path)
    return access


def _person(entry: Fields) -> Person:
    entry.only("id", "roles", "signing_keys", "recipients")
    return Person(
        id=entry.word("id"),
        roles=entry.words("roles", ID),
        signing_keys=entry.words("signing_keys", PUBLIC_KEY),
        recipients=entry.words("recipients", _RECIPIENT),
    )


def _role(entry: Fields) -> Role:
    entry.only("id", "levels", "administrator", "recovery")
    return Role(
        id=entry.word("id"),
        levels=entry.words("levels", _LEVEL),
        administrator=entry.flag("administrator"),
        recovery=entry.flag("recovery"),
    )


def _approval(entry: Fields) -> Approval:
    entry.only("act", "roles", "count", "cooling_off_days")
    roles = entry.words("roles", ID)
    if not roles:
        raise entry.fault("roles", "names nobody who could approve")
    act = entry.word("act")
    if act not in APPROVED_ACTS:
        raise entry.fault("act", f"there is no rule for {act}, only {', '.join(APPROVED_ACTS)}")
    return Approval(
        act=act,
        roles=roles,
        count=entry.number("count", least=1),
        cooling_off_days=entry.number("cooling_off_days", least=0),
    )


def _check_together(access: Access, *, path: str) -> None:
    """Refuse what no single entry shows: unknown roles, shared keys, nobody to administer."""
    known = {role.id for role in access.roles}
    named = [(f"people[{one.id}].roles", one.roles) for one in access.people]
    named += [(f"approvals[{one.act}].roles", one.roles) for one in access.approvals]
    for pointer, roles in named:
        for role in roles:
            if role not in known:
                raise PolicyError(f"{pointer}: there is no role {role}", where=path)
    _refuse_shared_keys(access, path=path)
    if not allowed_signers(administrators(access)):
        raise PolicyError(
            "roles: no administrator has a signing key, so nobody could sign the key list",
            where=path,
        )


def _refuse_shared_keys(access: Access, *, path: str) -> None:
    """Refuse a key of two people, who would count as both: an SSH key signs and opens."""
    owners: dict[str, str] = {}
    for person in access.people:
        for keys in (person.signing_keys, person.recipients):
            for key in keys:
                if owners.setdefault(key, person.id) != person.id or keys.count(key) > 1:
                    raise PolicyError(
                        f"people[{person.id}]: this key stands here twice: {key}", where=path
                    )
