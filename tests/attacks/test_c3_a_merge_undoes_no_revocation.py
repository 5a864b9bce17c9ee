"""C3: who was revoked on a branch is not let in again by merging it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from acts.colleague import Colleague, colleague, let_in, readers
from acts.merging import merge_keeping_our_keys
from builders import WANG, Club

BOARD = ("--role", "board", "--levels", "confidential")
OFFICE = ("--role", "office", "--levels", "internal")


@pytest.fixture
def people(club: Club, tmp_path: Path) -> dict[str, Colleague]:
    """Another administrator, two who read confidential values, and one who reads internal ones."""
    made = {name: colleague(tmp_path, name) for name in ("zhao", "li", "wu", "zhang")}
    zhao = made["zhao"]
    let_in(club, zhao, "--role", "administrator", "--signing-key", str(zhao.signing_key))
    let_in(club, made["li"], *BOARD)
    let_in(club, made["wu"], *BOARD[:2])
    let_in(club, made["zhang"], *OFFICE)
    return made


def merge_of_revocations(club: Club, zhao: Colleague, folder: Path, *names: str) -> None:
    """The other administrator revokes people in a clone, we revoke zhang here."""
    other = club.clone(folder / "other")
    for name in names:
        zhao.run(other, "key", "revoke", name, "--confirm", name)
    club.run("key", "revoke", "zhang", "--confirm", "zhang")
    merge_keeping_our_keys(club, other)


def test_the_next_act_refuses_until_the_person_is_revoked_here_too(
    club: Club, people: dict[str, Colleague], tmp_path: Path
) -> None:
    merge_of_revocations(club, people["zhao"], tmp_path, "li")
    before = club.head()

    for act in (("key", "rotate"), ("key", "grant", "zhang", *OFFICE[:2])):
        words = ("--recipient", people["zhang"].recipient, "--confirm", "zhang")
        refused = club.run(*act, *(words if "grant" in act else ()), status=5)
        assert "the other branch revoked li" in refused.stderr
        assert "hint: memberarc key revoke li\n" in refused.stderr
    assert club.head() == before

    club.run("key", "revoke", "li", "--confirm", "li")

    assert not any("li" in names.split(", ") for names in readers(club).values())
    assert people["li"].closed(club, WANG) >= {"identity.number"}
    assert club.problems("check") == []
    assert club.problems("verify") == []


def test_no_key_of_the_other_branch_is_wrapped_for_whom_it_revoked(
    club: Club, people: dict[str, Colleague], tmp_path: Path
) -> None:
    """Two went there: when the first goes here, the second gets nothing by it."""
    merge_of_revocations(club, people["zhao"], tmp_path, "li", "wu")
    club.run("key", "rotate", status=5)

    club.run("key", "revoke", "wu", "--confirm", "wu")

    read = {key for key, names in readers(club).items() if "li" in names.split(", ")}
    assert {epoch for _, epoch, _ in read} == {1}
    club.run("key", "rotate", status=5)
    club.run("key", "revoke", "li", "--confirm", "li")
    club.run("key", "rotate")
    assert club.problems("check") == []
    assert club.problems("verify") == []


def test_who_is_let_in_again_afterwards_stays(
    club: Club, people: dict[str, Colleague], tmp_path: Path
) -> None:
    merge_of_revocations(club, people["zhao"], tmp_path, "li")
    club.run("key", "revoke", "li", "--confirm", "li")

    let_in(club, people["li"], *BOARD[:2])
    club.run("key", "rotate")

    assert "identity.number" not in people["li"].closed(club, WANG)


def test_an_administrator_who_was_revoked_there_must_go_here_too(
    club: Club, people: dict[str, Colleague], tmp_path: Path
) -> None:
    chair = colleague(tmp_path, "chair")
    let_in(club, chair, "--role", "administrator", "--signing-key", str(chair.signing_key))
    other = club.clone(tmp_path / "other")
    people["zhao"].run(
        *(other, "key", "revoke", "chair", "--role", "administrator", "--confirm", "chair")
    )
    club.run("key", "rotate", "secret")
    merge_keeping_our_keys(club, other)

    refused = club.run("key", "rotate", status=5)
    [step] = re.findall("hint: memberarc (key revoke chair .*)", refused.stderr)
    club.run(*step.split(), "--confirm", "chair")

    assert step == "key revoke chair --role administrator"
    chair.run(club, "key", "rotate", status=10)
    club.run("key", "rotate")
