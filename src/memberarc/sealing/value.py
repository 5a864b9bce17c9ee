"""Seal one scalar for one place in one member's record, and open it again.

Source: format.md, section 5.
"""

from __future__ import annotations

import json
import os
import re
import unicodedata
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Final

from memberarc.errors import MalformedValueError, PaddingError, UnopenedValueError
from memberarc.formats.field_path import path_text
from memberarc.formats.sealed_text import (
    SEALED_PREFIX,
    SealedText,
    base64url,
    decode_sealed_body,
    format_sealed_text,
    legal_padded_length,
    padded_length,
    parse_sealed_text,
)
from memberarc.sealing.derivation import lp, member_name

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from cryptography.hazmat.primitives.ciphers.aead import AESGCMSIV

    from memberarc.formats.canonical_yaml import Scalar

NONCE_BYTES: Final = 12
INTEGER_LIMIT: Final = 2**53

# A text without escapes, or an integer, as JSON, which has one spelling, with its padding.
_COMMON: Final = re.compile(rb'(?:"((?!enc:)[^"\\\0-\x1f]*+)"|(0|-?[1-9][0-9]{0,14}))\x80\0{0,31}+')
_COMMON_LINE: Final = re.compile(_COMMON.pattern + b"\n")

_to_json = json.JSONEncoder(ensure_ascii=False).encode


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """The one place a sealed value opens at."""

    archive: str
    uid: str
    level: str
    epoch: int
    path: tuple[str, ...]


def seal_value(value: Scalar, *, key: bytes, address: Address, nonce: bytes | None = None) -> str:
    """Seal one value; ``nonce`` is given only where bytes must repeat, as in test vectors."""
    return _cipher(key, address).seal(value, path=address.path, nonce=nonce)


def open_value(text: str | SealedText, *, key: bytes, address: Address) -> Scalar:
    """Open one value sealed for exactly this address.

    Raises:
        UnknownSuiteError, MalformedValueError: the text is not a sealed value of suite m1.
        UnopenedValueError: another key, another address, or changed bytes.
        PaddingError: it opened, but was padded against the rule.
    """
    return _cipher(key, address).open(text, path=address.path)


def _cipher(key: bytes, address: Address) -> MemberCipher:
    return MemberCipher(
        key, archive=address.archive, uid=address.uid, level=address.level, epoch=address.epoch
    )


class MemberCipher:
    """Seal and open many values of one member, level and epoch under one key."""

    __slots__ = ("_aead", "_place", "epoch", "level")

    def __init__(self, key: bytes, *, archive: str, uid: str, level: str, epoch: int) -> None:
        self.level = level
        self.epoch = epoch
        self._aead = _cipher_class()(key)
        self._place = member_name("value", archive=archive, uid=uid, level=level, epoch=epoch)

    def seal(self, value: Scalar, *, path: tuple[str, ...], nonce: bytes | None = None) -> str:
        """Seal one value for a field of this member.

        Raises:
            MalformedValueError: the value has no canonical form, or begins like a sealed one.
        """
        return self.encrypt(_padded(value, path), path=path, nonce=nonce)

    def seal_all(self, values: Iterable[tuple[tuple[str, ...], Scalar]]) -> list[str]:
        """Seal the values of many fields of this member; raises as ``seal`` does."""
        padded = [(path_bytes(path), _padded(value, path)) for path, value in values]
        nonces = os.urandom(NONCE_BYTES * len(padded))
        encrypt, start, head = self._aead.encrypt, self._place, _head(self.level, self.epoch)
        sealed = []
        for end, (place, text) in enumerate(padded, 1):
            nonce = nonces[NONCE_BYTES * (end - 1) : NONCE_BYTES * end]
            sealed.append(head + base64url(nonce + encrypt(nonce, text, start + place)))
        return sealed

    def encrypt(self, padded: bytes, *, path: tuple[str, ...], nonce: bytes | None = None) -> str:
        """Seal bytes as ``decrypt`` gives them, whatever they are."""
        nonce = nonce or os.urandom(NONCE_BYTES)
        sealed = self._aead.encrypt(nonce, padded, self._place + path_bytes(path))
        return _head(self.level, self.epoch) + base64url(nonce + sealed)

    def open(self, text: str | SealedText, *, path: tuple[str, ...]) -> Scalar:
        """Open one value of a field of this member; raises as ``open_value`` does."""
        return _read_padded(self.decrypt(text, path=path), path)

    def decrypt_all(self, bodies: Iterable[bytes], *, places: Iterable[bytes]) -> list[bytes]:
        """Open many values as far as their padded bytes, by what follows their heads.

        Args:
            places: of each value its path, as ``path_bytes`` gives it.

        Raises:
            SealedValueError: one of them does not open; which and why, ``open`` tells.
        """
        decrypt, start = self._aead.decrypt, self._place
        try:
            return [
                decrypt(raw[:NONCE_BYTES], raw[NONCE_BYTES:], start + place)
                for raw, place in zip(map(decode_sealed_body, bodies), places, strict=True)
            ]
        except _invalid_tag() as err:
            raise UnopenedValueError("a value does not open") from err

    def decrypt(self, text: str | SealedText, *, path: tuple[str, ...]) -> bytes:
        """Open one value as far as the padded bytes that were sealed.

        Raises:
            UnknownSuiteError, MalformedValueError: the text is not a sealed value of suite m1.
            UnopenedValueError: another key, another address, or changed bytes.
        """
        sealed = parse_sealed_text(text) if isinstance(text, str) else text
        if (sealed.level, sealed.epoch) != (self.level, self.epoch):
            raise UnopenedValueError(
                f"the value is of {sealed.level} epoch {sealed.epoch},"
                f" the key of {self.level} epoch {self.epoch}",
                where=path_text(path),
            )
        nonce, ciphertext = sealed.raw[:NONCE_BYTES], sealed.raw[NONCE_BYTES:]
        try:
            return self._aead.decrypt(nonce, ciphertext, self._place + path_bytes(path))
        except _invalid_tag() as err:
            raise UnopenedValueError(
                "the value does not open: other key, other place or changed bytes",
                where=path_text(path),
            ) from err


