"""The sample program and the two ways to run it."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    import pexpect

SAMPLE = str(Path(__file__).parent / "sample_app.py")

Run: TypeAlias = Callable[..., subprocess.CompletedProcess[str]]
Terminal: TypeAlias = Callable[..., "pexpect.spawn[str]"]
