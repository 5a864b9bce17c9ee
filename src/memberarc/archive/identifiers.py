"""Random identifiers (format.md, section 1)."""

from __future__ import annotations

import secrets
from base64 import b32encode
from typing import Final

_BASE32: Final = "abcdefghijklmnopqrstuvwxyz234567"
_LETTERS: Final = _BASE32[:26]


def new_long_id() -> str:
    """Make an archive or vault id: 26 characters, 128 random bits and two to spare."""
    return "".join(secrets.choice(_BASE32) for _ in range(26))


def new_uid() -> str:
    """Make a uid: 16 characters, the first a letter."""
    while True:
        # 80 random bits are 16 characters; most of them begin with a letter.
        uid = b32encode(secrets.token_bytes(10)).decode().lower()
        if uid[0] in _LETTERS:
            return uid


def new_item_id() -> str:
    """Make a list item's id: four characters, the first a letter."""
    return secrets.choice(_LETTERS) + "".join(secrets.choice(_BASE32) for _ in range(3))
