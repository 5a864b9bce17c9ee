"""The command ``diff``."""

from __future__ import annotations

from typing import Annotated

import typer

from memberarc.cli.options import HERE, Directory
from memberarc.output.result import Cell, Column, Result, Table

_COLUMNS = ("path", "kind", "field", "before", "after")


def diff(
    before: Annotated[
        str | None, typer.Argument(metavar="[A]", help="A git revision; HEAD if left out.")
    ] = None,
    after: Annotated[
        str | None, typer.Argument(metavar="[B]", help="Another; your files if left out.")
    ] = None,
    *,
    directory: Directory = HERE,
) -> Result:
    """Compare two versions field by field.

    Example: memberarc diff HEAD~1 HEAD

    Values are opened where your keys allow; elsewhere only their shape shows.
    """
    from memberarc.acts.compare_versions import compare_versions
    from memberarc.cli.calling import caller_at
    from memberarc.cli.views import ABSENT, SEALED, change_data, change_line
    from memberarc.formats.field_path import path_text

    differences = compare_versions(caller_at(directory), before, after)
    lines: list[str] = []
    rows: list[tuple[Cell, ...]] = []
    for one in differences:
        lines.append(f"{one.kind} {one.code or one.path}")
        lines += [change_line(change) for change in one.changes]
        if not one.changes:
            rows.append((one.path, one.kind, "", "", ""))
        for change in one.changes:
            sides = [
                ABSENT if side is None else SEALED if change.closed else side
                for side in (change.before, change.after)
            ]
            rows.append((one.path, one.kind, path_text(change.path), *sides))
    return Result(
        command="diff",
        data=[
            {
                "path": one.path,
                "id": one.code,
                "kind": one.kind,
                "changes": [change_data(change) for change in one.changes],
            }
            for one in differences
        ],
        table=Table(
            columns=tuple(Column(key=key, label=key) for key in _COLUMNS), rows=tuple(rows)
        ),
        text="\n".join(lines),
    )
