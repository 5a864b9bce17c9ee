"""What a killed command leaves in a work tree stands in no purge's way, and is mended by it."""

from __future__ import annotations

from pathlib import Path

import pytest

from builders import SHAN, WANG, Club
from disposal.attempts import shares_in
from faults.killing import Killer

PURGE = ("purge", SHAN, "--reason", "duplicate")


@pytest.mark.slow
def test_a_purge_goes_on_where_an_update_was_killed(
    club: Club, killer: Killer, tmp_path: Path
) -> None:
    update = ("update", WANG, "--set", "branch=west")
    locked = 0

    for number, left in killer.states(club, *update, safe=tmp_path / "safe", every=2):
        locked += (left.root / ".git" / "index.lock").exists()
        uid = left.uid(SHAN)
        left.run(*PURGE, "-n")

        left.run(*PURGE, "--confirm", SHAN)

        assert uid not in shares_in(left.vault), number
        assert left.git("status", "--porcelain") == "", number
    assert locked > 1
