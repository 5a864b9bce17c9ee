"""Encrypt and decrypt large files as age does, in large blocks and constant memory.

The age library hands the payload of a stream on in pieces of 8 KiB, at a third of the speed of the
age program. So the payload is ours.

Source: C2SP, age.md, version 1, "The X25519 recipient type".
"""

from __future__ import annotations

import os
from itertools import cycle, islice
from typing import TYPE_CHECKING, Final, Protocol

from memberarc.errors import DocumentError, FileError
from memberarc.sealing.age import bech32
from memberarc.sealing.age.frame import (
    FILE_KEY_BYTES,
    parse_age_file,
    unpadded,
)
from memberarc.sealing.age.payload import (
    CHUNK_BYTES,
    NONCE_BYTES,
    SEALED_CHUNK_BYTES,
    TAG_BYTES,
    opened_chunks,
    payload_key,
    sealed_chunks,
)
from memberarc.sealing.derivation import hkdf

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from memberarc.sealing.age.frame import AgeFile

_BLOCK_CHUNKS: Final = 16

BLOCK_BYTES: Final = _BLOCK_CHUNKS * CHUNK_BYTES
"""Plaintext is read and written in blocks of this size; only the last of a file is shorter."""

HEAD_BYTES: Final = SEALED_CHUNK_BYTES
"""So much of a file holds its header for certain, and not more than one block."""

_SEALED_BLOCK_BYTES: Final = _BLOCK_CHUNKS * SEALED_CHUNK_BYTES
_X25519: Final = "X25519"
_WRAP_INFO: Final = b"age-encryption.org/v1/X25519"
_KEY_BYTES: Final = 32


class Readable(Protocol):
    """What a stream is read from; less than was asked for means that it ended."""

    def read(self, size: int = -1, /) -> bytes: ...


class Writable(Protocol):
    """What a stream is written to; what it was given changes after the next call."""

    def write(self, content: bytes | memoryview, /) -> int: ...


def encrypt_stream(source: Readable, target: Writable, *, identity: str) -> None:
    """Encrypt a stream to the recipient of an identity.

    Raises:
        FileError: reading or writing failed.
    """
    import pyrage

    # The library makes the header, as of an empty file, and the nonce behind it is ours.
    empty = parse_age_file(
        pyrage.encrypt(b"", [pyrage.x25519.Identity.from_str(identity).to_public()])
    )
    file_key, nonce = _file_key(empty, [identity]), os.urandom(NONCE_BYTES)
    try:
        target.write(empty.binary.removesuffix(empty.payload) + nonce)
        blocks = _blocks(source.read(BLOCK_BYTES), source, size=BLOCK_BYTES)
        chunks = sealed_chunks(blocks, key=payload_key(file_key, nonce))
        for block in _gathered(chunks, size=_SEALED_BLOCK_BYTES):
            target.write(block)
    except OSError as err:
        raise FileError(f"cannot encrypt: {err.strerror}") from err


def decrypt_stream(source: Readable, target: Writable, *, identities: Sequence[str]) -> None:
    """Decrypt a stream; on an error what was written is not to be used.

    Raises:
        DocumentError: wrong identities or damaged bytes.
        FileError: reading or writing failed.
    """
    try:
        file = parse_age_file(source.read(HEAD_BYTES))
        file_key = _file_key(file, identities)
        nonce, first = file.payload[:NONCE_BYTES], file.payload[NONCE_BYTES:]
        first += source.read(_SEALED_BLOCK_BYTES - len(first))
        blocks = _blocks(first, source, size=_SEALED_BLOCK_BYTES)
        chunks = opened_chunks(blocks, key=payload_key(file_key, nonce))
        for block in _gathered(chunks, size=BLOCK_BYTES):
            target.write(block)
    except ValueError as err:
        raise DocumentError(f"cannot decrypt: {err}") from err
    except OSError as err:
        raise FileError(f"cannot decrypt: {err.strerror}") from err


def opens(head: bytes, *, identities: Sequence[str]) -> bool:
    """Tell from the first ``HEAD_BYTES`` of a file whether one of the identities opens it."""
    try:
        _file_key(parse_age_file(head), identities)
    except ValueError:
        return False
    return True


def _gathered(chunks: Iterator[bytes], *, size: int) -> Iterator[memoryview]:
    """Gather chunks to blocks, in two buffers by turns: each holds while the next one is made.

    To allocate memory for each takes longer than to fill it.
    """
    for buffer in cycle((memoryview(bytearray(size)), memoryview(bytearray(size)))):
        end = 0
        for chunk in islice(chunks, _BLOCK_CHUNKS):
            buffer[end : end + len(chunk)] = chunk
            end += len(chunk)
        if not end:
            return
        yield buffer[:end]


def _blocks(block: bytes, source: Readable, *, size: int) -> Iterator[tuple[bytes, bool]]:
    """Yield a first block and all that follow, each with whether it is the last."""
    while len(block) == size and (following := source.read(size)):
        yield block, False
        block = following
    yield block, True


def _file_key(file: AgeFile, identities: Sequence[str]) -> bytes:
    """Unwrap the file key for one of the identities, and check the header with it.

    Raises:
        ValueError: none of them opens it, or the header is not as it must be.
    """
    if any(stanza.kind == "scrypt" for stanza in file.stanzas):
        raise ValueError("it waits for a passphrase")
    wrapped = [
        (_share(stanza.arguments), stanza.body) for stanza in file.stanzas if stanza.kind == _X25519
    ]
    for identity in identities:
        for share, body in wrapped:
            file_key = _unwrapped(share, body, identity=identity)
            if file_key is not None:
                file.check(file_key)
                return file_key
    raise ValueError("no identity at hand opens it")


def _share(arguments: tuple[str, ...]) -> bytes:
    if len(arguments) != 2 or len(share := unpadded(arguments[1].encode())) != _KEY_BYTES:
        raise ValueError("a stanza of X25519 is damaged")
    return share


def _unwrapped(share: bytes, body: bytes, *, identity: str) -> bytes | None:
    from cryptography.exceptions import InvalidTag
    from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
    from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305

    # Whoever could choose its length could make it open under several keys.
    if len(body) != FILE_KEY_BYTES + TAG_BYTES:
        raise ValueError("a stanza of X25519 is damaged")
    scalar = bech32.decode(identity, prefix="age-secret-key-")
    private = X25519PrivateKey.from_private_bytes(scalar)
    recipient = private.public_key().public_bytes_raw()
    # The exchange refuses a share of low order by ValueError.
    secret = private.exchange(X25519PublicKey.from_public_bytes(share))
    wrap_key = hkdf(secret, salt=share + recipient, info=_WRAP_INFO)
    try:
        return ChaCha20Poly1305(wrap_key).decrypt(bytes(12), body, None)
    except InvalidTag:
        return None
