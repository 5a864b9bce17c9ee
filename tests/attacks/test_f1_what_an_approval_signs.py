"""F1: an approval binds archive, request, act, base, result, policy and a last day."""

from __future__ import annotations

import re
import subprocess

import pytest
import yaml

from builders import WANG, Club
from memberarc.errors import SignatureError
from memberarc.people.ssh import AllowedSigner, public_key_of, verify

CERTIFICATE = f"tombstones/2026/0000/{WANG}.certificate.yaml"


@pytest.fixture
def approval(club: Club) -> dict[str, str]:
    club.run("purge", WANG, "--reason", "member_request", "--confirm", WANG)
    certificate = yaml.safe_load((club.root / CERTIFICATE).read_text())
    found: dict[str, str] = certificate["approvals"][0]
    return found


def test_the_text_names_everything_that_a_replay_would_have_to_match(
    club: Club, approval: dict[str, str]
) -> None:
    lines = dict(line.split(" ", 1) for line in approval["text"].splitlines())

    assert lines["archive"] == club.archive
    assert lines["act"] == "purge"
    assert re.fullmatch(r"[0-9a-f]{40}", lines["base"])
    club.git("cat-file", "-e", lines["base"])
    assert {"request", "result", "policy", "key-list", "role", "not-after", "view"} <= lines.keys()


@pytest.mark.parametrize("namespace", ["memberarc-approve-update@m1", "git", "memberarc-keys@m1"])
def test_a_signature_for_one_act_is_none_for_another(
    club: Club, approval: dict[str, str], namespace: str
) -> None:
    signer = AllowedSigner(person="admin", public_key=public_key_of(club.signing_key))
    text, signature = approval["text"].encode(), approval["signature"].encode()

    assert (
        verify(text, signature=signature, namespace="memberarc-approve-purge@m1", allowed=[signer])
        == "admin"
    )
    with pytest.raises(SignatureError):
        verify(text, signature=signature, namespace=namespace, allowed=[signer])


def test_the_stock_program_agrees(club: Club, approval: dict[str, str]) -> None:
    allowed = club.home / "allowed"
    allowed.write_text(f"admin {public_key_of(club.signing_key)}\n")
    signature = club.home / "approval.sig"
    signature.write_text(approval["signature"])

    options = ("-f", str(allowed), "-I", "admin", "-n", "memberarc-approve-purge@m1")
    done = subprocess.run(
        ["ssh-keygen", "-Y", "verify", *options, "-s", str(signature)],
        input=approval["text"].encode(),
        capture_output=True,
    )

    assert done.returncode == 0, done.stderr
