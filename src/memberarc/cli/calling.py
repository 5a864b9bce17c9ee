"""Make the caller of an act from the process: where, whose files, when."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING

from memberarc.acts.opening import Caller, unwatched
from memberarc.cli.asking import ask_as_told
from memberarc.cli.progress import watch_on
from memberarc.errors import FileError
from memberarc.people.user_files import user_files

if TYPE_CHECKING:
    from pathlib import Path

    from memberarc.cli.streams import Console


def caller_at(directory: Path, *, console: Console | None = None) -> Caller:
    """Say who calls from this process.

    Args:
        console: where somebody may wait for long work; left out by commands that are quick.
    """
    return Caller(
        directory=directory,
        user=user_files(os.environ),
        clock=partial(datetime.now, UTC),
        watch=watch_on(console) if console else unwatched,
        asker=ask_as_told(os.environ),
    )


def read_input(source: Path, *, what: str, otherwise: str = "") -> bytes:
    """Read a file a person named, or stdin for ``-``; somebody at a terminal is told to type.

    Args:
        otherwise: what to do without a file, where there is none of this name.
    """
    if str(source) != "-":
        try:
            return source.read_bytes()
        except OSError as err:
            hint = otherwise if isinstance(err, FileNotFoundError) else ""
            raise FileError(
                f"{what} cannot be read: {err.strerror}", where=str(source), hint=hint
            ) from err
    import sys

    if sys.stdin is None:
        raise FileError(f"{what} cannot be read: standard input is closed")
    if sys.stdin.isatty():
        sys.stderr.write(f"type or paste {what}, end with Ctrl-D\n")
    return sys.stdin.buffer.read()
