"""Keys and purges of many members: rotation, purge, the vault, and values a second."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from report import Row, beside
from timing import Contender, answer_of, race
from workbench import BIN, MEMBERARC

if TYPE_CHECKING:
    from collections.abc import Iterator

    from big_archive import BigArchive
    from timing import Timing
    from workbench import Workbench

VALUES = 100_000
PYTHON = str(BIN / "python")
BOUNDS = {
    "rotate": "opening and sealing in two processes, about 130 µs a record; then git, which writes"
    " every file.",
    "--quick": "git: half of the time goes into two searches for places that name the uid.",
    "--full": "parsing and ciphers: what every object holds is opened and searched.",
}

_VAULT = """
import sys, time
from pathlib import Path
from memberarc.acts.key.keys_at_hand import open_replicas
from memberarc.archive.opened import open_archive
from memberarc.cli.calling import caller_at
from memberarc.members.shelves import find_record
caller = caller_at(Path(sys.argv[1]))
archive = open_archive(caller.directory)
record = find_record(archive, sys.argv[2])
start = time.perf_counter()
open_replicas(archive, caller).share(record.uid, commitment=record.key)
print(time.perf_counter() - start)
"""
_OURS = """
import os
from memberarc.sealing.value import MemberCipher
cipher = MemberCipher(os.urandom(32), archive="a" * 26, uid="k" * 16, level="internal", epoch=1)
path = ("contact", "mobile")
for number in range({values}):
    cipher.open(cipher.seal("13800138000", path=path), path=path)
"""
_BARE = """
import os
from cryptography.hazmat.primitives.ciphers.aead import AESGCMSIV
cipher = AESGCMSIV(os.urandom(32))
for number in range({values}):
    nonce = os.urandom(12)
    cipher.decrypt(nonce, cipher.encrypt(nonce, bytes(32), b"place"), b"place")
"""


def bench_keys(bench: Workbench) -> Iterator[Row]:
    """The archive of all benches serves here last: it is rotated and purged again and again."""
    big = bench.big
    yield _rotation(bench, big)
    yield from _purges(bench, big)
    yield _vault(bench, big)
    yield _values(bench)


def _rotation(bench: Workbench, big: BigArchive) -> Row:
    # Into a fresh folder each time: to create files where others were deleted costs ext4 dearly.
    rewrite = f'git clone --quiet --shared . "$(mktemp -d {bench.folder}/clone-XXXX)/archive"'
    theirs = Contender(
        name="git clone, writing all files",
        command=["sh", "-c", rewrite],
        environment=big.environment,
        directory=big.directory,
    )
    contenders = [big.memberarc("key", "rotate", "internal"), theirs, bench.hello()]
    timings = race(contenders, rounds=2, warm_up=0)
    work = f"`key rotate` of one level of {big.members:,}"
    return _row(work, timings, at_most_s=60, bounds=BOUNDS["rotate"])


def _purges(bench: Workbench, big: BigArchive) -> Iterator[Row]:
    codes = iter(sorted(path.stem for path in (big.directory / "members").rglob("*.yaml")))
    touch = 'echo >> note.txt && git add note.txt && git commit -qm "a line"'
    everything = "git cat-file --batch --batch-all-objects --unordered --buffer > /dev/null"
    for option, peer, script, at_most_s in (
        ("--quick", "git commit of one file", touch, 2),
        ("--full", "git reading all objects", everything, 60),
    ):
        command = [
            MEMBERARC,
            "purge",
            option,
            "--reason",
            "member_request",
            "-q",
            "",
            "--confirm",
            "",
        ]

        def next_member(command: list[str] = command) -> None:
            command[-3] = command[-1] = next(codes)

        common = {"environment": big.environment, "directory": big.directory}
        ours = Contender(name="memberarc", command=command, prepare=next_member, **common)
        theirs = Contender(name=peer, command=["sh", "-c", script], **common)
        timings = race([ours, theirs, bench.hello()], rounds=2, warm_up=0)
        yield _row(
            f"`purge {option}` of one of {big.members:,}",
            timings,
            at_most_s=at_most_s,
            bounds=BOUNDS[option],
        )


def _vault(bench: Workbench, big: BigArchive) -> Row:
    common = {"environment": big.environment, "directory": big.directory}
    code = max(path.stem for path in (big.directory / "members").rglob("*.yaml"))
    ours = Contender(
        name="memberarc", command=[PYTHON, "-c", _VAULT, str(big.directory), code], **common
    )
    alone = Contender(name="python alone", command=[PYTHON, "-c", "pass"], **common)
    told = [float(answer_of(ours)) for _ in range(5)]
    mine, theirs = race([ours, alone], rounds=bench.scale.rounds(3))
    worst = max(told)
    return Row(
        work=f"vault of {big.members:,} opened, one share read, as a process",
        ours=mine,
        theirs=theirs,
        ratio=mine.median / theirs.median,
        aim="at most 10 ms for vault and share",
        reached=worst <= 0.010,
        note=f"Within the process opening the vault and reading the share took"
        f" {1000 * min(told):.1f} to {1000 * worst:.1f} ms in five runs.",
    )


def _values(bench: Workbench) -> Row:
    common = {"environment": bench.environment, "directory": bench.folder}
    ours, theirs = race(
        [
            Contender(
                name="memberarc", command=[PYTHON, "-c", _OURS.format(values=VALUES)], **common
            ),
            Contender(
                name="the cipher alone",
                command=[PYTHON, "-c", _BARE.format(values=VALUES)],
                **common,
            ),
        ],
        rounds=bench.scale.rounds(3),
    )
    rate = VALUES / ours.median
    return Row(
        work=f"{VALUES:,} values sealed and opened, start-up of Python included",
        ours=ours,
        theirs=theirs,
        ratio=ours.median / theirs.median,
        aim="at least 100,000 sealed and opened a second a core",
        reached=rate >= 100_000,
        note=f"{rate:,.0f} values a second were sealed and opened again.",
    )


def _row(work: str, timings: list[Timing], *, at_most_s: float, bounds: str) -> Row:
    """Tell a row whose aim is a time."""
    row = beside(work, timings, bounds=bounds)
    return replace(row, aim=f"at most {at_most_s} s", reached=row.ours.median <= at_most_s)
