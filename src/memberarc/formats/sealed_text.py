"""The text form of a sealed value, and the lengths it may have (docs/format.md, section 5)."""

from __future__ import annotations

import binascii
import re
from dataclasses import dataclass
from functools import lru_cache

from memberarc.errors import MalformedValueError, UnknownSuiteError

SEALED_PREFIX = "enc:"
LEVELS = ("open", "internal", "confidential", "secret")
SEALED_LEVELS = LEVELS[1:]
OVERHEAD_BYTES = 12 + 16
"""Nonce and tag."""

_SUITE = "m1"
_SUITE_NAME = re.compile(r"enc:([a-z0-9]+)\.")
_HEAD = re.compile(rf"enc:{_SUITE}\.({'|'.join(SEALED_LEVELS)})\.([1-9][0-9]{{0,14}})")
_TO_URL = bytes.maketrans(b"+/", b"-_")
# What is not of base64url becomes what the decoder refuses.
_FROM_URL = bytes.maketrans(b"-_+/=", b"+/!!!")
_BLOCK = 32
EXACT_PADDINGS = range(_BLOCK, 256 + 1, _BLOCK)
"""Up to here every multiple of the block is a padded length; beyond, only Padmé's."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SealedText:
    """A sealed value taken apart, unopened; ``raw`` is nonce, ciphertext and tag."""

    level: str
    epoch: int
    raw: bytes


def base64url(raw: bytes) -> str:
    """Write bytes as base64url without padding."""
    return binascii.b2a_base64(raw, newline=False).rstrip(b"=").translate(_TO_URL).decode("ascii")


def format_sealed_text(sealed: SealedText) -> str:
    """Write a sealed value as it stands in a record."""
    return f"{SEALED_PREFIX}{_SUITE}.{sealed.level}.{sealed.epoch}:{base64url(sealed.raw)}"


def parse_sealed_text(text: str) -> SealedText:
    """Take a sealed value apart.

    Raises:
        UnknownSuiteError: the value is of another suite than m1.
        MalformedValueError: level, epoch, base64url or length is not as the suite has it.
    """
    start, _, body = text.rpartition(":")
    head = read_sealed_head(start)
    if head is None:
        suite = _SUITE_NAME.match(text)
        if suite is not None and suite[1] != _SUITE:
            raise UnknownSuiteError(f"a value is sealed with the unknown suite {suite[1]}")
        raise MalformedValueError("a sealed value has no level or no epoch")
    try:
        encoded = body.encode("ascii")
    except UnicodeEncodeError as err:
        raise MalformedValueError("a sealed value is not base64url") from err
    return SealedText(level=head[0], epoch=head[1], raw=decode_sealed_body(encoded))


# Whoever reads a whole archive meets the same few heads a million times.
@lru_cache(maxsize=64)
def read_sealed_head(head: str) -> tuple[str, int] | None:
    """Read level and epoch from what stands before a value's last colon; None if it is no head."""
    match = _HEAD.fullmatch(head)
    return (match[1], int(match[2])) if match else None


def decode_sealed_body(encoded: bytes) -> bytes:
    """Decode what stands behind the head of a sealed value: nonce, ciphertext and tag.

    Raises:
        MalformedValueError: it is not canonical base64url, or of a length that no padding gives.
    """
    size, filling = _body_size(len(encoded))
    try:
        raw = binascii.a2b_base64(encoded.translate(_FROM_URL) + filling, strict_mode=True)
    except ValueError as err:
        raise MalformedValueError("a sealed value is not base64url") from err
    if not filling:
        return raw
    if any(raw[size:]):
        # Trailing bits stand for nothing: any but zeros would give one value two spellings.
        raise MalformedValueError("a sealed value is not in canonical base64url")
    return raw[:size]


@lru_cache(maxsize=256)
def _body_size(characters: int) -> tuple[int, bytes]:
    """Say how many bytes so many characters stand for, and the zeros that fill the last four."""
    size, filled = characters * 3 // 4, -characters % 4
    if filled == 3:
        raise MalformedValueError("a sealed value is cut off")
    if not legal_padded_length(size - OVERHEAD_BYTES):
        raise MalformedValueError("a sealed value has a length that no padding gives")
    return size, b"A" * filled


def padded_length(json_length_plus_one: int) -> int:
    """Round L, the length of the JSON text and its end mark, up to the length P to be sealed.

    Source: Padmé; Nikitin and others, Reducing Metadata Leakage from Encrypted Files, 2019.
    """
    length = json_length_plus_one
    if length > EXACT_PADDINGS[-1]:
        exponent = length.bit_length() - 1
        free_bits = exponent - exponent.bit_length()
        length = -(-length >> free_bits) << free_bits
    return -(-length // _BLOCK) * _BLOCK


@lru_cache(maxsize=256)
def legal_padded_length(length: int) -> bool:
    """Tell whether some value is padded to this length."""
    # Rounding leaves what is rounded already as it is, so the legal lengths are its fixed points.
    return length > 0 and padded_length(length) == length
