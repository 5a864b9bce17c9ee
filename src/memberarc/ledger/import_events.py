"""Turn the rows of a mapped sheet into events, and merge them into the days they belong to."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING, Final

from memberarc.formats.mapped_sheet import ID, MEMBER, MappedRow, MappedSheet
from memberarc.formats.written_dates import narrow
from memberarc.ledger.day_file import day_path, read_day, write_day
from memberarc.ledger.event import COLUMNS, Event, faults_of, read_event
from memberarc.ledger.merge import merge_events

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence
    from datetime import date

    from memberarc.errors import Problem

_DIGEST_DIGITS: Final = 16


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangedDay:
    """A day's file as it should become."""

    path: str
    content: bytes
    added: int


@dataclass(frozen=True, slots=True, kw_only=True)
class LedgerImport:
    """What an import would change; rows with problems are not in it."""

    days: tuple[ChangedDay, ...]
    unchanged: int
    problems: tuple[Problem, ...]

    @property
    def added(self) -> int:
        return sum(day.added for day in self.days)


def import_events(
    sheet: MappedSheet,
    *,
    source: str,
    members: Mapping[str, tuple[str, ...]],
    read_file: Callable[[str], bytes | None],
    find_refs: Callable[[Collection[str]], Mapping[str, date]],
) -> LedgerImport:
    """Work out which day files a sheet changes; one that was imported before changes none.

    Args:
        members: For each text of the member column, the uids of those who have it.
        read_file: Gives the content of a path of the archive, or None where no file is.
        find_refs: Tells of some refs on which day each stands in the archive; one that stands
            nowhere is left out.
    """
    events, rows, problems = _read_rows(sheet, source=source, members=members)
    standing_on = find_refs(rows) if ID in sheet.columns else {}
    offered: defaultdict[date, list[Event]] = defaultdict(list)
    conflicts: list[str] = []
    for event in events:
        if standing_on.get(event.ref, event.date) == event.date:
            offered[event.date].append(event)
        else:
            conflicts.append(event.ref)
    changed: list[ChangedDay] = []
    unchanged = 0
    for day in sorted(offered):
        path = day_path(day)
        content = read_file(path)
        standing, flaws = ((), ()) if content is None else read_day(content, path=path)
        if flaws:
            problems += flaws
            continue
        merged, differing = merge_events(standing, offered[day])
        conflicts += differing
        added = len(merged) - len(standing)
        unchanged += len(offered[day]) - added - len(differing)
        if added:
            changed.append(ChangedDay(path=path, content=write_day(merged), added=added))
    message = "recorded already, with another day or other content"
    hint = "an event is never changed: record what corrects it under an id of its own"
    problems += [
        sheet.problem(rows[ref], ID, rule="changed-event", message=message, hint=hint)
        for ref in conflicts
    ]
    return LedgerImport(days=tuple(changed), unchanged=unchanged, problems=tuple(problems))


def _read_rows(
    sheet: MappedSheet, *, source: str, members: Mapping[str, tuple[str, ...]]
) -> tuple[list[Event], dict[str, int], list[Problem]]:
    """Make the events of a sheet, with the row of each ref and what keeps other rows out."""
    events: list[Event] = []
    rows: dict[str, int] = {}
    problems: list[Problem] = []
    equal: Counter[str] = Counter()
    for row in sheet.rows:
        event = _event(row, sheet=sheet, source=source, members=members, equal=equal)
        if not isinstance(event, Event):
            problems += event
        elif event.ref in rows:
            message = f"this id stands in row {rows[event.ref]} too"
            hint = "leave `id` out of the mapping if it does not name one row alone"
            problems.append(
                sheet.problem(row.number, ID, rule="repeated-id", message=message, hint=hint)
            )
        else:
            rows[event.ref] = row.number
            events.append(event)
    return events, rows, problems


def _event(
    row: MappedRow,
    *,
    sheet: MappedSheet,
    source: str,
    members: Mapping[str, tuple[str, ...]],
    equal: Counter[str],
) -> Event | Sequence[Problem]:
    if row.problems:
        return row.problems
    uids = members.get(row.values.get(MEMBER, ""), ())
    if len(uids) != 1:
        message = "several members have this value" if uids else "no member has this value"
        return [sheet.problem(row.number, MEMBER, rule="unknown-member", message=message)]
    amount, quantity = (narrow(row.values.get(name, "")) for name in ("amount", "quantity"))
    values = {**row.values, MEMBER: uids[0], "amount": _money(amount), "quantity": quantity}
    cells = [values.get(name, "") for name in COLUMNS[:-1]]
    # Of the cells as stored, with the uid: a digest of a phone number would give it away.
    line = ",".join(cells)
    if ID in sheet.columns:
        ref = f"{source}:{row.values.get(ID, '')}"
    else:
        equal[line] += 1
        ref = f"{source}:{sha256(line.encode()).hexdigest()[:_DIGEST_DIGITS]}-{equal[line]}"
    return read_event(f"{line},{ref}") or [
        sheet.problem(
            row.number,
            ID if fault.column == "ref" else fault.column,
            rule="cell",
            message=fault.message,
        )
        for fault in faults_of([*cells, ref])
    ]


def _money(amount: str) -> str:
    # A workbook says 12.5 where its CSV says 12.50, and both must give the same ref.
    if not amount:
        return ""
    whole, _, decimals = amount.partition(".")
    return f"{whole}.{decimals.rstrip('0').ljust(2, '0')}"
