"""import of 10,000 members beside git fast-import and checkout of the same bytes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from report import Row
from timing import Contender, race
from workbench import MEMBERARC, Workbench

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

MEMBERS = 10_000
ROUNDS = 5
AIM = 2.5


def bench_import(bench: Workbench) -> Iterator[Row]:
    """The peer gets the finished bytes; ours reads the sheet, judges, seals and writes them."""
    sheet, mapping = bench.members_sheet(MEMBERS)
    stream = bench.folder / "records.fi"
    model = bench.archive("model")
    bench.run(MEMBERARC, "-C", str(model), "import", str(sheet), "--map", str(mapping), "-q")
    stream.write_bytes(_stream(model))
    place: dict[str, str] = {}

    def fresh_archive() -> None:
        place["archive"] = str(bench.archive("archive"))
        ours.command[2] = place["archive"]

    def fresh_repository(contender: Contender) -> None:
        directory = bench.fresh("plain")
        bench.run("git", "init", "-q", str(directory))
        contender.command[-1] = str(directory)

    common = {"environment": bench.environment, "directory": bench.folder}
    ours = Contender(
        name="memberarc",
        command=[MEMBERARC, "-C", "", "import", str(sheet), "--map", str(mapping), "-q"],
        prepare=fresh_archive,
        **common,
    )
    for options, aim in (("--depth=0", AIM), ("", None)):
        script = f'cd "$0" && git fast-import --quiet {options} < {stream} && git checkout -q main'
        peer = Contender(
            name=f"git fast-import {options or 'with defaults'} and checkout",
            command=["sh", "-c", script, ""],
            prepare=lambda: fresh_repository(peer),  # noqa: B023  prepared before the next round
            **common,
        )
        mine, theirs = race([ours, peer], rounds=ROUNDS)
        ratio = mine.median / theirs.median
        yield Row(
            work=f"import of {MEMBERS:,} members",
            ours=mine,
            theirs=theirs,
            ratio=ratio,
            aim=f"at most {aim}" if aim else "none: told for comparison",
            reached=aim is None or ratio <= aim,
        )


def _stream(model: Path) -> bytes:
    """Write what the import made as one fast-import stream."""
    parts = [
        b"commit refs/heads/main\ncommitter bench <bench@example.org> 1 +0000\ndata 0\n",
    ]
    for path in sorted((model / "members").rglob("*.yaml")):
        content = path.read_bytes()
        name = path.relative_to(model).as_posix().encode()
        parts.append(b"M 100644 inline " + name + b"\ndata %d\n" % len(content) + content + b"\n")
    return b"".join([*parts, b"done\n"])
