"""All benches that need no download run small, so that they do not rot; no time is asserted."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

BENCHMARKS = Path(__file__).parents[2] / "benchmarks"


def run(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, str(BENCHMARKS / "run.py"), *words],
        env={**os.environ, "TMPDIR": str(folder)},
        capture_output=True,
        text=True,
    )


@pytest.mark.slow
@pytest.mark.skipif(not shutil.which("rg"), reason="ripgrep is the peer of searches")
def test_the_benches_run_small_and_their_page_has_every_row(tmp_path: Path) -> None:
    benches = ["start-up", "index", "search", "update", "log", "growth", "keys"]
    if Path("/proc/self/smaps_rollup").exists():
        benches.append("memory")
    if shutil.which("age"):
        benches.append("documents")

    done = run(tmp_path, "--quick", "--to", str(tmp_path), *benches)

    assert done.returncode == 0, done.stdout + done.stderr
    page = (tmp_path / "performance.md").read_text(encoding="utf-8")
    for row in (
        "`--version`",
        "index of 2,000 from nothing",
        "`show ID` of 2,000, index warm",
        "`search` for a name among 2,000",
        "`search` for a name's initials among 2,000",
        "`search` for a name in full pinyin among 2,000",
        "`search` for 7 digits of a telephone number among 2,000",
        "a category listed of 2,000",
        "`search` of 2,000 after one commit by someone else",
        "`update` of one of 2,000",
        "`log ID` of 2,000, 1,000 commits",
        "`key rotate` of one level of 2,000",
    ):
        assert f"| {row} |" in page
    points = json.loads((tmp_path / "growth.json").read_text(encoding="utf-8"))
    assert {point["members"] for point in points} == {20, 200, 2_000}
    assert all(point["seconds"] > 0 for point in points)
    assert ET.parse(tmp_path / "growth.svg").getroot().tag.endswith("svg")
    # Nothing is left of the archives but what was asked for.
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "growth.json", "growth.svg", "performance.md"
    ]  # fmt: skip


def test_a_part_of_the_benches_writes_no_page(tmp_path: Path) -> None:
    page = BENCHMARKS.parent / "docs" / "performance.md"
    before = page.stat().st_mtime_ns

    done = run(tmp_path, "--quick", "start-up")

    assert done.returncode == 0, done.stderr
    assert "`--help`" in done.stdout
    assert page.stat().st_mtime_ns == before
    assert [*tmp_path.iterdir()] == []


def test_a_bench_that_there_is_not_is_a_usage_error(tmp_path: Path) -> None:
    done = run(tmp_path, "serach")

    assert done.returncode == 2
    assert "no such bench: serach" in done.stderr
