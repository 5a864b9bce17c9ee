"""The command ``list``."""

from __future__ import annotations

from typing import Annotated

import typer

from memberarc.cli.options import HERE, Directory
from memberarc.cli.streams import Console
from memberarc.output.result import Result


def list_members(
    *,
    console: Console,
    where: Annotated[
        str,
        typer.Option("--where", metavar="EXPR", help="Only members that answer; as in search."),
    ] = "",
    directory: Directory = HERE,
) -> Result:
    """List members.

    Example: memberarc list --where 'category:A status:active' --format csv
    """
    from memberarc.acts.search_members import search_members
    from memberarc.cli.calling import caller_at
    from memberarc.cli.search_view import search_result

    return search_result("list", search_members(caller_at(directory, console=console), where))
