"""One event of the ledger: what happened with a member on a day, without a name or a free word.

No cell may hold a comma, a quote or a line end, so an event has exactly one line, and one regular
expression decides whether a line is an event.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import TYPE_CHECKING, Final, NamedTuple

from memberarc.archive.layout import UID

if TYPE_CHECKING:
    from collections.abc import Sequence


class EventKind(StrEnum):
    """Every kind of event there is."""

    PURCHASE = "purchase"
    PAYMENT = "payment"
    REFUND = "refund"
    VISIT = "visit"
    CALL = "call"
    LETTER = "letter"
    MESSAGE = "message"
    POINTS = "points"
    TOP_UP = "top_up"


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """An event; ``member`` is the uid, and the order of the attributes that of the columns."""

    date: date
    member: str
    kind: EventKind
    amount: Decimal | None
    quantity: int | None
    item: str
    branch: str
    channel: str
    staff: str
    ref: str


class Fault(NamedTuple):
    """What is wrong with one cell of a line."""

    column: str
    message: str


# A mobile number or a resident ID number of mainland China, which no code may be: a ledger stands
# in clear for ever.
_NOT_PERSONAL: Final = (
    r"(?!(?:\+?86)?1[3-9]\d{9}(?:,|$))"
    r"(?![1-9]\d{5}(?:19|20)\d\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])\d{3}[\dXx](?:,|$))"
)
_CODE: Final = _NOT_PERSONAL + r"[A-Za-z0-9][A-Za-z0-9._-]{0,39}"
_CODE_MEANS: Final = (
    "letters, digits and . _ - only, at most 40, beginning with a letter or digit, and no telephone"
    " or ID number"
)

# 14 digits and 4 decimals are DECIMAL(18, 4), which sums exactly.
CELLS: Final = {
    "date": (r"\d{4}-\d\d-\d\d", "a day such as 2026-11-03"),
    "member": (UID.pattern, "the uid of a member"),
    "kind": ("|".join(EventKind), f"one of {', '.join(EventKind)}"),
    "amount": (
        r"(?:-?(?:0|[1-9]\d{0,13})(?:\.\d{1,4})?)?",
        "a decimal such as -12.50, with at most 14 digits and 4 decimals",
    ),
    "quantity": (r"(?:-?(?:0|[1-9]\d{0,8}))?", "a whole number of at most 9 digits"),
    "item": (f"(?:{_CODE})?", _CODE_MEANS),
    "branch": (f"(?:{_CODE})?", _CODE_MEANS),
    "channel": (f"(?:{_CODE})?", _CODE_MEANS),
    "staff": (f"(?:{_CODE})?", _CODE_MEANS),
    "ref": (
        rf"[a-z][a-z0-9_-]{{0,15}}:{_NOT_PERSONAL}[A-Za-z0-9._:/#+-]{{1,80}}",
        "<source>:<id>, the id of letters, digits and . _ : / # + - only, at most 80; no phone",
    ),
}

COLUMNS: Final = tuple(CELLS)

_LINE: Final = re.compile(",".join(f"({cell})" for cell, _ in CELLS.values()), re.ASCII)


def event_line(event: Event) -> str:
    """Write an event as its line, without the line end."""
    amount = "" if event.amount is None else format(event.amount, "f")
    quantity = "" if event.quantity is None else str(event.quantity)
    return (
        f"{event.date.isoformat()},{event.member},{event.kind},{amount},{quantity},"
        f"{event.item},{event.branch},{event.channel},{event.staff},{event.ref}"
    )


def read_event(line: str) -> Event | None:
    """Read a line without its line end; None if it is no event, for ``faults_of`` to explain."""
    match = _LINE.fullmatch(line)
    if match is None:
        return None
    day, member, kind, amount, quantity, item, branch, channel, staff, ref = match.groups()
    try:
        event = Event(
            date=date.fromisoformat(day),
            member=member,
            kind=EventKind(kind),
            amount=Decimal(amount) if amount else None,
            quantity=int(quantity) if quantity else None,
            item=item,
            branch=branch,
            channel=channel,
            staff=staff,
            ref=ref,
        )
    except ValueError:  # the thirtieth of February
        return None
    return None if _sign_fault(event.kind, amount=event.amount) else event


def faults_of(cells: Sequence[str]) -> tuple[Fault, ...]:
    """Explain why a line, given as its ten cells, is no event; never repeats a cell."""
    faults = [
        Fault(column, f"not {means}")
        for (column, (pattern, means)), cell in zip(CELLS.items(), cells, strict=True)
        if not re.fullmatch(pattern, cell, re.ASCII)
    ]
    faulty = {fault.column for fault in faults}
    if "date" not in faulty and not is_day(cells[0]):
        faults.append(Fault("date", "no day of the calendar"))
    if cells[3] and not faulty & {"kind", "amount"}:
        message = _sign_fault(EventKind(cells[2]), amount=Decimal(cells[3]))
        faults += [Fault("amount", message)] if message else []
    return tuple(faults)


def is_day(text: str) -> bool:
    """Say whether a text is a day of the calendar as ISO 8601 writes it."""
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True


def _sign_fault(kind: EventKind, *, amount: Decimal | None) -> str:
    if amount is None:
        return ""
    if amount.is_signed() and not amount:
        return "zero has no sign"
    if kind in (EventKind.PURCHASE, EventKind.PAYMENT) and amount < 0:
        return f"a {kind} is not negative; money given back is a refund"
    if kind is EventKind.REFUND and amount > 0:
        return "a refund is not positive"
    return ""
