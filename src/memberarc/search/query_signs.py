"""The signs of the query language, and what means itself without quotation marks."""

from __future__ import annotations

import re
from typing import Final

# The full-width forms of ASCII and the ideographic space, one character for one, so that a place
# in the one text is the same place in the other.
HALF_WIDTH: Final = {code + 0xFEE0: code for code in range(0x21, 0x7F)} | {0x3000: 0x20}
CLOSING_MARKS: Final = {'"': '"', "＂": "＂", "“": "”", "”": "”"}
KEYWORDS: Final = {"AND": "AND", "OR": "OR", "或": "OR", "NOT": "NOT"}

WORD: Final = re.compile(r'[^\s"“”()|]+')
FIELD: Final = re.compile(r"[^\W\d][\w.-]*")
# Chinese input methods write 《 and 》 for < and >, which also enclose a title, as in 读《红楼梦》:
# without = they count right behind a field only, and where no title is closed.
OPERATOR: Final = re.compile(
    r":?(?:[<>]=?|[《》〈〉]=|[≥≤])|!=|≠|=|:"
    r'|(?<=[\w"”])(?:[《〈](?!\S*[》〉])|[》〉](?=[^\s)]))'
)
OPERATOR_SIGNS: Final = str.maketrans(
    {"《": "<", "》": ">", "〈": "<", "〉": ">", "≥": ">=", "≤": "<=", "≠": "!="}
)
VALUE: Final = re.compile(r'(?:(?!\.\.|。。)[^\s"“”(),、|])+')
RANGE: Final = re.compile(r"\.\.|。。")
COMMA: Final = re.compile(r"[,、]")
LIST_SIGN: Final = re.compile(r"\s*[,、|]\s*|\s+(?:OR|或)\s+")
LIST_OPENING: Final = re.compile(r"\(\s*")
# At the beginning of a value these would belong to the operator before it.
_OPERATOR_ENDS: Final = "=<>≤≥《》〈〉"
ESCAPED: Final = re.compile(r'\\(["\\])')


def reads_as_word(value: str) -> bool:
    """Tell whether a word means itself without quotation marks."""
    return (
        _reads_as(WORD, value)
        and "*" not in value
        and not value.startswith("-")
        and value not in KEYWORDS
        and not OPERATOR.match(value)
        and not ((field := FIELD.match(value)) and OPERATOR.match(value, field.end()))
    )


def reads_as_field(name: str) -> bool:
    """Tell whether a field's name means itself without quotation marks."""
    return _reads_as(FIELD, name)


def reads_as_value(value: str) -> bool:
    """Tell whether a field's value means itself without quotation marks."""
    return _reads_as(VALUE, value) and "*" not in value and value[0] not in _OPERATOR_ENDS


def _reads_as(pattern: re.Pattern[str], text: str) -> bool:
    return pattern.fullmatch(text) is not None and text.translate(HALF_WIDTH) == text
