"""A process that carries out acts in a repository until it is told, or made, to stop."""

from __future__ import annotations

import os
import signal
import sys
from dataclasses import replace
from pathlib import Path
from uuid import uuid4

sys.path.insert(0, os.fspath(Path(__file__).parents[1]))

from typing import TYPE_CHECKING

from archive.workplace import OTHER, RECORD, act, many
from memberarc.archive.git import find_repository
from memberarc.archive.transaction import Change, Plan, transact

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from memberarc.archive.snapshot import Snapshot

COUNTER = "counter.txt"
NEW = "requests/2026/R2026-0001.yaml"


def one_act(*, ballast: bool) -> dict[str, bytes | None]:
    """The act of the tests that stop at a certain step: it changes, adds and removes a file."""
    files: dict[str, bytes | None] = {NEW: b"new\n", RECORD: b"changed\n", OTHER: None}
    return files | (many(b"ballast ") if ballast else {})


def state(number: int) -> dict[str, bytes | None]:
    """Return how the files stand after so many acts of :func:`endless`."""
    last_many = number if number % 2 else number - 1
    files: dict[str, bytes | None] = {
        COUNTER: b"%d" % number,
        RECORD: b"line %d\n" % number * 50,
        OTHER: None if number % 4 == 0 else b"%d\n" % number,
    }
    return files | (many(b"%d " % last_many * 500, count=300) if last_many > 0 else {})


def next_state(snapshot: Snapshot) -> Plan:
    """Plan the step from one state to the next: a few files, then many, then a few again."""
    number = int(snapshot.read(COUNTER) or 0) + 1
    changes = tuple(Change(path=path, content=content) for path, content in state(number).items())
    # Sealed values make any two attempts different. Two of the same second and the same bytes
    # would make a pack of one name, which git refuses while a dead fast-import's mark is on it.
    attempt = replace(act(f"act {number}"), request=f"R{uuid4().hex}")
    return Plan(changes=changes, act=attempt)


def die_at(step: str) -> Callable[[str], None]:
    """Return the checkpoint that kills this very process when the step is reached."""

    def checkpoint(reached: str) -> None:
        if reached == step:
            os.kill(os.getpid(), signal.SIGKILL)

    return checkpoint


def planning(files: Mapping[str, bytes | None]) -> Callable[[Snapshot], Plan]:
    changes = tuple(Change(path=path, content=content) for path, content in files.items())
    return lambda _snapshot: Plan(changes=changes, act=act("an act"))


def appending(name: str, number: int) -> Callable[[Snapshot], Plan]:
    """Plan one more line in a file all writers share, and a file of its own."""

    def plan(snapshot: Snapshot) -> Plan:
        line = f"{name} {number}\n".encode()
        changes = (
            Change(path="shared.txt", content=(snapshot.read("shared.txt") or b"") + line),
            Change(path=f"requests/{name}/{number}.yaml", content=line),
        )
        return Plan(changes=changes, act=act(f"{name} {number}"))

    return plan


def main(folder: str, task: str, *arguments: str) -> None:
    repository = find_repository(Path(folder))
    match task, arguments:
        case "stop", (step, kind):
            files = one_act(ballast=kind == "by merge")
            transact(repository, planning(files), checkpoint=die_at(step))
        case "adopt", (step, typed, sealed):
            adopt = {RECORD: typed.encode()}
            transact(
                repository,
                planning({RECORD: sealed.encode(), OTHER: b"too\n"}),
                adopt=adopt,
                checkpoint=die_at(step),
            )
        case "endless", ():
            while True:
                transact(repository, next_state, checkpoint=lambda step: print(step, flush=True))
        case "append", (name, count):
            for number in range(int(count)):
                transact(repository, appending(name, number))


if __name__ == "__main__":
    main(*sys.argv[1:])
