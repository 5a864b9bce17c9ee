"""Measure memberarc beside its peers on this machine and write docs/performance.md.

python benchmarks/run.py [start-up|check|import|classify|documents|keys ...]
"""

from __future__ import annotations

import os
import platform
import subprocess
import sys
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from tempfile import TemporaryDirectory

from check_bench import bench_check
from classify_bench import bench_classify
from document_bench import bench_documents
from import_bench import bench_import
from keys_bench import bench_keys
from report import Row, write_page
from startup_bench import bench_startup
from workbench import ROOT, Workbench

BENCHES = {
    "start-up": bench_startup,
    "check": bench_check,
    "import": bench_import,
    "classify": bench_classify,
    "documents": bench_documents,
    "keys": bench_keys,
}


def main(names: list[str]) -> None:
    """Run the named benchmarks, all by default; the page is written only after all of them."""
    rows: list[Row] = []
    # Not in the checkout: a vault refuses to lie in a folder of git. New with every run and deleted
    # only at the end: to create files where others were just deleted costs ext4 dearly.
    with TemporaryDirectory(prefix="memberarc-bench-", ignore_cleanup_errors=True) as work:
        for name in names or BENCHES:
            print(f"== {name}", flush=True)
            for row in BENCHES[name](Workbench(Path(work, name))):
                print(row.line(), flush=True)
                rows.append(row)
    if not names:
        write_page(ROOT / "docs" / "performance.md", rows, facts=_facts())


def _facts() -> list[str]:
    git = subprocess.run(["git", "--version"], capture_output=True, text=True, check=True).stdout
    packages = ("typer", "duckdb", "cryptography", "jsonschema-rs", "check-jsonschema")
    return [
        f"measured {datetime.now(UTC).date().isoformat()}",
        f"{_processor()}, {_cores()} cores",
        f"{platform.system()} {platform.release()}, Python {platform.python_version()}",
        git.strip(),
        ", ".join(f"{name} {version(name)}" for name in packages),
    ]


def _processor() -> str:
    for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines():
        if line.startswith("model name"):
            return line.partition(": ")[2]
    return platform.processor()


def _cores() -> int:
    return len(os.sched_getaffinity(0))


if __name__ == "__main__":
    main(sys.argv[1:])
