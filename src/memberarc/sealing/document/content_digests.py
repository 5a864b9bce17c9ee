"""Digest the content of large files while it passes by, without slowing it down."""

from __future__ import annotations

import hashlib
import hmac
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import TYPE_CHECKING

from memberarc.errors import InternalError
from memberarc.sealing.age.stream import BLOCK_BYTES

if TYPE_CHECKING:
    from collections.abc import Iterator
    from concurrent.futures import Future


class PlaintextDigest:
    """The keyed digest by which a document's plaintext is known again.

    HMAC-SHA-256 of the Poly1305 tags of its blocks. HMAC over the whole content is simpler, but
    takes longer than all of the encryption. Poly1305 under one key for many blocks is a universal
    hash, not a MAC: that is enough, as nobody ever sees a tag.
    """

    def __init__(self, key: bytes) -> None:
        self._tags = hmac.new(key, digestmod="sha256")
        self._block_key = hmac.digest(key, b"blocks", "sha256")
        self._ended = False

    def update(self, block: bytes | memoryview) -> None:
        """Take the next block; only the last may be shorter than ``BLOCK_BYTES``."""
        from cryptography.hazmat.primitives.poly1305 import Poly1305

        if self._ended or len(block) > BLOCK_BYTES:
            raise InternalError("a document was digested in other blocks than those of its format")
        if block:
            self._tags.update(Poly1305.generate_tag(self._block_key, block))
        self._ended = len(block) < BLOCK_BYTES

    def hexdigest(self) -> str:
        """Return the digest of everything taken."""
        return self._tags.hexdigest()


class CiphertextDigest:
    """SHA-256 in a thread of its own, since it takes as long as all of the encryption."""

    def __init__(self, thread: ThreadPoolExecutor) -> None:
        self._thread = thread
        self._sha256 = hashlib.sha256()
        self._waiting: Future[None] | None = None

    def update(self, content: bytes | memoryview) -> None:
        """Take the next bytes, which must not change until the call after this one returns."""
        before = self._waiting
        self._waiting = self._thread.submit(self._sha256.update, content)
        if before:
            before.result()

    def hexdigest(self) -> str:
        """Wait until everything taken is digested, and return the digest."""
        if self._waiting:
            self._waiting.result()
        return self._sha256.hexdigest()


@contextmanager
def ciphertext_digest() -> Iterator[CiphertextDigest]:
    """Start the thread of a digest, and end it with the block."""
    with ThreadPoolExecutor(max_workers=1) as thread:
        yield CiphertextDigest(thread)
