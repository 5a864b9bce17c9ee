"""Seal and open the payload of an age file: one ChaCha20-Poly1305 box for each chunk of 64 KiB.

Source: C2SP, age.md, version 1, "Payload".
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from memberarc.sealing.derivation import hkdf

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

NONCE_BYTES: Final = 16
TAG_BYTES: Final = 16
CHUNK_BYTES: Final = 64 * 1024
SEALED_CHUNK_BYTES: Final = CHUNK_BYTES + TAG_BYTES


def payload_key(file_key: bytes, nonce: bytes) -> bytes:
    """Derive the key of a payload from the file key and the nonce before it."""
    return hkdf(file_key, salt=nonce, info=b"payload")


def sealed_chunks(blocks: Iterable[tuple[bytes, bool]], *, key: bytes) -> Iterator[bytes]:
    """Seal a payload chunk by chunk.

    Args:
        blocks: whole chunks, and whether they are the last ones, which may end in a shorter chunk.
    """
    from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305

    cipher, number = ChaCha20Poly1305(key), 0
    for block, ended in blocks:
        view = memoryview(block)
        for start in range(0, len(block) or 1, CHUNK_BYTES):
            nonce = _chunk_nonce(number, last=ended and start + CHUNK_BYTES >= len(block))
            yield cipher.encrypt(nonce, view[start : start + CHUNK_BYTES], None)
            number += 1


def opened_chunks(blocks: Iterable[tuple[bytes, bool]], *, key: bytes) -> Iterator[bytes]:
    """Yield the chunks that are right; the sealed blocks are told as plain ones are.

    Raises:
        ValueError: the payload is damaged, cut off or followed by something.
    """
    from cryptography.exceptions import InvalidTag
    from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305

    cipher, number = ChaCha20Poly1305(key), 0
    for block, ended in blocks:
        view = memoryview(block)
        for start in range(0, len(block) or 1, SEALED_CHUNK_BYTES):
            nonce = _chunk_nonce(number, last=ended and start + SEALED_CHUNK_BYTES >= len(block))
            try:
                chunk = cipher.decrypt(nonce, view[start : start + SEALED_CHUNK_BYTES], None)
            except InvalidTag as err:
                raise ValueError("the payload is damaged or cut off") from err
            if not chunk and number:
                raise ValueError("the payload ends in an empty chunk")
            yield chunk
            number += 1


def _chunk_nonce(number: int, *, last: bool) -> bytes:
    """Count the chunks of a payload, and mark the last."""
    return number.to_bytes(11, "big") + (b"\x01" if last else b"\x00")
