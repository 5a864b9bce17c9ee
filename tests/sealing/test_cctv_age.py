"""The 143 public age vectors of C2SP/CCTV through the very functions we open files with.

Nothing deviates. What is the library's own is tried as well where we rely on it.
"""

from __future__ import annotations

import hashlib
import zlib
from dataclasses import dataclass, replace
from io import BytesIO
from typing import TYPE_CHECKING, Final

import pyrage
import pytest

from memberarc.errors import DocumentError, SealingError, SettingsError
from memberarc.sealing.age.asking import NOBODY
from memberarc.sealing.age.crypt import decrypt, parse_identities
from memberarc.sealing.age.passphrases import open_protected
from memberarc.sealing.age.prefixes import HYBRID_IDENTITY
from memberarc.sealing.age.stream import decrypt_stream

if TYPE_CHECKING:
    from pathlib import Path

KNOWN_HEADER_KEYS: Final = {
    "expect",
    "payload",
    "file key",
    "identity",
    "passphrase",
    "armored",
    "compressed",
    "comment",
}
# The library's passphrase function accepts this one, after 20 seconds and with 8 GB of memory;
# we refuse it by its header.
TOO_COSTLY_TO_RUN: Final = {"scrypt_work_factor_23"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Vector:
    expect: str
    payload: str
    identities: tuple[str, ...]
    passphrases: tuple[str, ...]
    body: bytes


def read_vector(path: Path) -> Vector:
    head, _, body = path.read_bytes().partition(b"\n\n")
    fields: dict[str, list[str]] = {}
    for line in head.decode().splitlines():
        key, _, value = line.partition(": ")
        assert key in KNOWN_HEADER_KEYS, (
            f"the header key {key!r} means something this test does not know"
        )
        fields.setdefault(key, []).append(value)
    if fields.get("compressed") == ["zlib"]:
        body = zlib.decompress(body)
    return Vector(
        expect=fields["expect"][0],
        payload=fields.get("payload", [""])[0],
        identities=tuple(fields.get("identity", ())),
        passphrases=tuple(fields.get("passphrase", ())),
        body=body,
    )


def opened_whole(vector: Vector) -> str:
    """Return what becomes of a small file: the digest of its payload, or the error's name."""
    identities = parse_identities("\n".join(vector.identities).encode(), where="identity.txt")
    try:
        payload = decrypt(vector.body, identities=identities, where="vector")
    except SealingError as err:
        return type(err).__name__
    return hashlib.sha256(payload).hexdigest()


def opened_as_stream(vector: Vector) -> tuple[bool, str]:
    """Tell whether a stream opened to its end, and the digest of what was written until then."""
    written = BytesIO()
    try:
        decrypt_stream(BytesIO(vector.body), written, identities=vector.identities)
        whole = True
    except DocumentError:
        whole = False
    return whole, hashlib.sha256(written.getvalue()).hexdigest()


def test_a_public_vector_opens_or_fails_as_it_must(cctv_vector: Path) -> None:
    vector = read_vector(cctv_vector)
    if not vector.identities:
        # Nothing but a passphrase is given, and to us a passphrase opens nothing.
        vector = replace(vector, identities=(str(pyrage.x25519.Identity.generate()),))
        assert opened_whole(vector) in ("SealingError", "NoIdentityError")
        return

    told = opened_whole(vector)

    if vector.expect == "success":
        assert told == vector.payload
    else:
        assert told == ("NoIdentityError" if vector.expect == "no match" else "SealingError")


def test_a_public_vector_opens_or_fails_as_a_stream(cctv_vector: Path) -> None:
    vector = read_vector(cctv_vector)
    if not vector.identities:
        vector = replace(vector, identities=(str(pyrage.x25519.Identity.generate()),))

    whole, written = opened_as_stream(vector)

    # A document has one X25519 recipient, so streams know no other kind.
    if vector.expect == "success" and not _asks_for_more(vector):
        assert (whole, written) == (True, vector.payload)
    else:
        assert not whole


def _asks_for_more(vector: Vector) -> bool:
    return bool(vector.passphrases) or vector.identities[0].startswith(HYBRID_IDENTITY)


def test_the_library_itself_treats_passphrases_as_the_vectors_want(scrypt_vector: Path) -> None:
    vector = read_vector(scrypt_vector)
    if scrypt_vector.name in TOO_COSTLY_TO_RUN:
        with pytest.raises(SettingsError, match="work factor 23"):
            open_protected(vector.body, asker=NOBODY, where="identity.age")
        return
    try:
        payload = pyrage.passphrase.decrypt(vector.body, vector.passphrases[0])
        told = hashlib.sha256(payload).hexdigest()
    except pyrage.DecryptError:
        told = ""

    assert told == (vector.payload if vector.expect == "success" else "")


def test_a_header_key_nobody_told_us_of_fails(tmp_path: Path) -> None:
    path = tmp_path / "new"
    path.write_bytes(b"expect: success\nalgorithm: new\n\nbody")

    with pytest.raises(AssertionError, match="algorithm"):
        read_vector(path)
