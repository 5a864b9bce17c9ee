"""import of all members beside git fast-import and checkout of the same bytes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from report import beside
from timing import Contender, race
from workbench import MEMBERARC

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from report import Row
    from workbench import Workbench

ROUNDS: Final = 3
AIM: Final = 1.6
BOUNDS: Final = (
    "processors: of the time of ours git takes a third, sealing another (of 45 µs a record 27 are"
    " ciphers and derived keys), reading, typing and judging rows a tenth; then git writes the"
    " files, two at once. git's fast-import and its checkout each keep one processor busy. Another"
    " level of compression or one pass of base64 for a whole record did not help; packs without"
    " compression would save 1.3 s, and be 1.4 times as large."
)


def bench_import(bench: Workbench) -> Iterator[Row]:
    """The peer gets the finished bytes; ours reads the sheet, judges, seals and writes them."""
    members = bench.scale.members
    sheet, mapping = bench.members_sheet(members)
    stream = bench.folder / "records.fi"
    model = bench.archive("model")
    bench.run(MEMBERARC, "-C", str(model), "import", str(sheet), "--map", str(mapping), "-q")
    _write_stream(stream, model)

    def fresh_archive() -> None:
        ours.command[2] = str(bench.archive("archive"))

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
        timings = race([ours, peer, bench.hello()], rounds=bench.scale.rounds(ROUNDS))
        yield beside(f"import of {members:,} members", timings, at_most=aim, bounds=BOUNDS)


def _write_stream(stream: Path, model: Path) -> None:
    """Write what the import made as one fast-import stream."""
    with stream.open("wb") as file:
        file.write(b"commit refs/heads/main\ncommitter bench <bench@example.org> 1 +0000\n")
        file.write(b"data 0\n")
        for path in sorted((model / "members").rglob("*.yaml")):
            content = path.read_bytes()
            name = path.relative_to(model).as_posix().encode()
            file.write(b"M 100644 inline %b\ndata %d\n%b\n" % (name, len(content), content))
        file.write(b"done\n")
