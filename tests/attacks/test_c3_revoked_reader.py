"""C3: who was revoked keeps the old keys; what stands or arrives under them is told."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from acts.colleague import Colleague, colleague, let_in
from attacks.pusher import enter, mallory, plant
from builders import SHAN, ZENG, Club, git, sign_next_key_list

__all__ = ["mallory"]

RECORD = f"members/2026/0000/{SHAN}.yaml"
UPDATE = ("update", SHAN, "--set", "contact.mobile=13911112222")
PURGE = ("purge", ZENG, "--reason", "duplicate", "--confirm", ZENG)


@pytest.fixture
def zhang(club: Club, tmp_path: Path) -> Colleague:
    """Somebody who reads all but secrets, and is revoked in the end."""
    person = colleague(tmp_path, "zhang")
    let_in(club, person)
    return person


@pytest.fixture
def zhao(club: Club, tmp_path: Path) -> Colleague:
    """Another administrator, who reads what the first one reads."""
    person = colleague(tmp_path, "zhao")
    let_in(club, person, "--role", "administrator", "--signing-key", person.public_key)
    return person


@pytest.fixture
def merged(club: Club, zhang: Colleague, tmp_path: Path) -> Club:
    """The club after a revocation, with an update merged that was made in a clone from before."""
    old = club.clone(tmp_path / "old")
    club.run("key", "revoke", zhang.name, "--confirm", zhang.name)
    zhang.run(old, *UPDATE)
    git(club.root, "pull", "--quiet", "--no-rebase", "--no-edit", "-X", "theirs", str(old.root))
    return club


def left_behind(club: Club, command: str) -> list[tuple[str, str, str]]:
    return [(one["rule"], one["path"], one["pointer"]) for one in club.problems(command)]


def test_a_value_of_a_retired_epoch_is_told_and_a_rotation_seals_it_again(merged: Club) -> None:
    for command in ("check", "verify"):
        assert left_behind(merged, command) == [("retired-epoch", RECORD, "contact.mobile")]
    [told] = [one for one in merged.json("doctor")["findings"] if "retired epoch" in one["message"]]
    assert told["verdict"] == "warn"

    merged.run("key", "rotate", "internal")

    assert merged.problems("verify") == []
    assert merged.json("show", SHAN)["record"]["contact"]["mobile"] == "13911112222"


def test_an_update_of_such_a_record_simply_works_and_seals_all_of_it_again(merged: Club) -> None:
    merged.run("update", SHAN, "--set", "joined=2024-05-21")

    assert merged.problems("check") == []


def test_who_cannot_open_a_level_updates_a_record_all_the_same(
    merged: Club, tmp_path: Path
) -> None:
    record = merged.text(SHAN)
    li = colleague(tmp_path, "li")
    let_in(merged, li, "--role", "desk", "--levels", "confidential")
    li.run(merged, "update", SHAN, "--set", "identity.number=110101199001011237")

    assert left_behind(merged, "check") == [("retired-epoch", RECORD, "contact.mobile")]
    assert re.findall("  mobile: .*", record) == re.findall("  mobile: .*", merged.text(SHAN))


@pytest.mark.parametrize(
    "spelling",
    ["{}", "'{}'", '"\\x65{}"', ">-\n    {}"],
    ids=["plain", "quoted", "escaped", "block"],
)
def test_a_forged_value_is_told_however_it_is_spelt(
    club: Club, zhang: Colleague, tmp_path: Path, spelling: str
) -> None:
    """He seals with the keys he kept, and only the record's file is pushed on the newest commit."""
    old = club.clone(tmp_path / "old")
    club.run("key", "revoke", zhang.name, "--confirm", zhang.name)
    zhang.run(old, *UPDATE)
    [forged] = re.findall("  mobile: (.*)", old.text(SHAN))
    text = spelling.format(forged.removeprefix("e") if "x65" in spelling else forged)
    club.edit(RECORD, "(?<=  mobile: ).*", text)
    club.commit_by_hand("update")

    assert left_behind(club, "check") == [("retired-epoch", RECORD, "contact.mobile")]


