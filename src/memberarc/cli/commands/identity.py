"""The commands ``identity new`` and ``identity show``."""

from __future__ import annotations

from typing import Annotated

import typer

from memberarc.cli.options import HERE, Directory, DryRun
from memberarc.output.result import Result


def new(
    *,
    directory: Directory = HERE,
    post_quantum: Annotated[
        bool,
        typer.Option("--post-quantum", help="Make one that a quantum computer does not break."),
    ] = False,
    dry_run: DryRun = False,
) -> Result:
    """Make your identity, and tell the recipient to give to an administrator.

    Whoever has the identity file reads what you read: keep it, and a copy of it elsewhere.
    A level is read with post-quantum recipients by all, or by nobody.

    Example: memberarc identity new
    """
    from memberarc.acts.key.own_identity import make_identity
    from memberarc.cli.calling import caller_at

    caller = caller_at(directory)
    path = caller.user.identity
    recipient = make_identity(caller, post_quantum=post_quantum, dry_run=dry_run)
    return Result(
        command="identity new",
        data={"recipient": recipient, "path": str(path)},
        text=recipient or "",
        done=(f"{'would make' if dry_run else 'made'} the identity {path}",),
    )


def show(*, directory: Directory = HERE) -> Result:
    """Tell the recipients of your identity, one a line.

    Example: memberarc identity show
    """
    from memberarc.acts.key.own_identity import own_recipients
    from memberarc.cli.calling import caller_at

    recipients = own_recipients(caller_at(directory))
    return Result(
        command="identity show",
        data={"recipients": list(recipients)},
        text="\n".join(recipients),
    )
