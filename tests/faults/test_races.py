"""Writers at the same time: memberarc and a person, and memberarc twice."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from archive.workplace import NOTES, Workplace, linked, workplace
from memberarc.archive.recovery import recover

WORKER = Path(__file__).with_name("worker.py")


def start(place: Workplace, name: str, count: int) -> subprocess.Popen[str]:
    command = [sys.executable, WORKER, place.root, "append", name, str(count)]
    return subprocess.Popen(command, stderr=subprocess.PIPE, text=True)


def finish(worker: subprocess.Popen[str]) -> None:
    _, complaint = worker.communicate(timeout=60)
    assert (worker.returncode, complaint) == (0, "")


def lines(*names: str, count: int) -> list[str]:
    return sorted(f"{name} {number}" for name in names for number in range(count))


@pytest.mark.slow
def test_forty_acts_against_forty_commits_of_a_person(tmp_path: Path) -> None:
    place = workplace(tmp_path / "office")
    worker = start(place, "acts", 40)
    refused = 0
    for number in range(40):
        place.write(NOTES, place.read(NOTES) + f"person {number}\n".encode())
        for _ in range(2000):
            if place.succeeds("commit", "--all", "--quiet", "--message", f"person {number}"):
                break
            refused += 1
        else:
            pytest.fail("the person never came to commit")
    finish(worker)

    assert place.status() == []
    assert place.read(NOTES).decode().splitlines()[1:] == [f"person {n}" for n in range(40)]
    assert place.read("shared.txt").decode().splitlines() == [f"acts {n}" for n in range(40)]
    assert len([*(place.root / "requests/acts").iterdir()]) == 40
    for line in place.git("log", "--format=%H %s", "--max-count=80").splitlines():
        commit, who, number = line.split()
        touched = place.git("show", "--format=", "--name-only", commit).split()
        expected = [NOTES] if who == "person" else [f"requests/acts/{number}.yaml", "shared.txt"]
        assert touched == expected
    assert place.git("rev-list", "--count", "HEAD").strip() == "81"
    place.assert_settled()


def test_two_processes_of_twenty_acts_each(tmp_path: Path) -> None:
    place = workplace(tmp_path / "office")

    for worker in [start(place, name, 20) for name in ("first", "second")]:
        finish(worker)

    assert sorted(place.read("shared.txt").decode().splitlines()) == lines(
        "first", "second", count=20
    )
    assert place.git("rev-list", "--count", "HEAD").strip() == "41"
    assert place.status() == []
    place.assert_settled()


def test_two_work_trees_of_one_repository(tmp_path: Path) -> None:
    place = workplace(tmp_path / "office")
    desk = linked(place, tmp_path / "desk")

    for worker in [start(place, "first", 10), start(desk, "second", 10)]:
        finish(worker)

    assert place.read("shared.txt").decode().splitlines() == [f"first {n}" for n in range(10)]
    assert desk.read("shared.txt").decode().splitlines() == [f"second {n}" for n in range(10)]
    for each in (place, desk):
        assert each.status() == []
        assert recover(each.repository) == ()
