"""Measure memberarc beside its peers on this machine and write docs/performance.md.

python benchmarks/run.py [--largest]                 everything, and the pages
python benchmarks/run.py search update               some benches, told on the terminal only
python benchmarks/run.py --quick --to DIR            everything small, to try it
python benchmarks/run.py [search update] --keep DIR  in parts: what DIR has is not measured again
"""

from __future__ import annotations

import argparse
import compileall
import json
import os
import pickle
import platform
import subprocess
import sys
import traceback
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from big_archive import BigArchive
from chart import draw_growth
from check_bench import bench_check
from classify_bench import bench_classify
from document_bench import bench_documents
from growth_bench import Point, bench_growth, growth_data, growth_table
from import_bench import bench_import
from index_bench import bench_index
from keys_bench import bench_keys
from log_bench import bench_log
from memory import Peak
from memory_bench import bench_memory
from report import Row, write_page
from search_bench import bench_search
from startup_bench import bench_startup
from update_bench import bench_update
from workbench import ROOT, Scale, Workbench

if TYPE_CHECKING:
    from collections.abc import Sequence

Figure = Row | Peak | Point
Bench = Callable[[Workbench], Iterator[Figure]]

# In this order: those at the end change the archive that all share.
BENCHES: dict[str, Bench] = {
    "start-up": bench_startup,
    "index": bench_index,
    "search": bench_search,
    "check": bench_check,
    "import": bench_import,
    "classify": bench_classify,
    "documents": bench_documents,
    "update": bench_update,
    "log": bench_log,
    "memory": bench_memory,
    "growth": bench_growth,
    "keys": bench_keys,
}
QUICK = Scale(members=2_000, most_rounds=2)


def main(words: Sequence[str]) -> int:
    """Run benches; the pages are written only after all of them, at full size, have succeeded."""
    asked = _asked(words)
    scale = QUICK if asked.quick else Scale(members=asked.members, largest=asked.largest)
    compileall.compile_dir(ROOT / "src", quiet=1)
    # Not in the checkout: a vault refuses to lie in a folder of git. New with every run and deleted
    # only at the end: to create files where others were just deleted costs ext4 dearly.
    with TemporaryDirectory(prefix="memberarc-bench-", ignore_cleanup_errors=True) as work:
        kept = Kept(asked.keep)
        names = asked.benches or BENCHES
        figures, failed = run_benches(names, folder=Path(work), scale=scale, kept=kept)
    if failed:
        print(f"failed: {', '.join(failed)}; no page was written", file=sys.stderr)
        return 1
    whole = not asked.benches and not scale.is_small
    if target := asked.to or (ROOT / "docs" if whole else None):
        write_pages(target, figures)
    return 0


class Kept:
    """Figures of benches that have run, in a folder: a whole run takes most of an hour."""

    def __init__(self, folder: Path | None) -> None:
        self._folder = folder

    def find(self, bench: str) -> list[Figure] | None:
        """Return what a bench gave, or None if it has to run."""
        if self._folder is None or not (path := self._folder / f"{bench}.pickle").exists():
            return None
        figures: list[Figure] = pickle.loads(path.read_bytes())
        return figures

    def put(self, bench: str, figures: list[Figure]) -> None:
        """Keep what a bench gave, now that it has run to its end."""
        if self._folder is not None:
            self._folder.mkdir(exist_ok=True)
            (self._folder / f"{bench}.pickle").write_bytes(pickle.dumps(figures))


def run_benches(
    names: Sequence[str] | dict[str, Bench], *, folder: Path, scale: Scale, kept: Kept
) -> tuple[list[Figure], list[str]]:
    """Run benches in their order; one that fails is told, and the others go on."""
    figures: list[Figure] = []
    failed: list[str] = []
    shared = BigArchive(folder / "shared", members=scale.members, scale=scale)
    for name, bench in BENCHES.items():
        if name not in names:
            continue
        print(f"== {name}", flush=True)
        if (before := kept.find(name)) is not None:
            figures += before
            continue
        own = []
        try:
            for figure in bench(Workbench(folder / name, scale=scale, big=shared)):
                print(figure.line(), flush=True)
                own.append(figure)
            kept.put(name, own)
            figures += own
        except (RuntimeError, OSError, ValueError):
            traceback.print_exc()
            failed.append(name)
    return figures, failed


def write_pages(target: Path, figures: Sequence[Figure]) -> None:
    """Write performance.md, and the growth as figures and as a chart."""
    points = [figure for figure in figures if isinstance(figure, Point)]
    if points:
        text = json.dumps(growth_data(points), indent=1)
        (target / "growth.json").write_text(f"{text}\n", encoding="utf-8")
        (target / "growth.svg").write_text(draw_growth(points), encoding="utf-8")
    write_page(
        target / "performance.md",
        [figure for figure in figures if isinstance(figure, Row)],
        peaks=[figure for figure in figures if isinstance(figure, Peak)],
        facts=_facts(),
        growth=growth_table(points) if points else (),
    )


def _asked(words: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("benches", nargs="*", metavar="BENCH", help=", ".join(BENCHES))
    parser.add_argument("--members", type=int, default=Scale().members, help="instead of 100,000")
    parser.add_argument("--quick", action="store_true", help="2,000 members, two rounds")
    parser.add_argument(
        "--largest", action="store_true", help="let growth go on to ten times the members"
    )
    parser.add_argument("--keep", type=Path, help="keep figures here, and measure only the others")
    parser.add_argument("--to", type=Path, help="write the pages into this folder, in any case")
    asked = parser.parse_args(words)
    if unknown := set(asked.benches) - BENCHES.keys():
        parser.error(f"no such bench: {', '.join(sorted(unknown))}")
    return asked


def _facts() -> list[str]:
    packages = ("typer", "duckdb", "cryptography", "jsonschema-rs", "check-jsonschema", "PyYAML")
    return [
        f"measured {datetime.now(UTC).date().isoformat()}",
        f"{_processor()}, {len(os.sched_getaffinity(0))} cores",
        f"{platform.system()} {platform.release()}, Python {platform.python_version()}",
        f"{_first_line('git', '--version')}, {_first_line('rg', '--version')}",
        ", ".join(f"{name} {version(name)}" for name in packages),
    ]


def _first_line(*command: str) -> str:
    told = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    return told.partition("\n")[0]


def _processor() -> str:
    for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines():
        if line.startswith("model name"):
            return line.partition(": ")[2]
    return platform.processor()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
