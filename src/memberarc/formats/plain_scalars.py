"""What a value without quotes means, where YAML 1.1 and YAML 1.2 agree about it."""

from __future__ import annotations

import re
from enum import Enum

from memberarc.formats.canonical_yaml import BOOLEANS, INTEGER, RESERVED_WORDS, Scalar

_NULLS = frozenset(("", "~", "null", "Null", "NULL"))
# Every form that PyYAML (1.1) or the core schema of 1.2 reads as a number, a time, "<<" or "=".
_NOT_TEXT = re.compile(
    r"""[-+]?(?:
          0b[01_]+
        | 0o[0-7_]+
        | 0x[0-9a-f_]+
        | [0-9][0-9_]*(?::[0-5]?[0-9])*(?:\.[0-9_]*)?(?:e[-+]?[0-9]+)?
        | \.[0-9][0-9_]*(?:e[-+]?[0-9]+)?
        | \.inf
        )
      | \.nan
      | [0-9]{4}-[0-9]{1,2}-[0-9]{1,2}(?:(?:t|[ ]+)[0-9:.]+[ ]*(?:z|[-+][0-9:]+)?)?
      | = | <<
    """,
    re.VERBOSE | re.IGNORECASE | re.ASCII,
)


class Unclear(Enum):
    """Why a value without quotes is not taken."""

    NULL = "null"
    NOT_TEXT = "not-text"


def read_plain(text: str) -> Scalar | Unclear:
    """Read a value without quotes, and take nothing that a YAML reader might take otherwise."""
    if text in _NULLS:
        return Unclear.NULL
    if text in BOOLEANS:
        return BOOLEANS[text]
    if INTEGER.fullmatch(text):
        return int(text)
    if text.lower() in RESERVED_WORDS or _NOT_TEXT.fullmatch(text):
        return Unclear.NOT_TEXT
    return text
