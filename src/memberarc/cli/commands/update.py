"""The command ``update``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from memberarc.cli.change_options import Assign, reason_for
from memberarc.cli.completion import complete_member, complete_path, complete_query
from memberarc.cli.options import HERE, Confirm, Directory, DryRun
from memberarc.cli.streams import Console
from memberarc.output.result import Result

if TYPE_CHECKING:
    from collections.abc import Sequence

    from memberarc.acts.opening import Caller
    from memberarc.acts.revision import Preview
    from memberarc.acts.update_many import UpdatedMany, UpdateManyRequest
    from memberarc.formats.field_path import FieldPath


def update(
    member: Annotated[
        str | None,
        typer.Argument(
            metavar="[ID]", help="The member's code or uid.", autocompletion=complete_member
        ),
    ] = None,
    *,
    console: Console,
    where: Annotated[
        str | None,
        typer.Option(
            "--where",
            metavar="QUERY",
            help="Change everybody who answers this query.",
            autocompletion=complete_query,
        ),
    ] = None,
    assign: Assign = None,
    remove: Annotated[
        list[str] | None,
        typer.Option(
            "--unset",
            metavar="PATH",
            help="Remove a field; may be repeated.",
            autocompletion=complete_path,
        ),
    ] = None,
    reason: Annotated[str, reason_for("update")] = "",
    note: Annotated[
        str, typer.Option("--note", metavar="TEXT", help="Why, in words; sealed under the member.")
    ] = "",
    confirm: Confirm = None,
    directory: Directory = HERE,
    dry_run: DryRun = False,
) -> Result:
    """Change fields of a member, or the same fields of many in one commit.

    Example: memberarc update M2026-000001 --set contact.mobile=13900000000 --reason moved

    With --where, all who answer the query are changed together or not at all. The first of them are
    shown, and their number confirms it: memberarc update --where branch:east --set branch=north
    """
    from memberarc.acts.update_member import UpdateRequest, update_member
    from memberarc.cli.calling import caller_at
    from memberarc.cli.views import update_result
    from memberarc.errors import UsageError
    from memberarc.members.field_values import parse_field_path
    from memberarc.members.plain_values import parse_assignment

    assigned = tuple(parse_assignment(text) for text in assign or ())
    removed = tuple(parse_field_path(text) for text in remove or ())
    _refuse_empty(assigned)
    caller = caller_at(directory, console=console)
    if member is not None and where is None and confirm is None:
        one = UpdateRequest(
            member=member,
            assign=assigned,
            remove=removed,
            reason=reason,
            note=note,
            dry_run=dry_run,
        )
        return update_result("update", update_member(caller, one), dry_run=dry_run)
    if member is not None or where is None:
        raise UsageError(
            "name one member, or with --where all who answer a query",
            hint="memberarc update ID --set PATH=VALUE",
        )
    if note:
        raise UsageError("a note is sealed under one member, not under many", hint="--reason CODE")
    from memberarc.acts.revision import Changes
    from memberarc.acts.update_many import UpdateManyRequest

    changes = Changes(assign=assigned, remove=removed)
    many = UpdateManyRequest(where=where, changes=changes, reason=reason, dry_run=dry_run)
    return _update_many(caller, many, confirm=confirm, console=console)


def _update_many(
    caller: Caller, request: UpdateManyRequest, *, confirm: str | None, console: Console
) -> Result:
    from memberarc.acts.update_many import update_many
    from memberarc.cli.views import alike_together
    from memberarc.errors import InvalidRecordError

    def ask(preview: Preview) -> None:
        _ask(preview, where=request.where, given=confirm, console=console)

    try:
        updated = update_many(caller, request, confirm=ask)
    except InvalidRecordError as err:
        if console.form == "table":
            err.problems = alike_together(err.problems)
        raise
    return _many_result(updated, where=request.where, dry_run=request.dry_run, console=console)


def _refuse_empty(assigned: Sequence[tuple[FieldPath, str]]) -> None:
    from memberarc.errors import UsageError
    from memberarc.formats.field_path import path_text

    for path, value in assigned:
        if not value:
            name = path_text(path)
            raise UsageError(f"--set {name}= gives no value", hint=f"--unset {name}")


def _ask(preview: Preview, *, where: str, given: str | None, console: Console) -> None:
    from memberarc.cli.prompts import confirm_by_id
    from memberarc.cli.views import counted

    members = counted(preview.count, "member")
    shown = _preview_text(preview, where=where, width_cells=console.err.width_cells)
    confirm_by_id(
        f"{shown}\n{members} will be changed",
        expected=str(preview.count),
        given=given,
        otherwise=f"the count does not match: {preview.count} would change",
    )


def _many_result(updated: UpdatedMany, *, where: str, dry_run: bool, console: Console) -> Result:
    from memberarc.archive.layout import code_of
    from memberarc.cli.views import counted, revised_data

    preview = updated.preview
    members = counted(preview.count, "member")
    if not preview.count:
        found = preview.unchanged
        sentence = "nothing changed" if found else f"nobody answers {where}; nothing changed"
    elif dry_run:
        sentence = f"would change {members}: --confirm {preview.count}"
    else:
        sentence = f"updated {members} (commit {(updated.commit or '')[:7]})"
    if preview.unchanged:
        sentence += f"; {preview.unchanged} had the values already"
    unreadable = counted(preview.unreadable, "member")
    return Result(
        command="update",
        wrote=True,
        data={
            "members": [code_of(path) for path in preview.paths],
            "unchanged": preview.unchanged,
            "unreadable": preview.unreadable,
            "fields": list(preview.fields),
            "commit": updated.commit,
            "first": revised_data(preview.first),
        },
        text=_preview_text(
            preview,
            where="" if updated.commit else where,
            width_cells=console.out.width_cells,
        ),
        done=(sentence,),
        notices=(f"{unreadable} cannot be opened, and may answer or not",)
        if preview.unreadable
        else (),
        next=(f"git revert --no-edit {updated.commit[:12]}",) if updated.commit else (),
    )


def _preview_text(preview: Preview, *, where: str, width_cells: int | None) -> str:
    """Show the first few, and with a query that they still answer how to see the others."""
    from shlex import quote

    from memberarc.cli.views import revised_lines

    lines = revised_lines(preview.first, count=preview.count, width_cells=width_cells)
    if where and preview.count > len(preview.first):
        lines = (*lines[:-1], f"{lines[-1]}: memberarc list --where {quote(where)}")
    return "\n".join(lines)
