"""The club that tests work in, and the one who kills commands at work in it."""

from __future__ import annotations

from collections.abc import Iterator
from tempfile import TemporaryFile

import pytest

from builders import club, empty_club
from faults.killing import Killer

__all__ = ["club", "empty_club"]


@pytest.fixture
def killer(isolated_user: object) -> Iterator[Killer]:
    """Give the test a killer whose commands find the test's own user."""
    with TemporaryFile("w+") as told:
        one = Killer(told)
        yield one
        one.close()
