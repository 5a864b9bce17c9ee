"""Dates and digits as people write them: the year first, in either width."""

from __future__ import annotations

import re
from datetime import date
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from memberarc.formats.schema import Field

_DATE: Final = re.compile(
    r"(?P<year>[0-9]{4})"
    r"(?:年|(?:[-/.年]?)(?P<month>[0-9]{2})(?:[-/.月]?)(?P<day>[0-9]{2})日?"
    r"|[-/.年](?P<m>[0-9]{1,2})(?:月|[-/.月](?P<d>[0-9]{1,2})日?)?)?"
)
_NARROW: Final = {wide: wide - 0xFEE0 for wide in range(0xFF01, 0xFF5F)}
# Excel makes this of 2013.10, too.
_DOUBTFUL: Final = re.compile(r"[0-9]{4}\.[0-9]")


def narrow(text: str) -> str:
    """Write full-width digits and signs as ASCII has them."""
    return text.translate(_NARROW)


def iso_date(text: str) -> str:
    """Bring a day, month or year that a person wrote to ISO 8601; else nothing."""
    found = _DATE.fullmatch(text)
    if found is None:
        return ""
    return on_calendar(found["year"], found["month"] or found["m"], found["day"] or found["d"])


def undoubted_date(text: str) -> str:
    """Bring what is to be stored to ISO 8601, if it can mean one day, month or year only."""
    text = narrow(text)
    return "" if _DOUBTFUL.fullmatch(text) else iso_date(text)


def on_calendar(year: str, month: str | None, day: str | None) -> str:
    """Write a year, month or day in ISO 8601, if there is such a one; else nothing."""
    iso = "-".join([year, *(part.zfill(2) for part in (month, day) if part)])
    try:
        date.fromisoformat((iso + "-01-01")[:10])
    except ValueError:
        return ""
    return iso


def is_date(field: Field) -> bool:
    """Tell whether a field holds dates: whole days, or as its pattern allows."""
    if not field.pattern:
        return field.format == "date"
    return bool(re.search(field.pattern, "1985-12-03")) and not re.search(
        field.pattern, "1985-13-03"
    )
