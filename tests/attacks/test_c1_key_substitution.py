"""C1: age tells no sender, so whoever may push plants keys, lists and founders of his own."""

from __future__ import annotations

from pathlib import Path

import pytest

from attacks.pusher import (
    PINNED_OR_NOT,
    believe,
    enter,
    found_anew,
    keys_of,
    mallory,
    plant,
    see,
)
from builders import WANG, ZENG, Club, sign_next_key_list
from memberarc.errors import (
    KeyListError,
    OlderKeyListError,
    UnsignedKeyListError,
    UnsignedPolicyError,
)

__all__ = ["mallory"]

PURGE = ("purge", ZENG, "--reason", "duplicate", "--confirm", ZENG)


@PINNED_OR_NOT
def test_who_entered_himself_in_a_commit_before_signs_no_list(
    club: Club, mallory: Path, pinned: bool
) -> None:
    see(club, pinned=pinned)
    enter(club, mallory)
    club.commit_by_hand("update policy")
    sign_next_key_list(club, key=mallory)

    with pytest.raises(UnsignedKeyListError):
        believe(club)

    assert [one["rule"] for one in club.problems("verify")] == ["unsigned-key-list"]


@PINNED_OR_NOT
def test_a_list_that_was_away_for_a_commit_is_no_founders_list(
    club: Club, mallory: Path, pinned: bool
) -> None:
    see(club, pinned=pinned)
    kept = [(path, path.read_bytes()) for path in keys_of(club)]
    enter(club, mallory)
    club.git("rm", "--quiet", "keys/keys.yaml", "keys/keys.yaml.sig")
    club.commit_by_hand("tidy")
    for path, content in kept:
        path.write_bytes(content)
    sign_next_key_list(club, key=mallory)

    with pytest.raises(UnsignedKeyListError):
        believe(club)


@pytest.mark.parametrize("between", [True, False], ids=["after a gap", "over the old one"])
@PINNED_OR_NOT
def test_an_archive_is_not_founded_twice(
    club: Club, mallory: Path, pinned: bool, between: bool
) -> None:
    see(club, pinned=pinned)
    enter(club, mallory, instead=True)
    found_anew(club, mallory)
    kept = [(path, path.read_bytes()) for path in keys_of(club)]
    if between:
        club.git("rm", "--quiet", "--force", "keys/keys.yaml", "keys/keys.yaml.sig")
        club.commit_by_hand("tidy")
        for path, content in kept:
            path.write_bytes(content)
    club.commit_by_hand("found anew")

    with pytest.raises(OlderKeyListError if pinned else KeyListError):
        believe(club)

    sign_next_key_list(club, key=mallory)
    told = "does not follow from list 1" if pinned else "does not come before the other one"
    with pytest.raises(KeyListError, match=told):
        believe(club)


@PINNED_OR_NOT
def test_a_root_of_his_own_that_brings_the_same_list_lends_nobody_power(
    club: Club, mallory: Path, pinned: bool
) -> None:
    see(club, pinned=pinned)
    enter(club, mallory)
    club.git("checkout", "--quiet", "--orphan", "other")
    club.commit_by_hand("another root")
    club.git("switch", "--quiet", "main")
    club.git("merge", "--quiet", "--allow-unrelated-histories", "--strategy-option=theirs", "other")
    at_that = club.head()
    sign_next_key_list(club, key=mallory)

    with pytest.raises(UnsignedKeyListError):
        believe(club)

    club.git("reset", "--quiet", "--hard", at_that)
    sign_next_key_list(club)
    assert believe(club) == 2


@PINNED_OR_NOT
def test_a_forced_root_with_the_same_list_and_another_policy_lends_nobody_power(
    club: Club, mallory: Path, pinned: bool
) -> None:
    """The list of the founder, signature and all, put into a history that never was."""
    see(club, pinned=pinned)
    enter(club, mallory, instead=True)
    club.git("checkout", "--quiet", "--orphan", "other")
    club.commit_by_hand("the only root there is")
    club.git("branch", "--quiet", "--force", "main", "other")
    club.git("switch", "--quiet", "main")
    club.git("branch", "--quiet", "--delete", "other")

    for command in ("check", "verify"):
        assert "unsigned-policy" in {one["rule"] for one in club.problems(command)}
    with pytest.raises(UnsignedPolicyError if pinned else KeyListError):
        believe(club)
    sign_next_key_list(club, key=mallory)
    with pytest.raises(KeyListError, match="does not hold the access policy of key list 1"):
        believe(club)


def test_a_level_key_put_in_the_place_of_another_seals_nothing(club: Club, mallory: Path) -> None:
    text = club.text(WANG)
    plant(club, signed_by=None)

    told = club.run("update", WANG, "--set", "contact.mobile=13700137009", status=6)

    assert "not the one the key list names" in told.stderr
    assert club.text(WANG) == text
    assert [one["rule"] for one in club.problems("check")] == ["level-key"]


@PINNED_OR_NOT
def test_a_planted_level_key_in_a_list_of_his_own_seals_nothing(
    club: Club, mallory: Path, pinned: bool
) -> None:
    see(club, pinned=pinned)
    plant(club, signed_by=mallory)

    told = club.run("update", WANG, "--set", "contact.mobile=13700137009", status=6)

    assert "not signed by an administrator" in told.stderr
    club.run("key", "rotate", status=6)


def take_back(club: Club) -> None:
    """Commit what lies there, and then its revert."""
    club.commit_by_hand("found anew")
    club.git("revert", "--no-edit", "HEAD")


@PINNED_OR_NOT
@pytest.mark.parametrize("how", ["unsigned", "of no policy here", "signed", "another archive's"])
def test_a_second_founder_that_was_taken_back_stops_nobody(
    club: Club, mallory: Path, pinned: bool, how: str
) -> None:
    club.run(*PURGE)
    see(club, pinned=pinned)
    if how != "of no policy here":
        enter(club, mallory, instead=True)
    found_anew(club, mallory, archive="z" * 26 if how == "another archive's" else "")
    if how == "unsigned":
        keys_of(club)[1].unlink()
    take_back(club)

    assert believe(club) == 1
    assert club.problems("verify") == []
    club.run("key", "rotate", "internal")
    assert club.problems("verify") == []


@PINNED_OR_NOT
def test_a_founder_on_a_root_of_his_own_takes_nobody_in_and_spoils_no_certificate(
    club: Club, mallory: Path, pinned: bool
) -> None:
    """Who has seen nothing yet cannot tell which root is the true one, and is told so."""
    club.run(*PURGE)
    club.git("checkout", "--quiet", "--orphan", "other")
    enter(club, mallory, instead=True)
    found_anew(club, mallory)
    club.commit_by_hand("another root")
    club.git("switch", "--quiet", "main")
    club.git("merge", "--quiet", "--allow-unrelated-histories", "--strategy=ours", "other")
    see(club, pinned=pinned)

    told = [one["message"] for one in club.problems("verify")]

    assert len(told) == 1
    assert "does not come before the other one in this history" in told[0]
    if pinned:
        assert believe(club) == 1
    else:
        with pytest.raises(KeyListError, match="does not come before"):
            believe(club)
