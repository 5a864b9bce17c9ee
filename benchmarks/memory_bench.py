"""Memory at the peak of each command that reads or writes many members."""

from __future__ import annotations

from typing import TYPE_CHECKING

from memory import peak_memory
from timing import Contender
from workbench import MEMBERARC

if TYPE_CHECKING:
    from collections.abc import Iterator

    from memory import Peak
    from workbench import Workbench


def bench_memory(bench: Workbench) -> Iterator[Peak]:
    """Runs of their own: to look every 20 ms costs the command time, too."""
    big, asked = bench.big, bench.big.queries
    big.build_index()
    category = f"category:{asked.category}"
    for work, contender in {
        "`show ID`": big.memberarc("show", asked.code),
        "`search` for a name": big.memberarc("search", asked.name),
        "`search` after one commit by someone else": big.memberarc(
            "search", asked.name, prepare=big.commit_of_a_colleague
        ),
        "a category listed": big.memberarc("list", "--where", category),
        "index from nothing": big.memberarc("index", "rebuild"),
        "`check`": big.memberarc("check"),
        "`update` of one": big.update(),
        "`log ID`": big.memberarc("log", asked.changing[0]),
        "`import`": _import(bench),
    }.items():
        yield peak_memory(f"{work}, {big.members:,} members", contender)


def _import(bench: Workbench) -> Contender:
    sheet, mapping = bench.members_sheet(bench.big.members)
    archive = bench.archive("archive")
    return Contender(
        name="memberarc",
        command=[MEMBERARC, "import", str(sheet), "--map", str(mapping), "-q"],
        environment=bench.environment,
        directory=archive,
    )
