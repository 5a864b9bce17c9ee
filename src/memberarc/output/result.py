"""What a command hands over to be shown, whatever the format."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, Literal, NamedTuple, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from decimal import Decimal

    from memberarc.errors import MemberarcError, Problem

Format: TypeAlias = Literal["table", "json", "jsonl", "csv", "tsv", "md", "yaml"]

Cell: TypeAlias = "str | int | bool | Decimal | date | None"  # a datetime is a date, too
# JSON, and in its leaves the cells JSON has no form for: they are written as strings.
JsonValue: TypeAlias = "Cell | Sequence[JsonValue] | Mapping[str, JsonValue]"


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """One column: its key for machines, its label for people.

    A ``spare`` one is left out where a terminal is too narrow for all, the leftmost first. One that
    is ``below`` then stands on a line of its own below the row. One that is ``whole`` is never cut.
    """

    key: str
    label: str
    align: Literal["left", "right"] = "left"
    spare: bool = False
    below: bool = False
    whole: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """Rows of cells; a cell is a raw value and is formatted only when it is shown."""

    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell, ...], ...]


class Section(NamedTuple):
    """Rows under a heading."""

    heading: str
    table: Table


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """The outcome of one command.

    People read ``text``, or the table when there is no text, and then the problems. Machines read
    ``data`` as JSON or YAML and the table as CSV, TSV, JSON lines or Markdown.

    Args:
        command: The command's name, such as ``document add``.
        data: The answer in full; a mapping, or a list of mappings.
        table: The answer as rows.
        text: The answer as people read it: a diff, a proposal, one record.
        done: Sentences about what changed, for stderr; silenced by ``-q``.
        notices: Warnings for stderr; not silenced.
        next: Commands that can be run next.
        problems: Flaws in data.
        status: ``findings`` makes the exit status 1.
        sections: What people read instead of the table, one after another.
        error: What could not be done though the rest was; it is told last, and its exit status is
            the command's. Machines read of it in the problems.
        wrote: The command changes things, and its answer for people only tells what it did: ``-q``
            leaves nothing of it but problems, as cron wants.
    """

    command: str
    data: Sequence[JsonValue] | Mapping[str, JsonValue]
    table: Table | None = None
    text: str | None = None
    done: tuple[str, ...] = ()
    notices: tuple[str, ...] = ()
    next: tuple[str, ...] = ()
    problems: tuple[Problem, ...] = ()
    status: Literal["ok", "findings"] = "ok"
    sections: tuple[Section, ...] = ()
    error: MemberarcError | None = None
    wrote: bool = False


def plain_cell(cell: Cell) -> str | int | bool | None:
    """Write a decimal without exponent, a day as ISO 8601 and a time with ``Z`` for UTC."""
    if cell is None or isinstance(cell, str | int):
        return cell
    if isinstance(cell, datetime):
        return cell.isoformat().replace("+00:00", "Z")
    if isinstance(cell, date):
        return cell.isoformat()
    return f"{cell:f}"


def local_time(moment: datetime) -> str:
    """Write a time as people read it: of the zone they are in, with its distance from UTC."""
    return moment.astimezone().isoformat(" ", "minutes")


PROBLEM_COLUMNS = tuple(
    Column(key=key, label=key)
    for key in ("path", "line", "column", "rule", "pointer", "message", "hint")
)


def problem_table(problems: Sequence[Problem]) -> Table:
    """Lay problems out as rows, for commands whose answer they are."""
    return Table(
        columns=PROBLEM_COLUMNS,
        rows=tuple(
            tuple(getattr(problem, column.key) for column in PROBLEM_COLUMNS)
            for problem in problems
        ),
    )
