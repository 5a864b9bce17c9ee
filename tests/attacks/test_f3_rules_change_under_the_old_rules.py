"""F3: nobody lifts a rule of approval, or makes a second approver, by his own signature."""

from __future__ import annotations

from pathlib import Path

import pytest

from acts.colleague import Colleague, colleague, let_in
from builders import Club

ACCESS = "policy/access.yaml"
GRANT = "  - act: key-grant\n    roles:\n      - administrator\n    count: 2\n"
PURGE = "  - act: purge\n    roles:\n      - administrator\n    count: 2\n    cooling_off_days: 3\n"
DEPUTY = (
    '  - id: deputy\n    roles:\n      - administrator\n    signing_keys:\n      - "{}"\nroles:'
)


@pytest.fixture
def mallory(tmp_path: Path) -> Colleague:
    return colleague(tmp_path, "mallory")


def ruled(club: Club, *rules: str) -> None:
    """Put rules in force, and commit them."""
    club.edit(ACCESS, r"\Z", "approvals:\n" + "".join(rules))
    club.run("key", "sign", "--yes")


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("(?s)approvals:.*", ""),
        ("(?s)  - act: purge.*", ""),
        ("count: 2\n    cooling", "count: 1\n    cooling"),
        ("cooling_off_days: 3", "cooling_off_days: 0"),
    ],
    ids=["all", "one", "fewer", "sooner"],
)
def test_one_signature_eases_no_rule_that_wants_two(club: Club, old: str, new: str) -> None:
    ruled(club, GRANT, PURGE)
    club.edit(ACCESS, old, new)
    before = club.fingerprint()

    told = club.run("key", "sign", "--yes", status=10)

    assert "2 people of administrator" in told.stderr
    assert "approvals[" in told.stderr
    assert club.fingerprint() == before


def test_one_signature_widens_no_rule_to_other_roles(club: Club, mallory: Colleague) -> None:
    let_in(club, mallory)
    ruled(club, PURGE)
    club.edit(ACCESS, "(?m)    count: 2$", "      - office\n    count: 2")

    assert "to approve a purge" in club.run("key", "sign", "--yes", status=10).stderr


@pytest.mark.parametrize("rule", [GRANT, PURGE], ids=["granting", "purging"])
@pytest.mark.parametrize("by", ["hand", "grant", "a second key"])
def test_nobody_makes_a_second_approver_alone(
    club: Club, mallory: Colleague, rule: str, by: str
) -> None:
    ruled(club, rule)
    if by == "grant":
        words = ("--role", "administrator", "--signing-key", mallory.public_key)
        words = (*words, "--recipient", mallory.recipient, "--confirm", "deputy")
        told = club.run("key", "grant", "deputy", *words, status=10)
    else:
        if by == "hand":
            club.edit(ACCESS, r"(?m)^roles:$", DEPUTY.format(mallory.public_key))
        else:
            club.edit(
                ACCESS, "(?m)^    recipients:$", f'      - "{mallory.public_key}"\n    recipients:'
            )
        told = club.run("key", "sign", "--yes", status=10)

    assert "2 people of administrator" in told.stderr


def test_a_rule_may_be_made_stricter_and_people_may_go(club: Club, mallory: Colleague) -> None:
    words = ("--role", "administrator", "--signing-key", mallory.public_key)
    let_in(club, mallory, *words)
    ruled(club, PURGE)
    club.edit(ACCESS, "cooling_off_days: 3", "cooling_off_days: 7")

    club.run("key", "sign", "--yes")
    club.run("key", "revoke", "mallory", "--confirm", "mallory")

    assert club.problems("verify") == []


def test_what_a_role_may_do_is_told_while_nobody_holds_it(club: Club, mallory: Colleague) -> None:
    club.edit(ACCESS, r"\Z", "  - id: volunteer\n    levels:\n      - internal\n")
    club.run("key", "sign", "--yes")
    club.edit(
        ACCESS,
        r"(?s)(  - id: volunteer\n)(.*)",
        "  - id: volunteer\n    administrator: true\n    levels:\n      - secret\n",
    )

    told = club.json("key", "sign", "--yes")["changes"]

    assert told == [
        "- role volunteer reads internal",
        "+ role volunteer reads secret",
        "+ role volunteer administers",
    ]
    words = ("--role", "volunteer", "--recipient", mallory.recipient)
    words = (*words, "--signing-key", mallory.public_key)
    before = club.head()
    asked = club.run("key", "grant", "mallory", *words, status=9)
    assert "--confirm mallory" in asked.stderr
    assert club.head() == before
    club.run("key", "grant", "mallory", *words, "--confirm", "mallory")
