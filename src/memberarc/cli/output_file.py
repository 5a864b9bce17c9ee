"""Write an answer to a file a person named."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from memberarc.errors import FileError

if TYPE_CHECKING:
    from pathlib import Path


def write_output(target: Path, content: bytes) -> None:
    """Write bytes to a file, or to stdout for ``-``."""
    if str(target) == "-":
        sys.stdout.buffer.write(content)
        return
    try:
        target.write_bytes(content)
    except OSError as err:
        raise FileError(f"cannot be written: {err.strerror}", where=str(target)) from err
