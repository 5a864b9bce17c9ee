"""Derive the keys, commitments and checks of suite m1.

HMAC comes from the standard library: measured as fast as the cipher library's HKDF, without its
15 ms import for commands that only compare commitments.
"""

from __future__ import annotations

import hmac
from functools import lru_cache
from hashlib import sha256
from typing import Final, Literal

SUITE: Final = b"memberarc m1"
KEY_BYTES: Final = 32

Purpose = Literal["value", "document", "digest"]


def lp(*parts: bytes) -> bytes:
    """Join components, each preceded by its length, so that no two lists give the same bytes."""
    return b"".join([len(part).to_bytes(4, "big") + part for part in parts])


_COMMIT: Final = lp(SUITE, b"commit")


def hkdf(secret: bytes, *, info: bytes, salt: bytes = b"", length: int = KEY_BYTES) -> bytes:
    """Derive ``length`` bytes from a secret.

    Source: RFC 5869 with SHA-256.
    """
    extracted = hmac.digest(salt, secret, "sha256")
    derived = block = hmac.digest(extracted, info + b"\x01", "sha256")
    counter = 2
    while len(derived) < length:
        block = hmac.digest(extracted, block + info + bytes([counter]), "sha256")
        derived += block
        counter += 1
    return derived[:length]


def member_name(purpose: Purpose, *, archive: str, uid: str, level: str, epoch: int) -> bytes:
    """Name what of a member a key is for; of a value's place it is the beginning, too."""
    name = uid.encode()
    length = len(name).to_bytes(4, "big")
    return b"".join((_name_start(purpose, archive), length, name, _name_end(level, epoch)))


# All members share what stands around the uid.
@lru_cache(maxsize=16)
def _name_start(purpose: Purpose, archive: str) -> bytes:
    return lp(SUITE, purpose.encode(), archive.encode())


@lru_cache(maxsize=64)
def _name_end(level: str, epoch: int) -> bytes:
    return lp(level.encode(), str(epoch).encode())


def member_key(
    level_key: bytes,
    share: bytes,
    *,
    archive: str,
    uid: str,
    level: str,
    epoch: int,
    purpose: Purpose,
    item: str = "",
) -> bytes:
    """Derive a member's key from both halves: the level key in git and the share in the vault."""
    info = member_name(purpose, archive=archive, uid=uid, level=level, epoch=epoch)
    if item:
        info += lp(item.encode())
    return hkdf(level_key + share, salt=archive.encode(), info=info)


def record_commitment(share: bytes) -> str:
    """Return a record's ``key``: it tells whether a share is the one the record was sealed with.

    Source: format.md, section 4. No salt, so that it can be checked knowing nothing else.
    """
    return hkdf(share, info=_COMMIT)[:8].hex()


def level_commitment(level_key: bytes, *, archive: str, level: str, epoch: int) -> str:
    """Return the 32 hex digits by which the signed key list names a level key."""
    info = lp(SUITE, b"commit", level.encode(), str(epoch).encode())
    return hkdf(level_key, salt=archive.encode(), info=info)[:16].hex()


def share_check(share: bytes, *, archive: str, uid: str) -> str:
    """Return the 12 hex digits that expose a rotten or foreign line of the vault."""
    return sha256(_share_start(archive) + lp(uid.encode(), share)).hexdigest()[:12]


@lru_cache(maxsize=8)
def _share_start(archive: str) -> bytes:
    return lp(SUITE, b"share", archive.encode())
