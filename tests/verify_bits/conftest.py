"""A club that has lived: members, a ledger, a document, searches, a purge and its certificate."""

from __future__ import annotations

from pathlib import Path

import pytest

from builders import MOBILE, Club, add, club
from contract.command_lines import LEDGER_MAP

__all__ = ["club", "lived"]


@pytest.fixture
def lived(club: Club, tmp_path: Path) -> Club:
    (tmp_path / "events.csv").write_text(f"who,day\n{MOBILE},2026-01-03\n")
    (tmp_path / "map.yaml").write_text(LEDGER_MAP)
    club.run("ledger", "import", str(tmp_path / "events.csv"), "--map", str(tmp_path / "map.yaml"))
    club.run("segment", "save", "active-east", "status:active branch:east", "--level", "open")
    club.run("segment", "save", "春节未访", "joined<2026-01-01")
    gone = add(club, name="李四")
    club.run("purge", gone, "--reason", "duplicate", "--confirm", gone)
    assert club.problems("verify") == []
    return club
