"""The options of commands that change members, by which they are told what and why."""

from __future__ import annotations

from typing import Annotated, TypeAlias

import typer

from memberarc.cli.completion import complete_assignment, complete_reason

Assign: TypeAlias = Annotated[
    list[str] | None,
    typer.Option(
        "--set",
        metavar="PATH=VALUE",
        help="Set a field; may be repeated.",
        autocompletion=complete_assignment,
    ),
]
Returning: TypeAlias = Annotated[
    bool, typer.Option("--returning", help="Somebody who was purged may be a member again.")
]


def reason_for(act: str, *, needed: bool = False) -> object:
    """Make the option of a reason; the codes that fit the act are offered.

    Args:
        needed: say so in the help; without one the act itself refuses, and names them.
    """
    return typer.Option(
        "--reason",
        metavar="CODE",
        help=f"A code of policy/reasons.yaml{'; needed' * needed}.",
        autocompletion=complete_reason(act),
    )