@cache
def _cipher_class() -> type[AESGCMSIV]:
    """Import the cipher once: even the second import costs as much as half a value."""
    from cryptography.hazmat.primitives.ciphers.aead import AESGCMSIV

    return AESGCMSIV


def _invalid_tag() -> type[Exception]:
    """Import the cipher library's refusal when there is one."""
    from cryptography.exceptions import InvalidTag

    return InvalidTag


@lru_cache(maxsize=64)
def _head(level: str, epoch: int) -> str:
    """Write what stands before the bytes of a sealed value; cached, for there are few."""
    return format_sealed_text(SealedText(level=level, epoch=epoch, raw=b""))


@lru_cache(maxsize=4096)
def path_bytes(path: tuple[str, ...]) -> bytes:
    """Encode a path as it is sealed in; cached, for all members share their property names."""
    return lp(len(path).to_bytes(4, "big")) + b"".join(step_bytes(step) for step in path)


def step_bytes(step: str) -> bytes:
    """Encode one step of a path: a property name, or the id of a list item in brackets."""
    return lp(b"\x01" + step[1:-1].encode() if step.startswith("[") else b"\0" + step.encode())


def _padded(value: Scalar, path: tuple[str, ...]) -> bytes:
    """Write a value as the bytes that are sealed."""
    if isinstance(value, str) and not (value.isascii() or unicodedata.is_normalized("NFC", value)):
        # Only a writer asks: Unicode may give a character a normal form after it was sealed.
        raise MalformedValueError("text is not in normal form C", where=path_text(path))
    body = _encode(value, path) + b"\x80"
    return body.ljust(padded_length(len(body)), b"\0")


def _encode(value: object, path: tuple[str, ...]) -> bytes:
    """Return a scalar's canonical JSON.

    A reader encodes what it decoded once more, so writer and reader refuse the same values.
    """
    flaw = ""
    if isinstance(value, str):
        if value.startswith(SEALED_PREFIX):
            flaw = f"text that begins with {SEALED_PREFIX!r} would be taken for a sealed value"
    elif not isinstance(value, int):
        flaw = f"a {type(value).__name__} cannot be sealed, only text, an integer, true or false"
    elif abs(value) >= INTEGER_LIMIT:
        flaw = "an integer of 2^53 or more is not exact in every JSON reader"
    if flaw:
        raise MalformedValueError(flaw, where=path_text(path))
    try:
        return _to_json(value).encode()
    except UnicodeEncodeError as err:
        raise MalformedValueError("text holds half a character", where=path_text(path)) from err


def _read_padded(padded: bytes, path: tuple[str, ...]) -> Scalar:
    """Read what was sealed, however rare its form.

    Less than a block of zeros is as few as any rule allows, if the length is one that it gives.
    """
    common = _COMMON.fullmatch(padded)
    if common and legal_padded_length(len(padded)):
        text, number = common.groups()
        try:
            return int(number) if text is None else text.decode()
        except UnicodeDecodeError:
            pass
    return _decode(_strip_padding(padded, path), path)


def read_padded(padded: Sequence[bytes]) -> list[Scalar]:
    """Read many values as ``decrypt_all`` gives them.

    Raises:
        SealedValueError: one of them is not sealed by the rules; which and why, ``open`` tells.
    """
    # No value of a common form has a line feed in it or its padding: if matches follow one another
    # from end to end, and are as many as the values, then each of them is a whole value.
    parts = _COMMON_LINE.split(b"\n".join([*padded, b""]))
    texts, numbers = parts[1::3], parts[2::3]
    if len(texts) == len(padded) and not any(parts[::3]):
        try:
            if not any(numbers):
                return [*b"\n".join([*texts, b""]).decode().split("\n")[:-1]]
            return [
                int(number) if text is None else text.decode()
                for text, number in zip(texts, numbers, strict=True)
            ]
        except UnicodeDecodeError:
            pass
    return [_read_padded(one, ()) for one in padded]


def _strip_padding(padded: bytes, path: tuple[str, ...]) -> bytes:
    """Take 0x80 and zeros off, and refuse any other length than the rule gives."""
    body = padded.rstrip(b"\0")
    if not body.endswith(b"\x80"):
        raise PaddingError("the value does not end in 0x80 and zeros", where=path_text(path))
    if len(padded) != padded_length(len(body)):
        raise PaddingError("the value is padded to another length", where=path_text(path))
    return body[:-1]


def _decode(body: bytes, path: tuple[str, ...]) -> Scalar:
    """Read canonical JSON and nothing else: decoding is followed by encoding and comparing."""
    try:
        value: Scalar = json.loads(body)
    except (ValueError, RecursionError) as err:
        raise MalformedValueError("the sealed text is not JSON", where=path_text(path)) from err
    if _encode(value, path) != body:
        raise MalformedValueError("the sealed JSON is not canonical", where=path_text(path))
    return value
