"""Killed at a hundred random moments, with or without its git commands, nothing is half done."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from archive.workplace import NOTES, Workplace, workplace
from faults.worker import COUNTER, next_state, state
from memberarc.archive.recovery import recover
from memberarc.archive.transaction import transact

WORKER = Path(__file__).with_name("worker.py")
KILLS = 100
STEPS_OF_THREE_ACTS = 36


def run_and_kill(place: Workplace, steps: int, after_s: float, *, with_children: bool) -> str:
    """Let acts run so many steps and a moment more, kill them, and return the last step told.

    Steps are counted, not timed, so that a slow machine is killed in as many places as a fast one.
    """
    worker = subprocess.Popen(
        [sys.executable, WORKER, place.root, "endless"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
        text=True,
    )
    assert worker.stdout is not None
    assert worker.stdout.readline() == "locked\n"
    begun = [worker.stdout.readline() for _ in range(steps)]
    time.sleep(after_s)
    (os.killpg if with_children else os.kill)(worker.pid, signal.SIGKILL)
    told, complaint = worker.communicate()
    assert complaint == "", complaint
    return "".join(["locked\n", *begun, told]).splitlines()[-1]


def assert_state(place: Workplace) -> None:
    number = int(place.committed(COUNTER))
    for path, content in state(number).items():
        standing = place.root / path
        assert (standing.read_bytes() if standing.exists() else None) == content, (number, path)
    assert place.git("log", "-1", "--format=%s").strip() == f"act {number}"


@pytest.mark.slow
def test_a_hundred_kills_at_random_moments(tmp_path: Path) -> None:
    place = workplace(tmp_path / "office")
    for _ in range(2):
        transact(place.repository, next_state)
    place.write(NOTES, b"staged\n")
    place.git("add", NOTES)
    place.write(NOTES, b"staged, then edited\n")
    place.write("draft.txt", b"untracked\n")
    person = place.status()
    chance = random.Random(20261103)
    steps: set[str] = set()

    for kill in range(KILLS):
        reached = run_and_kill(
            place,
            chance.randrange(STEPS_OF_THREE_ACTS),
            chance.uniform(0, 0.02),
            with_children=kill % 2 == 0,
        )
        steps.add(reached)
        # Killed together with git, a branch may stay locked, as by any kill of git itself.
        for ref in ("HEAD", "refs/heads/main"):
            (place.repository.git_dir / f"{ref}.lock").unlink(missing_ok=True)
        assert recover(place.repository) == ()
        assert_state(place)
        assert place.status() == person, kill
        assert place.succeeds("fsck", "--connectivity-only", "--no-dangling")

    assert len(steps) > 4, steps
    assert place.read(NOTES) == b"staged, then edited\n"
    assert place.git("show", f":{NOTES}") == "staged\n"
    commits = place.git("log", "--format=%s").split("\n")[:-1]
    assert commits == [*(f"act {n}" for n in range(len(commits) - 1, 0, -1)), "begin"]
    transact(place.repository, next_state)
    assert_state(place)
    assert place.status() == person
    place.assert_settled()
