"""The options that commands share, so that all of them speak alike."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, TypeAlias, get_args

import typer

from memberarc.cli.streams import ColourChoice, Console, open_console
from memberarc.output.result import Format

HERE = Path()


def _given_before_the_command(context: typer.Context, value: Path) -> Path:
    """Let ``memberarc -C DIR show`` say the same as ``memberarc show -C DIR``."""
    if value != HERE:
        return value
    before: Path = context.find_root().params.get("directory", HERE)
    return before


Directory: TypeAlias = Annotated[
    Path,
    typer.Option(
        "-C",
        "--directory",
        metavar="DIR",
        callback=_given_before_the_command,
        show_default=False,
        help="Work on the archive at DIR or above it, instead of here.",
    ),
]
DryRun: TypeAlias = Annotated[
    bool, typer.Option("-n", "--dry-run", help="Tell what would be done, and change nothing.")
]
Yes: TypeAlias = Annotated[bool, typer.Option("-y", "--yes", help="Do not ask; the answer is yes.")]
Confirm: TypeAlias = Annotated[
    str | None,
    typer.Option("--confirm", metavar="ID", help="Confirm by the id instead of typing it."),
]


def console_from(
    *,
    form: Annotated[
        Format,
        typer.Option(
            "--format",
            help="How to write the answer. csv is for spreadsheets: text that looks like a formula"
            " begins with ', a file with a byte order mark; tsv has the texts as they are.",
        ),
    ] = "table",
    quiet: Annotated[
        bool, typer.Option("-q", "--quiet", help="Tell warnings and errors only.")
    ] = False,
    colour: Annotated[ColourChoice, typer.Option("--color", help="When to use colour.")] = "auto",
    no_colour: Annotated[
        bool, typer.Option("--no-color", help="The same as --color never.")
    ] = False,
) -> Console:
    """Open the console that the options every command has ask for.

    A command may have formats of its own under ``form``; its answer in them is text.
    """
    return open_console(
        form=form if form in get_args(Format) else "table",
        quiet=quiet,
        colour="never" if no_colour else colour,
    )
