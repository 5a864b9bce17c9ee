"""The index built from nothing beside PyYAML merely reading the same files."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from report import beside
from timing import Contender, race
from workbench import BIN

if TYPE_CHECKING:
    from collections.abc import Iterator

    from report import Row
    from workbench import Workbench

ROUNDS: Final = 3
# By py-spy with all processes, shares of their processor time.
BOUNDS: Final = (
    "the processors: of 150 µs a record in all processes opening its values takes 66 to 85 (the"
    " cipher alone 25, shares and derived keys 20), SQLite 19, handing the record from process to"
    " process 19, taking out columns, words and pinyin 28, git's answers 14. Tried without"
    " effect: threads, for the cipher library holds the interpreter's lock on small values; the"
    " collector of garbage off. All base64 and all checks of a record were put together; what is"
    " left is the interpreter between the ciphers."
)
READING = """
import sys
from pathlib import Path
from yaml import CSafeLoader, load
for path in Path(sys.argv[1]).rglob("*.yaml"):
    load(path.read_bytes(), CSafeLoader)
"""


def bench_index(bench: Workbench) -> Iterator[Row]:
    """Ours opens every value the owner may read; the peer opens none, and keeps nothing."""
    big = bench.big
    ours = big.memberarc("index", "rebuild", prepare=lambda: big.run("index", "drop"))
    theirs = Contender(
        name="PyYAML's CSafeLoader reading the files",
        command=[str(BIN / "python"), "-c", READING, str(big.directory / "members")],
        environment=big.environment,
        directory=big.directory,
    )
    yield beside(
        f"index of {big.members:,} from nothing",
        race([ours, theirs], rounds=bench.scale.rounds(ROUNDS), warm_up=0),
        at_most=0.4,
        note="every field the owner may read. The peer is one process; what ours uses of both"
        " cores stands behind *cpu*. No time is taken off: both are Python.",
        bounds=BOUNDS,
    )
