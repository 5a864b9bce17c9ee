"""Write and read keys the way age does.

Source: BIP 173; age drops its limit of 90 characters.
"""

from __future__ import annotations

from typing import Final

_ALPHABET: Final = "qpzry9x8gf2tvdw0s3jn54khce6mua7l"
_VALUES: Final = {char: value for value, char in enumerate(_ALPHABET)}
_GENERATOR: Final = (0x3B6A57B2, 0x26508E6D, 0x1EA119FA, 0x3D4233DD, 0x2A1462B3)
_CHECKSUM_WORDS: Final = 6


def age_secret_key(scalar: bytes) -> str:
    """Write an X25519 scalar as an age identity, ``AGE-SECRET-KEY-1...``."""
    return encode("age-secret-key-", scalar).upper()


def encode(prefix: str, content: bytes) -> str:
    """Write bytes under a prefix, in lower case."""
    words = _five_bit_words(content)
    remainder = _polymod(_expanded(prefix) + words + [0] * _CHECKSUM_WORDS) ^ 1
    checksum = [remainder >> 5 * place & 31 for place in reversed(range(_CHECKSUM_WORDS))]
    return prefix + "1" + "".join(_ALPHABET[word] for word in words + checksum)


def decode(text: str, *, prefix: str) -> bytes:
    """Read bytes that were written under a prefix, all in lower or all in upper case.

    Raises:
        ValueError: they were not, or a character is wrong.
    """
    lowered = text.lower()
    if text not in (lowered, text.upper()):
        raise ValueError("mixed case")
    found, _, data = lowered.rpartition("1")
    if found != prefix or not data.isascii() or not set(data) <= _VALUES.keys():
        raise ValueError(f"not {prefix}1...")
    words = [_VALUES[char] for char in data]
    if len(words) < _CHECKSUM_WORDS or _polymod(_expanded(prefix) + words) != 1:
        raise ValueError("wrong checksum")
    return _bytes(words[:-_CHECKSUM_WORDS])


def _expanded(prefix: str) -> list[int]:
    return [ord(char) >> 5 for char in prefix] + [0] + [ord(char) & 31 for char in prefix]


def _five_bit_words(content: bytes) -> list[int]:
    count = -(-len(content) * 8 // 5)
    number = int.from_bytes(content, "big") << count * 5 - len(content) * 8
    return [number >> 5 * place & 31 for place in reversed(range(count))]


def _bytes(words: list[int]) -> bytes:
    number = 0
    for word in words:
        number = number << 5 | word
    length, spare = divmod(len(words) * 5, 8)
    if spare > 4 or number & (1 << spare) - 1:
        raise ValueError("bits left over")
    return (number >> spare).to_bytes(length, "big")


def _polymod(words: list[int]) -> int:
    checksum = 1
    for word in words:
        top = checksum >> 25
        checksum = (checksum & 0x1FFFFFF) << 5 ^ word
        for bit, term in enumerate(_GENERATOR):
            if top >> bit & 1:
                checksum ^= term
    return checksum
