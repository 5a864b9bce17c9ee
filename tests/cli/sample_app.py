"""A program of its own made with memberarc's machinery: one command for each thing to be tried."""

from __future__ import annotations

import os
import sys
import time
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Literal

from typer import Argument, Option

from memberarc import errors
from memberarc.cli.command_table import CommandEntry
from memberarc.cli.options import HERE, Confirm, Directory, DryRun, Yes
from memberarc.cli.streams import Console
from memberarc.output.result import Column, Result, Table, problem_table

PROBLEMS = (
    errors.Problem(path="members/a.yaml", line=7, column=9, rule="type", message="not a number"),
    errors.Problem(path="members/b.yaml", rule="name", message="in the wrong folder"),
)
COLUMNS = (
    Column(key="id", label="Code"),
    Column(key="name", label="姓名"),
    Column(key="paid", label="Paid", align="right"),
)


def show(
    member: Annotated[str, Argument(help="Code or uid of the member.")],
    *,
    directory: Directory = HERE,
) -> Result:
    """Show one member.

    The record as it stands.

    Example:
      memberarc show M2026-000001
      memberarc show M2026-000001 --format json
    """
    return Result(
        command="show",
        data={"member": member, "directory": str(directory)},
        text=f"{member} in {directory}",
    )


def people(*, note: Annotated[str, Option(help="What to write beside each.")] = "") -> Result:
    """List people with difficult names."""
    rows = (
        ("M1", f"王小明{note}", Decimal("12.50")),
        ("M2", f"[/bold] [lead singer]{note}", Decimal("1E+3")),
        ("M3", f"e\u0301 👩‍👩‍👧 \x1b[31mred\x1b[0m \u202e{note}", None),
    )
    return Result(command="people", data=[], table=Table(columns=COLUMNS, rows=rows))


def many(*, lines: int = 200_000) -> Result:
    """List very many rows."""
    rows = tuple((f"M{number}",) for number in range(lines))
    return Result(command="many", data=[], table=Table(columns=COLUMNS[:1], rows=rows))


def change(*, dry_run: DryRun = False) -> Result:
    """Change something and tell of it."""
    return Result(
        command="change",
        data={"id": "M1", "dry_run": dry_run},
        done=("added M1 (commit 3f2a1c9)",),
        notices=("the vault has one replica only",),
        next=("memberarc classify M1",),
    )


def check(
    *,
    form: Annotated[Literal["table", "json", "csv", "sarif"], Option("--format")] = "table",
    listed: Annotated[bool, Option("--listed")] = False,
) -> Result:
    """Find two problems."""
    return Result(
        command="check",
        data={"checked": 2},
        table=problem_table(PROBLEMS) if listed else None,
        text="sarif it is\n" if form == "sarif" else None,
        problems=() if form == "sarif" else PROBLEMS,
        status="findings",
    )


def fail(kind: str) -> Result:
    """Fail on purpose."""
    error = getattr(errors, kind)
    if issubclass(error, errors.FindingsError):
        raise error("2 flaws", problems=PROBLEMS)
    raise error("no member M9", where="members/2026", hint="run memberarc list")


def crash() -> Result:
    """Fail by a defect, with a value in the message."""
    mobile = "13800138000"
    try:
        return Result(command="crash", data={}, text=str(int(f"王小明 {mobile}")))
    except ValueError as err:
        raise KeyError(mobile) from err


def broken_pipe() -> Result:
    """Lose a pipe that is not stdout."""
    raise BrokenPipeError("git has gone")


def wait(started: Path) -> Result:
    """Do something that takes long."""
    started.touch()
    time.sleep(30)
    return Result(command="wait", data={})


def ask(*, yes: Yes = False) -> Result:
    """Ask for a yes."""
    from memberarc.cli.prompts import confirm

    confirm("remove \x1bM1?", yes=yes)
    return Result(command="ask", data={}, done=("removed M1",))


def erase(*, confirm: Confirm = None) -> Result:
    """Ask for an id."""
    from memberarc.cli.prompts import confirm_by_id

    confirm_by_id("This purges M1 for ever.", expected="M1", given=confirm)
    return Result(command="erase", data={}, done=("purged M1",))


def edit(initial: str, console: Console, *, then_fail: bool = False) -> Result:
    """Edit a text that must have nothing but capitals."""
    from memberarc.cli.editor import edit_text

    def problems(text: str) -> list[str]:
        return [] if text.isupper() else [f"1:1: {len(text)} signs, and not all are capitals"]

    with edit_text(f"{initial}\n", suffix=".txt", check=problems, console=console) as text:
        if then_fail:
            raise errors.LockedError("another process holds the lock")
    return Result(
        command="edit", data={"text": text}, done=("nothing changed",) if text is None else ()
    )


def work(console: Console) -> Result:
    """Show a bar."""
    from memberarc.cli.progress import progress

    with progress("sealing [/bold]", total=3, console=console) as advance:
        for _ in range(3):
            advance(1)
            time.sleep(0.2)
    return Result(command="work", data={"rich": "rich" in sys.modules})


def name() -> Result:
    """Tell of a file whose name is no UTF-8."""
    return Result(
        command="name",
        data={"name": os.fsdecode(b"caf\xe9 \xe7\x8e\x8b")},
        text=os.fsdecode(b"caf\xe9 \xe7\x8e\x8b"),
    )


NAMES = ["show", "people", "many", "change", "check", "fail", "crash", "broken-pipe", "wait"]
NAMES += ["ask", "erase", "edit", "work", "name"]
COMMANDS = (
    *(
        CommandEntry(name=each, help=f"Try {each}.", target=f"sample_app:{each.replace('-', '_')}")
        for each in NAMES
    ),
    CommandEntry(
        name="document",
        help="Try a group.",
        panel="Groups",
        commands=(
            CommandEntry(name="get", help="Get it.", target="sample_app:show"),
            CommandEntry(name="missing", help="Miss it.", target="sample_app_without:show"),
            CommandEntry(name="lost", help="Lose it.", target="sample_app:lost"),
        ),
    ),
    CommandEntry(
        name="purge",
        help="Try a command that is a group, too.",
        target="sample_app:show",
        panel="Groups",
        commands=(CommandEntry(name="status", help="Tell it.", target="sample_app:change"),),
    ),
)

if __name__ == "__main__":
    from memberarc.cli.main import run

    sys.exit(run(sys.argv[1:], commands=COMMANDS))
