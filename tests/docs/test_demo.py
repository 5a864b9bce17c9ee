"""The demo does the main job from beginning to end, twice, and removes nothing but its own."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

DEMO = Path(__file__).parents[2] / "examples" / "demo.py"
STEPS = 14


def run(folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, DEMO, folder], capture_output=True, text=True, timeout=120
    )


@pytest.mark.slow
def test_the_demo_ends_well_in_under_a_minute_and_can_be_run_again(tmp_path: Path) -> None:
    folder = tmp_path / "demo"
    for _ in range(2):
        done = run(folder)

        assert done.returncode == 0, done.stderr
        seconds = re.findall(r"^ ?\d+ +([\d.]+) s  ", done.stdout, re.MULTILINE)
        assert len(seconds) == STEPS
        assert sum(map(float, seconds)) < 60
        assert (folder / "archive/memberarc.yaml").is_file()
        assert (folder / "env.sh").is_file()


def test_the_demo_leaves_a_folder_of_somebody_else_alone(tmp_path: Path) -> None:
    (tmp_path / "letter.txt").write_text("mine")

    done = run(tmp_path)

    assert done.returncode == 1
    assert "holds files of others" in done.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["letter.txt"]
