"""Post-quantum recipients: among themselves, and never beside others."""

from __future__ import annotations

import subprocess
import sys
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
from pyrage import x25519

from memberarc.errors import NoIdentityError, SealingError, SettingsError
from memberarc.sealing.age.crypt import (
    decrypt,
    encrypt,
    generate_identity,
    load_identities,
    parse_identities,
)
from memberarc.sealing.age.frame import parse_age_file
from memberarc.sealing.age.hybrid import new_hybrid_identity, parse_hybrid_identity

if TYPE_CHECKING:
    from pathlib import Path

NOW = datetime(2026, 11, 3, 10, 0, tzinfo=UTC)
# The pair in the specification, the recipient without its middle.
PRINTED_IDENTITY = "AGE-SECRET-KEY-PQ-1XX76JRALNLXDMEW0CRK45QMCCH4X06SE84UN3VPM33W6HWDX0H3SK3ZQFR"
PRINTED_START = "age1pq1x34nzsvr0rxjsgdn8zgyhfe8j7ceq5r9rdelkjuh3y235jzxshfg87pzf5zrqtzdxz95paef6"
PRINTED_END = "lhl53k2ykx3qheyty7saeq0d3fzv49zc0k"


def test_the_printed_identity_has_the_printed_recipient() -> None:
    recipient = parse_hybrid_identity(PRINTED_IDENTITY).recipient

    assert recipient.startswith(PRINTED_START)
    assert recipient.endswith(PRINTED_END)
    assert len(recipient) == 1959


def test_a_new_identity_opens_what_is_encrypted_to_its_recipient(tmp_path: Path) -> None:
    path = tmp_path / "identity.txt"

    recipient = generate_identity(path, now=NOW, post_quantum=True)

    assert path.stat().st_mode & 0o777 == 0o600
    assert f"# public key: {recipient}\nAGE-SECRET-KEY-PQ-1" in path.read_text()
    identities = load_identities(path)
    assert identities.recipients == (recipient,)
    sealed = encrypt(b"level key", recipients=[recipient])
    assert decrypt(sealed, identities=identities, where="key") == b"level key"


def test_a_file_for_several_has_only_hybrid_stanzas_and_opens_for_each_of_them() -> None:
    readers = [parse_identities(new_hybrid_identity().encode(), where="") for _ in range(3)]
    stranger = parse_identities(new_hybrid_identity().encode(), where="")

    sealed = encrypt(b"level key", recipients=[one.recipients[0] for one in readers])

    assert [stanza.kind for stanza in parse_age_file(sealed).stanzas] == ["mlkem768x25519"] * 3
    for reader in readers:
        assert decrypt(sealed, identities=reader, where="key") == b"level key"
    with pytest.raises(NoIdentityError):
        decrypt(sealed, identities=stranger, where="key")


def test_one_identity_file_may_hold_both_kinds() -> None:
    classical = str(x25519.Identity.generate())
    both = parse_identities(f"{classical}\n{new_hybrid_identity()}\n".encode(), where="")

    assert [text.startswith("age1pq1") for text in both.recipients] == [False, True]
    for recipient in both.recipients:
        sealed = encrypt(b"level key", recipients=[recipient])
        assert decrypt(sealed, identities=both, where="key") == b"level key"


def test_post_quantum_and_other_recipients_never_share_a_file() -> None:
    hybrid = parse_hybrid_identity(new_hybrid_identity()).recipient
    classical = str(x25519.Identity.generate().to_public())

    with pytest.raises(SealingError, match="cannot share a file") as caught:
        encrypt(b"level key", recipients=[hybrid, classical])

    assert caught.value.hint == "give everybody who reads it an age1pq1 recipient, or nobody"


@pytest.mark.parametrize("text", ["age1pq1qqqq", "age1pq1", PRINTED_START + PRINTED_END])
def test_nothing_is_encrypted_to_half_a_recipient(text: str) -> None:
    with pytest.raises(SealingError, match="not a recipient"):
        encrypt(b"level key", recipients=[text])


@pytest.mark.parametrize(
    "text",
    [
        PRINTED_IDENTITY[:-1] + "Q",
        PRINTED_IDENTITY.replace("PQ-1XX", "PQ-1xx"),
        "AGE-SECRET-KEY-PQ-1",
    ],
)
def test_what_is_no_identity_is_refused_and_not_quoted(text: str) -> None:
    with pytest.raises(SettingsError, match="line 1") as caught:
        parse_identities(text.encode(), where="identity.txt")

    assert PRINTED_IDENTITY[30:50] not in str(caught.value)


def test_every_changed_byte_of_a_stanza_keeps_the_file_shut() -> None:
    reader = parse_identities(new_hybrid_identity().encode(), where="")
    binary = parse_age_file(encrypt(b"level key", recipients=list(reader.recipients))).binary

    for at in range(30, len(binary), 97):
        changed = binary[:at] + bytes([binary[at] ^ 2]) + binary[at + 1 :]
        with pytest.raises(SealingError):
            decrypt(changed, identities=reader, where="key")


def test_a_cipher_library_without_ml_kem_is_told_from_a_wrong_identity() -> None:
    program = f"""
import sys
sys.modules["cryptography.hazmat.primitives.hpke"] = None
from memberarc.errors import SealingError
from memberarc.sealing.age.crypt import parse_identities
try:
    parse_identities(b"{PRINTED_IDENTITY}", where="identity.txt")
except SealingError as err:
    print(err.message, err.hint, sep="|")
"""
    told = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)

    assert told.stdout == (
        "post-quantum keys need a cipher library with ML-KEM|pip install 'cryptography>=47'\n"
    )
