"""A9: a certificate is signed by a person, checkable with stock tools, and breaks when altered."""

from __future__ import annotations

import subprocess

import pytest
import yaml

from builders import WANG, Club
from memberarc.people.ssh import public_key_of

PAPER = f"tombstones/2026/0000/{WANG}.certificate.yaml"


@pytest.fixture
def purged(club: Club) -> Club:
    club.run("purge", WANG, "--reason", "member_request", "--confirm", WANG)
    return club


def verified(club: Club, content: bytes) -> bool:
    allowed = club.home / "allowed"
    allowed.write_text(f"admin {public_key_of(club.signing_key)}\n")
    options = ("-f", str(allowed), "-I", "admin", "-n", "memberarc-certificate@m1")
    done = subprocess.run(
        ["ssh-keygen", "-Y", "verify", *options, "-s", str(club.root / f"{PAPER}.sig")],
        input=content,
        capture_output=True,
    )
    return done.returncode == 0


def test_ssh_keygen_verifies_it_and_no_other(purged: Club) -> None:
    content = (purged.root / PAPER).read_bytes()

    assert verified(purged, content)
    assert not verified(purged, content.replace(b"values_opened: 0", b"values_opened: 1"))


def test_it_names_replicas_times_and_what_was_not_checked(purged: Club) -> None:
    told = yaml.safe_load((purged.root / PAPER).read_text())

    assert [one["confirmed_at"] for one in told["replicas"]] == [told["times"]["shredded"]]
    assert told["checked"]["values_opened"] == 0
    assert "copies_of_the_vault_made_outside_memberarc" in told["not_checked"]


@pytest.mark.parametrize(("language", "words"), [("en", "the share"), ("zh", "密钥")])
def test_people_can_read_it(purged: Club, language: str, words: str) -> None:
    page = purged.run("purge", "certificate", WANG, "--language", language).stdout

    assert words in page
    assert "GDPR" not in page
