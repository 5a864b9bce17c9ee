"""A record of a defect that holds no value: where the program was, not what it held."""

from __future__ import annotations

import os
import platform
import traceback
from typing import TYPE_CHECKING

from memberarc import __version__

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path


def write_crash_log(error: BaseException, *, command: str, now: datetime) -> Path:
    """Write the frames and the types of an exception and its causes to a private file.

    An exception's own text is left out: it may quote a member.

    Raises:
        OSError: the file cannot be written.
    """
    from platformdirs import user_state_path

    folder = user_state_path("memberarc") / "log"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    path = folder / f"{now:%Y%m%dT%H%M%SZ}-{os.getpid()}.log"
    lines = [
        f"memberarc {__version__}, Python {platform.python_version()}, {platform.platform()}\n",
        f"command: {command}\n",
        *_frames(error),
    ]
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.writelines(lines)
    return path


def _frames(error: BaseException) -> list[str]:
    cause = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    before = [*_frames(cause), "\nwhich led to\n\n"] if cause else []
    return [*before, *traceback.format_tb(error.__traceback__), f"{type(error).__name__}\n"]
