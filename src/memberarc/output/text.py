"""Text that is safe on a terminal, and its width in terminal cells."""

from __future__ import annotations

import re
import unicodedata
from typing import Literal

# What moves the cursor, turns the writing direction or is not seen at all. The newline is left to
# the caller, variation selectors belong to names (U+E0100 and up choose the form of a Han
# character), and the two joiners are judged by their neighbours.
_C0_BUT_NEWLINE = "\x00-\x09\x0b-\x1f"
_DELETE_AND_C1 = "\x7f-\x9f"
_UNSEEN = "\xad\u034f\u180e\u200b-\u200d\u2060-\u206f\ufeff\ufff0-\ufffb"
_UNSEEN_LETTERS = "\u115f\u1160\u17b4\u17b5\u3164\uffa0"
_BIDI_AND_SEPARATORS = "\u061c\u200e\u200f\u2028-\u202e"
_SURROGATES = "\ud800-\udfff"
_TAGS = "\U000e0000-\U000e00ff\U000e01f0-\U000e0fff"
_UNSAFE = re.compile(
    f"[{_C0_BUT_NEWLINE}{_DELETE_AND_C1}{_UNSEEN}{_UNSEEN_LETTERS}"
    f"{_BIDI_AND_SEPARATORS}{_SURROGATES}{_TAGS}]"
)
_JOINERS = "\u200c\u200d"
_EMOJI_ENDINGS = re.compile("[\ufe0f\U0001f3fb-\U0001f3ff]")
_VIRAMA = 9
# What nearly every text here is made of: characters that stand by themselves, one cell or two.
_TWO_CELLS = "\u3001-\u3029\u3400-\u4dbf\u4e00-\u9fff\uff01-\uff60"
_EASY = re.compile(f"[ -~{_TWO_CELLS}]*")
ELLIPSIS = "…"


def safe_text(text: str) -> str:
    r"""Make every character that could drive or deceive a terminal visible, as ``\u{1b}``."""
    if text.isascii() and text.isprintable():
        return text
    return _UNSAFE.sub(_made_visible, text)


def escape_unsafe(document: str) -> str:
    r"""Write the same characters as ``\u001b`` in a finished JSON document.

    They can only stand inside its strings, so it still says the same.
    """
    return _UNSAFE.sub(_json_escape, document)


def cell_width(text: str) -> int:
    """Count the terminal cells one line of safe text takes."""
    if text.isascii():
        return len(text)
    if _EASY.fullmatch(text):
        # A character of two cells has three bytes, of one cell one: so much less than to count.
        return (len(text) + len(text.encode())) // 2
    from wcwidth import wcswidth, wcwidth

    width = wcswidth(text)
    return width if width >= 0 else sum(max(0, wcwidth(character)) for character in text)


def pad(text: str, width_cells: int, *, align: Literal["left", "right"] = "left") -> str:
    """Fill the text with spaces up to a width."""
    if text.isascii():
        return text.rjust(width_cells) if align == "right" else text.ljust(width_cells)
    filling = " " * (width_cells - cell_width(text))
    return filling + text if align == "right" else text + filling


def cut(text: str, width_cells: int) -> str:
    """Shorten the text to a width, with an ellipsis where something is missing."""
    if cell_width(text) <= width_cells:
        return text
    room = width_cells - cell_width(ELLIPSIS)
    end = room
    if not text.isascii():
        # No prefix with more characters than this fits, marks of no width aside.
        end = next(at for at in range(1, len(text) + 1) if cell_width(text[:at]) > room) - 1
    return text[:end].rstrip(_JOINERS) + ELLIPSIS


def _made_visible(match: re.Match[str]) -> str:
    character = match.group()
    if character in _JOINERS and _joins(match):
        return character
    return f"\\u{{{ord(character):x}}}"


def _joins(match: re.Match[str]) -> bool:
    """Say whether a joiner does its work: in an emoji, after a virama, in Arabic script."""
    text, at = match.string, match.start()
    before, after = text[at - 1 : at], text[at + 1 : at + 2]
    if not before or not after:
        return False
    if unicodedata.combining(before) == _VIRAMA or unicodedata.bidirectional(before) == "AL":
        return unicodedata.category(after).startswith("L")
    ends_emoji = unicodedata.category(before) == "So" or _EMOJI_ENDINGS.fullmatch(before)
    return bool(ends_emoji) and unicodedata.category(after) == "So"


def _json_escape(match: re.Match[str]) -> str:
    units = match.group().encode("utf-16-be", "surrogatepass").hex()
    return "".join(f"\\u{units[at : at + 4]}" for at in range(0, len(units), 4))
