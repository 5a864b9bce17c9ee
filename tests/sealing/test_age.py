"""age files through the library we use: identities, small files, and the real age beside it."""

from __future__ import annotations

import base64
import os
import shutil
import subprocess
import textwrap
from datetime import UTC, datetime
from io import BytesIO
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyrage import x25519

from memberarc.errors import (
    DocumentError,
    DuplicateError,
    FileError,
    NoIdentityError,
    SealingError,
    SettingsError,
)
from memberarc.sealing.age.bech32 import age_secret_key
from memberarc.sealing.age.crypt import (
    decrypt,
    encrypt,
    generate_identity,
    load_identities,
    parse_identities,
)
from memberarc.sealing.age.stream import decrypt_stream, encrypt_stream

if TYPE_CHECKING:
    from pathlib import Path

NOW = datetime(2026, 11, 3, 10, 0, tzinfo=UTC)
PASSPHRASE_FILE = (
    b"age-encryption.org/v1\n-> scrypt rF0/NwblUHHTpgQgRpe5CQ 10\n"
    b"gUjEymFKMVXQEKdMMHL24oYexjE3TIC0O0zGSqJ2aUY\n"
    b"--- IOj7j1Sj4PgUYe2CEE5NUAo0YhwEXjZ0yxfNAzl7rN8\n" + bytes(40)
)

needs_age = pytest.mark.skipif(shutil.which("age") is None, reason="age is not installed")


@pytest.fixture
def identity(tmp_path: Path) -> Path:
    path = tmp_path / "config" / "identity.txt"
    generate_identity(path, now=NOW)
    return path


def test_an_identity_is_written_once_and_for_its_owner_only(tmp_path: Path) -> None:
    path = tmp_path / "identity.txt"

    recipient = generate_identity(path, now=NOW)

    assert path.stat().st_mode & 0o777 == 0o600
    assert path.read_text().startswith(
        f"# created: 2026-11-03T10:00:00Z\n# public key: {recipient}\nAGE-SECRET-KEY-1"
    )
    assert load_identities(path).recipients == (recipient,)
    with pytest.raises(DuplicateError):
        generate_identity(path, now=NOW)


@needs_age
def test_age_keygen_reads_our_identity_and_finds_the_same_recipient(identity: Path) -> None:
    told = subprocess.run(["age-keygen", "-y", identity], capture_output=True, text=True)

    assert told.stdout.split() == list(load_identities(identity).recipients)


@needs_age
def test_we_read_what_age_keygen_writes(tmp_path: Path) -> None:
    path = tmp_path / "identity.txt"
    told = subprocess.run(["age-keygen", "-o", path], capture_output=True, text=True)

    assert load_identities(path).recipients[0] in told.stderr


@pytest.mark.parametrize("kind", ["ed25519", "rsa"])
def test_an_ssh_key_is_an_identity_among_others(tmp_path: Path, kind: str, identity: Path) -> None:
    key = tmp_path / "key"
    subprocess.run(["ssh-keygen", "-q", "-t", kind, "-N", "", "-f", key], check=True)
    public = " ".join((tmp_path / "key.pub").read_text().split()[:2])
    mixed = b"# mine\n\n" + identity.read_bytes() + key.read_bytes() + b"\n# end\n"
    identities = parse_identities(mixed, where="mixed")

    for recipient in (public, identities.recipients[0]):
        sealed = encrypt(b"level key", recipients=[recipient])
        assert decrypt(sealed, identities=identities, where="key") == b"level key"
    assert len(identities.keys) == 2


def test_an_identity_others_may_read_is_refused_with_the_remedy(identity: Path) -> None:
    identity.chmod(0o640)

    with pytest.raises(SettingsError) as caught:
        load_identities(identity)

    assert caught.value.hint == f"chmod 600 {identity}"


def test_a_missing_identity_is_told_from_a_wrong_one(tmp_path: Path) -> None:
    with pytest.raises(NoIdentityError):
        load_identities(tmp_path / "none.txt")


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"# only a comment\n",
        b"AGE-SECRET-KEY-1QQQQ\n",
        b"age1zvkyg2lqzraa2lnjvqej32nkuu0ues2s82hzrye869xeexvn73equnujwj\n",
        b"-----BEGIN OPENSSH PRIVATE KEY-----\nAAAA\n",
        b"\xff\xfe\n",
        b"-----BEGIN AGE ENCRYPTED FILE-----\nAAAA\n",
        PASSPHRASE_FILE,
    ],
)
def test_what_is_no_identity_file_is_refused(content: bytes) -> None:
    with pytest.raises(SettingsError):
        parse_identities(content, where="identity.txt")


