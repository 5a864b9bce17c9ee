"""Run command lines, each in a process that is killed for good before its n-th step.

Each line on stdin is JSON, ``[DIRECTORY, N, WORD...]``; the exit status of its process is answered.

A step is a change to the file system, or one that a transaction tells. Locks are no steps: a lock
that a dead process left holds nobody up, and every step behind one is tried while it stands. Of
the steps at which records are placed, two a record, every 25th counts.
"""

from __future__ import annotations

import importlib
import json
import os
import pkgutil
import signal
import sys
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import memberarc
from memberarc.acts import writing
from memberarc.cli.command_table import COMMANDS
from memberarc.cli.main import run

if TYPE_CHECKING:
    from collections.abc import Callable


class Countdown:
    """Kills this process before the n-th step."""

    def __init__(self, number: int) -> None:
        self.left = number
        self.placed = 0

    def step(self, told: str) -> None:
        if "members/" in told:
            self.placed += 1
            if self.placed % 25:
                return
        self.left -= 1
        if self.left == 0:
            os.kill(os.getpid(), signal.SIGKILL)

    def counted(self, change: Callable[..., Any]) -> Callable[..., Any]:
        def changed_or_killed(*arguments: Any, **named: Any) -> Any:
            path = Path(arguments[0])
            is_change = os.path.lexists(path) != (change.__name__ == "mkdir")
            if is_change and not path.name.startswith("lock"):
                self.step(str(path))
            return change(*arguments, **named)

        return changed_or_killed


def run_and_die(directory: str, number: int, *words: str) -> None:
    countdown = Countdown(number)
    for name in ("mkdir", "rename", "replace", "link", "unlink", "rmdir"):
        setattr(os, name, countdown.counted(getattr(os, name)))
    told = partial(writing.transact, checkpoint=countdown.step)
    writing.transact = told  # type: ignore[assignment]
    os.chdir(directory)
    os.dup2(os.open(os.devnull, os.O_RDWR), 0)
    os.dup2(2, 1)
    os._exit(run(words, commands=COMMANDS))


def main() -> None:
    # The processes are forks of this one, which has imported everything for them.
    for module in pkgutil.walk_packages(memberarc.__path__, "memberarc."):
        if not module.name.endswith("__main__"):
            importlib.import_module(module.name)
    for name in ("apsw", "cryptography.hazmat.primitives.ciphers.aead", "jsonschema_rs", "pyrage"):
        importlib.import_module(name)
    for line in sys.stdin:
        child = os.fork()
        if child == 0:
            run_and_die(*json.loads(line))
        _, status = os.waitpid(child, 0)
        print(os.waitstatus_to_exitcode(status), flush=True)


if __name__ == "__main__":
    main()
