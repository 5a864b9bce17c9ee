"""Tell what a change of the access policy means: who may read, sign and approve."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from memberarc.formats.sealed_text import SEALED_LEVELS
from memberarc.people.access import administrators, recipients_for_level, recovery_recipients

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from memberarc.people.access import Access, Approval, LevelRecipient


@dataclass(frozen=True, slots=True, kw_only=True)
class LevelReaders:
    """Who reads a level once a change is in force, and who is new or gone."""

    level: str
    people: tuple[str, ...]
    added: tuple[str, ...]
    removed: tuple[str, ...]
    recovery: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Power:
    """What a person does with one key: open a level, or administer, where no level is named."""

    person: str
    key: str
    level: str = ""

    def __str__(self) -> str:
        does = f"reads {self.level}" if self.level else "administers"
        return f"{self.person} {does} with {self.key}"


def powers(access: Access) -> tuple[Power, ...]:
    """Name who opens which level, and who administers, each with which key."""
    reading = (
        Power(person=one.person, key=one.recipient, level=level)
        for level in SEALED_LEVELS
        for one in recipients_for_level(access, level)
    )
    administering = (
        Power(person=person.id, key=key)
        for person in administrators(access)
        for key in person.signing_keys
    )
    return (*reading, *administering)


def level_readers(before: Access, after: Access) -> tuple[LevelReaders, ...]:
    """Tell who will read each level."""
    readers = []
    for level in SEALED_LEVELS:
        was = _people(recipients_for_level(before, level))
        now = _people(recipients_for_level(after, level))
        readers.append(
            LevelReaders(
                level=level,
                people=now,
                added=tuple(one for one in now if one not in was),
                removed=tuple(one for one in was if one not in now),
                recovery=_people(recovery_recipients(after, level)),
            )
        )
    return tuple(readers)


def access_changes(before: Access, after: Access) -> tuple[str, ...]:
    """Say in a line each what somebody may do from now on, ``+``, or no longer, ``-``.

    Keys are told whole: a recipient of a stranger's would be given what the person reads. What a
    role may do is told even while nobody holds it: whoever gets it later gets that.
    """
    was = dict.fromkeys((*_entitlements(before), *_rules(before)))
    now = dict.fromkeys((*_entitlements(after), *_rules(after)))
    gone = [f"- {fact}" for fact in was if fact not in now]
    return (*gone, *(f"+ {fact}" for fact in now if fact not in was))


def unmeetable_rules(access: Access) -> tuple[str, ...]:
    """Say of each rule that nobody, or too few, could meet who can approve by it."""
    return tuple(
        f"{'too few' if people else 'nobody'} can approve a {rule.act}: it needs {rule.count} of"
        f" {', '.join(rule.roles)}, and there {_people_with_names(people)} with a signing key"
        for rule in access.approvals
        for people in [sorted({person for person, _ in _approvers(access, rule)})]
        if len(people) < rule.count
    )


def lasting_rules(before: Access, after: Access) -> tuple[str, ...]:
    """Warn of rules that a change puts in force and that no single signature changes again."""
    return tuple(
        f"the rule for {rule.act} cannot be eased, and nobody new can be let in who could approve"
        f" by it, by this version; there {_people_with_names(people)} who can approve now"
        for rule in after.approvals
        if rule.count > 1 and rule not in before.approvals
        for people in [sorted({person for person, _ in _approvers(after, rule)})]
    )


def lost_recipients(before: Access, after: Access) -> dict[str, tuple[str, ...]]:
    """Name the levels that recipients lose, and the people those belong to."""
    kept = powers(after)
    lost: dict[str, dict[str, None]] = {}
    for power in powers(before):
        if power.level and power not in kept:
            lost.setdefault(power.level, {})[power.person] = None
    return {level: tuple(people) for level, people in lost.items()}


def removal_hint(before: Access, after: Access, person: str) -> str:
    """Name the commands by which a person properly loses what a change takes."""
    was, now = before.person(person), after.person(person)
    if was is None or now is None:
        return f"memberarc key revoke {person}"
    roles = [role for role in was.roles if role not in now.roles]
    words = [f"--role {role}" for role in roles]
    words += [f'--recipient "{one}"' for one in was.recipients if one not in now.recipients]
    if words:
        return f"memberarc key revoke {person} {' '.join(words)}"
    # A role reads less, so the person needs another role: the levels that stay must not go, too.
    narrowed = [
        role
        for role in before.roles_of(was)
        if any(other.id == role.id and {*other.levels} < {*role.levels} for other in after.roles)
    ]
    left = {level for role in after.roles_of(now) for level in role.levels}
    grant = (
        f"memberarc key grant {person} --role NEW-ROLE --levels"
        f" {','.join(level for level in SEALED_LEVELS if level in left)}, then "
        if left
        else ""
    )
    revoke = " ".join(f"--role {role.id}" for role in narrowed)
    if narrowed:
        return f"{grant}memberarc key revoke {person} {revoke}"
    return "take it out by hand, then memberarc key sign"


def required_approvals(before: Access, after: Access, *, act: str) -> tuple[Approval, ...]:
    """Name the rules, as they stood before, that a change of the policy has to meet.

    By whatever command it is made: who adds somebody grants, and who eases a rule, or adds
    somebody who could meet it, would by that alone decide on what the rule protects.
    """
    acts = {act}
    if {*_entitlements(after)} - {*_entitlements(before)}:
        acts.add("key-grant")
    required = []
    for rule in before.approvals:
        if rule.act in acts or _is_eased(rule, after):
            required.append(rule)
        elif _approvers(after, rule) - _approvers(before, rule):
            # To wait is asked of the act itself, not of letting somebody in who approves it.
            required.append(replace(rule, cooling_off_days=0))
    return tuple(required)


def _is_eased(rule: Approval, after: Access) -> bool:
    now = after.approval(rule.act)
    return (
        now is None
        or now.count < rule.count
        or now.cooling_off_days < rule.cooling_off_days
        or not {*now.roles} <= {*rule.roles}
    )


def _approvers(access: Access, rule: Approval) -> set[tuple[str, str]]:
    return {
        (person.id, key)
        for person in access.people
        if {*person.roles} & {*rule.roles}
        for key in person.signing_keys
    }


def _people_with_names(people: Sequence[str]) -> str:
    if not people:
        return "is nobody"
    number = "is 1 person" if len(people) == 1 else f"are {len(people)} people"
    return f"{number} ({', '.join(people)})"


def _people(recipients: tuple[LevelRecipient, ...]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(one.person for one in recipients))


def _entitlements(access: Access) -> Iterator[str]:
    yield from map(str, powers(access))
    for person in access.people:
        yield from (f"{person.id} is {role}" for role in person.roles)
        yield from (f"{person.id} signs with {key}" for key in person.signing_keys)
    for role in access.roles:
        yield from (f"role {role.id} reads {level}" for level in role.levels)
        if role.administrator:
            yield f"role {role.id} administers"
        if role.recovery:
            yield f"role {role.id} is for recovery"


def _rules(access: Access) -> Iterator[str]:
    for approval in access.approvals:
        yield (
            f"{approval.act} needs {approval.count} of {', '.join(approval.roles)}, and"
            f" {approval.cooling_off_days} day{'' if approval.cooling_off_days == 1 else 's'}"
        )
