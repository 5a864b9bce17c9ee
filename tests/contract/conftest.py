"""The club that tests work in, in a session of its own."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from builders import club, empty_club

__all__ = ["club", "empty_club"]


@pytest.fixture(autouse=True)
def session_in_memory(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Let what is unlocked be kept for this test alone."""
    folder = Path(tempfile.mkdtemp(dir="/dev/shm"))
    monkeypatch.setenv("MEMBERARC_UNLOCKED", str(folder))
    yield folder
    shutil.rmtree(folder)
