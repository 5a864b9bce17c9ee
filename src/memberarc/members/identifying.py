"""The values by which one person or organisation is told from all others, each in one spelling."""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from memberarc.formats.field_path import FieldPath

_IDENTITY: Final = (("identity", "number"), ("credit_code",))
_MOBILE: Final = ("contact", "mobile")
_EMAIL: Final = ("contact", "email")
_NAME: Final = ("name",)
_BIRTH_DATE: Final = ("birth_date",)

IDENTIFYING_PATHS: Final = (*_IDENTITY, _MOBILE, _EMAIL, _NAME, _BIRTH_DATE)

_BETWEEN: Final = re.compile(r"[\s\u00b7\u2010-\u2015.-]+")
_NOT_DIGITS: Final = re.compile(r"[^0-9]+")
_COUNTRY: Final = re.compile(r"\A(?:00)?86(?=1[0-9]{10}$)")
_COUNTRY_STARTS: Final = ("86", "0086")
_FEWEST_DIGITS: Final = 7
_WHOLE_DAY: Final = len("2026-11-03")


def identifying_values(value_of: Callable[[FieldPath], object]) -> Iterator[tuple[str, str]]:
    """Yield kind and spelling of each value that identifies; a name does so with a birth date only.

    Args:
        value_of: gives the opened value of a field, None where there is none.
    """
    for path in _IDENTITY:
        if number := _joined(_text(value_of(path))):
            yield "identity number", number
    if len(mobile := _digits(_text(value_of(_MOBILE)))) >= _FEWEST_DIGITS:
        yield "mobile", mobile
    if email := _text(value_of(_EMAIL)).strip():
        yield "e-mail", email
    birth_date = _text(value_of(_BIRTH_DATE))
    if len(birth_date) == _WHOLE_DAY and (name := _joined(_text(value_of(_NAME)))):
        yield "name and birth date", f"{name} {birth_date}"


def _text(value: object) -> str:
    """Fold width and case; a value that is sealed still, or no text, is none."""
    if not isinstance(value, str) or value.startswith("enc:"):
        return ""
    if value.isascii():
        return value.lower()
    return unicodedata.normalize("NFKC", value).casefold()


def _joined(text: str) -> str:
    return text if text.isalnum() else _BETWEEN.sub("", text)


def _digits(text: str) -> str:
    # Asked of every row of an import, and most numbers are nothing but digits.
    digits = text if text.isdecimal() else _NOT_DIGITS.sub("", text)
    return _COUNTRY.sub("", digits) if digits.startswith(_COUNTRY_STARTS) else digits
