"""What the benchmarks make of times and memory: pure, or over small real processes."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from chart import draw_growth
from growth_bench import FIGURES, Point, growth_table
from memory import peak_memory
from report import beside, write_page
from timing import Contender, Timing, answer_of, race


def timed(name: str, *seconds: float) -> Timing:
    return Timing(name=name, rounds=seconds)


def python(script: str, folder: Path, *, name: str = "python") -> Contender:
    return Contender(
        name=name,
        command=[sys.executable, "-c", script],
        environment=dict(os.environ),
        directory=folder,
    )


def test_the_price_of_python_is_taken_off_ours_and_the_raw_ratio_is_told_too() -> None:
    timings = [timed("ours", 0.3, 0.3, 0.3), timed("git", 0.1, 0.1, 0.1), timed("hello", 0.1, 0.1)]

    row = beside("work", timings, at_most=2.5)

    assert row.ratio == pytest.approx(2.0)
    assert row.raw == pytest.approx(3.0)
    assert row.reached
    assert not beside("work", timings[:2], at_most=2.5).reached


def test_faster_turns_both_ratios_round() -> None:
    timings = [timed("ours", 0.2, 0.2), timed("rg", 0.5, 0.5), timed("hello", 0.1, 0.1)]

    row = beside("work", timings, faster=5.5)

    assert row.ratio == pytest.approx(5.0)
    assert row.raw == pytest.approx(2.5)
    assert not row.reached


def test_what_is_lost_in_the_noise_counts_as_the_noise() -> None:
    ours, hello = timed("ours", 0.10, 0.11, 0.12), timed("hello", 0.10, 0.11, 0.12)

    row = beside("work", [ours, timed("rg", 0.2, 0.2, 0.2), hello], faster=3)

    assert row.ratio == pytest.approx(0.2 / 0.02)
    assert "at least 10.00 times faster" in row.line()


def test_one_disturbed_round_changes_neither_median_nor_noise() -> None:
    timing = timed("ours", 0.1, 0.1, 0.1, 0.1, 9.0)

    assert (timing.median, timing.noise) == (0.1, 0.0)
    assert timing.spread == pytest.approx(4.45)


def test_contenders_run_in_turn_and_another_one_begins_each_round(tmp_path: Path) -> None:
    script = "open('told', 'a').write({!r})"
    contenders = [python(script.format(name), tmp_path, name=name) for name in "abc"]

    timings = race(contenders, rounds=2, warm_up=1)

    assert (tmp_path / "told").read_text() == "abcbcacab"
    assert [(timing.name, len(timing.rounds)) for timing in timings] == [
        ("a", 2), ("b", 2), ("c", 2)
    ]  # fmt: skip


def test_a_command_that_fails_has_no_figure(tmp_path: Path) -> None:
    failing = python("raise SystemExit('no such command')", tmp_path)

    for run in (lambda: race([failing], rounds=1), lambda: answer_of(failing)):
        with pytest.raises(RuntimeError, match="status 1: no such command"):
            run()
    with pytest.raises(RuntimeError, match="status 1: no such command"):
        peak_memory("work", failing)


def test_processor_time_of_all_processes_is_told(tmp_path: Path) -> None:
    script = "import os; pid = os.fork(); sum(range(2_000_000)); pid and os.waitpid(pid, 0)"

    (timing,) = race([python(script, tmp_path)], rounds=1, warm_up=0)
    (alone,) = race([python("sum(range(2_000_000))", tmp_path)], rounds=1, warm_up=0)

    assert timing.processor[0] > 1.3 * alone.processor[0]


@pytest.mark.skipif(not Path("/proc/self/smaps_rollup").exists(), reason="only Linux tells it")
def test_the_peak_adds_up_a_command_and_what_it_starts(tmp_path: Path) -> None:
    child = "import time; held = bytearray(b'x') * (60 << 20); time.sleep(0.5)"
    script = (
        f"import subprocess, sys; held = bytearray(b'x') * (40 << 20);"
        f" subprocess.run([sys.executable, '-c', {child!r}])"
    )

    peak = peak_memory("work", python(script, tmp_path))

    assert 100 <= peak.anonymous_mb <= 140
    assert peak.anonymous_mb <= peak.peak_mb
    assert peak.processes == 2


@pytest.mark.skipif(not Path("/proc/self/smaps_rollup").exists(), reason="only Linux tells it")
def test_what_a_forked_worker_shares_with_its_parent_counts_once(tmp_path: Path) -> None:
    script = (
        "import os, time; held = bytearray(b'x') * (60 << 20); pid = os.fork();"
        " time.sleep(0.5); pid and os.waitpid(pid, 0)"
    )

    peak = peak_memory("work", python(script, tmp_path))

    assert peak.processes == 2
    assert 60 <= peak.anonymous_mb < 90


def test_growth_is_drawn_as_svg_with_every_line_and_size() -> None:
    points = [
        Point(figure=figure, members=members, seconds=members / 1e5, peer_seconds=peer)
        for figure, peer in (("show", None), ("search, name", 0.2))
        for members in (1_000, 10_000, 1_000_000)
    ]

    drawn = ET.fromstring(draw_growth(points))

    names = {"svg": "http://www.w3.org/2000/svg"}
    texts = [text.text for text in drawn.findall("svg:text", names)]
    assert len(drawn.findall("svg:polyline", names)) == 3
    assert {"show", "search, name", "search, name, ripgrep", "1,000,000", "members"} <= {*texts}
    assert texts.count("0.01 s") == 1


def test_a_wide_range_of_seconds_is_evenly_spaced_on_the_logarithmic_axis() -> None:
    points = [
        Point(figure="show", members=members, seconds=seconds)
        for members, seconds in ((1_000, 0.1), (10_000, 1.0), (100_000, 10.0))
    ]

    drawn = ET.fromstring(draw_growth(points))

    line = drawn.find("{http://www.w3.org/2000/svg}polyline")
    assert line is not None
    (x0, y0), (x1, y1), (x2, y2) = (
        tuple(map(float, pair.split(","))) for pair in line.attrib["points"].split()
    )
    assert x1 - x0 == pytest.approx(x2 - x1, abs=0.2)
    assert y0 - y1 == pytest.approx(y1 - y2, abs=0.2)
    assert y0 > y1


def test_the_page_holds_every_row_with_its_note_and_bounds(tmp_path: Path) -> None:
    timings = [timed("ours", 0.3, 0.3), timed("git", 0.1, 0.1)]
    rows = [beside("`update`", timings, at_most=1, note="told", bounds="git")]
    points = [Point(figure=figure, members=10, seconds=1.0) for figure in FIGURES]

    write_page(
        tmp_path / "page.md", rows, peaks=(), facts=("a machine",), growth=growth_table(points)
    )

    page = (tmp_path / "page.md").read_text(encoding="utf-8")
    assert "| `update` | 0.300 s ± 0.000 | git: 0.100 s ± 0.000 | 3.00 times | 3.00 |" in page
    assert "- **`update`**: told\n" in page
    assert "- **`update`**: git\n" in page
    assert "- a machine\n" in page
    assert "| index build | 1.000 s |" in page
    assert "Memory" not in page
