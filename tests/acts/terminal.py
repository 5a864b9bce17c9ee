"""A command at a real terminal, to be asked and answered."""

from __future__ import annotations

import os

import pexpect

from builders import MEMBERARC, Club


def at_terminal(club: Club, *words: str, **environment: str) -> pexpect.spawn[str]:
    """Start a command line in the archive."""
    return pexpect.spawn(
        MEMBERARC[0],
        [*MEMBERARC[1:], *words],
        cwd=str(club.root),
        env={**os.environ, **environment},
        encoding="utf-8",
        timeout=120,
    )


def ended(child: pexpect.spawn[str]) -> tuple[int | None, str]:
    """Wait for the end; return the status, and what was told since the last question."""
    child.expect(pexpect.EOF)
    child.close()
    return child.exitstatus, child.before or ""
