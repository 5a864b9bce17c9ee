"""The access policy: who reads which level, who signs, and what it must not say."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from memberarc.errors import PolicyError
from memberarc.formats.canonical_yaml import read_canonical, write_yaml
from memberarc.people.access import (
    Access,
    LevelRecipient,
    administrators,
    allowed_signers,
    founding_access,
    parse_access,
    recipients_for_level,
)
from memberarc.people.ssh import AllowedSigner

PATH = "policy/access.yaml"
POLICY: dict[str, Any] = {
    "format": "access/1",
    "people": [
        {
            "id": "zhang",
            "roles": ["administrator"],
            "signing_keys": ["ssh-ed25519 AAAAzhang"],
            "recipients": ["age1zhang"],
        },
        {
            "id": "li-na",
            "roles": ["office", "auditor"],
            "signing_keys": ["ssh-ed25519 AAAAlina"],
            "recipients": ["age1lina", "ssh-ed25519 AAAAlina"],
        },
        {"id": "cron", "roles": []},
    ],
    "roles": [
        {
            "id": "administrator",
            "levels": ["internal", "confidential", "secret"],
            "administrator": True,
        },
        {"id": "office", "levels": ["internal"]},
        {"id": "auditor", "levels": ["confidential"]},
    ],
    "approvals": [
        {"act": "purge", "roles": ["administrator", "auditor"], "count": 2},
        {"act": "key-grant", "roles": ["auditor"]},
    ],
}


@pytest.fixture
def access() -> Access:
    return parse_access(POLICY, path=PATH)


def test_a_level_is_wrapped_to_everybody_whose_roles_read_it(access: Access) -> None:
    def people(level: str) -> list[str]:
        return [one.recipient for one in recipients_for_level(access, level)]

    assert people("internal") == ["age1zhang", "age1lina", "ssh-ed25519 AAAAlina"]
    assert people("confidential") == people("internal")
    assert recipients_for_level(access, "secret") == (
        LevelRecipient(person="zhang", recipient="age1zhang"),
    )
    assert people("open") == []


def test_administrators_are_those_of_an_administering_role(access: Access) -> None:
    assert [person.id for person in administrators(access)] == ["zhang"]
    assert allowed_signers(administrators(access)) == (
        AllowedSigner(person="zhang", public_key="ssh-ed25519 AAAAzhang"),
    )


def test_an_act_needs_as_many_as_the_policy_says_and_one_by_default(access: Access) -> None:
    purge, grant = access.approval("purge"), access.approval("key-grant")

    assert purge is not None
    assert grant is not None
    assert (purge.roles, purge.count) == (("administrator", "auditor"), 2)
    assert grant.count == 1
    assert access.approval("add") is None


def test_a_person_is_found_by_id(access: Access) -> None:
    person = access.person("li-na")

    assert person is not None
    assert [role.id for role in access.roles_of(person)] == ["office", "auditor"]
    assert access.person("wang") is None


def test_the_founder_administers_and_reads_every_level() -> None:
    founding = founding_access("zhang", signing_key="ssh-ed25519 AAAAzhang", recipient="age1zhang")

    access = parse_access(read_canonical(write_yaml(founding)), path=PATH)

    assert [person.id for person in administrators(access)] == ["zhang"]
    for level in ("internal", "confidential", "secret"):
        assert len(recipients_for_level(access, level)) == 1


@pytest.mark.parametrize(
    ("place", "value", "told"),
    [
        (["format"], "access/2", "format"),
        (["extra"], 1, "extra"),
        (["people"], "zhang", "people"),
        (["people", 0], "zhang", "people"),
        (["people", 0, "id"], "Zhang", "people[Zhang].id"),
        (["people", 0, "id"], "x" * 33, "id"),
        (["people", 1, "id"], "zhang", "people[zhang].id"),
        (["people", 0, "roles"], ["boss"], "people[zhang].roles"),
        (["people", 0, "roles"], "administrator", "people[zhang].roles"),
        (["people", 0, "mail"], "a@example.org", "people[zhang].mail"),
        (["people", 0, "signing_keys"], ["ssh-ed25519 AAAA a comment"], "signing_keys"),
        (["people", 0, "signing_keys"], ["ssh-ed25519 AAAA\nli ssh-rsa BB"], "signing_keys"),
        (["people", 0, "signing_keys"], [], "no administrator"),
        (["people", 0, "signing_keys"], ["ssh-ed25519 AAAAlina"], "twice"),
        (["people", 0, "recipients"], ["AGE-SECRET-KEY-1ABC"], "recipients"),
        (["people", 0, "recipients"], ["age1lina"], "twice"),
        (["roles", 1, "id"], "auditor", "roles[auditor].id"),
        (["roles", 0, "levels"], ["open"], "roles[administrator].levels"),
        (["roles", 0, "levels"], ["public"], "roles[administrator].levels"),
        (["roles", 0, "administrator"], "yes", "roles[administrator].administrator"),
        (["roles", 0, "administrator"], False, "no administrator"),
        (["approvals", 0, "count"], 0, "approvals[purge].count"),
        (["approvals", 0, "count"], True, "approvals[purge].count"),
        (["approvals", 0, "roles"], [], "approvals[purge].roles"),
        (["approvals", 0, "roles"], ["boss"], "approvals[purge].roles"),
        (["approvals", 1, "act"], "purge", "approvals[purge].act"),
        (["approvals", 0, "act"], 7, "approvals[7].act"),
        (["approvals", 0, "act"], "purges", "there is no rule for purges, only purge, key-grant"),
        (["people", 2, "recipients"], ["ssh-ed25519 AAAAzhang"], "twice"),
        (["people", 2, "signing_keys"], ["ssh-ed25519 AAAAlina"], "twice"),
    ],
)
def test_a_flaw_is_told_with_its_place(place: list[Any], value: Any, told: str) -> None:
    policy = copy.deepcopy(POLICY)
    entry: Any = policy
    for step in place[:-1]:
        entry = entry[step]
    entry[place[-1]] = value

    with pytest.raises(PolicyError) as caught:
        parse_access(policy, path=PATH)

    assert told in caught.value.message
    assert caught.value.where == PATH


def test_a_secret_key_in_the_place_of_a_recipient_is_not_repeated() -> None:
    policy = copy.deepcopy(POLICY)
    policy["people"][0]["recipients"] = ["AGE-SECRET-KEY-1ABCDEF"]

    with pytest.raises(PolicyError) as caught:
        parse_access(policy, path=PATH)

    assert "ABCDEF" not in caught.value.message
