"""The command ``import``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from memberarc.cli.change_options import Returning
from memberarc.cli.import_options import (
    AllOrNothing,
    Map,
    Sheet,
    mapping_file,
    shown_problems,
    told_by_row,
)
from memberarc.cli.options import HERE, Directory, DryRun
from memberarc.cli.streams import Console
from memberarc.output.result import Result, problem_table

if TYPE_CHECKING:
    from pathlib import Path

    from memberarc.acts.import_members import Imported
    from memberarc.acts.incoming_rows import Taken


def import_members(
    file: Sheet,
    *,
    console: Console,
    mapping: Map = None,
    all_or_nothing: AllOrNothing = False,
    returning: Returning = False,
    directory: Directory = HERE,
    dry_run: DryRun = False,
) -> Result:
    """Take members in from a sheet, every row that fits, in one commit.

    Example: memberarc import members.xlsx --map members.map.yaml -n

    Example: members.map.yaml, where the sheet has the columns 会员号, 姓名 and 入会日期
      format: map/1
      target: members
      kind: individual
      key: registration.number
      fields:
        registration.number: {column: 会员号, required: true}
        name: {column: 姓名, required: true}
        joined: {column: 入会日期, date: auto}

    Each row that does not fit is told with its number and column, and the exit status is then 1.
    The mapping's key finds who is there already, and the sheet wins: run again with the same sheet,
    it sets back what was corrected in the archive since. -n shows whom it would change.
    """
    from memberarc.acts.import_members import ImportRequest, import_members
    from memberarc.cli.calling import caller_at

    request = ImportRequest(
        sheet=file,
        mapping=mapping_file(mapping, command="import"),
        all_or_nothing=all_or_nothing,
        returning=returning,
        dry_run=dry_run,
    )
    with told_by_row(file, console=console):
        imported = import_members(caller_at(directory, console=console), request)
    return _result(imported, sheet=file, dry_run=dry_run, console=console)


def _result(imported: Imported, *, sheet: Path, dry_run: bool, console: Console) -> Result:
    from memberarc.cli.views import likeness_notices, revised_data, revised_lines

    taken = imported.taken
    would = "would be " if dry_run else ""
    sentence = (
        f"{taken.added} {would}added, {taken.updated} {would}updated,"
        f" {taken.unchanged} unchanged, {imported.refused} refused"
    )
    width_cells = console.out.width_cells
    return Result(
        command="import",
        wrote=True,
        data={
            "added": taken.added,
            "updated": taken.updated,
            "unchanged": taken.unchanged,
            "refused": imported.refused,
            "commit": taken.commit,
            "returning": list(imported.returning),
            "first": revised_data(taken.first),
            "alike": [
                {"row": one.row, "as": one.other, "same": list(one.kinds)} for one in imported.alike
            ],
        },
        table=problem_table(imported.problems),
        text="\n".join(revised_lines(taken.first, count=taken.updated, width_cells=width_cells)),
        done=(sentence,),
        notices=(
            *(f"row {row} seems to be a member who was purged" for row in imported.returning),
            *likeness_notices(imported.alike),
            *imported.notices,
        ),
        next=_following(taken),
        problems=shown_problems(imported.problems, sheet=sheet, console=console),
        status="findings" if imported.problems else "ok",
    )


def _following(taken: Taken) -> tuple[str, ...]:
    """Name what shows all that a sheet changed, and what takes it back."""
    if not taken.commit or not taken.updated:
        return ()
    commit = taken.commit[:12]
    shown = f"memberarc diff {commit}~1 {commit}"
    if taken.added:  # git's revert would remove members without a tombstone
        return (shown,)
    return shown, f"git revert --no-edit {commit}"
