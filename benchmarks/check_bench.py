"""check on 10,000 members beside check-jsonschema on the same files and schema."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from report import Row
from timing import Contender, race
from workbench import BIN, MEMBERARC, Workbench

if TYPE_CHECKING:
    from collections.abc import Iterator

MEMBERS = 10_000
AIM = 60


def bench_check(bench: Workbench) -> Iterator[Row]:
    """Both judge the stored form of the same records; the peer judges nothing between files."""
    from memberarc.formats.stored import stored_schema

    archive = bench.archive("archive")
    sheet, mapping = bench.members_sheet(MEMBERS)
    bench.run(MEMBERARC, "-C", str(archive), "import", str(sheet), "--map", str(mapping), "-q")
    schema = json.loads((archive / "schemas/individual.schema.json").read_text(encoding="utf-8"))
    stored = bench.folder / "stored.schema.json"
    stored.write_text(json.dumps(stored_schema(schema)), encoding="utf-8")
    records = sorted(str(path) for path in (archive / "members").rglob("*.yaml"))
    common = {"environment": bench.environment, "directory": archive}
    (theirs,) = race(
        [
            Contender(
                name="check-jsonschema",
                command=[
                    str(BIN / "check-jsonschema"), "--schemafile", str(stored), *records
                ],
                **common,
            )
        ],
        rounds=1,
        warm_up=0,
    )  # fmt: skip
    ours, our_start, their_start = race(
        [
            Contender(name="memberarc", command=[MEMBERARC, "check"], **common),
            Contender(name="start-up", command=[MEMBERARC, "check", "--help"], **common),
            Contender(
                name="its start-up", command=[str(BIN / "check-jsonschema"), "--help"], **common
            ),
        ],
        rounds=5,
    )
    ratio = (theirs.median - their_start.median) / (ours.median - our_start.median)
    yield Row(
        work=f"`check` of {MEMBERS:,} members",
        ours=ours,
        theirs=theirs,
        ratio=ratio,
        faster=True,
        aim=f"at least {AIM} times faster per file",
        reached=ratio >= AIM,
        note=f"per file: start-up, {our_start.median:.3f} and {their_start.median:.3f} s, is taken"
        f" off both; whole against whole it is {theirs.median / ours.median:.0f} times. The peer"
        " reads each file once; ours also compares uids, codes, places and references. One round"
        " of the peer.",
    )
