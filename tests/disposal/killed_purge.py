"""Run a command line and kill the process for good once it has done the n-th step of a purge.

python killed_purge.py N WORDS...
"""

from __future__ import annotations

import os
import signal
import sys
from typing import Any

from memberarc.acts.purge import steps as purge_steps
from memberarc.cli import main
from memberarc.sealing.vault.replicas import Replicas

STEPS = (
    "return remembered",
    "fence raised",
    "share destroyed",
    "destruction noted",
    "tombstone committed",
    "tombstone noted",
    "keys tried",
    "certificate committed",
    "certificate noted",
)
"""What has just been done when the process is killed."""


def kill_after(owner: Any, name: str, countdown: list[int]) -> None:
    done = getattr(owner, name)

    def done_and_killed(*arguments: Any, **named: Any) -> Any:
        result = done(*arguments, **named)
        countdown[0] -= 1
        if countdown[0] == 0:
            os.kill(os.getpid(), signal.SIGKILL)
        return result

    setattr(owner, name, done_and_killed)


if __name__ == "__main__":
    number = [int(sys.argv.pop(1))]
    for name in ("put_fence", "shred"):
        kill_after(Replicas, name, number)
    for name in ("suppress_member", "commit_act", "try_everything"):
        kill_after(purge_steps, name, number)
    main.main()