def test_a_level_whose_epochs_were_made_twice_raises_no_alarm(
    club: Club, zhao: Colleague, tmp_path: Path
) -> None:
    other = club.clone(tmp_path / "other")
    club.run("key", "rotate", "internal")
    zhao.run(other, "key", "rotate", "internal")
    git(club.root, "fetch", "--quiet", str(other.root), "main")
    club.git("merge", "--quiet", "--strategy=ours", "--no-edit", "FETCH_HEAD")
    club.git("checkout", "--quiet", "FETCH_HEAD", "--", "members", "keys/internal.2.*")
    club.commit_by_hand("their records")

    assert [one["rule"] for one in club.problems("check")] == ["unlisted-key"]
    club.run("key", "rotate", "internal")
    assert club.problems("verify") == []


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


@pytest.fixture
def purged_afterwards(club: Club, zhao: Colleague, tmp_path: Path) -> Club:
    """A purge in a clone from before its administrator was revoked, merged afterwards."""
    old = club.clone(tmp_path / "old")
    club.run("key", "revoke", zhao.name, "--confirm", zhao.name)
    zhao.run(old, *PURGE)
    git(club.root, "fetch", "--quiet", str(old.root), "main")
    return club


def merge_purge(club: Club) -> None:
    club.git("merge", "--quiet", "--no-commit", "--strategy=ours", "FETCH_HEAD")
    club.git("checkout", "--quiet", "FETCH_HEAD", "--", "tombstones")
    club.path(ZENG).unlink()
    club.commit_by_hand("merge")


def test_a_certificate_that_may_be_later_than_the_removal_of_its_signer_is_told(
    purged_afterwards: Club,
) -> None:
    club = purged_afterwards
    merge_purge(club)

    [problem] = club.problems("verify")

    assert problem["rule"] == "certificate"
    assert "its signer may have been removed before it came" in problem["hint"]


def test_bringing_the_list_that_removed_him_once_more_makes_it_no_earlier(
    purged_afterwards: Club,
) -> None:
    club = purged_afterwards
    club.git("switch", "--quiet", "--create", "his", "FETCH_HEAD")
    club.git("checkout", "--quiet", "main", "--", "keys", "policy")
    club.commit_by_hand("the removal, now after the purge")
    club.git("switch", "--quiet", "main")
    club.git("fetch", "--quiet", ".", "his")
    merge_purge(club)

    assert [one["rule"] for one in club.problems("verify")] == ["certificate"]


def test_a_present_administrator_certifies_such_a_purge_anew(
    purged_afterwards: Club,
) -> None:
    club = purged_afterwards
    merge_purge(club)
    papers = f"tombstones/2026/0000/{ZENG}.certificate.yaml"
    [problem] = club.problems("verify")
    assert f"git rm {papers} {papers}.sig" in problem["hint"]

    club.git("rm", "--quiet", papers, f"{papers}.sig")
    club.commit_by_hand("without the certificate")
    club.run(*PURGE)

    assert club.problems("verify") == []


def test_a_certificate_from_before_the_removal_stays_good(club: Club, zhao: Colleague) -> None:
    zhao.run(club, *PURGE)
    club.run("key", "revoke", zhao.name, "--confirm", zhao.name)
    club.run("key", "rotate", "internal")

    assert club.problems("verify") == []


def test_a_value_that_nobody_can_open_stops_a_revocation_and_says_who_put_it_there(
    club: Club, zhang: Colleague
) -> None:
    [good] = re.findall("  mobile: (.*)", club.text(SHAN))
    bad = good[:40] + ("A" if good[40] != "A" else "B") + good[41:]
    club.edit(RECORD, "(?<=  mobile: ).*", bad)
    club.commit_by_hand("update")

    told = club.run("key", "revoke", zhang.name, "--confirm", zhang.name, status=6)

    assert RECORD in told.stderr
    assert f"memberarc log {SHAN}" in told.stderr


def test_who_reads_the_level_seals_such_a_value_again_as_the_hint_says(merged: Club) -> None:
    [problem] = merged.problems("check")
    assert f"memberarc encrypt {SHAN}" in problem["hint"]

    merged.run("encrypt", SHAN)

    assert merged.problems("verify") == []
