"""The command ``show``."""

from __future__ import annotations

import re
from datetime import date
from typing import Annotated

import typer

from memberarc.cli.options import HERE, Directory
from memberarc.output.result import Column, Result, Table

_DAY = re.compile(r"\d{4}-\d\d-\d\d")


def show(
    member: Annotated[str, typer.Argument(metavar="ID", help="The member's code or uid.")],
    *,
    at: Annotated[
        str | None,
        typer.Option("--at", metavar="DATE|REV", help="As it was on a day, or in a git revision."),
    ] = None,
    directory: Directory = HERE,
) -> Result:
    """Show one member, now or as of a day.

    Example: memberarc show M2026-000001 --at 2026-06-30
    """
    from memberarc.acts.show_member import show_member
    from memberarc.cli.calling import caller_at
    from memberarc.cli.views import SEALED
    from memberarc.formats.field_path import path_text

    shown = show_member(caller_at(directory), member, at=_moment(at))
    rows = []
    for path, field, value in shown.schema.leaves(shown.record.values):
        closed = path in shown.record.closed
        label = f"{field.label_en} {field.label_zh}" if field else ""
        level = field.level if field else ""
        rows.append((path_text(path), SEALED if closed else value, level, label))
    columns = ("field", "value", "level", "label")
    return Result(
        command="show",
        data={
            "commit": shown.commit,
            "record": shown.record.values,
            "closed": [path_text(path) for path in shown.record.closed],
        },
        table=Table(columns=tuple(Column(key=key, label=key) for key in columns), rows=tuple(rows)),
        notices=(shown.notice,) if shown.notice else (),
        next=(f"memberarc log {member}",),
    )


def _moment(at: str | None) -> date | str | None:
    from memberarc.errors import UsageError

    if at is None or not _DAY.fullmatch(at):
        return at
    try:
        return date.fromisoformat(at)
    except ValueError as err:
        raise UsageError(f"there is no day {at}", hint="--at 2026-06-30, or --at REVISION") from err
