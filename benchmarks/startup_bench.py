"""Start-up: --version and --help beside a typer hello-world."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from report import beside
from timing import Contender, race
from workbench import MEMBERARC

if TYPE_CHECKING:
    from collections.abc import Iterator

    from report import Row
    from workbench import Workbench

ROUNDS: Final = 30
AIMS: Final = {"--version": 0.6, "--help": 1.3}
BOUNDS: Final = {
    "--version": "the interpreter: without any program it takes half of this.",
    "--help": "imports, of typer most; no git, no disk.",
}


def bench_startup(bench: Workbench) -> Iterator[Row]:
    """The hello-world of these rows is what is taken off where the peer is git or ripgrep."""
    for option, aim in AIMS.items():
        ours = Contender(
            name="memberarc",
            command=[MEMBERARC, option],
            environment=bench.environment,
            directory=bench.folder,
        )
        timings = race([ours, bench.hello()], rounds=bench.scale.rounds(ROUNDS))
        yield beside(f"`{option}`", timings, at_most=aim, bounds=BOUNDS[option])
