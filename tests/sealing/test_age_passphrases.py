"""Identity files under a passphrase: of the real age, and made to measure."""

from __future__ import annotations

import base64
import hashlib
import os
import shutil
import subprocess
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pexpect
import pytest
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from pyrage import x25519

from memberarc.errors import NoIdentityError, PassphraseError, SettingsError
from memberarc.sealing.age.crypt import encrypt, load_identities
from memberarc.sealing.age.frame import Stanza, parse_age_file, write_age_file
from memberarc.sealing.age.hybrid import new_hybrid_identity
from memberarc.sealing.age.passphrases import LARGEST_WORK_FACTOR, is_protected

if TYPE_CHECKING:
    from pathlib import Path

PASSPHRASE = "correct horse 电池 staple"


def protected(content: bytes, *, passphrase: str = PASSPHRASE, work_factor: int = 8) -> bytes:
    """Encrypt under a passphrase as age does, for less work; above 12 nobody can open it."""
    salt = os.urandom(16)
    wrap_key = hashlib.scrypt(
        passphrase.encode(),
        salt=b"age-encryption.org/v1/scrypt" + salt,
        n=2 ** min(work_factor, 12),
        r=8,
        p=1,
        dklen=32,
    )

    def wrap(file_key: bytes) -> list[Stanza]:
        text = base64.b64encode(salt).rstrip(b"=").decode()
        body = ChaCha20Poly1305(wrap_key).encrypt(bytes(12), file_key, None)
        return [Stanza(arguments=("scrypt", text, str(work_factor)), body=body)]

    return write_age_file(content, wrap=wrap)


@dataclass
class Person:
    """Somebody who knows a passphrase, or none."""

    answer: str | None
    asked: list[str] = field(default_factory=list)

    def passphrase(self, question: str) -> str | None:
        self.asked.append(question)
        return self.answer

    def secret(self, question: str) -> str | None:
        raise AssertionError(question)

    def word(self, question: str) -> str | None:
        raise AssertionError(question)

    def choose(self, question: str, *, yes: str, no: str) -> bool | None:
        raise AssertionError(question)

    def tell(self, message: str) -> None:
        raise AssertionError(message)


@pytest.fixture
def identity() -> x25519.Identity:
    """Make an identity."""
    return x25519.Identity.generate()


def written(path: Path, content: bytes) -> Path:
    path.write_bytes(content)
    path.chmod(0o600)
    return path


@pytest.mark.parametrize("armoured", [True, False])
def test_the_passphrase_opens_the_identity_file(
    tmp_path: Path, identity: x25519.Identity, armoured: bool
) -> None:
    text = f"# mine\n{identity}\n{new_hybrid_identity()}\n".encode()
    content = protected(text) if armoured else parse_age_file(protected(text)).binary
    path, person = written(tmp_path / "identity.age", content), Person(PASSPHRASE)

    found = load_identities(path, asker=person)

    assert found.recipients[0] == str(identity.to_public())
    assert len(found.recipients) == 2
    assert person.asked == [f"Passphrase of {path}: "]
    assert is_protected(path)


@pytest.mark.skipif(shutil.which("age") is None, reason="age is not installed")
@pytest.mark.parametrize("options", [["-p"], ["-p", "-a"]])
def test_what_the_real_age_has_protected_opens(
    tmp_path: Path, identity: x25519.Identity, options: list[str]
) -> None:
    plain, path = written(tmp_path / "plain", str(identity).encode()), tmp_path / "identity.age"
    child = pexpect.spawn("age", [*options, "-o", str(path), str(plain)], timeout=120)
    for _ in range(2):
        child.expect("passphrase")
        child.sendline(PASSPHRASE)
    child.expect(pexpect.EOF)
    child.close()
    assert child.exitstatus == 0
    path.chmod(0o600)

    found = load_identities(path, asker=Person(PASSPHRASE))

    assert found.recipients == (str(identity.to_public()),)
    with pytest.raises(PassphraseError):
        load_identities(path, asker=Person("correct horse"))


