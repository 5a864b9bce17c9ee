"""Read and write the frame of an age file, in memory: armour, header and MAC.

What is wrapped in the stanzas is not known here. Source: C2SP, age.md, version 1.
"""

from __future__ import annotations

import base64
import hmac
import os
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from memberarc.sealing.age.payload import (
    NONCE_BYTES,
    TAG_BYTES,
    opened_chunks,
    payload_key,
    sealed_chunks,
)
from memberarc.sealing.derivation import hkdf

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

FILE_KEY_BYTES: Final = 16
SCRYPT: Final = "scrypt"
"""The stanza of a file that a passphrase opens."""
MOST_HEADER_BYTES: Final = 64 * 1024
"""Some 600 recipients, or 40 post-quantum ones; the library's time grows with the square of it."""

_INTRO: Final = b"age-encryption.org/v1\n"
_STANZA: Final = re.compile(
    rb"-> ([!-~]+(?: [!-~]+)*)\n((?:[A-Za-z0-9+/]{64}\n)*[A-Za-z0-9+/]{0,63}\n)"
)
_END: Final = re.compile(rb"--- ([A-Za-z0-9+/]{43})\n")
_MARK_BYTES: Final = len(b"---")
_ARMOUR_START: Final = b"-----BEGIN AGE ENCRYPTED FILE-----"
_ARMOUR_END: Final = b"-----END AGE ENCRYPTED FILE-----"
_COLUMNS: Final = 64


@dataclass(frozen=True, slots=True, kw_only=True)
class Stanza:
    """The file key, wrapped for one recipient; the first argument says how."""

    arguments: tuple[str, ...]
    body: bytes

    @property
    def kind(self) -> str:
        """The first argument."""
        return self.arguments[0]


@dataclass(frozen=True, slots=True, kw_only=True)
class AgeFile:
    """An age file taken apart; ``binary`` is all of it without armour."""

    binary: bytes = field(repr=False)
    stanzas: tuple[Stanza, ...]
    authenticated: bytes = field(repr=False)
    mac: bytes
    payload: bytes = field(repr=False)

    def open(self, file_key: bytes) -> bytes:
        """Check the header and decrypt the payload.

        Raises:
            ValueError: the header or the payload is not what this key was made for.
        """
        self.check(file_key)
        if len(self.payload) < NONCE_BYTES + TAG_BYTES:
            raise ValueError("the payload is cut short")
        nonce, sealed = self.payload[:NONCE_BYTES], self.payload[NONCE_BYTES:]
        return b"".join(opened_chunks([(sealed, True)], key=payload_key(file_key, nonce)))

    def check(self, file_key: bytes) -> None:
        """Check the header's MAC.

        Raises:
            ValueError: the header is not what this key was made for.
        """
        if not hmac.compare_digest(_mac(file_key, self.authenticated), self.mac):
            raise ValueError("the header is not authentic")


def looks_like_age(content: bytes) -> bool:
    """Tell whether bytes want to be an age file, armoured or not."""
    return content.lstrip().startswith((_INTRO, _ARMOUR_START))


def parse_age_file(content: bytes) -> AgeFile:
    """Take an age file apart, armoured or not.

    Raises:
        ValueError: it is not one, to the letter of the specification, or its header is too long.
    """
    binary = _without_armour(content) if content.lstrip().startswith(_ARMOUR_START) else content
    if not binary.startswith(_INTRO):
        raise ValueError("not an age file")
    stanzas, place = [], len(_INTRO)
    while found := _STANZA.match(binary, place, MOST_HEADER_BYTES):
        arguments = found[1].decode("ascii").split(" ")
        stanzas.append(Stanza(arguments=tuple(arguments), body=unpadded(found[2])))
        place = found.end()
    end = _END.match(binary, place, MOST_HEADER_BYTES)
    if not stanzas or not end:
        raise ValueError(f"the header is damaged, or longer than {MOST_HEADER_BYTES >> 10} KiB")
    return AgeFile(
        binary=binary,
        stanzas=tuple(stanzas),
        authenticated=binary[: place + _MARK_BYTES],
        mac=unpadded(end[1]),
        payload=binary[end.end() :],
    )


def write_age_file(plaintext: bytes, *, wrap: Callable[[bytes], Sequence[Stanza]]) -> bytes:
    """Write an armoured age file; ``wrap`` makes the stanzas of a file key."""
    file_key, nonce = os.urandom(FILE_KEY_BYTES), os.urandom(NONCE_BYTES)
    header = _INTRO + b"".join(_stanza_text(stanza) for stanza in wrap(file_key)) + b"---"
    mac = base64.b64encode(_mac(file_key, header)).rstrip(b"=")
    sealed = b"".join(sealed_chunks([(plaintext, True)], key=payload_key(file_key, nonce)))
    text = base64.b64encode(header + b" " + mac + b"\n" + nonce + sealed)
    return b"\n".join([_ARMOUR_START, *_lines(text), _ARMOUR_END, b""])


def unpadded(text: bytes) -> bytes:
    """Read base64 as it stands in a header: canonical, without padding; line ends are skipped.

    Raises:
        ValueError: it is anything else.
    """
    text = text.replace(b"\n", b"")
    if b"=" in text:
        raise ValueError("padding where none is written")
    return _canonical(text + b"=" * (-len(text) % 4))


def _canonical(text: bytes) -> bytes:
    content = base64.b64decode(text, validate=True)
    if base64.b64encode(content) != text:
        raise ValueError("not canonical base64")
    return content


def _without_armour(content: bytes) -> bytes:
    lines = content.strip().replace(b"\r\n", b"\n").split(b"\n")
    body = lines[1:-1]
    if (
        lines[0] != _ARMOUR_START
        or lines[-1] != _ARMOUR_END
        or not body
        or any(len(line) != _COLUMNS for line in body[:-1])
        or not 0 < len(body[-1]) <= _COLUMNS
    ):
        raise ValueError("the armour is damaged")
    return _canonical(b"".join(body))


def _stanza_text(stanza: Stanza) -> bytes:
    text = base64.b64encode(stanza.body).rstrip(b"=")
    # The last line must be a short one, if need be an empty one.
    lines = [*_lines(text), *([] if len(text) % _COLUMNS else [b""])]
    return b"-> " + " ".join(stanza.arguments).encode() + b"\n" + b"\n".join(lines) + b"\n"


def _lines(text: bytes) -> list[bytes]:
    return [text[start : start + _COLUMNS] for start in range(0, len(text), _COLUMNS)]


def _mac(file_key: bytes, authenticated: bytes) -> bytes:
    return hmac.digest(hkdf(file_key, info=b"header"), authenticated, "sha256")