def test_a_wrong_identity_line_is_named_and_never_quoted(identity: Path) -> None:
    secret = identity.read_text().splitlines()[-1]
    broken = f"# mine\n{secret[:-1]}\n".encode()

    with pytest.raises(SettingsError, match="line 2") as caught:
        parse_identities(broken, where="identity.txt")

    assert secret[20:40] not in str(caught.value)


def test_a_passphrase_where_keys_are_expected_is_refused_by_its_header(identity: Path) -> None:
    identities = load_identities(identity)
    text = base64.b64encode(PASSPHRASE_FILE).decode()
    armour = "-----BEGIN AGE ENCRYPTED FILE-----", "-----END AGE ENCRYPTED FILE-----"
    armoured = "\n".join([armour[0], *textwrap.wrap(text, 64), armour[1]])

    for content in (PASSPHRASE_FILE, armoured.encode()):
        with pytest.raises(SealingError, match="passphrase"):
            decrypt(content, identities=identities, where="key")


def test_a_stranger_opens_nothing_and_damage_is_told_from_it(identity: Path) -> None:
    identities = load_identities(identity)
    sealed = encrypt(b"level key", recipients=identities.recipients)
    stranger = encrypt(b"x", recipients=[str(x25519.Identity.generate().to_public())])

    with pytest.raises(NoIdentityError):
        decrypt(stranger, identities=identities, where="key")
    for damaged in (b"", sealed[:-90], sealed.replace(b"\n", b"\nA", 3)):
        with pytest.raises(SealingError) as caught:
            decrypt(damaged, identities=identities, where="key")
        assert type(caught.value) is SealingError


@pytest.mark.parametrize("recipients", [[], ["age1nobody"], ["ssh-ed25519 AAAA"], ["zhang"]])
def test_nothing_is_encrypted_to_what_is_no_recipient(recipients: list[str]) -> None:
    with pytest.raises(SealingError):
        encrypt(b"level key", recipients=recipients)


@needs_age
def test_the_real_age_opens_a_small_file_of_ours(identity: Path) -> None:
    sealed = encrypt(b"level key", recipients=load_identities(identity).recipients)

    done = subprocess.run(["age", "-d", "-i", identity], input=sealed, capture_output=True)

    assert done.stdout == b"level key"


@given(st.binary(min_size=32, max_size=32))
def test_a_scalar_becomes_the_identity_the_library_reads(scalar: bytes) -> None:
    text = age_secret_key(scalar)

    assert str(x25519.Identity.from_str(text)) == text
    assert x25519.Identity.from_str(text).to_public() is not None


@needs_age
@pytest.mark.parametrize("scalar", [bytes(32), bytes(range(32)), b"\xff" * 32])
def test_age_keygen_reads_a_scalar_of_ours(scalar: bytes) -> None:
    text = age_secret_key(scalar)

    told = subprocess.run(["age-keygen", "-y"], input=text, capture_output=True, text=True)

    assert told.stdout.strip() == str(x25519.Identity.from_str(text).to_public())


class FullDisk(BytesIO):
    def write(self, content: object, /) -> int:
        raise OSError(28, "No space left on device")


def test_a_stream_tells_a_full_disk_from_damage() -> None:
    identity, stranger = (age_secret_key(os.urandom(32)) for _ in range(2))
    sealed = BytesIO()
    encrypt_stream(BytesIO(b"x" * 200_000), sealed, identity=identity)
    whole = sealed.getvalue()

    with pytest.raises(FileError):
        encrypt_stream(BytesIO(b"x" * 200_000), FullDisk(), identity=identity)
    with pytest.raises(FileError, match="No space"):
        decrypt_stream(BytesIO(whole), FullDisk(), identities=[identity])
    for content, identities in (
        (whole, [stranger]),
        (whole[:-1], [identity]),
        (whole[:100_000] + bytes([whole[100_000] ^ 1]) + whole[100_001:], [identity]),
        (b"", [identity]),
        (PASSPHRASE_FILE, [identity]),
    ):
        with pytest.raises(DocumentError):
            decrypt_stream(BytesIO(content), BytesIO(), identities=identities)
    opened = BytesIO()
    decrypt_stream(BytesIO(whole), opened, identities=[stranger, identity])
    assert opened.getvalue() == b"x" * 200_000
