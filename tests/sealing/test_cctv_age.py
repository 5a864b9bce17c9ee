"""The 143 public age vectors of C2SP/CCTV through the very functions we open files with.

What the library does otherwise than the vectors want is named one by one: a new deviation fails,
and so does one that a newer version of the library has mended.
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
from memberarc.sealing.age import decrypt, decrypt_stream, parse_identities

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
ACCEPTED_AGAINST_THE_RULE: Final = {"stanza_missing_body", "stanza_missing_final_line"}
REFUSED_AGAINST_THE_RULE: Final = {"armor_whitespace_outside"}
HYBRID_UNKNOWN_TO_THE_LIBRARY: Final = {
    "armor_hybrid",
    "hybrid",
    "hybrid_and_x25519",
    "hybrid_bad_tag",
    "hybrid_currupted_enc_mlkem",
    "hybrid_currupted_enc_x25519",
    "hybrid_extra_argument",
    "hybrid_grease",
    "hybrid_identity",
    "hybrid_long_file_key",
    "hybrid_long_share",
    "hybrid_low_order",
    "hybrid_multiple_recipients",
    "hybrid_no_match",
    "hybrid_not_canonical_body",
    "hybrid_not_canonical_enc",
    "hybrid_short_share",
    "hybrid_uppercase",
    "hybrid_x25519_arg",
}
# The library's passphrase function accepts this one, after 20 seconds and with 8 GB of memory.
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
    name, vector = cctv_vector.name, read_vector(cctv_vector)
    if name in HYBRID_UNKNOWN_TO_THE_LIBRARY:
        assert any(text.startswith("AGE-SECRET-KEY-PQ-1") for text in vector.identities)
        with pytest.raises(SettingsError):
            opened_whole(vector)
        return
    if not vector.identities:
        # Nothing but a passphrase is given, and to us a passphrase opens nothing.
        vector = replace(vector, identities=(str(pyrage.x25519.Identity.generate()),))
        assert opened_whole(vector) in ("SealingError", "NoIdentityError")
        assert opened_as_stream(vector)[0] is False
        return

    whole, written = opened_as_stream(vector)

    if name in ACCEPTED_AGAINST_THE_RULE:
        assert vector.expect == "header failure"
        assert whole
    elif name in REFUSED_AGAINST_THE_RULE:
        assert vector.expect == "success"
        assert opened_whole(vector) == "SealingError"
        assert not whole
    elif vector.expect == "success":
        assert opened_whole(vector) == vector.payload
        assert (whole, written) == (True, vector.payload)
    else:
        error = "NoIdentityError" if vector.expect == "no match" else "SealingError"
        assert opened_whole(vector) == error
        assert not whole
        if vector.expect == "payload failure":
            assert written == vector.payload


def test_the_library_itself_treats_passphrases_as_the_vectors_want(scrypt_vector: Path) -> None:
    vector = read_vector(scrypt_vector)
    if scrypt_vector.name in TOO_COSTLY_TO_RUN:
        pytest.skip("the library would take 20 s and 8 GB; we refuse the file by its header")
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
