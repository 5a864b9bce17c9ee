"""The sample program and the two ways to run it."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

import pexpect

from builders import MEMBERARC

if TYPE_CHECKING:
    from builders import Club

SAMPLE = str(Path(__file__).parent / "sample_app.py")

Run: TypeAlias = Callable[..., subprocess.CompletedProcess[str]]
Terminal: TypeAlias = Callable[..., "pexpect.spawn[str]"]

ZONE = {"TZ": "Asia/Shanghai"}


def on_a_terminal(club: Club, *words: str, width_cells: int) -> list[str]:
    """Run the real program on a terminal, and return what somebody sees."""
    child = pexpect.spawn(
        MEMBERARC[0],
        [*MEMBERARC[1:], *words, "--no-color"],
        cwd=club.root,
        env={**os.environ, **ZONE},
        dimensions=(24, width_cells),
        encoding="utf-8",
        timeout=60,
    )
    told: str = child.read()
    child.close()
    return told.splitlines()
