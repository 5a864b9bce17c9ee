"""The command ``update``."""

from __future__ import annotations

from typing import Annotated

import typer

from memberarc.cli.options import HERE, Directory, DryRun
from memberarc.output.result import Result


def update(
    member: Annotated[str, typer.Argument(metavar="ID", help="The member's code or uid.")],
    *,
    assign: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="PATH=VALUE", help="Set a field; may be repeated."),
    ] = None,
    remove: Annotated[
        list[str] | None,
        typer.Option("--unset", metavar="PATH", help="Remove a field; may be repeated."),
    ] = None,
    reason: Annotated[
        str, typer.Option("--reason", metavar="CODE", help="A code of policy/reasons.yaml.")
    ] = "",
    note: Annotated[
        str, typer.Option("--note", metavar="TEXT", help="Why, in words; sealed under the member.")
    ] = "",
    directory: Directory = HERE,
    dry_run: DryRun = False,
) -> Result:
    """Change fields of a member.

    Example: memberarc update M2026-000001 --set contact.mobile=13900000000 --reason moved
    """
    from memberarc.acts.update_member import UpdateRequest, update_member
    from memberarc.cli.calling import caller_at
    from memberarc.cli.views import update_result
    from memberarc.members.field_values import parse_field_path
    from memberarc.members.plain_values import parse_assignment

    updated = update_member(
        caller_at(directory),
        UpdateRequest(
            member=member,
            assign=tuple(parse_assignment(text) for text in assign or ()),
            remove=tuple(parse_field_path(text) for text in remove or ()),
            reason=reason,
            note=note,
            dry_run=dry_run,
        ),
    )
    return update_result("update", updated, dry_run=dry_run)
