"""The frame of age files as we read and write it, with the real age beside it."""

from __future__ import annotations

import base64
import os
import shutil
import subprocess
from typing import TYPE_CHECKING

import pytest
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from hypothesis import given
from hypothesis import strategies as st
from pyrage import x25519

from memberarc.errors import SealingError
from memberarc.sealing.age import bech32
from memberarc.sealing.age.crypt import encrypt
from memberarc.sealing.age.frame import Stanza, parse_age_file, write_age_file
from memberarc.sealing.derivation import hkdf

if TYPE_CHECKING:
    from pathlib import Path

INTRO = b"age-encryption.org/v1\n"
SIZES = [0, 1, 65_535, 65_536, 65_537, 131_072, 200_000]
ANY_STANZAS = st.lists(
    st.builds(
        Stanza,
        arguments=st.lists(
            st.text("!#/=~abcXYZ019", min_size=1, max_size=70), min_size=1, max_size=4
        ).map(tuple),
        body=st.binary(max_size=150),
    ),
    min_size=1,
    max_size=4,
)


@given(st.binary(max_size=300), ANY_STANZAS)
def test_what_is_written_is_read_again(content: bytes, stanzas: list[Stanza]) -> None:
    keys = []

    written = write_age_file(content, wrap=lambda key: keys.append(key) or stanzas)
    file = parse_age_file(written)

    assert file.stanzas == tuple(stanzas)
    assert file.open(keys[0]) == content
    assert parse_age_file(file.binary) == file


@pytest.mark.parametrize("size", SIZES)
def test_every_changed_or_missing_byte_is_noticed(size: int) -> None:
    keys: list[bytes] = []
    stanza = Stanza(arguments=("kind",), body=b"body")
    content = os.urandom(size)
    file = parse_age_file(write_age_file(content, wrap=lambda key: keys.append(key) or [stanza]))
    assert file.open(keys[0]) == content

    binary = file.binary
    places = {30, len(binary) - size - 20, len(binary) - 1, len(binary) - size // 2 - 1}
    damaged = [binary[:at] + bytes([binary[at] ^ 1]) + binary[at + 1 :] for at in places]
    for other in (*damaged, binary[:-1], binary + b"x", binary[: -min(size, 65_536) - 16]):
        with pytest.raises(ValueError, match=r"damaged|authentic|cut short|empty|age file|base64"):
            parse_age_file(other).open(keys[0])


@pytest.mark.skipif(shutil.which("age") is None, reason="age is not installed")
@pytest.mark.parametrize("size", SIZES)
def test_the_real_age_opens_what_we_frame(tmp_path: Path, size: int) -> None:
    scalar, content = os.urandom(32), os.urandom(size)
    identity = tmp_path / "identity.txt"
    identity.write_text(bech32.age_secret_key(scalar))
    recipient = X25519PrivateKey.from_private_bytes(scalar).public_key()

    def wrap(file_key: bytes) -> list[Stanza]:
        ephemeral = X25519PrivateKey.generate()
        share = ephemeral.public_key().public_bytes_raw()
        wrap_key = hkdf(
            ephemeral.exchange(recipient),
            salt=share + recipient.public_bytes_raw(),
            info=b"age-encryption.org/v1/X25519",
        )
        body = ChaCha20Poly1305(wrap_key).encrypt(bytes(12), file_key, None)
        return [
            Stanza(arguments=("X25519", base64.b64encode(share).rstrip(b"=").decode()), body=body)
        ]

    done = subprocess.run(
        ["age", "-d", "-i", identity], input=write_age_file(content, wrap=wrap), capture_output=True
    )

    assert (done.stdout, done.stderr) == (content, b"")


@given(st.sampled_from(["age", "age1pq", "age-plugin-x-"]), st.binary(max_size=80))
def test_bech32_reads_what_it_writes_in_either_case(prefix: str, content: bytes) -> None:
    text = bech32.encode(prefix, content)

    assert bech32.decode(text, prefix=prefix) == content
    assert bech32.decode(text.upper(), prefix=prefix) == content


@pytest.mark.parametrize(
    ("text", "prefix", "content"),
    [
        ("A12UEL5L", "a", ""),
        (
            "split1checkupstagehandshakeupstreamerranterredcaperred2y9e3w",
            "split",
            "c5f38b70305f519bf66d85fb6cf03058f3dde463ecd7918f2dc743918f2d",
        ),
    ],
)
def test_the_public_examples_of_bech32_are_read(text: str, prefix: str, content: str) -> None:
    assert bech32.decode(text, prefix=prefix).hex() == content


@pytest.mark.parametrize(
    "text",
    [
        "pzry9x0s0muk",
        "1pzry9x0s0muk",
        "x1b4n0q5v",
        "li1dgmt3",
        "A1G7SGD8",
        "10a06t8",
        "1qzzfhee",
        "a12uel5m",
        "a12UEL5L",
        "",
        "a1",
        "a12uel５l",
    ],
)
def test_what_is_no_bech32_is_refused(text: str) -> None:
    for prefix in ("a", "x", "li"):
        with pytest.raises(ValueError, match=r"checksum|mixed case|not "):
            bech32.decode(text, prefix=prefix)


def test_a_header_of_very_many_stanzas_is_refused_before_anybody_reads_it() -> None:
    """The library's time grows with the square of the header's length."""
    stanza = b"-> X25519 " + b"B" * 42 + b"A\n" + b"B" * 42 + b"A\n"
    end = b"--- " + b"A" * 43 + b"\n" + bytes(32)

    assert len(parse_age_file(INTRO + stanza * 600 + end).stanzas) == 600
    for hostile in (stanza * 2_000, b"-> a\n\n" * 20_000, b"-> " + b"a" * 65_536 + b"\n\n"):
        with pytest.raises(ValueError, match="longer than 64 KiB"):
            parse_age_file(INTRO + hostile + end)


def test_a_file_for_more_recipients_than_can_be_read_is_not_written() -> None:
    recipient = str(x25519.Identity.generate().to_public())

    with pytest.raises(SealingError, match="for 700 recipients could not be opened again"):
        encrypt(b"", recipients=[recipient] * 700)
