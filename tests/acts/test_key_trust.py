"""Whoever may push gets no key list of his own believed; honest branches lock nobody out."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest

from builders import WANG, ZENG, Club, git, sign_next_key_list
from memberarc.acts.key.trust import accepted_key_list
from memberarc.archive.opened import open_archive
from memberarc.errors import (
    KeyListError,
    OlderKeyListError,
    UnsignedKeyListError,
    UnsignedPolicyError,
)
from memberarc.people.ssh import make_signing_key, sign
from memberarc.sealing.keys.key_list import (
    list_key,
    next_key_list,
    parse_key_list,
    write_key_list,
)
from memberarc.sealing.keys.key_pin import KEY_LIST_NAMESPACE
from memberarc.sealing.keys.level_keys import new_level_key, wrap_level_key

PURGE = ("purge", ZENG, "--reason", "duplicate", "--confirm", ZENG)
CERTIFICATE = f"tombstones/2026/0000/{ZENG}.certificate.yaml"
PINNED_OR_NOT = pytest.mark.parametrize("pinned", [True, False], ids=["pinned", "first sight"])


@pytest.fixture
def mallory(tmp_path: Path) -> Path:
    """The signing key of somebody who may push and is no administrator."""
    key = tmp_path / "mallory"
    make_signing_key(key)
    return key


def believe(club: Club) -> int:
    """Return the number of the key list that this user believes."""
    return accepted_key_list(open_archive(club.root), club.caller()).number


def pin_of(club: Club) -> Path:
    return club.home / "state" / "memberarc" / club.archive / "keys.yaml"


def see(club: Club, *, pinned: bool) -> None:
    """Look at the archive as it is now, or forget that one ever did."""
    if pinned:
        assert believe(club) >= 1
    else:
        pin_of(club).unlink()


def enter(club: Club, key: Path, *, instead: bool = False) -> None:
    """Write somebody into the access policy, beside or instead of its administrator."""
    public = " ".join(key.with_suffix(".pub").read_text().split()[:2])
    if instead:
        club.edit("policy/access.yaml", r"ssh-ed25519 [A-Za-z0-9+/=]+", public)
        return
    person = (
        "  - id: mallory\n    roles:\n      - administrator\n"
        f'    signing_keys:\n      - "{public}"\nroles:'
    )
    club.edit("policy/access.yaml", r"(?m)^roles:$", person)


def keys_of(club: Club) -> tuple[Path, Path]:
    return club.root / "keys" / "keys.yaml", club.root / "keys" / "keys.yaml.sig"


def found_anew(club: Club, key: Path) -> None:
    """Write a first key list of other bytes, signed."""
    place, signature = keys_of(club)
    key_list = parse_key_list(place.read_bytes(), path="x")
    content = write_key_list(replace(key_list, number=1, previous="", keys=key_list.keys[::-1]))
    place.write_bytes(content)
    signature.write_bytes(sign(content, key=key, namespace=KEY_LIST_NAMESPACE))


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
    told = "does not follow from list 1" if pinned else "2 first key lists instead of one"
    with pytest.raises(KeyListError, match=told):
        believe(club)


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


def two_branches(club: Club) -> None:
    """Make a list 2 on each of two branches."""
    club.git("switch", "--quiet", "--create", "side")
    sign_next_key_list(club)
    club.git("switch", "--quiet", "main")
    place, signature = keys_of(club)
    content = place.read_bytes()
    before = parse_key_list(content, path="x")
    other = write_key_list(next_key_list(before, content=content, keys=before.keys[::-1]))
    place.write_bytes(other)
    signature.write_bytes(sign(other, key=club.signing_key, namespace=KEY_LIST_NAMESPACE))
    club.commit_by_hand()


@PINNED_OR_NOT
@pytest.mark.parametrize("chosen", ["main", "side"])
@pytest.mark.parametrize("when", ["in the merge", "after it"])
def test_two_branches_with_a_list_each_lock_nobody_out(
    club: Club, pinned: bool, chosen: str, when: str
) -> None:
    see(club, pinned=pinned)
    two_branches(club)
    club.git("merge", "--quiet", "--no-commit", "--strategy=ours", "side")
    club.git("checkout", "--quiet", chosen, "--", "keys")
    if when == "after it":
        club.git("commit", "--quiet", "--message", "merge")
        assert believe(club) == 2
    sign_next_key_list(club)

    assert believe(club) == 3
    assert club.problems("verify") == []


def test_who_saw_the_list_that_was_given_up_is_told_to_ask(club: Club) -> None:
    two_branches(club)
    club.git("switch", "--quiet", "side")
    assert believe(club) == 2
    club.git("switch", "--quiet", "main")
    club.git("merge", "--quiet", "--strategy=ours", "--no-edit", "side")
    sign_next_key_list(club)

    with pytest.raises(KeyListError, match="does not follow from list 2 seen before") as caught:
        believe(club)

    assert "ask an administrator" in caught.value.hint


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


def plant(club: Club, *, signed_by: Path | None) -> None:
    """Put a level key of a stranger's making, wrapped for the readers, in the place of one."""
    place, signature = keys_of(club)
    content = place.read_bytes()
    before = parse_key_list(content, path="x")
    planted = new_level_key("internal", epoch=2, archive=club.archive)
    readers = next(entry for entry in before.keys if entry.level == "internal").recipients
    wrapped = wrap_level_key(
        planted, archive=club.archive, recipients=[one.recipient for one in readers]
    )
    if signed_by is None:
        next((club.root / "keys").glob("internal.*.age")).write_bytes(wrapped)
    else:
        entry = list_key(planted, entry_id="zzzz", content=wrapped, recipients=readers)
        (club.root / planted.path).write_bytes(wrapped)
        written = write_key_list(next_key_list(before, content=content, keys=(*before.keys, entry)))
        place.write_bytes(written)
        signature.write_bytes(sign(written, key=signed_by, namespace=KEY_LIST_NAMESPACE))
    club.commit_by_hand("a key of my own")


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


def test_a_list_rolled_back_by_a_commit_on_top_is_refused(club: Club) -> None:
    club.run("key", "rotate", "internal")
    kept = club.head()
    club.git("revert", "--no-edit", "HEAD")

    for command in (("show", WANG), ("key", "rotate"), ("key", "list")):
        told = club.run(*command, "--format", "json", status=6).envelope["error"]
        assert told["code"] == "older-key-list"

    club.git("reset", "--quiet", "--hard", kept)
    club.run("show", WANG)


def test_a_list_given_up_is_taken_in_only_from_who_administers_still(
    club: Club, mallory: Path
) -> None:
    """Whoever has left can make a branch from a commit of his time, with a key of his making."""
    enter(club, mallory)
    sign_next_key_list(club)
    club.git("switch", "--quiet", "--create", "side")
    plant(club, signed_by=mallory)
    club.git("switch", "--quiet", "main")
    public = mallory.with_suffix(".pub").read_text().split()[1]
    club.edit("policy/access.yaml", rf"(?s)  - id: mallory\n.*{re.escape(public)}\"\n", "")
    sign_next_key_list(club)
    club.git("merge", "--quiet", "--no-commit", "--strategy=ours", "side")
    club.git("checkout", "--quiet", "side", "--", ".")
    club.git("checkout", "--quiet", "HEAD", "--", "keys/keys.yaml", "keys/keys.yaml.sig", "policy")
    club.git("commit", "--quiet", "--message", "merge")
    [problem] = club.problems("check")
    assert problem["rule"] == "unlisted-key"

    told = club.json("key", "rotate", "internal")

    assert told["taken_in"] == []
