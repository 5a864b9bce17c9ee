"""What counts as the same letters: case, width, accents and apostrophes make no difference."""

from __future__ import annotations

import re
import unicodedata
from typing import Final

# Chinese characters and ASCII, which no normal form touches: most of what an archive holds.
_PLAIN: Final = re.compile("[\u4e00-\u9fff -~]*")
_ACCENTS: Final = re.compile("[\u0300-\u036f]")
_APOSTROPHES: Final = re.compile("['’‘ʼ`´＇｀]")
# Letters that Unicode does not take apart into a letter and an accent.
_STROKES: Final = str.maketrans(
    {"ø": "o", "ł": "l", "đ": "d", "æ": "ae", "œ": "oe", "ð": "d", "þ": "th", "ı": "i"}
)
_DIGIT_RUN: Final = re.compile(r"[+(]?[0-9][0-9 ()-]*x?")
_NOT_DIGITS: Final = re.compile(r"[^0-9x]")
# A mobile number of the mainland may follow its country code without any sign.
_COUNTRY_CODE: Final = re.compile(r"(?:\+ ?|00)86[ -]?|86(?=1[3-9][0-9]{9}$)")


def folded(text: str) -> str:
    """Fold case, width, accents and apostrophes, so that ＯＢＲＩＥＮ is o'brién."""
    if text.isascii() or _PLAIN.fullmatch(text):
        return text.lower().replace("'", "").replace("`", "")
    text = _APOSTROPHES.sub("", text.casefold())
    # Compatibility forms such as ㎆ hide capitals, hence folded once more.
    text = unicodedata.normalize("NFKD", text).casefold()
    text = _APOSTROPHES.sub("", _ACCENTS.sub("", text))
    return unicodedata.normalize("NFC", text.translate(_STROKES))


def digits_of(text: str) -> str:
    """Take the digits of a telephone or paper number, without what parts them; else nothing."""
    text = folded(text)
    return _NOT_DIGITS.sub("", text) if _DIGIT_RUN.fullmatch(text) else ""


def wanted_digits(word: str) -> str:
    """Take the digits of a word that is looked for: the country code +86 is no part of them."""
    word = folded(word)
    return digits_of(_COUNTRY_CODE.sub("", word, count=1)) if _DIGIT_RUN.fullmatch(word) else ""
