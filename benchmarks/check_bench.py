"""check of all members beside check-jsonschema over 2,000 of the same files, per file."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final

from report import Row
from timing import Contender, race
from workbench import BIN, MEMBERARC

if TYPE_CHECKING:
    from collections.abc import Iterator

    from workbench import Workbench

# So many of the peer take it about as long as it takes ours to start and to judge all.
PEERS_FILES: Final = 2_000
ROUNDS: Final = 7
AIM: Final = 300
BOUNDS: Final = (
    "of 9 µs of processor time a record 3 are the one expression that judges it, 2.4 opening,"
    " reading and closing its file, the rest listing it and Python around; two processes share it."
    " Five other shapes of the expression were no faster; one that takes any sealed text would need"
    " a third less, and judge less."
)


def bench_check(bench: Workbench) -> Iterator[Row]:
    """Both judge the stored form of the same records; the peer judges nothing between files."""
    from memberarc.formats.stored import stored_schema

    archive = bench.archive("archive")
    members = bench.scale.members
    sheet, mapping = bench.members_sheet(members)
    bench.run(MEMBERARC, "-C", str(archive), "import", str(sheet), "--map", str(mapping), "-q")
    schema = json.loads((archive / "schemas/individual.schema.json").read_text(encoding="utf-8"))
    stored = bench.folder / "stored.schema.json"
    stored.write_text(json.dumps(stored_schema(schema)), encoding="utf-8")
    records = sorted(str(path) for path in (archive / "members").rglob("*.yaml"))[:PEERS_FILES]
    peer, ours = str(BIN / "check-jsonschema"), [MEMBERARC, "check"]
    commands = {
        "memberarc": ours,
        f"check-jsonschema of {len(records):,}": [peer, "--schemafile", str(stored), *records],
        "start-up": [*ours, "--help"],
        "its start-up": [peer, "--help"],
    }
    mine, theirs, our_start, their_start = race(
        [
            Contender(name=name, command=command, environment=bench.environment, directory=archive)
            for name, command in commands.items()
        ],
        rounds=bench.scale.rounds(ROUNDS),
    )
    each, their_each = mine.median / members, theirs.median / len(records)
    ratio = (their_each - their_start.median / len(records)) / (each - our_start.median / members)
    yield Row(
        work=f"`check` of {members:,} members",
        ours=mine,
        theirs=theirs,
        ratio=ratio,
        raw=their_each / each,
        faster=True,
        aim=f"at least {AIM} times faster per file",
        reached=ratio >= AIM,
        note=f"per file; start-up, {our_start.median:.3f} and {their_start.median:.3f} s, is taken"
        " off both. The peer reads each file once; ours also compares uids, codes, places and"
        " references.",
        bounds=BOUNDS,
    )
