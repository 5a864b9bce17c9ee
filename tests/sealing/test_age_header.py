"""To whom an age file is encrypted can be told without any key."""

from __future__ import annotations

from pathlib import Path

import pytest

from memberarc.errors import SealingError
from memberarc.people.ssh import make_signing_key
from memberarc.sealing.age import crypt as age
from memberarc.sealing.age.header import read_stanzas, stanza_flaw, stanza_of
from memberarc.sealing.age.hybrid import new_hybrid_identity, parse_hybrid_identity

ONE = "age1zvkyg2lqzraa2lnjvqej32nkuu0ues2s82hzrye869xeexvn73equnujwj"


@pytest.fixture
def ssh(tmp_path: Path) -> str:
    return " ".join(make_signing_key(tmp_path / "key").split()[:2])


def test_every_recipient_leaves_a_stanza_and_an_ssh_key_its_tag(ssh: str) -> None:
    content = age.encrypt(b"x", recipients=[ONE, ssh])

    found = read_stanzas(content, where="x")

    assert {*found} == {"X25519", stanza_of(ssh)}
    assert stanza_of(ssh).startswith("ssh-ed25519 ")
    assert stanza_flaw(found, recipients=[ONE, ssh]) == ""


def test_another_number_or_another_kind_is_a_flaw(ssh: str, tmp_path: Path) -> None:
    other = " ".join(make_signing_key(tmp_path / "other").split()[:2])
    found = read_stanzas(age.encrypt(b"x", recipients=[ONE, ssh]), where="x")

    for recipients in ([ONE], [ONE, ONE], [ONE, other], [ONE, ssh, ssh], []):
        assert "recipients are listed" in stanza_flaw(found, recipients=recipients)


def test_of_a_plugin_only_the_number_can_be_told() -> None:
    assert stanza_of("age1yubikey1qqqq") == ""
    assert stanza_flaw(["piv-p256", "X25519"], recipients=[ONE, "age1yubikey1qqqq"]) == ""
    assert stanza_flaw(["piv-p256"], recipients=[ONE]) != ""


def test_a_post_quantum_recipient_is_told_from_the_others() -> None:
    recipient = parse_hybrid_identity(new_hybrid_identity()).recipient
    found = read_stanzas(age.encrypt(b"x", recipients=[recipient]), where="x")

    assert stanza_flaw(found, recipients=[recipient]) == ""
    assert stanza_flaw(found, recipients=[ONE]) != ""


@pytest.mark.parametrize("content", [b"", b"x", b"-----BEGIN AGE ENCRYPTED FILE-----\nx\n"])
def test_what_is_no_age_file_is_said_to_be_none(content: bytes) -> None:
    with pytest.raises(SealingError):
        read_stanzas(content, where="x")
