"""The command ``import``."""

from __future__ import annotations

from typing import Annotated

import typer

from memberarc.cli.import_options import AllOrNothing, Map, Sheet, mapping_file
from memberarc.cli.options import HERE, Directory, DryRun
from memberarc.cli.streams import Console
from memberarc.output.result import Result, problem_table


def import_members(
    file: Sheet,
    *,
    console: Console,
    mapping: Map,
    all_or_nothing: AllOrNothing = False,
    returning: Annotated[
        bool, typer.Option("--returning", help="Somebody who was purged may be a member again.")
    ] = False,
    directory: Directory = HERE,
    dry_run: DryRun = False,
) -> Result:
    """Take members in from a sheet, every row that fits, in one commit.

    Example: memberarc import members.xlsx --map members.map.yaml -n

    Each row that does not fit is told with its number and column, and the exit status is then 1.
    Run again with the same sheet, it changes nothing: the mapping's key finds who is there.
    """
    from memberarc.acts.import_members import ImportRequest, import_members
    from memberarc.cli.calling import caller_at

    imported = import_members(
        caller_at(directory, console=console),
        ImportRequest(
            sheet=file,
            mapping=mapping_file(mapping),
            all_or_nothing=all_or_nothing,
            returning=returning,
            dry_run=dry_run,
        ),
    )
    would = "would be " if dry_run else ""
    sentence = (
        f"{imported.added} {would}added, {imported.updated} {would}updated,"
        f" {imported.unchanged} unchanged, {imported.refused} refused"
    )
    return Result(
        command="import",
        wrote=True,
        data={
            "added": imported.added,
            "updated": imported.updated,
            "unchanged": imported.unchanged,
            "refused": imported.refused,
            "commit": imported.commit,
            "returning": list(imported.returning),
        },
        table=problem_table(imported.problems),
        text="",
        done=(sentence,),
        notices=(
            *(f"row {row} seems to be a member who was purged" for row in imported.returning),
            *imported.notices,
        ),
        problems=imported.problems,
        status="findings" if imported.problems else "ok",
    )
