"""The options that both imports share."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypeAlias

import typer

if TYPE_CHECKING:
    from memberarc.acts.import_members import MappingFile

Sheet: TypeAlias = Annotated[Path, typer.Argument(metavar="FILE", help="A .csv or .xlsx sheet.")]
Map: TypeAlias = Annotated[
    Path, typer.Option("--map", metavar="MAP", help="Which column of the sheet holds what.")
]
AllOrNothing: TypeAlias = Annotated[
    bool, typer.Option("--all-or-nothing", help="Take no row if any does not fit.")
]


def mapping_file(path: Path) -> MappingFile:
    """Read the mapping file that ``--map`` names."""
    from memberarc.acts.import_members import MappingFile
    from memberarc.cli.calling import read_input

    return MappingFile(name=str(path), content=read_input(path, what="the mapping"))