@pytest.mark.parametrize("answer", ["", "Correct horse 电池 staple", "\udcff"])
def test_another_passphrase_is_told_from_damage(
    tmp_path: Path, identity: x25519.Identity, answer: str
) -> None:
    path = written(tmp_path / "identity.age", protected(str(identity).encode()))

    with pytest.raises(PassphraseError, match="the passphrase is wrong"):
        load_identities(path, asker=Person(answer))


def test_without_anybody_to_ask_the_ways_out_are_named(
    tmp_path: Path, identity: x25519.Identity
) -> None:
    path = written(tmp_path / "identity.age", protected(str(identity).encode()))

    for asker in ({}, {"asker": Person(None)}):
        with pytest.raises(NoIdentityError) as caught:
            load_identities(path, **asker)
        assert "memberarc unlock" in caught.value.hint
        assert "MEMBERARC_PASSPHRASE_FILE" in caught.value.hint


@pytest.mark.parametrize("work_factor", [LARGEST_WORK_FACTOR + 1, 23, 64, 999])
def test_a_work_factor_beyond_bearing_is_refused_before_anybody_is_asked(
    tmp_path: Path, work_factor: int
) -> None:
    path = written(tmp_path / "identity.age", protected(b"x", work_factor=work_factor))
    person = Person(PASSPHRASE)

    with pytest.raises(SettingsError, match=f"the work factor {work_factor}"):
        load_identities(path, asker=person)

    assert person.asked == []


def test_what_else_is_no_protected_identity_file_is_refused_before_anybody_is_asked(
    tmp_path: Path, identity: x25519.Identity
) -> None:
    person = Person(PASSPHRASE)
    good = parse_age_file(protected(b"x")).binary
    for content in (
        encrypt(str(identity).encode(), recipients=[str(identity.to_public())]),
        good[:40],
        good.replace(b" 8\n", b" 08\n"),
        good.replace(b" 8\n", b" 8 8\n"),
        good.replace(b" 8\n", b" 9999\n"),
        b"-----BEGIN AGE ENCRYPTED FILE-----\nAAAA\n",
    ):
        path = written(tmp_path / "identity.age", content)
        with pytest.raises(SettingsError):
            load_identities(path, asker=person)
    assert person.asked == []


def test_a_file_protected_twice_is_refused(tmp_path: Path, identity: x25519.Identity) -> None:
    path = written(tmp_path / "identity.age", protected(protected(str(identity).encode())))

    with pytest.raises(SettingsError, match="encrypted once more"):
        load_identities(path, asker=Person(PASSPHRASE))


def test_a_damaged_payload_is_told_from_a_wrong_passphrase(
    tmp_path: Path, identity: x25519.Identity
) -> None:
    binary = parse_age_file(protected(str(identity).encode())).binary
    path = written(tmp_path / "identity.age", binary[:-1] + bytes([binary[-1] ^ 1]))

    with pytest.raises(SettingsError, match="does not open"):
        load_identities(path, asker=Person(PASSPHRASE))


def test_a_file_that_others_may_read_is_refused_all_the_same(
    tmp_path: Path, identity: x25519.Identity
) -> None:
    path = written(tmp_path / "identity.age", protected(str(identity).encode()))
    path.chmod(0o644)
    person = Person(PASSPHRASE)

    with pytest.raises(SettingsError, match="other users"):
        load_identities(path, asker=person)

    assert person.asked == []


def test_an_ssh_key_with_a_passphrase_of_its_own_is_refused_with_another_way(
    tmp_path: Path,
) -> None:
    key = tmp_path / "key"
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "hello", "-f", key], check=True)

    with pytest.raises(SettingsError, match="passphrase of its own") as caught:
        load_identities(key, asker=Person("hello"))

    assert "age-keygen | age -p" in caught.value.hint


def test_an_ssh_key_inside_a_protected_file_opens(tmp_path: Path) -> None:
    key = tmp_path / "key"
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", key], check=True)
    path = written(tmp_path / "identity.age", protected(key.read_bytes()))

    assert len(load_identities(path, asker=Person(PASSPHRASE)).keys) == 1
