"""The options that both imports share."""

from __future__ import annotations

from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypeAlias

import typer

if TYPE_CHECKING:
    from collections.abc import Iterator

    from memberarc.acts.import_members import MappingFile
    from memberarc.cli.streams import Console
    from memberarc.errors import Problem

Sheet: TypeAlias = Annotated[Path, typer.Argument(metavar="FILE", help="A .csv or .xlsx sheet.")]
Map: TypeAlias = Annotated[
    Path | None,
    typer.Option("--map", metavar="MAP", help="Which column of the sheet holds what.  [required]"),
]
AllOrNothing: TypeAlias = Annotated[
    bool, typer.Option("--all-or-nothing", help="Take no row if any does not fit.")
]


def mapping_file(path: Path | None, *, command: str) -> MappingFile:
    """Read the mapping file that ``--map`` names.

    Raises:
        UsageError: none is named.
    """
    from memberarc.acts.import_members import MappingFile
    from memberarc.cli.calling import read_input
    from memberarc.errors import UsageError

    if path is None:
        raise UsageError(
            "missing option '--map'",
            hint="write into a file which column of the sheet holds what:"
            f" memberarc {command} --help shows one",
        )
    return MappingFile(name=str(path), content=read_input(path, what="the mapping"))


@contextmanager
def told_by_row(sheet: Path, *, console: Console) -> Iterator[None]:
    """Have a refusal of a sheet name its rows as people read them."""
    from memberarc.errors import FindingsError

    try:
        yield
    except FindingsError as err:
        err.problems = shown_problems(err.problems, sheet=sheet, console=console)
        raise


def shown_problems(
    problems: tuple[Problem, ...], *, sheet: Path, console: Console
) -> tuple[Problem, ...]:
    """Put flaws of a sheet in words for people; machines get every one as it is."""
    from memberarc.cli.views import rows_together

    return rows_together(problems, sheet=str(sheet)) if console.form == "table" else problems
