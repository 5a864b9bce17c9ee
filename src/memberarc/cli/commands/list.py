"""The command ``list``."""

from __future__ import annotations

from functools import partial
from typing import Annotated

import typer

from memberarc.cli.completion import complete_query
from memberarc.cli.options import HERE, Directory
from memberarc.cli.search_options import SearchOptions, taking_options
from memberarc.cli.streams import Console
from memberarc.output.result import Result


@taking_options
def list_members(
    *,
    console: Console,
    where: Annotated[
        str,
        typer.Option(
            "--where",
            metavar="EXPR",
            help="Only members that answer; as in search.",
            autocompletion=complete_query,
        ),
    ] = "",
    options: SearchOptions,
    directory: Directory = HERE,
) -> Result:
    """List members, in the order of their codes.

    Examples:
      memberarc list --where 'category:A status:active' --format csv
      memberarc list --columns id,name,contact.mobile --sort branch,-joined
      memberarc list --where status:active --count
    """
    from memberarc.acts.search_members import search_members
    from memberarc.cli.calling import caller_at
    from memberarc.cli.search_view import answer

    search = partial(search_members, caller_at(directory, console=console))
    return answer("list", options.asking(where), search=search, console=console)
