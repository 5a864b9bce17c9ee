"""Judge a whole day of the ledger by one expression; what it does not match takes a closer look."""

from __future__ import annotations

import re
from itertools import islice
from operator import lt
from typing import TYPE_CHECKING, Final, NamedTuple

from memberarc.ledger.day_file import HEADER
from memberarc.ledger.event import CELLS, EventKind

if TYPE_CHECKING:
    from collections.abc import Sequence

_AMOUNT: Final = r"(?:0|[1-9]\d{0,13})(?:\.\d{1,4})?"
_NEGATIVE: Final = rf"-(?!0(?:\.0*)?,){_AMOUNT}"
# What the sign of an amount may be is a matter of the kind.
_SIGNS: Final = {
    EventKind.PURCHASE: _AMOUNT,
    EventKind.PAYMENT: _AMOUNT,
    EventKind.REFUND: rf"{_NEGATIVE}|0(?:\.0{{1,4}})?",
}
_KIND_AND_AMOUNT: Final = "|".join(
    f"{kind},(?:{_SIGNS.get(kind, f'{_NEGATIVE}|{_AMOUNT}')})?" for kind in EventKind
)
_LINE: Final = re.compile(
    "^{date},({member}),(?:{amounts}),{rest},({ref})\n".format(
        date=CELLS["date"][0],
        member=CELLS["member"][0],
        amounts=_KIND_AND_AMOUNT,
        rest=",".join(
            CELLS[name][0] for name in ("quantity", "item", "branch", "channel", "staff")
        ),
        ref=CELLS["ref"][0],
    ),
    re.MULTILINE | re.ASCII,
)
_START: Final = f"{HEADER}\n".encode()


class DayGlance(NamedTuple):
    """The members and the refs of the events of one day, in the order of the file."""

    members: Sequence[str]
    refs: Sequence[str]


def glance_at_day(content: bytes, *, day: str) -> DayGlance | None:
    """Tell what a file holds in which ``read_day`` finds no flaw; None: it takes a closer look.

    Args:
        day: the day of the file's path, which must be one of the calendar.
    """
    lines = content.count(b"\n") - 1
    if (
        not content.startswith(_START)
        or not content.endswith(b"\n")
        or not content.isascii()
        or content.count(f"\n{day},".encode()) != lines
    ):
        return None
    found = _LINE.findall(content.decode("ascii"), len(_START))
    if not found or len(found) != lines:
        return None
    members, refs = zip(*found, strict=True)
    ordered = all(map(lt, refs, islice(refs, 1, None)))
    return DayGlance(members, refs) if ordered else None
