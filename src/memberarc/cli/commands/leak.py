"""The commands of ``leak``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from memberarc.cli.options import HERE, Confirm, Directory, DryRun
from memberarc.cli.streams import Console
from memberarc.output.result import Column, Result, Table

if TYPE_CHECKING:
    from memberarc.acts.leak.rewrite_leaks import Rewrite
    from memberarc.disposal.scan import Hit

_COLUMNS = tuple(
    Column(key=key, label=key) for key in ("place", "path", "since", "member", "field")
)
_ID_SHOWN = 12
_AFTERWARDS = (
    "every other clone holds the values: push --force, have all clone again, merge nothing old",
    "a hosting service keeps old objects, pull requests, forks: ask its support, look for the ids",
    "approvals name commits by the ids they had: the list tells which they are now",
)

Copies = Annotated[
    list[Path] | None,
    typer.Option("--copy", metavar="DIR", help="Another clone to search, too."),
]


def scan(
    members: Annotated[
        list[str] | None,
        typer.Argument(metavar="[ID]...", help="Only these members; all if left out."),
    ] = None,
    *,
    console: Console,
    copies: Copies = None,
    directory: Directory = HERE,
) -> Result:
    """Find values of members that stand in clear anywhere in the repository or its copies.

    Example: memberarc leak scan M2026-000001

    Whatever a record ever held sealed is looked for in every object, message, note, stash, log,
    index, work tree and name. The answer names places and fields, never a value. Exit status 1:
    something was found.
    """
    from memberarc.acts.leak.find_leaks import find_leaks
    from memberarc.cli.calling import caller_at
    from memberarc.cli.views import counted

    found = find_leaks(
        caller_at(directory, console=console), tuple(members or ()), copies=tuple(copies or ())
    )
    rows = tuple(row for hit in found.leaks for row in _rows(hit))
    named = sorted({row[3] for row in rows})
    outcome = counted(len(found.leaks), "place") if rows else "nothing stands in clear"
    return Result(
        command="leak scan",
        data={
            "leaks": [dict(zip([one.key for one in _COLUMNS], row, strict=True)) for row in rows],
            "values": found.values,
            "objects": found.objects,
            "not_looked_at": list(found.not_looked_at),
        },
        table=Table(columns=_COLUMNS, rows=rows),
        done=(
            (
                f"{counted(found.values, 'value')} in {counted(found.objects, 'object')} and the"
                f" files beside them: {outcome}"
            ),
        ),
        notices=(
            *(f"not searched: {one}" for one in found.not_looked_at),
            *(
                f"a value also stands in the organisation's own file: {hit.place}"
                for hit in found.hits
                if hit.organisation_file
            ),
        ),
        next=(f"memberarc leak rewrite {' '.join(named[:3])} --dry-run",) if rows else (),
        status="findings" if rows else "ok",
    )


def _rows(hit: Hit) -> list[tuple[str, str, str, str, str]]:
    """Give each member and field that a place tells of a row of its own."""
    place = f"{hit.kind} {hit.object[:_ID_SHOWN]}" if hit.object else hit.place
    since = hit.commits[-1][:_ID_SHOWN] if hit.commits else ""
    told = sorted({line for field in hit.fields for line in field.split("\n")})
    return [
        (place, ", ".join(hit.paths), since, member, field)
        for member, _, field in (line.partition(" ") for line in told)
    ]


def rewrite(
    members: Annotated[list[str], typer.Argument(metavar="ID...", help="Whose values.")],
    *,
    console: Console,
    backup: Annotated[
        Path | None,
        typer.Option("--backup", metavar="DIR", help="Make a mirror of what was before at DIR."),
    ] = None,
    no_backup: Annotated[
        bool, typer.Option("--no-backup", help="Keep nothing of what was before.")
    ] = False,
    confirm: Confirm = None,
    directory: Directory = HERE,
    dry_run: DryRun = False,
) -> Result:
    """Take values that stand in clear out of all history: the one time that it is rewritten.

    Example: memberarc leak rewrite M2026-000001 --dry-run

    git-filter-repo seals them where they stand in records, and puts "(removed)" in their place
    anywhere else. Every later commit gets a new id, so everybody must clone again.
    """
    from memberarc.acts.leak.rewrite_leaks import RewriteRequest, rewrite_leaks
    from memberarc.cli.calling import caller_at
    from memberarc.cli.prompts import confirm_by_id
    from memberarc.cli.views import counted

    def ask(planned: Rewrite) -> None:
        renamed = counted(len(planned.reach.renamed), "commit")
        confirm_by_id(
            f"another id for {renamed} of {planned.archive}, and every other clone of it becomes"
            " worthless",
            expected=planned.archive,
            given=confirm,
        )

    request = RewriteRequest(
        members=tuple(members), backup=backup, without_backup=no_backup, dry_run=dry_run
    )
    told = rewrite_leaks(caller_at(directory, console=console), request, confirm=ask)
    left = told.left.leaks if told.left else ()
    rows = tuple(row for hit in (left if told.left else told.leaks.leaks) for row in _rows(hit))
    return Result(
        command="leak rewrite",
        wrote=True,
        data={
            "places": len(told.leaks.leaks),
            "changed": list(told.reach.changed),
            "renamed": len(told.reach.renamed) if told.renamed is None else told.renamed,
            "signatures_lost": len(told.reach.unsigned),
            "ids": str(told.ids) if told.ids else None,
            "left": len(left),
        },
        table=Table(columns=_COLUMNS, rows=rows),
        text=None if left or told.renamed is None else "",
        done=_sentences(told),
        notices=_warnings(told, backup=backup),
        next=(f"memberarc leak scan {' '.join(members)}", "memberarc verify") if told.ids else (),
        status="findings" if left else "ok",
    )


def _sentences(told: Rewrite) -> tuple[str, ...]:
    from memberarc.cli.views import counted

    if not told.leaks.leaks:
        return ("nothing stands in clear, so nothing is rewritten",)
    if told.renamed is None:
        return (
            (
                f"would change {counted(len(told.reach.changed), 'commit')} and give"
                f" {counted(len(told.reach.renamed), 'commit')} another id"
            ),
        )
    return (
        f"rewrote history: {counted(told.renamed, 'commit')} got another id",
        f"the ids of what must not be seen again: {told.ids}",
    )


def _warnings(told: Rewrite, *, backup: Path | None) -> tuple[str, ...]:
    """Say what a rewriting does not reach, and what people have to do after one."""
    from memberarc.cli.views import counted

    kept = (
        *(f"out of reach of a rewriting, see to it by hand: {place}" for place in told.beside),
        *(f"{field} is left alone: codes of this archive hold it, too" for field in told.kept),
    )
    if told.renamed is None:
        return kept if told.leaks.leaks else ()
    return (
        *kept,
        *(f"still in clear: {hit.place}" for hit in (told.left.leaks if told.left else ())),
        *((f"{backup} holds the values, too: destroy it when all is well",) if backup else ()),
        *(
            (f"signatures gone: those of {counted(len(told.reach.unsigned), 'commit')}",)
            if told.reach.unsigned
            else ()
        ),
        *_AFTERWARDS,
    )
