"""The command ``show``."""

from __future__ import annotations

import re
from datetime import date
from typing import TYPE_CHECKING, Annotated

import typer

from memberarc.cli.completion import complete_member
from memberarc.cli.options import HERE, Directory
from memberarc.output.result import Column, Result, Section, Table

if TYPE_CHECKING:
    from memberarc.acts.show_member import AllShown, Shown
    from memberarc.errors import MemberarcError, Problem
    from memberarc.output.result import Cell, JsonValue

_DAY = re.compile(r"\d{4}-\d\d-\d\d|\d{4}年.*")
_COLUMNS = ("field", "value", "level", "label")


def show(
    members: Annotated[
        list[str],
        typer.Argument(metavar="ID...", help="Codes or uids.", autocompletion=complete_member),
    ],
    *,
    at: Annotated[
        str | None,
        typer.Option("--at", metavar="DATE|REV", help="As it was on a day, or in a git revision."),
    ] = None,
    directory: Directory = HERE,
) -> Result:
    """Show members, now or as of a day.

    Example: memberarc show M2026-000001 --at 2026-06-30

    Several codes may come from a pipe, as search --ids writes them for xargs. One that is not there
    is told at the end, and the others are shown.
    """
    from memberarc.acts.show_member import show_members
    from memberarc.cli.calling import caller_at

    members = [*dict.fromkeys(members)]
    told = show_members(caller_at(directory), members, at=_moment(at))
    # The same member may be named twice, by code and by uid.
    shown = tuple({one.record.stored.uid: one for one in told.shown}.values())
    notices = tuple(dict.fromkeys(one.notice for one in shown if one.notice))
    if len(shown) == 1 and not told.failures:
        [one] = shown
        return Result(
            command="show",
            data=_data(one),
            table=_table(_rows(one)),
            notices=notices,
            next=(f"memberarc log {members[0]}",),
        )
    return Result(
        command="show",
        data=[_data(one) for one in shown],
        table=Table(
            columns=tuple(Column(key=key, label=key) for key in ("id", *_COLUMNS)),
            rows=tuple((one.record.stored.code, *row) for one in shown for row in _rows(one)),
        ),
        sections=tuple(
            Section(heading=one.record.stored.code, table=_table(_rows(one))) for one in shown
        ),
        notices=notices,
        problems=_problems(told),
        status="findings" if told.failures else "ok",
        error=_error(told),
    )


def _data(one: Shown) -> dict[str, JsonValue]:
    from memberarc.formats.field_path import path_text

    return {
        "commit": one.commit,
        "record": one.record.values,
        "closed": [path_text(path) for path in one.record.closed],
    }


def _rows(one: Shown) -> list[tuple[Cell, ...]]:
    from memberarc.cli.views import SEALED
    from memberarc.formats.field_path import path_text

    rows: list[tuple[Cell, ...]] = []
    for path, field, value in one.schema.leaves(one.record.values):
        closed = path in one.record.closed
        labels = (field.label_en, field.label_zh) if field else ()
        label = " ".join(reversed(labels) if one.language == "zh" else labels)
        level = field.level if field else ""
        rows.append((path_text(path), SEALED if closed else value, level, label))
    return rows


def _table(rows: list[tuple[Cell, ...]]) -> Table:
    return Table(columns=tuple(Column(key=key, label=key) for key in _COLUMNS), rows=tuple(rows))


def _problems(told: AllShown) -> tuple[Problem, ...]:
    from memberarc.errors import Problem

    return tuple(
        Problem(path=member, rule=err.code, message=err.message, hint=err.hint)
        for member, err in told.failures
    )


def _error(told: AllShown) -> MemberarcError | None:
    """Tell of what is missing in one sentence, with the status of the first."""
    if not told.failures:
        return None
    first = told.failures[0][1]
    if len(told.failures) == 1:
        return first
    named = ", ".join(member for member, _ in told.failures)
    return type(first)(f"{len(told.failures)} members cannot be shown: {named}", hint=first.hint)


def _moment(at: str | None) -> date | str | None:
    from memberarc.errors import UsageError
    from memberarc.formats.written_dates import undoubted_date

    if at is None or not _DAY.fullmatch(at):
        return at
    try:
        return date.fromisoformat(undoubted_date(at))
    except ValueError as err:
        raise UsageError(f"there is no day {at}", hint="--at 2026-06-30, or --at REVISION") from err
