"""The options of ``search``, ``list`` and ``segment run``."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from functools import wraps
from inspect import signature
from typing import TYPE_CHECKING, Annotated, Any, TypeAlias

import typer

from memberarc.cli.completion import complete_field

if TYPE_CHECKING:
    from collections.abc import Callable

    from memberarc.cli.search_view import Asked
    from memberarc.output.result import Result

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


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchOptions:
    """What of an answer is wanted; each field is an option, in the order of help."""

    limit: Annotated[
        int | None, typer.Option("--limit", metavar="N", min=0, help="Show at most N; 0 for all.")
    ] = None
    sort: Sort = ""
    columns: Columns = ""
    count: Annotated[bool, typer.Option("--count", help="Tell only how many there are.")] = False
    ids: Annotated[bool, typer.Option("--ids", help="Tell only the codes, one a line.")] = False
    exit_code: Annotated[
        bool, typer.Option("--exit-code", help="End with 1 if nobody is found.")
    ] = False
    work_tree: Annotated[
        bool, typer.Option("--worktree", help="Look at edits that are not committed, too.")
    ] = False
    verbose: Annotated[
        bool, typer.Option("-v", "--verbose", help="Tell how the query is understood.")
    ] = False

    def asking(self, query: str) -> Asked:
        """Say whom to look for."""
        from memberarc.cli.search_view import Asked

        return Asked(query=query, **asdict(self))


def taking_options(command: Callable[..., Result]) -> Callable[..., Result]:
    """Let the fields of a command's ``options`` stand on its command line one by one.

    Typer knows no options that belong together: it reads a function's parameters, and it is shown
    the fields in the place of the one value that they make.
    """
    own = signature(command, eval_str=True)
    group = own.parameters["options"].annotation
    fields = signature(group, eval_str=True).parameters

    @wraps(command)
    def with_options(**values: Any) -> Result:
        options = group(**{name: values.pop(name) for name in fields})
        return command(**values, options=options)

    with_options.__signature__ = own.replace(  # type: ignore[attr-defined]
        parameters=[
            one
            for name, parameter in own.parameters.items()
            for one in (fields.values() if name == "options" else (parameter,))
        ]
    )
    return with_options
