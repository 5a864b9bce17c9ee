"""A policy changed by hand is looked at, signed, and in force."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from acts.colleague import Colleague, colleague, let_in, readers
from builders import WANG, Club
from memberarc.acts.key import sign as key_sign
from memberarc.errors import ConflictError

ACCESS = "policy/access.yaml"
COMMITTED = pytest.mark.parametrize("committed", [True, False], ids=["committed", "lying there"])


@pytest.fixture
def zhang(club: Club, tmp_path: Path) -> Colleague:
    person = colleague(tmp_path, "zhang")
    let_in(club, person)
    return person


def widen(club: Club, *, committed: bool) -> None:
    """Let the office read secrets, too."""
    club.edit(ACCESS, r"\Z", "      - secret\n")
    if committed:
        club.commit_by_hand("the office reads secrets")


@COMMITTED
def test_what_was_added_by_hand_is_shown_wrapped_and_signed(
    club: Club, zhang: Colleague, committed: bool
) -> None:
    widen(club, committed=committed)

    told = club.json("key", "sign", "--yes")

    assert told["changes"] == [
        f"+ zhang reads secret with {zhang.recipient}",
        "+ role office reads secret",
    ]
    assert len(told["rewrapped"]) == 1
    assert readers(club)["secret", 1, "current"] == "admin, zhang"
    assert club.problems("verify") == []
    assert club.git("status", "--porcelain") == ""
    assert "nothing to sign" in club.run("key", "sign").stderr


@COMMITTED
def test_where_readers_were_removed_it_refuses(
    club: Club, zhang: Colleague, committed: bool
) -> None:
    club.edit(ACCESS, r"      - confidential\n\Z", "")
    if committed:
        club.commit_by_hand()
    before = club.fingerprint()

    told = club.run("key", "sign", "--yes", status=5)

    assert "zhang would lose confidential" in told.stderr
    assert club.fingerprint() == before
    [grant, revoke] = re.findall(r"memberarc (key (?:grant|revoke) [^,\n]*(?:,\S+)?)", told.stderr)
    assert grant == "key grant zhang --role NEW-ROLE --levels internal"
    club.edit(ACCESS, r"      - internal\n\Z", "      - internal\n      - confidential\n")
    if committed:
        club.commit_by_hand()
    club.run(*grant.replace("NEW-ROLE", "desk").split(), "--confirm", "zhang")
    club.run(*revoke.split(), "--confirm", "zhang")
    assert zhang.closed(club, WANG) == {"identity.number"}


def test_it_asks_and_a_dry_run_tells_only(club: Club, zhang: Colleague) -> None:
    widen(club, committed=False)
    before = club.head()

    club.run("key", "sign", status=9)
    told = club.json("key", "sign", "-n")

    assert (told["commit"], told["key_list"]) == (None, 3)
    assert [one["added"] for one in told["readers"]] == [[], [], ["zhang"]]
    assert club.head() == before


def test_only_what_was_looked_at_is_signed(club: Club, zhang: Colleague) -> None:
    widen(club, committed=True)
    looked_at = key_sign.policy_to_sign(club.caller())
    assert looked_at is not None
    club.edit(ACCESS, r"\Z", "    administrator: true\n")
    club.commit_by_hand("and administers, while nobody looks")

    with pytest.raises(ConflictError, match="changed since it was looked at"):
        key_sign.sign_policy(club.caller(), digest=looked_at.digest)


def test_rules_of_approval_alone_are_signed_too(club: Club) -> None:
    club.edit(ACCESS, r"\Z", "approvals:\n  - act: purge\n    roles:\n      - administrator\n")

    told = club.json("key", "sign", "--yes")

    assert [one.partition(" ")[2] for one in told["changes"]] == [
        "purge needs 1 of administrator, and 0 days"
    ]
    assert told["rewrapped"] == []
    assert club.problems("verify") == []


def test_a_rule_that_nobody_can_ease_or_meet_is_told_of_and_fails_the_doctor(club: Club) -> None:
    rule = "approvals:\n  - act: purge\n    roles:\n      - administrator\n    count: 2\n"
    club.edit(ACCESS, r"\Z", rule)

    told = club.run("key", "sign", "--yes").stderr
    examined = club.run("doctor", "--format", "json", status=1).data["findings"]

    assert "the rule for purge cannot be eased, and nobody new can be let in" in told
    assert "there is 1 person (admin) who can approve now" in told
    flaw = "too few can approve a purge: it needs 2 of administrator"
    assert flaw in told
    [found] = [one for one in examined if one["subject"] == "approvals"]
    assert found["verdict"] == "fail"
    assert found["message"].startswith(flaw)


def test_a_policy_with_carriage_returns_is_signed_as_git_keeps_it(club: Club) -> None:
    path = club.root / ACCESS
    club.edit(ACCESS, r"(?m)^people:$", "# asked by the board\npeople:")
    path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))

    club.run("key", "sign", "--yes")

    assert b"\r" not in path.read_bytes()
    assert club.problems("verify") == []
    club.run("update", WANG, "--set", "status=left")


def test_who_does_not_administer_signs_nothing(club: Club, zhang: Colleague) -> None:
    widen(club, committed=True)

    told = zhang.run(club, "key", "sign", "--yes", status=10)

    assert "no administrator's" in told.stderr
