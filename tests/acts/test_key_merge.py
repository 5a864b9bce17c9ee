"""Two branches that each changed keys are merged by the commands of the how-to, and go on."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from acts.colleague import Colleague, colleague, let_in, readers
from acts.merging import merge_keeping_our_keys, pull
from builders import SHAN, Club

NUMBER = "110101199001011237"
READS_SECRET = ("--role", "board", "--levels", "confidential")


@pytest.fixture
def zhao(club: Club, tmp_path: Path) -> Colleague:
    """Another administrator."""
    person = colleague(tmp_path, "zhao")
    let_in(club, person, "--role", "administrator", "--signing-key", str(person.signing_key))
    return person


@pytest.fixture
def other(club: Club, zhao: Colleague, tmp_path: Path) -> Club:
    """The clone in which the other administrator makes an epoch, lets li in, and writes."""
    other = club.clone(tmp_path / "other")
    li = colleague(tmp_path, "li")
    zhao.run(other, "key", "rotate", "confidential")
    zhao.run(
        *(other, "key", "grant", "li", "--recipient", li.recipient, *READS_SECRET),
        *("--confirm", "li"),
    )
    zhao.run(other, "update", SHAN, "--set", f"identity.number={NUMBER}")
    return other


def assert_whole_again(club: Club) -> None:
    taken_in = club.json("key", "rotate", "confidential")["taken_in"]

    assert len(taken_in) == 1
    assert NUMBER in club.run("show", SHAN).stdout
    assert club.problems("check") == []
    assert club.problems("verify") == []
    assert {*readers(club).values()} == {"admin, zhao"}


def test_who_merges_as_the_how_to_says_takes_the_other_keys_in(club: Club, other: Club) -> None:
    club.run("key", "rotate", "secret")

    merge_keeping_our_keys(club, other)

    assert {one["rule"] for one in club.problems("check")} >= {"unlisted-key"}
    assert_whole_again(club)


@pytest.mark.parametrize("kept", ["list and policy", "list"])
def test_after_a_merge_that_mixed_the_keys_the_hint_leads_out(
    club: Club, other: Club, kept: str
) -> None:
    """Git takes the files that only one side changed, so list and keys do not fit each other."""
    club.run("key", "rotate", "secret")
    pull(club, other)
    policy = ("policy/access.yaml",) if kept == "list and policy" else ()
    club.git("checkout", "HEAD", "--", "keys/keys.yaml", "keys/keys.yaml.sig", *policy)
    club.git("add", "--all")
    club.git("commit", "--quiet", "--message", "merge")
    refused = club.run("key", "rotate", "confidential", status=6)

    [step] = re.findall(r"after a merge: (.*)", refused.stderr)
    assert step == "git checkout HEAD^1 -- keys policy/access.yaml, commit, memberarc key rotate"
    assert step in " ".join(one["hint"] for one in club.problems("check"))
    club.git(*step.partition(",")[0].split()[1:])
    club.git("commit", "--quiet", "--message", "our keys")

    assert_whole_again(club)
