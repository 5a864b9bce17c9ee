"""Children share the work out, in order, and none outlives its use."""

from __future__ import annotations

import fcntl
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path

import pytest

from memberarc.errors import ShareMissingError
from memberarc.members.record_batches import map_records, map_stream

PARENT = """
import os, sys, time
from pathlib import Path
from memberarc.members.record_batches import map_records

def work(number):
    Path(sys.argv[1], str(os.getpid())).touch()
    time.sleep(0.001)
    return bytes(5_000)

for number, _ in enumerate(map_records(work, range(100_000), processes=2)):
    if number == 0:
        print("first", flush=True)
    if number == int(sys.argv[2]):
        time.sleep(60)
"""


@pytest.mark.parametrize("count", [0, 1, 99, 100, 101, 1234])
def test_results_come_in_the_order_of_the_items(count: int) -> None:
    items = [f"member {number}" for number in range(count)]

    assert list(map_records(str.upper, items, processes=3)) == [item.upper() for item in items]


def test_the_work_is_done_by_children_of_ours() -> None:
    workers = set(map_records(lambda _: os.getpid(), range(1000), processes=2))

    assert len(workers) == 2
    assert os.getpid() not in workers


def test_few_items_are_not_worth_a_child() -> None:
    assert set(map_records(lambda _: os.getpid(), range(10))) == {os.getpid()}


@pytest.mark.parametrize("count", [0, 1, 99, 100, 101, 1234])
def test_a_stream_is_worked_on_once_by_each_child(count: int) -> None:
    def work(numbers: Iterable[int]) -> Iterator[tuple[int, int, int]]:
        for calls, number in enumerate(numbers):
            yield number, os.getpid(), calls

    results = [*map_stream(work, range(count), processes=2)]

    assert [number for number, _, _ in results] == [*range(count)]
    for child in {child for _, child, _ in results}:
        calls = [call for _, worker, call in results if worker == child]
        assert calls == [*range(len(calls))]
        assert child != os.getpid()


def test_a_stream_goes_on_here_where_a_child_gave_up() -> None:
    here = os.getpid()

    def work(numbers: Iterable[int]) -> Iterator[int]:
        for number in numbers:
            if number == 555 and os.getpid() != here:
                os.kill(os.getpid(), signal.SIGKILL)
            yield number * number

    assert [*map_stream(work, range(1000), processes=2)] == [n * n for n in range(1000)]


def test_what_the_work_raises_is_raised_here() -> None:
    def work(number: int) -> int:
        if number == 777:
            raise ShareMissingError("no share", where=str(number))
        return number

    results = map_records(work, range(1000), processes=2)

    with pytest.raises(ShareMissingError) as caught:
        list(results)
    assert caught.value.where == "777"


def test_what_a_killed_child_left_undone_is_done_here() -> None:
    here = os.getpid()

    def work(number: int) -> int:
        if number == 555 and os.getpid() != here:
            os.kill(os.getpid(), signal.SIGKILL)
        return number * number

    results = list(map_records(work, range(1000), processes=2))

    assert results == [number * number for number in range(1000)]


def test_no_child_is_left_when_nobody_wants_more() -> None:
    results = map_records(lambda _: (os.getpid(), bytes(100_000)), range(10_000), processes=2)

    children = {child for child, _ in islice(results, 100)}
    results.close()  # type: ignore[attr-defined]

    assert len(children) == 2
    for child in children:
        with pytest.raises(ProcessLookupError):
            os.kill(child, 0)


def test_a_child_does_not_hold_the_lock_of_its_parent(tmp_path: Path) -> None:
    def lock() -> int:
        guard = os.open(tmp_path, os.O_RDONLY)
        fcntl.flock(guard, fcntl.LOCK_EX | fcntl.LOCK_NB)
        return guard

    guard = lock()
    results = map_records(lambda _: (os.getpid(), bytes(100_000)), range(10_000), processes=2)
    # As many as it takes to hear from both: whoever works has let go of what was not its own.
    assert len({child for child, _ in islice(results, 100)}) == 2
    os.close(guard)

    os.close(lock())
    results.close()  # type: ignore[attr-defined]


@pytest.mark.parametrize("busy_after", [0, 100_000], ids=["parent busy", "children busy"])
def test_children_end_when_their_parent_is_killed(tmp_path: Path, busy_after: int) -> None:
    parent = subprocess.Popen(
        [sys.executable, "-c", PARENT, tmp_path, str(busy_after)], stdout=subprocess.PIPE
    )
    assert parent.stdout is not None
    assert parent.stdout.readline() == b"first\n"

    parent.kill()
    parent.communicate()

    children = [int(path.name) for path in tmp_path.iterdir()]
    assert len(children) == 2
    deadline = time.monotonic() + 20
    while any(is_running(child) for child in children):
        assert time.monotonic() < deadline, "an orphan goes on"
        time.sleep(0.02)


def is_running(pid: int) -> bool:
    """Tell a process at work from one that has ended, be it that nobody has asked after it yet."""
    told = subprocess.run(["ps", "-o", "stat=", "-p", str(pid)], capture_output=True, text=True)
    return told.stdout.strip() != "" and not told.stdout.startswith("Z")


def test_ctrl_c_is_the_parents_alone(tmp_path: Path) -> None:
    parent = subprocess.Popen(
        [sys.executable, "-c", PARENT, tmp_path, "100000"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
    )
    assert parent.stdout is not None
    assert parent.stdout.readline() == b"first\n"

    os.killpg(parent.pid, signal.SIGINT)
    _, words = parent.communicate(timeout=120)

    assert words.count(b"KeyboardInterrupt") == 1
    assert not any(is_running(int(path.name)) for path in tmp_path.iterdir())
