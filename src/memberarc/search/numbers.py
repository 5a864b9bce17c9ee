"""Numbers by their digits: of papers, of cards, and of telephones, however they are dialled."""

from __future__ import annotations

import re
from typing import Final, NamedTuple

from memberarc.search.folding import folded

_DIGIT_RUN: Final = re.compile(r"[+(]{0,2}[0-9][0-9 ()-]*x?")
_NOT_DIGITS: Final = re.compile(r"[^0-9x]")
# Those of three digits are all that do not begin with one of the others.
_COUNTRY: Final = re.compile(
    r"1|7|2[07]|3[0-469]|4[013-9]|5[1-8]|6[0-6]|8[1246]|9[0-58]|[2-9][0-9]{2}"
)
# A mobile number of the mainland may follow its country code without any sign.
_MAINLAND_MOBILE: Final = re.compile(r"86(?=1[3-9][0-9]{9}$)")
_TRUNK: Final = "0"
_INTERNATIONAL: Final = "00"
# Fewer may be the last digits of a number, which are often asked for, and may begin with a 0.
_FEWEST_DIALLED: Final = 7
_FEWEST_NATIONAL: Final = 3


class Telephone(NamedTuple):
    """A number without what is dialled before it; the country is empty where none is told."""

    country: str
    national: str

    def begins_with(self, other: Telephone) -> bool:
        """Tell whether another is this number, or its beginning."""
        same = not self.country or not other.country or self.country == other.country
        return same and self.national.startswith(other.national)


def digits_of(text: str) -> str:
    """Take the digits of a telephone or paper number, without what parts them; else nothing."""
    text = folded(text)
    return _NOT_DIGITS.sub("", text) if _DIGIT_RUN.fullmatch(text) else ""


def telephone(text: str) -> Telephone | None:
    """Read a number as one that is dialled: a country's code, and no 0 before an area's."""
    digits = digits_of(text)
    if not digits.isdigit():
        return None
    if _has_plus(text) or _MAINLAND_MOBILE.match(digits):
        return _parted(digits)
    if digits.startswith(_INTERNATIONAL):
        return _parted(digits.removeprefix(_INTERNATIONAL))
    return Telephone("", digits.removeprefix(_TRUNK))


def dialled(word: str) -> Telephone | None:
    """Read what is looked for, if a sign shows that it is dialled: +, 00, or a 0 in front."""
    number = telephone(word)
    if number is None or len(number.national) < _FEWEST_NATIONAL:
        return None
    digits = digits_of(word)
    is_long = len(digits) >= _FEWEST_DIALLED
    is_dialled = _has_plus(word) or (is_long and (number.country or digits.startswith(_TRUNK)))
    return number if is_dialled else None


def _has_plus(text: str) -> bool:
    return folded(text).lstrip("(").startswith("+")


def _parted(digits: str) -> Telephone | None:
    """Part a country's code from the rest, before which a 0 is often written all the same."""
    code = _COUNTRY.match(digits)
    return Telephone(code.group(), digits[code.end() :].removeprefix(_TRUNK)) if code else None
