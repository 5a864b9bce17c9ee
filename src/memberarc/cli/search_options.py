"""The options of ``search`` and ``list``."""

from __future__ import annotations

from typing import Annotated, TypeAlias

import typer

from memberarc.cli.completion import complete_field

Limit: TypeAlias = Annotated[
    int | None, typer.Option("--limit", metavar="N", min=0, help="Show at most N; 0 for all.")
]
Sort: TypeAlias = Annotated[
    str,
    typer.Option(
        "--sort",
        metavar="F,-F",
        help="Fields to sort by; - sorts downward.",
        autocompletion=complete_field,
    ),
]
Columns: TypeAlias = Annotated[
    str,
    typer.Option(
        "--columns",
        metavar="F,F",
        help="Fields to show, in this order.",
        autocompletion=complete_field,
    ),
]
Count: TypeAlias = Annotated[bool, typer.Option("--count", help="Tell only how many there are.")]
Ids: TypeAlias = Annotated[bool, typer.Option("--ids", help="Tell only the codes, one a line.")]
ExitCode: TypeAlias = Annotated[
    bool, typer.Option("--exit-code", help="End with 1 if nobody is found.")
]
WorkTree: TypeAlias = Annotated[
    bool, typer.Option("--worktree", help="Look at edits that are not committed, too.")
]
Verbose: TypeAlias = Annotated[
    bool, typer.Option("-v", "--verbose", help="Tell how the query is understood.")
]
