"""The command ``edit``."""

from __future__ import annotations

from typing import Annotated

import typer

from memberarc.cli.change_options import reason_for
from memberarc.cli.completion import complete_member
from memberarc.cli.options import HERE, Directory, DryRun
from memberarc.cli.streams import Console
from memberarc.output.result import Result


def edit(
    member: Annotated[
        str,
        typer.Argument(
            metavar="ID", help="The member's code or uid.", autocompletion=complete_member
        ),
    ],
    *,
    console: Console,
    reason: Annotated[str, reason_for("update")] = "",
    directory: Directory = HERE,
    dry_run: DryRun = False,
) -> Result:
    """Change a member in your editor.

    Example: EDITOR=nano memberarc edit M2026-000001

    What does not fit opens again with the problems on top. The text is never lost.
    """
    from memberarc.acts.edit_member import open_for_editing
    from memberarc.cli.calling import caller_at
    from memberarc.cli.editor import edit_text
    from memberarc.cli.views import update_result

    editing = open_for_editing(caller_at(directory), member, reason=reason)
    with edit_text(editing.text, suffix=".yaml", check=editing.problems, console=console) as text:
        updated = editing.unchanged() if text is None else editing.save(text, dry_run=dry_run)
    return update_result("edit", updated, dry_run=dry_run)
