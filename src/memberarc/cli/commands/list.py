"""The command ``list``."""

from __future__ import annotations

from functools import partial
from typing import Annotated

import typer

from memberarc.cli.completion import complete_query
from memberarc.cli.options import HERE, Directory
from memberarc.cli.search_options import (
    Columns,
    Count,
    ExitCode,
    Ids,
    Limit,
    Sort,
    Verbose,
    WorkTree,
)
from memberarc.cli.streams import Console
from memberarc.output.result import Result


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
    limit: Limit = None,
    sort: Sort = "",
    columns: Columns = "",
    count: Count = False,
    ids: Ids = False,
    exit_code: ExitCode = False,
    work_tree: WorkTree = False,
    verbose: Verbose = False,
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
    from memberarc.cli.search_view import Asked, answer

    asked = Asked(
        query=where,
        limit=limit,
        sort=sort,
        columns=columns,
        count=count,
        ids=ids,
        exit_code=exit_code,
        verbose=verbose,
        work_tree=work_tree,
    )
    caller = caller_at(directory, console=console)
    return answer("list", asked, search=partial(search_members, caller), console=console)
