"""Start-up: --version and --help beside a typer hello-world."""

from __future__ import annotations

from typing import TYPE_CHECKING

from report import Row
from timing import Contender, race
from workbench import BIN, MEMBERARC, Workbench

if TYPE_CHECKING:
    from collections.abc import Iterator

HELLO = '''\
import typer

app = typer.Typer()


@app.command()
def hello(name: str) -> None:
    """Greet somebody."""
    print(f"hello {name}")


app()
'''
ROUNDS = 30
AIM = 1.3


def bench_startup(bench: Workbench) -> Iterator[Row]:
    """Compare with a program of one command that says hello; its help would take longer."""
    script = bench.folder / "hello.py"
    script.write_text(HELLO, encoding="utf-8")
    common = {"environment": bench.environment, "directory": bench.folder}
    peer = Contender(
        name="typer hello-world",
        command=[str(BIN / "python"), str(script), "World"],
        **common,
    )
    for option in ("--version", "--help"):
        ours, theirs = race(
            [Contender(name="memberarc", command=[MEMBERARC, option], **common), peer],
            rounds=ROUNDS,
        )
        ratio = ours.median / theirs.median
        yield Row(
            work=f"`{option}`",
            ours=ours,
            theirs=theirs,
            ratio=ratio,
            aim=f"at most {AIM}",
            reached=ratio <= AIM,
        )
