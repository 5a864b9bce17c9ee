"""The command ``doctor``."""

from __future__ import annotations

from typing import Annotated

import typer

from memberarc.cli.options import HERE, Directory
from memberarc.output.result import Column, Result, Table

_COLUMNS = ("subject", "verdict", "message", "fix")


def doctor(
    *,
    fix: Annotated[
        bool, typer.Option("--fix", help="Set git up for many files in this clone first.")
    ] = False,
    directory: Directory = HERE,
) -> Result:
    """Find out what is missing or unsafe on this machine; exit status 1 when something fails.

    Example: memberarc doctor
    """
    from memberarc.acts.clone_care import tune_clone
    from memberarc.acts.survey import examine
    from memberarc.cli.calling import caller_at

    caller = caller_at(directory)
    added = tune_clone(caller) if fix else ()
    findings = examine(caller)
    rows = tuple((one.subject, one.verdict, one.message, one.fix) for one in findings)
    return Result(
        command="doctor",
        data={"findings": [dict(zip(_COLUMNS, row, strict=True)) for row in rows]},
        table=Table(
            columns=tuple(Column(key=key, label=key, below=key == "fix") for key in _COLUMNS),
            rows=rows,
        ),
        done=(f"set up in this clone: {', '.join(added)}",) if added else (),
        status="findings" if any(one.verdict == "fail" for one in findings) else "ok",
    )
