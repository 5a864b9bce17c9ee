"""Whoever may push gets no key list of his own believed; honest branches lock nobody out."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from attacks.pusher import PINNED_OR_NOT, believe, enter, keys_of, mallory, pin_of, see
from builders import WANG, ZENG, Club, git, sign_next_key_list
from memberarc.errors import (
    KeyListError,
    UnsignedKeyListError,
)
from memberarc.people.ssh import sign
from memberarc.sealing.keys.key_list import (
    next_key_list,
    parse_key_list,
    write_key_list,
)
from memberarc.sealing.keys.key_pin import KEY_LIST_NAMESPACE

__all__ = ["mallory"]

PURGE = ("purge", ZENG, "--reason", "duplicate", "--confirm", ZENG)
CERTIFICATE = f"tombstones/2026/0000/{ZENG}.certificate.yaml"


def sign_list_that_names(club: Club, *, number: int, previous: str) -> None:
    place, signature = keys_of(club)
    content = place.read_bytes()
    key_list = parse_key_list(content, path="x")
    following = next_key_list(key_list, content=content, keys=key_list.keys)
    written = write_key_list(
        replace(following, number=number, previous=previous or following.previous)
    )
    place.write_bytes(written)
    signature.write_bytes(sign(written, key=club.signing_key, namespace=KEY_LIST_NAMESPACE))
    club.commit_by_hand()


@PINNED_OR_NOT
def test_a_list_put_back_under_another_policy_keeps_the_policy_it_first_came_with(
    club: Club, mallory: Path, pinned: bool
) -> None:
    see(club, pinned=pinned)
    kept = [(path, path.read_bytes()) for path in keys_of(club)]
    club.git("rm", "--quiet", "keys/keys.yaml", "keys/keys.yaml.sig")
    club.commit_by_hand("tidy")
    enter(club, mallory, instead=True)
    for path, content in kept:
        path.write_bytes(content)
    club.commit_by_hand("put back")
    at_that = club.head()
    sign_next_key_list(club, key=mallory)

    with pytest.raises(UnsignedKeyListError):
        believe(club)

    club.git("reset", "--quiet", "--hard", at_that)
    sign_next_key_list(club)
    assert believe(club) == 2


@PINNED_OR_NOT
@pytest.mark.parametrize(("number", "previous"), [(2, "sha256:" + "0" * 64), (2, "md5:0"), (3, "")])
def test_a_signed_list_that_does_not_follow_is_refused(
    club: Club, pinned: bool, number: int, previous: str
) -> None:
    see(club, pinned=pinned)
    sign_list_that_names(club, number=number, previous=previous)

    with pytest.raises(KeyListError) as caught:
        believe(club)

    assert type(caught.value) is KeyListError


@PINNED_OR_NOT
def test_power_comes_with_a_list_that_an_administrator_signed_and_goes_with_one(
    club: Club, mallory: Path, pinned: bool
) -> None:
    see(club, pinned=pinned)
    enter(club, mallory, instead=True)
    club.commit_by_hand("the office passes on")
    sign_next_key_list(club)
    sign_next_key_list(club, key=mallory)

    assert believe(club) == 3

    sign_next_key_list(club)
    with pytest.raises(UnsignedKeyListError):
        believe(club)


@PINNED_OR_NOT
def test_a_history_that_is_cut_off_tells_nobodys_power(
    club: Club, mallory: Path, tmp_path: Path, pinned: bool
) -> None:
    see(club, pinned=pinned)
    enter(club, mallory)
    sign_next_key_list(club)
    git(club.root, "clone", "--quiet", "--depth=1", club.root.as_uri(), str(tmp_path / "short"))
    short = Club(root=tmp_path / "short", home=club.home, archive=club.archive)

    with pytest.raises(KeyListError) as caught:
        believe(short)

    assert caught.value.hint == "git fetch --unshallow"
    git(short.root, "fetch", "--quiet", "--unshallow")
    assert believe(short) == 2


def amend_certificate(club: Club, key: Path) -> None:
    """Let somebody else sign the certificate, in the very commit of the purge."""
    content = (club.root / CERTIFICATE).read_bytes()
    signature = sign(content, key=key, namespace="memberarc-certificate@m1")
    (club.root / f"{CERTIFICATE}.sig").write_bytes(signature)
    club.git("commit", "--quiet", "--all", "--amend", "--no-edit")


def certificate_flaws(club: Club) -> list[str]:
    return [one["message"] for one in club.problems("verify") if one["rule"] == "certificate"]


def test_a_certificate_outlives_the_office_of_who_signed_it(club: Club, mallory: Path) -> None:
    club.run(*PURGE)
    enter(club, mallory, instead=True)
    club.commit_by_hand("the office passes on")
    sign_next_key_list(club)
    sign_next_key_list(club, key=mallory)

    assert club.problems("verify") == []


def test_who_came_later_does_not_sign_for_an_earlier_purge(club: Club, mallory: Path) -> None:
    club.run(*PURGE)
    enter(club, mallory)
    sign_next_key_list(club)
    content = (club.root / CERTIFICATE).read_bytes()
    signature = sign(content, key=mallory, namespace="memberarc-certificate@m1")
    (club.root / f"{CERTIFICATE}.sig").write_bytes(signature)
    club.commit_by_hand()

    [flaw] = certificate_flaws(club)

    assert flaw.startswith("the certificate is not signed by an administrator")


@pytest.mark.parametrize("listed", [True, False], ids=["listed", "only entered"])
def test_a_certificate_needs_its_signer_in_the_policy_that_the_list_names(
    club: Club, mallory: Path, listed: bool
) -> None:
    before = club.head()
    club.run(*PURGE)
    purged = club.head()
    club.git("reset", "--quiet", "--hard", before)
    enter(club, mallory)
    club.commit_by_hand("update policy")
    if listed:
        sign_next_key_list(club)
    club.git("cherry-pick", f"{before}..{purged}")
    amend_certificate(club, mallory)

    assert len(certificate_flaws(club)) == (0 if listed else 1)


@pytest.mark.parametrize("how", ["gone", "empty"])
def test_a_signature_that_the_pin_does_without_is_missed(club: Club, how: str) -> None:
    signature = keys_of(club)[1]
    signature.unlink() if how == "gone" else signature.write_bytes(b"")
    club.commit_by_hand()
    club.run("show", WANG)

    for command in ("check", "verify"):
        problems = club.problems(command)
        assert [(one["path"], one["rule"]) for one in problems] == [
            ("keys/keys.yaml", "unsigned-key-list")
        ]


def test_a_signature_by_a_stranger_is_told_to_who_pinned_the_list(
    club: Club, mallory: Path
) -> None:
    place, signature = keys_of(club)
    signature.write_bytes(sign(place.read_bytes(), key=mallory, namespace=KEY_LIST_NAMESPACE))
    club.commit_by_hand()
    assert believe(club) == 1

    assert [one["rule"] for one in club.problems("verify")] == ["unsigned-key-list"]
    pin_of(club).unlink()
    with pytest.raises(UnsignedKeyListError):
        believe(club)


def test_a_level_key_that_is_gone_is_missed_by_check(club: Club) -> None:
    gone = next((club.root / "keys").glob("secret.*.age"))
    gone.unlink()

    [problem] = club.problems("check")

    assert (problem["rule"], problem["path"]) == ("level-key", "keys/keys.yaml")
    assert gone.name in problem["message"]


def test_a_policy_that_no_list_names_stops_every_act_until_it_is_signed(
    club: Club, mallory: Path
) -> None:
    enter(club, mallory)
    club.commit_by_hand("update policy")

    assert [one["rule"] for one in club.problems("verify")] == ["unsigned-policy"]
    for act in (("show", WANG), ("update", WANG, "--set", "status=left"), PURGE):
        told = club.run(*act, "--format", "json", status=6).envelope["error"]
        assert told["code"] == "unsigned-policy"
        assert "memberarc key sign" in told["hint"]

    sign_next_key_list(club)
    club.run("update", WANG, "--set", "status=left")


@pytest.mark.parametrize("how", ["gone", "no policy"])
def test_the_doctor_tells_of_a_missing_access_policy_instead_of_failing(
    club: Club, how: str
) -> None:
    policy = club.root / "policy" / "access.yaml"
    policy.unlink() if how == "gone" else policy.write_text("format: access/1\npeople: 1\n")
    club.commit_by_hand()

    findings = club.run("doctor", "--format", "json", status=None).data["findings"]

    told = [one["verdict"] for one in findings if one["subject"] == "access policy"]
    assert told == ["fail", "fail"]
