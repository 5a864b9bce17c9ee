"""classify over the CDNOW purchases beside the same query typed into DuckDB."""

from __future__ import annotations

import csv
from typing import TYPE_CHECKING

from report import Row
from timing import Contender, race
from workbench import BIN, MEMBERARC, ROOT, Workbench

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

AIM = 3.0
ROUNDS = 7
MASTER = ROOT.parent / "shared" / "data" / "cdnow" / "CDNOW_master.txt"
SAMPLE = ROOT / "examples" / "cdnow" / "CDNOW_sample.txt"

PURCHASES_MAP = """\
format: map/1
target: ledger
source: cdnow
delimiter: whitespace
header: false
columns: [{columns}]
member: {{column: customer, match: registration.number}}
fields:
  kind: {{value: purchase}}
  date: {{column: date, date: "%Y%m%d"}}
  quantity: {{column: quantity}}
  amount: {{column: amount, decimal: "."}}
"""

# What somebody types who has the ledger's files and a list of members.
TYPED = '''\
import duckdb
print(duckdb.sql("""
  WITH figures AS (
    SELECT member, count(*) AS visits, sum(amount) AS spend
    FROM read_csv('ledger/1997/*/*.csv', header = true, columns = {
      'date': 'DATE', 'member': 'VARCHAR', 'kind': 'VARCHAR', 'amount': 'DECIMAL(18,4)',
      'quantity': 'INTEGER', 'item': 'VARCHAR', 'branch': 'VARCHAR', 'channel': 'VARCHAR',
      'staff': 'VARCHAR', 'ref': 'VARCHAR'})
    WHERE kind = 'purchase' GROUP BY member)
  SELECT CASE
      WHEN visits >= 12 OR spend >= 1200 THEN 'A' WHEN visits >= 8 OR spend >= 800 THEN 'B'
      WHEN visits >= 4 OR spend >= 400 THEN 'C' WHEN visits >= 2 OR spend >= 200 THEN 'D'
      ELSE 'E' END AS category, count(*)
  FROM read_csv('SUBJECTS', header = true, columns = {'uid': 'VARCHAR'})
  LEFT JOIN figures ON uid = member GROUP BY category ORDER BY category
""").fetchall())
'''


def bench_classify(bench: Workbench) -> Iterator[Row]:
    """Start-up of the hello-world kind is the price of Python; both are given whole."""
    purchases = SAMPLE if bench.scale.is_small or not MASTER.exists() else MASTER
    archive = _archive_with(bench, purchases)
    subjects = bench.folder / "subjects.csv"
    uids = [
        line.removeprefix("uid: ")
        for path in sorted((archive / "members").rglob("*.yaml"))
        for line in path.read_text(encoding="utf-8").splitlines()
        if line.startswith("uid: ")
    ]
    subjects.write_text("uid\n" + "".join(f"{uid}\n" for uid in uids), encoding="utf-8")
    script = bench.folder / "typed.py"
    script.write_text(TYPED.replace("SUBJECTS", str(subjects)), encoding="utf-8")
    common = {"environment": bench.environment, "directory": archive}
    ours, theirs, start = race(
        [
            Contender(
                name="memberarc", command=[MEMBERARC, "classify", "--year", "1997"], **common
            ),
            Contender(
                name="the query typed into DuckDB",
                command=[str(BIN / "python"), str(script)],
                **common,
            ),
            Contender(name="start-up", command=[MEMBERARC, "classify", "--help"], **common),
        ],
        rounds=bench.scale.rounds(ROUNDS),
    )
    ratio = (ours.median - start.median) / theirs.median
    yield Row(
        work=f"`classify` of {len(uids):,} members over {purchases.stem}",
        ours=ours,
        theirs=theirs,
        ratio=ratio,
        aim=f"at most {AIM} plus start-up",
        reached=ratio <= AIM,
        raw=ours.median / theirs.median,
        note=f"{start.median:.3f} s of start-up are taken off ours, and none off the peer.",
    )


def _archive_with(bench: Workbench, purchases: Path) -> Path:
    """Make an archive of the customers of a CDNOW file, names made up, and their purchases."""
    with purchases.open(encoding="ascii") as file:
        lines = [line.split() for line in file if line.strip()[:1].isdigit()]
    sample = len(lines[0]) == 5
    customers = sorted({line[0] for line in lines})
    sheet = bench.folder / "customers.csv"
    with sheet.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["number", "name"])
        writer.writerows([customer, f"Customer {customer}"] for customer in customers)
    members_map = bench.folder / "customers.map.yaml"
    members_map.write_text(
        "format: map/1\ntarget: members\nkind: individual\nkey: registration.number\n"
        "fields:\n  registration.number: {column: number}\n  name: {column: name}\n",
        encoding="utf-8",
    )
    ledger_map = bench.folder / "purchases.map.yaml"
    columns = (
        "customer, sample, date, quantity, amount" if sample else "customer, date, quantity, amount"
    )
    ledger_map.write_text(PURCHASES_MAP.format(columns=columns), encoding="utf-8")
    data = bench.folder / "purchases.txt"
    data.write_text("".join(" ".join(line) + "\n" for line in lines), encoding="ascii")
    archive = bench.archive("archive")
    at = (MEMBERARC, "-C", str(archive))
    bench.run(*at, "import", str(sheet), "--map", str(members_map), "-q")
    bench.run(*at, "ledger", "import", str(data), "--map", str(ledger_map), "-q")
    # Applied once, so that the answer is the counts, as the peer's is, and no list of changes.
    bench.run(*at, "classify", "--year", "1997", "--apply", "-q")
    return archive
