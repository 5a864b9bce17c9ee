"""The commands ``key list``, ``key inspect`` and ``key export``, which change no key."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from memberarc.cli.completion import complete_member
from memberarc.cli.options import HERE, Directory
from memberarc.output.result import Column, Result, Table

_COLUMNS = ("level", "epoch", "state", "kid", "recipients", "roles", "recovery", "at_hand")
_INSPECTED = ("file", "stanzas", "listed", "flaw")


def list_keys(*, directory: Directory = HERE) -> Result:
    """List the level keys, who can open them by which roles, and whether you can.

    Example: memberarc key list
    """
    from memberarc.acts.survey import list_keys
    from memberarc.cli.calling import caller_at

    rows = tuple(
        (
            key.entry.level,
            key.entry.epoch,
            key.entry.state,
            key.entry.commitment[:8],
            ", ".join(recipient.person for recipient in key.entry.recipients),
            ", ".join(key.roles),
            ", ".join(key.recovery),
            key.at_hand,
        )
        for key in list_keys(caller_at(directory))
    )
    return Result(
        command="key list",
        data={"keys": [dict(zip(_COLUMNS, row, strict=True)) for row in rows]},
        table=Table(columns=tuple(Column(key=key, label=key) for key in _COLUMNS), rows=rows),
    )


def inspect(
    target: Annotated[
        str, typer.Argument(metavar="[LEVEL.EPOCH | PATH]", help="One key, or any age file.")
    ] = "",
    *,
    directory: Directory = HERE,
) -> Result:
    """Tell without any key to whom age files are encrypted; exit status 1 if the list disagrees.

    Example: memberarc key inspect internal.1
    """
    from memberarc.acts.key.inspect import inspect
    from memberarc.cli.calling import caller_at

    inspected = inspect(caller_at(directory), target)
    rows = tuple(
        (one.file, ", ".join(one.stanzas), ", ".join(one.listed or ()), one.flaw)
        for one in inspected
    )
    return Result(
        command="key inspect",
        data={
            "files": [
                {
                    "file": one.file,
                    "stanzas": list(one.stanzas),
                    "listed": None if one.listed is None else list(one.listed),
                    "flaw": one.flaw,
                }
                for one in inspected
            ]
        },
        table=Table(columns=tuple(Column(key=key, label=key) for key in _INSPECTED), rows=rows),
        status="findings" if any(one.flaw for one in inspected) else "ok",
    )


def export(
    member: Annotated[
        str,
        typer.Argument(
            metavar="ID", help="The member's code or uid.", autocompletion=complete_member
        ),
    ],
    document: Annotated[str, typer.Argument(metavar="DOC", help="The document's id.")],
    *,
    to: Annotated[
        Path, typer.Option("--to", metavar="FILE", help="Where to write; must not exist.")
    ],
    directory: Directory = HERE,
) -> Result:
    """Write an age identity that opens one document with any age program, for ever.

    Example: memberarc key export M2026-000001 h7w2 --to ../h7w2.txt

    The file, readable by you alone, is a secret of its own: no vault and no level key is asked for
    by whoever has it, and neither a revocation nor a purge takes it back. Destroy it after use.
    """
    from memberarc.acts.document.documents import export_document_identity
    from memberarc.cli.calling import caller_at
    from memberarc.errors import UsageError

    if str(to) == "-":
        raise UsageError(
            "a secret key is not written to a stream, where it would be kept by a terminal or log",
            hint="--to FILE, then age -d -i FILE",
        )
    export_document_identity(caller_at(directory), member, document, target=to)
    return Result(
        command="key export",
        wrote=True,
        data={"id": member, "document": document, "file": str(to)},
        text="",
        done=(f"wrote {to}",),
        notices=(
            f"whoever has {to} opens document {document} in every copy of the archive, for ever",
            "neither a revocation nor a purge takes that back: destroy the file after use",
        ),
    )
