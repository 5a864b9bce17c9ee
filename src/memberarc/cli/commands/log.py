"""The command ``log``."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, Annotated

import typer

from memberarc.cli.completion import complete_member
from memberarc.cli.options import HERE, Directory
from memberarc.output.result import Column, Result, Table, local_time

if TYPE_CHECKING:
    from memberarc.output.result import JsonValue
    from memberarc.registers.act_log import LoggedAct

_NEWEST = 100
_CUT = f"only the newest {_NEWEST} are shown; --limit 0 shows all"
_KEYS = ("time", "act", "member", "count", "person", "reason", "fields", "commit")
_SPARE = ("count", "reason", "commit")
_COLUMNS = tuple(Column(key=key, label=key, spare=key in _SPARE) for key in _KEYS)


def log(
    member: Annotated[
        str | None,
        typer.Argument(
            metavar="[ID]", help="Only this member, field by field.", autocompletion=complete_member
        ),
    ] = None,
    *,
    limit: Annotated[
        int | None,
        typer.Option(
            "-l",
            "--limit",
            min=0,
            show_default=False,
            help="At most so many acts, 0 for all; 100 if neither this nor ID is given.",
        ),
    ] = None,
    directory: Directory = HERE,
) -> Result:
    """Show who changed what, when and why.

    Example: memberarc log M2026-000001

    A terminal too narrow for all columns shows the members and fields rather than count and reason.
    """
    from memberarc.acts.read_history import read_log
    from memberarc.cli.calling import caller_at

    found = read_log(caller_at(directory), member)
    unasked = limit is None and member is None
    acts = list(islice(found.acts, _NEWEST if unasked else limit or None))
    cut = unasked and next(found.acts, None) is not None
    rows = tuple(
        (
            act.time,
            act.act,
            act.member,
            act.count or None,
            act.person,
            act.reason,
            ", ".join(act.fields),
            act.commit[:12],
        )
        for act in acts
    )
    return Result(
        command="log",
        data=[_data(act) for act in acts],
        table=Table(columns=_COLUMNS, rows=rows),
        text="\n\n".join(_paragraph(act) for act in acts) if member else None,
        notices=(*found.notices, *((_CUT,) if cut else ())),
    )


def _paragraph(act: LoggedAct) -> str:
    from memberarc.cli.views import change_line
    from memberarc.members.record import IDENTITY_FIELDS

    head = f"{local_time(act.time)} {act.act} by {act.person}, commit {act.commit[:12]}"
    if act.reason:
        head += f", reason {act.reason}"
    told = [change for change in act.changes if change.path[0] not in IDENTITY_FIELDS]
    note = [f"  note: {act.note}"] if act.note else []
    return "\n".join([head, *note, *(change_line(change) for change in told)])


def _data(act: LoggedAct) -> dict[str, JsonValue]:
    from memberarc.cli.views import change_data

    return {
        "commit": act.commit,
        "time": act.time,
        "act": act.act,
        "member": act.member,
        "count": act.count,
        "person": act.person,
        "fields": list(act.fields),
        "rule": act.rule,
        "reason": act.reason,
        "request": act.request,
        "note": act.note,
        "changes": [change_data(change) for change in act.changes],
    }
