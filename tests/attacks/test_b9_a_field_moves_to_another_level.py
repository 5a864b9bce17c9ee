"""B9: a raised level protects from the next sealing on, and a level is never lowered."""

from __future__ import annotations

import re

from builders import WANG, Club

SCHEMA = "schemas/individual.schema.json"
RECORD = f"members/2026/0000/{WANG}.yaml"


def set_level(club: Club, level: str) -> None:
    path = club.root / SCHEMA
    text, count = re.subn(
        r'("birth_date": \{[^}]*?"x-level": )"\w+"', rf'\1"{level}"', path.read_text()
    )
    assert count == 1
    path.write_text(text)


def test_what_was_sealed_lower_is_told_and_sealed_again(club: Club) -> None:
    club.run("update", WANG, "--set", "birth_date=1990-03-07")
    set_level(club, "secret")
    club.commit_by_hand("birth dates are secret")

    assert {one["path"] for one in club.problems("check")} == {RECORD}
    club.run("encrypt")
    assert re.search(r"(?m)^birth_date: enc:m1\.secret\.1:", club.text(WANG))


def test_a_lowered_level_is_refused_by_everything_that_writes_or_opens(club: Club) -> None:
    set_level(club, "open")
    club.commit_by_hand("birth dates are open")

    for words in (("update", WANG, "--set", "birth_date=1990-03-07"), ("show", WANG)):
        assert "birth_date is open" in club.run(*words, status=5).stderr
