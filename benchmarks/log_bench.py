"""log of one member beside git log -p of its file, over many commits."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from report import Row
from timing import Contender, answer_of, race
from workbench import BIN, MEMBERARC

if TYPE_CHECKING:
    from collections.abc import Iterator

    from workbench import Workbench

ROUNDS: Final = 15
COMMITS: Final = 1_000
A_SECOND_LOOK_EVERY: Final = 50
MORE_S: Final = 0.060

# By py-spy and strace, shares of processor time.
BOUNDS: Final = (
    "imports, three quarters; reading, opening and comparing the versions a sixth; git takes 4 ms"
    " for the walk, and nothing grows with the members."
)
# Every so many commits the first of the members is changed, else one of the others.
_CHANGES: Final = """
import sys
from itertools import cycle
from pathlib import Path
from memberarc.acts.update_member import UpdateRequest, update_member
from memberarc.cli.calling import caller_at
from memberarc.members.plain_values import parse_assignment
caller = caller_at(Path(sys.argv[1]))
commits, every, code, *others = int(sys.argv[2]), int(sys.argv[3]), *sys.argv[4:]
names = cycle(others)
for number in range(commits):
    change = parse_assignment(f"contact.mobile=154{number:08}")
    member = next(names) if number % every else code
    update_member(caller, UpdateRequest(member=member, assign=(change,)))
"""


def bench_log(bench: Workbench) -> Iterator[Row]:
    """Both walk the same repository, which knows by a Bloom filter what each commit changed."""
    big = bench.big
    code, *others = big.queries.changing
    bare = big.clone(bench.folder / "archive.git", "--bare")
    commits = min(COMMITS, 10 * big.members)
    common = {"environment": big.environment, "directory": bare}
    words = [str(bare), str(commits), str(A_SECOND_LOOK_EVERY), code, *others]
    answer_of(
        Contender(name="commits", command=[str(BIN / "python"), "-c", _CHANGES, *words], **common)
    )
    git = ["git", "-C", str(bare)]
    bench.run(*git, "gc", "--quiet")
    bench.run(*git, "commit-graph", "write", "--reachable", "--changed-paths", "--no-progress")
    (path,) = (
        name
        for name in bench.run(*git, "ls-tree", "-r", "--name-only", "HEAD").decode().splitlines()
        if name.endswith(f"/{code}.yaml")
    )
    ours = Contender(name="memberarc", command=[MEMBERARC, "log", code], **common)
    theirs = Contender(name="git log -p", command=["git", "log", "-p", "--", path], **common)
    told = len(re.findall(r"\bcommit [0-9a-f]{12}", answer_of(ours)))
    if told != len(re.findall(r"^commit [0-9a-f]{40}$", answer_of(theirs), re.MULTILINE)):
        raise RuntimeError(f"log {code}: {told} acts, and git log tells another number")
    mine, gits, hello = race([ours, theirs, bench.hello()], rounds=bench.scale.rounds(ROUNDS))
    more = mine.median - hello.median - gits.median
    yield Row(
        work=f"`log ID` of {big.members:,}, {commits:,} commits",
        ours=mine,
        theirs=gits,
        ratio=(mine.median - hello.median) / gits.median,
        raw=mine.median / gits.median,
        aim=f"its time and {1000 * MORE_S:.0f} ms",
        reached=more <= MORE_S,
        note=f"{told} of the commits change the member. Without the hello-world ours takes"
        f" {1000 * more:.0f} ms more than git, whole {1000 * (mine.median - gits.median):.0f} ms"
        " more. Ours opens each version and tells what changed by fields.",
        bounds=BOUNDS,
    )
