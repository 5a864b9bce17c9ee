"""The command ``check``."""

from __future__ import annotations

import os
from typing import Annotated

import typer

from memberarc.cli.options import HERE, Directory
from memberarc.output.result import Result, problem_table


def check(
    paths: Annotated[
        list[str] | None,
        typer.Argument(metavar="[PATH]...", help="Only these files or folders of the archive."),
    ] = None,
    *,
    staged: Annotated[
        bool, typer.Option("--staged", help="What is staged for the next commit.")
    ] = False,
    directory: Directory = HERE,
) -> Result:
    """Check records, ledger, policies and keys; no key is needed.

    Example: memberarc check --staged

    Each flaw is told as path:line:column: rule: message, and the exit status is then 1.
    """
    from memberarc.acts.check_archive import check_archive
    from memberarc.cli.calling import caller_at
    from memberarc.cli.views import counted

    report = check_archive(
        caller_at(directory), paths=tuple(paths or ()), staged=staged, environ=os.environ
    )
    hints = dict.fromkeys(problem.hint for problem in report.problems if problem.hint)
    return Result(
        command="check",
        data={"files": report.files, "problems": len(report.problems)},
        table=problem_table(report.problems),
        text="",
        done=(
            f"{counted(report.files, 'file')} checked, "
            + (counted(len(report.problems), "problem") if report.problems else "all well"),
        ),
        next=tuple(hint for hint in hints if hint.startswith("memberarc "))[:3],
        problems=report.problems,
        status="findings" if report.problems else "ok",
    )
