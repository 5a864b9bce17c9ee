"""Run the sample program as a process: in a pipe, or on a terminal."""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
from typing import TYPE_CHECKING

import pexpect
import pytest

from builders import club, empty_club
from cli.running import SAMPLE

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cli.running import Run, Terminal


__all__ = ["club", "empty_club", "sample", "terminal"]


@pytest.fixture
def sample() -> Run:
    """Run the sample program with pipes and without a terminal."""

    def run(*words: str, stdin: str = "", **environment: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, SAMPLE, *words],
            input=stdin,
            env={**os.environ, **environment},
            capture_output=True,
            encoding="utf-8",
            timeout=120,
            start_new_session=True,
        )

    return run


@pytest.fixture
def terminal() -> Iterator[Terminal]:
    """Run the sample program on a terminal of its own."""
    children: list[pexpect.spawn[str]] = []

    def spawn(
        *words: str, width_cells: int = 80, through: str = "", **environment: str
    ) -> pexpect.spawn[str]:
        command = shlex.join([sys.executable, SAMPLE, *words])
        child = pexpect.spawn(
            "bash",
            ["-c", f"{command} | {through}" if through else f"exec {command}"],
            env={**os.environ, "TERM": "xterm-256color", **environment},
            dimensions=(24, width_cells),
            encoding="utf-8",
            timeout=120,
        )
        children.append(child)
        return child

    yield spawn
    for child in children:
        child.close(force=True)
