"""age's post-quantum recipients, ``age1pq1...``: ML-KEM-768 and X25519 together.

The library for all other recipients does not know them. The cipher library does, where it was
built with ML-KEM, as its own wheels are from version 47 on.

Source: C2SP, age.md, "mlkem768x25519"; draft-ietf-hpke-pq, KEM 0x647a; RFC 9180.
"""

from __future__ import annotations

import base64
import hashlib
import os
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from memberarc.errors import SealingError
from memberarc.sealing.age import bech32
from memberarc.sealing.age.frame import FILE_KEY_BYTES, Stanza, unpadded, write_age_file
from memberarc.sealing.age.payload import TAG_BYTES

if TYPE_CHECKING:
    from collections.abc import Sequence

    from memberarc.sealing.age.frame import AgeFile

_KIND: Final = "mlkem768x25519"
_INFO: Final = b"age-encryption.org/mlkem768x25519"
_RECIPIENT: Final = "age1pq"
_IDENTITY: Final = "age-secret-key-pq-"
_SEED_BYTES: Final = 32
_MLKEM_SEED_BYTES: Final = 64
_MLKEM_PUBLIC_BYTES: Final = 1184
_MLKEM_ENCAPSULATED_BYTES: Final = 1088
_X25519_BYTES: Final = 32


@dataclass(frozen=True, slots=True, kw_only=True)
class HybridIdentity:
    """A private key, and the recipient that belongs to it."""

    recipient: str
    key: Any = field(repr=False)
    x25519: Any = field(repr=False)


def new_hybrid_identity() -> str:
    """Make a new identity, ``AGE-SECRET-KEY-PQ-1...``."""
    return bech32.encode(_IDENTITY, os.urandom(_SEED_BYTES)).upper()


def parse_hybrid_identity(text: str) -> HybridIdentity:
    """Read an identity.

    Raises:
        ValueError: it is not one.
        SealingError: the cipher library here has no ML-KEM.
    """
    seed = bech32.decode(text, prefix=_IDENTITY)
    if len(seed) != _SEED_BYTES:
        raise ValueError("an identity is 32 bytes long")
    hpke, mlkem, x25519 = _library()
    expanded = hashlib.shake_256(seed).digest(_MLKEM_SEED_BYTES + _X25519_BYTES)
    first = mlkem.MLKEM768PrivateKey.from_seed_bytes(expanded[:_MLKEM_SEED_BYTES])
    second = x25519.X25519PrivateKey.from_private_bytes(expanded[_MLKEM_SEED_BYTES:])
    public = first.public_key().public_bytes_raw() + second.public_key().public_bytes_raw()
    return HybridIdentity(
        recipient=bech32.encode(_RECIPIENT, public),
        key=hpke.MLKEM768X25519PrivateKey(first, second),
        x25519=second,
    )


def encrypt_hybrid(content: bytes, *, recipients: Sequence[str]) -> bytes:
    """Encrypt a few bytes to hybrid recipients and to no others, armoured.

    Raises:
        SealingError: a recipient is not one, or the cipher library here has no ML-KEM.
    """
    hpke = _library()[0]
    suite = _suite(hpke)
    keys = [_public_key(text) for text in recipients]

    def wrap(file_key: bytes) -> list[Stanza]:
        sealed = [suite.encrypt(file_key, key, info=_INFO) for key in keys]
        cut = -(FILE_KEY_BYTES + TAG_BYTES)
        return [_stanza(one[:cut], body=one[cut:]) for one in sealed]

    return write_age_file(content, wrap=wrap)


def unwrap_hybrid(file: AgeFile, *, identities: Sequence[HybridIdentity]) -> bytes | None:
    """Find the file key for one of the identities; None when there is none for them.

    Raises:
        ValueError: a stanza is not formed by the rules.
    """
    wrapped = [_wrapped(stanza) for stanza in file.stanzas if stanza.kind == _KIND]
    for identity in identities:
        for encapsulated, body in wrapped:
            file_key = _opened(encapsulated, body, identity=identity)
            if file_key is not None:
                return file_key
    return None


def _opened(encapsulated: bytes, body: bytes, *, identity: HybridIdentity) -> bytes | None:
    from cryptography.exceptions import InvalidTag

    hpke, _, x25519 = _library()
    # The exchange refuses a share of low order, which is damage and no other recipient's.
    share = encapsulated[_MLKEM_ENCAPSULATED_BYTES:]
    identity.x25519.exchange(x25519.X25519PublicKey.from_public_bytes(share))
    try:
        opened: bytes = _suite(hpke).decrypt(encapsulated + body, identity.key, info=_INFO)
    except InvalidTag:
        return None
    return opened


def _wrapped(stanza: Stanza) -> tuple[bytes, bytes]:
    if len(stanza.arguments) != 2:
        raise ValueError(f"{_KIND} takes one argument")
    encapsulated = unpadded(stanza.arguments[1].encode())
    if len(encapsulated) != _MLKEM_ENCAPSULATED_BYTES + _X25519_BYTES:
        raise ValueError(f"the share of {_KIND} is of another length")
    # Whoever could choose its length could make it open under several keys.
    if len(stanza.body) != FILE_KEY_BYTES + TAG_BYTES:
        raise ValueError(f"the body of {_KIND} is of another length")
    return encapsulated, stanza.body


def _stanza(encapsulated: bytes, *, body: bytes) -> Stanza:
    share = base64.b64encode(encapsulated).rstrip(b"=").decode()
    return Stanza(arguments=(_KIND, share), body=body)


def _public_key(text: str) -> Any:
    hpke, mlkem, x25519 = _library()
    try:
        content = bech32.decode(text, prefix=_RECIPIENT)
        first = mlkem.MLKEM768PublicKey.from_public_bytes(content[:_MLKEM_PUBLIC_BYTES])
        second = x25519.X25519PublicKey.from_public_bytes(content[_MLKEM_PUBLIC_BYTES:])
    except ValueError as err:
        raise SealingError(
            f"not a recipient: {text[:20]}...", hint="age1pq1..., whole, as age-keygen -pq tells it"
        ) from err
    return hpke.MLKEM768X25519PublicKey(first, second)


def _suite(hpke: Any) -> Any:
    return hpke.Suite(hpke.KEM.MLKEM768_X25519, hpke.KDF.HKDF_SHA256, hpke.AEAD.CHACHA20_POLY1305)


def _library() -> tuple[Any, Any, Any]:
    """Import what only newer cipher libraries have, and only some builds of them can do."""
    try:
        from cryptography.exceptions import UnsupportedAlgorithm
        from cryptography.hazmat.primitives import hpke
        from cryptography.hazmat.primitives.asymmetric import mlkem, x25519
    except ImportError as err:
        raise _unsupported() from err
    try:
        mlkem.MLKEM768PrivateKey.from_seed_bytes(bytes(_MLKEM_SEED_BYTES))
    except UnsupportedAlgorithm as err:
        raise _unsupported() from err
    return hpke, mlkem, x25519


def _unsupported() -> SealingError:
    return SealingError(
        "post-quantum keys need a cipher library with ML-KEM",
        hint="pip install 'cryptography>=47'",
    )
