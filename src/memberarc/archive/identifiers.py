"""Random identifiers (format.md, section 1)."""

from __future__ import annotations

import os
from typing import Final

_BASE32: Final = "abcdefghijklmnopqrstuvwxyz234567"


def new_long_id() -> str:
    """Make an archive or vault id: 26 characters, 128 random bits and two to spare."""
    return _characters(26)


def new_uid() -> str:
    """Make a uid: 16 characters, the first a letter."""
    return _beginning_with_letter(16)


def new_item_id() -> str:
    """Make a list item's id: four characters, the first a letter."""
    return _beginning_with_letter(4)


def _beginning_with_letter(length: int) -> str:
    while True:
        text = _characters(length)
        if text[0].isalpha():
            return text


def _characters(length: int) -> str:
    """Make characters of five random bits each; 32 divides 256, so that none is likelier."""
    return "".join(_BASE32[byte % 32] for byte in os.urandom(length))
