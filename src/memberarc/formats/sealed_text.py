"""The text form of a sealed value, and the lengths it may have (docs/format.md, section 5)."""

from __future__ import annotations

import base64
import re
from dataclasses import dataclass

from memberarc.errors import MalformedValueError, UnknownSuiteError

SEALED_PREFIX = "enc:"
LEVELS = ("open", "internal", "confidential", "secret")
SEALED_LEVELS = LEVELS[1:]
OVERHEAD_BYTES = 12 + 16
"""Nonce and tag."""

_SUITE = "m1"
_SUITE_NAME = re.compile(r"enc:([a-z0-9]+)\.")
_TEXT = re.compile(
    rf"enc:{_SUITE}\.({'|'.join(SEALED_LEVELS)})\.([1-9][0-9]{{0,14}}):([A-Za-z0-9_-]+)"
)
_BLOCK = 32
EXACT_PADDINGS = range(_BLOCK, 256 + 1, _BLOCK)
"""Up to here every multiple of the block is a padded length; beyond, only Padmé's."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SealedText:
    """A sealed value taken apart, unopened; ``raw`` is nonce, ciphertext and tag."""

    level: str
    epoch: int
    raw: bytes


def format_sealed_text(sealed: SealedText) -> str:
    """Write a sealed value as it stands in a record."""
    encoded = base64.urlsafe_b64encode(sealed.raw).rstrip(b"=").decode("ascii")
    return f"{SEALED_PREFIX}{_SUITE}.{sealed.level}.{sealed.epoch}:{encoded}"


def parse_sealed_text(text: str) -> SealedText:
    """Take a sealed value apart.

    Raises:
        UnknownSuiteError: the value is of another suite than m1.
        MalformedValueError: level, epoch, base64url or length is not as the suite has it.
    """
    match = _TEXT.fullmatch(text)
    if match is None:
        suite = _SUITE_NAME.match(text)
        if suite is not None and suite[1] != _SUITE:
            raise UnknownSuiteError(f"a value is sealed with the unknown suite {suite[1]}")
        raise MalformedValueError("a sealed value has no level, epoch or base64url text")
    level, epoch, encoded = match.groups()
    # Of the length 4n+1 there is no base64; the padding then makes the decoder refuse it.
    try:
        raw = base64.urlsafe_b64decode(encoded + "=" * (-len(encoded) % 4))
    except ValueError as err:
        raise MalformedValueError("the base64url text of a sealed value is cut off") from err
    sealed = SealedText(level=level, epoch=int(epoch), raw=raw)
    if format_sealed_text(sealed) != text:
        raise MalformedValueError("the base64url text of a sealed value has stray trailing bits")
    if not legal_padded_length(len(raw) - OVERHEAD_BYTES):
        raise MalformedValueError("a sealed value has a length that no padding gives")
    return sealed


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


def legal_padded_length(length: int) -> bool:
    """Tell whether some value is padded to this length."""
    # Rounding leaves what is rounded already as it is, so the legal lengths are its fixed points.
    return length > 0 and padded_length(length) == length
