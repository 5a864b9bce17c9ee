"""A place to work in, and the two ways in which a transaction writes a work tree."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from archive.workplace import Workplace, many, workplace

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def place(tmp_path: Path) -> Workplace:
    return workplace(tmp_path / "office")


@pytest.fixture(params=["file by file", "by merge"])
def ballast(request: pytest.FixtureRequest) -> dict[str, bytes]:
    """Return further files to write, none or so many that the other way of writing is taken."""
    return many(b"ballast ") if request.param == "by merge" else {}
