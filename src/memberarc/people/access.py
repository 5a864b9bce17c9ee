"""Read ``policy/access.yaml``: people, roles, the levels they read, and who approves what."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from memberarc.errors import PolicyError
from memberarc.formats.sealed_text import SEALED_LEVELS
from memberarc.people.ssh import PUBLIC_KEY, AllowedSigner

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from memberarc.formats.canonical_yaml import Node

ACCESS_FORMAT: Final = "access/1"
_ID: Final = re.compile(r"[a-z][a-z0-9-]{0,31}")
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


def recovers(access: Access, person: Person) -> bool:
    """Tell whether a person's identity is one that lies in a safe."""
    return any(role.recovery for role in access.roles_of(person))


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


def parse_access(mapping: Mapping[str, Node], *, path: str) -> Access:
    """Read an access policy.

    Raises:
        PolicyError: the first flaw met, with the place it stands at.
    """
    policy = _Fields(mapping, path=path, pointer="")
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


def _person(entry: _Fields) -> Person:
    entry.only("id", "roles", "signing_keys", "recipients")
    return Person(
        id=entry.word("id"),
        roles=entry.words("roles", _ID),
        signing_keys=entry.words("signing_keys", PUBLIC_KEY),
        recipients=entry.words("recipients", _RECIPIENT),
    )


def _role(entry: _Fields) -> Role:
    entry.only("id", "levels", "administrator", "recovery")
    return Role(
        id=entry.word("id"),
        levels=entry.words("levels", _LEVEL),
        administrator=entry.flag("administrator"),
        recovery=entry.flag("recovery"),
    )


def _approval(entry: _Fields) -> Approval:
    entry.only("act", "roles", "count", "cooling_off_days")
    roles = entry.words("roles", _ID)
    if not roles:
        raise entry.fault("roles", "names nobody who could approve")
    return Approval(
        act=entry.word("act"),
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
    # One person counts once: a key of two people would let one of them count as both.
    _refuse_repeats([key for one in access.people for key in one.signing_keys], path=path)
    _refuse_repeats([key for one in access.people for key in one.recipients], path=path)
    if not allowed_signers(administrators(access)):
        raise PolicyError(
            "roles: no administrator has a signing key, so nobody could sign the key list",
            where=path,
        )


def _refuse_repeats(keys: Sequence[str], *, path: str) -> None:
    for key in keys:
        if keys.count(key) > 1:
            raise PolicyError(f"people: this key stands here twice: {key}", where=path)


class _Fields:
    """The fields of one mapping of the policy, and the place to name when one is wrong."""

    def __init__(self, mapping: Mapping[str, Node], *, path: str, pointer: str) -> None:
        self.mapping = mapping
        self.path = path
        self.pointer = pointer

    def fault(self, key: str, message: str) -> PolicyError:
        place = f"{self.pointer}.{key}" if self.pointer else key
        return PolicyError(f"{place}: {message}", where=self.path)

    def only(self, *keys: str) -> None:
        for key in self.mapping:
            if key not in keys:
                raise self.fault(key, f"is not known here, only {', '.join(keys)}")

    def word(self, key: str) -> str:
        value = self.mapping.get(key)
        if not isinstance(value, str) or not _ID.fullmatch(value):
            raise self.fault(key, "is not a word of a-z, 0-9 and -, at most 32 long")
        return value

    def number(self, key: str, *, least: int) -> int:
        value = self.mapping.get(key, least)
        if isinstance(value, bool) or not isinstance(value, int) or value < least:
            raise self.fault(key, f"is not a number from {least}")
        return value

    def words(self, key: str, pattern: re.Pattern[str]) -> tuple[str, ...]:
        listed = self.mapping.get(key, [])
        if not isinstance(listed, list):
            raise self.fault(key, "is not a list")
        words = []
        for number, value in enumerate(listed, start=1):
            if not isinstance(value, str) or not pattern.fullmatch(value):
                # Only a plain word is repeated: a secret key may have been pasted here.
                plain = isinstance(value, str) and _ID.fullmatch(value)
                told = f"cannot be {value}" if plain else f"entry {number} has another form"
                raise self.fault(key, told)
            words.append(value)
        return tuple(words)

    def flag(self, key: str) -> bool:
        value = self.mapping.get(key, False)
        if not isinstance(value, bool):
            raise self.fault(key, "is neither true nor false")
        return value

    def entries(self, key: str, *, name: str) -> list[_Fields]:
        listed = self.mapping.get(key, [])
        if not isinstance(listed, list):
            raise self.fault(key, "is not a list")
        entries: list[_Fields] = []
        for number, value in enumerate(listed, start=1):
            if not isinstance(value, dict):
                raise self.fault(key, f"entry {number} is not a mapping")
            entry = _Fields(value, path=self.path, pointer=f"{key}[{value.get(name, number)}]")
            if entry.pointer in {other.pointer for other in entries}:
                raise entry.fault(name, "stands here twice")
            entries.append(entry)
        return entries
