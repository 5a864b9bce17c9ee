"""The commands ``purge verify`` and ``purge certificate``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

import typer

from memberarc.cli.commands.purge import Copies
from memberarc.cli.completion import complete_member
from memberarc.cli.options import HERE, Directory
from memberarc.output.result import Column, Result, Table

if TYPE_CHECKING:
    from memberarc.disposal.certificate import Trial
    from memberarc.output.result import Cell

_COLUMNS = ("id", "versions", "values", "notes", "documents", "opened")


def verify(
    members: Annotated[
        list[str] | None,
        typer.Argument(metavar="[ID]...", help="Codes; without any, everybody who was purged."),
    ] = None,
    *,
    copies: Copies = None,
    directory: Directory = HERE,
) -> Result:
    """Try every key at hand against every version of purged members, everywhere.

    Example: memberarc purge verify --copy ../mirror.git --copy ../backup.bundle

    It looks at refs, stashes, notes, reflogs, unreachable objects, conflicts kept by rerere, the
    index and all work trees, here and in the copies.
    """
    from memberarc.acts.purge.proof import prove_purges
    from memberarc.cli.calling import caller_at
    from memberarc.cli.views import counted

    proof = prove_purges(
        caller_at(directory), members=tuple(members or ()), copies=tuple(copies or ())
    )
    rows = tuple(_row(one.code, trial) for one, trial in proof.trials)
    opened = sum(trial.opened for _, trial in proof.trials)
    return Result(
        command="purge verify",
        data={
            "members": [dict(zip(_COLUMNS, row, strict=True)) for row in rows],
            "copies": len(copies or ()),
            "not_checked": list(proof.not_checked),
        },
        table=Table(columns=tuple(Column(key=key, label=key) for key in _COLUMNS), rows=rows),
        notices=tuple(f"not checked: {one}" for one in proof.not_checked),
        done=(f"tried {counted(len(rows), 'purged member')}: {opened} values opened",),
        problems=proof.problems,
        status="findings" if proof.problems else "ok",
    )


def certificate(
    member: Annotated[
        str, typer.Argument(metavar="ID", help="The member's code.", autocompletion=complete_member)
    ],
    *,
    language: Annotated[
        Literal["en", "zh"] | None,
        typer.Option("--language", help="Without it, the archive's first language."),
    ] = None,
    directory: Directory = HERE,
) -> Result:
    """Show the certificate of a purge as a page, and say who signed it.

    Example: memberarc purge certificate M2026-000001 --language en
    """
    from memberarc.acts.purge.proof import show_certificate
    from memberarc.cli.calling import caller_at

    shown = show_certificate(caller_at(directory), member, language=language)
    told = f"signed by {shown.signed_by}" if shown.signed_by else ""
    return Result(
        command="purge certificate",
        data={
            "certificate": shown.told,
            "signed_by": shown.signed_by or None,
            "flaw": shown.flaw or None,
        },
        text=shown.text,
        done=(told,) if told else (),
        notices=(f"do not believe it: {shown.flaw}",) if shown.flaw else (),
        status="findings" if shown.flaw else "ok",
    )


def _row(code: str, trial: Trial) -> tuple[Cell, ...]:
    return code, trial.versions, trial.values, trial.notes, trial.documents, trial.opened
