"""Make the caller of an act from the process: where, whose files, when."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from memberarc.acts.opening import Caller
from memberarc.errors import FileError
from memberarc.people.user_files import user_files

if TYPE_CHECKING:
    from pathlib import Path


def caller_at(directory: Path) -> Caller:
    """Say who calls from this process."""
    return Caller(directory=directory, user=user_files(os.environ), now=datetime.now(UTC))


def read_input(source: Path, *, what: str) -> bytes:
    """Read a file a person named, or stdin for ``-``; somebody at a terminal is told to type."""
    if str(source) != "-":
        try:
            return source.read_bytes()
        except OSError as err:
            raise FileError(f"{what} cannot be read: {err.strerror}", where=str(source)) from err
    import sys

    if sys.stdin.isatty():
        sys.stderr.write(f"type or paste {what}, end with Ctrl-D\n")
    return sys.stdin.buffer.read()
