"""Run a command line and kill the process for good before its n-th change to the file system.

python killed_vault.py N WORDS...
"""

from __future__ import annotations

import os
import signal
import sys
from typing import TYPE_CHECKING, Any

from memberarc.cli import main

if TYPE_CHECKING:
    from collections.abc import Callable


def killing(change: Callable[..., Any], countdown: list[int]) -> Callable[..., Any]:
    def changed_or_killed(*arguments: Any, **named: Any) -> Any:
        countdown[0] -= 1
        if countdown[0] == 0:
            os.kill(os.getpid(), signal.SIGKILL)
        return change(*arguments, **named)

    return changed_or_killed


if __name__ == "__main__":
    number = [int(sys.argv.pop(1))]
    for name in ("mkdir", "rename", "replace", "link", "unlink", "rmdir"):
        setattr(os, name, killing(getattr(os, name), number))
    main.main()
