"""See to it that a crash leaves no image of the memory on a disk: it holds keys and plaintext."""

from __future__ import annotations

import sys

_PR_SET_DUMPABLE = 4


def forbid_core_dumps() -> None:
    """Forbid them for this process, and for git and the editor that it starts.

    The limit is for all; where dumps are piped to a program it does not hold, so on Linux the
    process is made undumpable too, which also keeps debuggers of the same user out.
    """
    import resource

    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if sys.platform == "linux":
        import ctypes

        ctypes.CDLL(None).prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0)
