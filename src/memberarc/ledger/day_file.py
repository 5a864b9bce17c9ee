"""The ledger's file of one day: strict to read, and the same bytes for the same events.

Source: docs/format.md, Ledger.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Final

from memberarc.errors import Problem
from memberarc.ledger.event import COLUMNS, Event, event_line, faults_of, read_event

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import date

HEADER: Final = ",".join(COLUMNS)


def day_path(day: date) -> str:
    """Say where the events of a day stand."""
    text = day.isoformat()
    return f"ledger/{text[:4]}/{text[5:7]}/{text}.csv"


def write_day(events: Iterable[Event]) -> bytes:
    """Write the file of a day."""
    # Every cell is ASCII, so the order of the text is the order of the bytes.
    ordered = sorted(events, key=lambda event: event.ref)
    return "\n".join((HEADER, *map(event_line, ordered), "")).encode()


def read_day(content: bytes, *, path: str) -> tuple[tuple[Event, ...], tuple[Problem, ...]]:
    """Read the file of a day: the lines that are events, and a problem for each flaw."""
    problem = partial(Problem, path=path)
    try:
        lines = content.decode().split("\n")
    except UnicodeDecodeError as err:
        faulty = content.count(b"\n", 0, err.start) + 1
        return (), (problem(rule="ledger-encoding", message="not UTF-8", line=faulty, column=1),)
    problems: list[Problem] = []
    if lines[0] != HEADER:
        message = f"the first line is not {HEADER}"
        problems.append(problem(rule="ledger-header", message=message, line=1, column=1))
    if lines[-1]:
        message = "the last line has no line end"
        problems.append(
            problem(rule="ledger-line", message=message, line=len(lines), column=len(lines[-1]) + 1)
        )
    else:
        del lines[-1]
    day = path[-len("2026-11-03.csv") : -len(".csv")]
    events: list[Event] = []
    refs: set[str] = set()
    last = ""
    for number, line in enumerate(lines[1:], 2):
        event = read_event(line)
        if event is None:
            problems += _line_problems(line, path=path, number=number)
            continue
        at_ref = partial(problem, line=number, column=line.rindex(",") + 2, pointer="ref")
        if event.ref in refs:
            problems.append(at_ref(rule="ledger-duplicate", message="this ref stands above"))
        elif event.ref < last:
            problems.append(at_ref(rule="ledger-order", message="not sorted by ref"))
        if not line.startswith(day):
            message = "not the day of this file"
            problems.append(
                problem(rule="ledger-date", message=message, line=number, column=1, pointer="date")
            )
        refs.add(event.ref)
        last = max(last, event.ref)
        events.append(event)
    return tuple(events), tuple(problems)


def _line_problems(line: str, *, path: str, number: int) -> Iterator[Problem]:
    cells = line.split(",")
    if len(cells) != len(COLUMNS):
        message = f"{len(cells)} cells instead of {len(COLUMNS)}"
        yield Problem(path=path, rule="ledger-line", message=message, line=number, column=1)
        return
    for column, message in faults_of(cells):
        before = cells[: COLUMNS.index(column)]
        yield Problem(
            path=path,
            rule=f"ledger-{column}",
            message=message,
            line=number,
            column=sum(len(cell) + 1 for cell in before) + 1,
            pointer=column,
        )
