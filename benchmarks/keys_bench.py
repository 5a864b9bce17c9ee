"""Keys and purges at 100,000 members: rotation, purge, the vault, and values a second."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from report import Row
from timing import Contender, race
from workbench import BIN, MEMBERARC, Workbench

if TYPE_CHECKING:
    from collections.abc import Iterator

    from timing import Timing

MEMBERS = 100_000
VALUES = 100_000
PYTHON = str(BIN / "python")

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
    """One archive serves all: it is rotated and purged again and again."""
    archive = bench.folder / "archive"
    script = str(Path(__file__).with_name("make_archive.py"))
    bench.run(sys.executable, script, "--members", str(MEMBERS), "--to", str(archive))
    yield _rotation(bench, archive)
    yield from _purges(bench, archive)
    yield _vault(bench, archive)
    yield _values(bench)


def _rotation(bench: Workbench, archive: Path) -> Row:
    common = {"environment": bench.environment, "directory": archive}
    # Into a fresh folder each time: to create files where others were deleted costs ext4 dearly.
    rewrite = f'git clone --quiet --shared . "$(mktemp -d {bench.folder}/clone-XXXX)/archive"'
    ours, theirs = race(
        [
            Contender(name="memberarc", command=[MEMBERARC, "key", "rotate", "internal"], **common),
            Contender(name="git writing all files", command=["sh", "-c", rewrite], **common),
        ],
        rounds=2,
        warm_up=0,
    )
    return _row(
        f"`key rotate` of one level of {MEMBERS:,}", ours, theirs, at_most_s=60, what="60 s"
    )


def _purges(bench: Workbench, archive: Path) -> Iterator[Row]:
    codes = iter(sorted(path.stem for path in (archive / "members").rglob("*.yaml")))
    common = {"environment": bench.environment, "directory": archive}
    touch = 'echo >> note.txt && git add note.txt && git commit -qm "a line"'
    everything = "git cat-file --batch --batch-all-objects --unordered --buffer > /dev/null"
    for option, peer, script, at_most_s in (
        ("--quick", "git commit of one file", touch, 2),
        ("--full", "git reading all objects", everything, 60),
    ):
        words = [MEMBERARC, "purge", option, "--reason", "member_request", "-q"]
        command = [*words, "", "--confirm", ""]

        def next_member(command: list[str] = command) -> None:
            command[-3] = command[-1] = next(codes)

        ours = Contender(name="memberarc", command=command, prepare=next_member, **common)
        theirs = Contender(name=peer, command=["sh", "-c", script], **common)
        mine, other = race([ours, theirs], rounds=2, warm_up=0)
        work = f"`purge {option}` of one of {MEMBERS:,}"
        yield _row(work, mine, other, at_most_s=at_most_s, what=f"{at_most_s} s")


def _vault(bench: Workbench, archive: Path) -> Row:
    code = max(path.stem for path in (archive / "members").rglob("*.yaml"))
    told = [
        float(bench.run(PYTHON, "-c", _VAULT, str(archive), code).split()[-1]) for _ in range(5)
    ]
    common = {"environment": bench.environment, "directory": archive}
    ours, theirs = race(
        [
            Contender(
                name="memberarc", command=[PYTHON, "-c", _VAULT, str(archive), code], **common
            ),
            Contender(name="python alone", command=[PYTHON, "-c", "pass"], **common),
        ],
        rounds=3,
    )
    worst = max(told)
    return Row(
        work=f"vault of {MEMBERS:,} opened, one share read, as a process",
        ours=ours,
        theirs=theirs,
        ratio=ours.median / theirs.median,
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
        rounds=3,
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


def _row(work: str, ours: Timing, theirs: Timing, *, at_most_s: float, what: str) -> Row:
    return Row(
        work=work,
        ours=ours,
        theirs=theirs,
        ratio=ours.median / theirs.median,
        aim=f"at most {what}",
        reached=ours.median <= at_most_s,
    )
