"""Write 32 bytes the way age writes a secret key.

Source: BIP 173; age drops its limit of 90 characters, which no key of 32 bytes reaches.
"""

from __future__ import annotations

from typing import Final

_ALPHABET: Final = "qpzry9x8gf2tvdw0s3jn54khce6mua7l"
_GENERATOR: Final = (0x3B6A57B2, 0x26508E6D, 0x1EA119FA, 0x3D4233DD, 0x2A1462B3)
_CHECKSUM_WORDS: Final = 6


def age_secret_key(scalar: bytes) -> str:
    """Write an X25519 scalar as an age identity, ``AGE-SECRET-KEY-1...``."""
    return _encode("age-secret-key-", scalar).upper()


def _encode(prefix: str, content: bytes) -> str:
    words = _five_bit_words(content)
    expanded = [ord(char) >> 5 for char in prefix] + [0] + [ord(char) & 31 for char in prefix]
    remainder = _polymod(expanded + words + [0] * _CHECKSUM_WORDS) ^ 1
    checksum = [remainder >> 5 * place & 31 for place in reversed(range(_CHECKSUM_WORDS))]
    return prefix + "1" + "".join(_ALPHABET[word] for word in words + checksum)


def _five_bit_words(content: bytes) -> list[int]:
    count = -(-len(content) * 8 // 5)
    number = int.from_bytes(content, "big") << count * 5 - len(content) * 8
    return [number >> 5 * place & 31 for place in reversed(range(count))]


def _polymod(words: list[int]) -> int:
    checksum = 1
    for word in words:
        top = checksum >> 25
        checksum = (checksum & 0x1FFFFFF) << 5 ^ word
        for bit, term in enumerate(_GENERATOR):
            if top >> bit & 1:
                checksum ^= term
    return checksum
