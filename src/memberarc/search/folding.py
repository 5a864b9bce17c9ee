"""What counts as the same letters: case, width, accents and apostrophes make no difference.

Between Chinese characters neither do spaces and points, but where they stand a word begins: they
stay in what is folded, and are left out of what is closed up.
"""

from __future__ import annotations

import re
import unicodedata
from functools import cache
from typing import Final

HAN: Final = "\u3400-\u4dbf\u4e00-\u9fff\U00020000-\U000323af"
GAPS: Final = " .·•‧∙⋅・"

# Chinese characters and ASCII, which no normal form touches: most of what an archive holds.
_PLAIN: Final = re.compile("[\u4e00-\u9fff -~]*")
_ACCENTS: Final = re.compile("[\u0300-\u036f]")
_APOSTROPHES: Final = re.compile("['’‘ʼ`´＇｀]")
# Letters that Unicode does not take apart into a letter and an accent.
_STROKES: Final = str.maketrans(
    {"ø": "o", "ł": "l", "đ": "d", "æ": "ae", "œ": "oe", "ð": "d", "þ": "th", "ı": "i"}
)


def folded(text: str) -> str:
    """Fold case, width, accents and apostrophes, so that ＯＢＲＩＥＮ is o'brién."""
    if text.isascii() or _PLAIN.fullmatch(text):
        return text.lower().replace("'", "").replace("`", "")
    text = _APOSTROPHES.sub("", text.casefold())
    # Compatibility forms such as ㎆ hide capitals, hence folded once more.
    text = unicodedata.normalize("NFKD", text).casefold()
    text = _APOSTROPHES.sub("", _ACCENTS.sub("", text))
    return unicodedata.normalize("NFC", text.translate(_STROKES))


def is_han(character: str) -> bool:
    """Tell whether a character is Chinese; a pattern of so many takes a millisecond to compile."""
    return (
        "\u4e00" <= character <= "\u9fff"
        or "\u3400" <= character <= "\u4dbf"
        or "\U00020000" <= character <= "\U000323af"
    )


def closed_up(text: str) -> str:
    """Close the gaps between Chinese characters in what is folded: 王 小明 is 王小明."""
    return text if text.isascii() else _gaps().sub("", text)


@cache
def _gaps() -> re.Pattern[str]:
    """Match the gaps; more than a millisecond that most searches need not spend."""
    return re.compile(f"(?<=[{HAN}])[{GAPS}]+(?=[{HAN}])")
