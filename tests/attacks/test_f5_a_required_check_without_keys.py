"""F5: a job that holds no key refuses what must not be merged."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from builders import WANG, Club

RECORD = f"members/2026/0000/{WANG}.yaml"


def clear_value(club: Club) -> None:
    club.edit(RECORD, r"(?m)(?<=^name: )enc:\S+$", "王小明")


def forged_policy(club: Club) -> None:
    club.edit("policy/access.yaml", "administrator: true", "administrator: false")


def lowered_schema(club: Club) -> None:
    path = club.root / "schemas/individual.schema.json"
    path.write_text(path.read_text().replace('"x-level": "confidential"', '"x-level": "open"'))


def foreign_level_key(club: Club) -> None:
    file = next((club.root / "keys").glob("internal.*.age"))
    file.write_bytes(file.read_bytes().replace(b"BEGIN AGE", b"BEGIN AGE", 1)[:-40])


@pytest.mark.parametrize("damage", [clear_value, forged_policy, lowered_schema, foreign_level_key])
def test_check_says_no(club: Club, damage: Callable[[Club], None]) -> None:
    club.identity.unlink()
    assert club.problems("check") == []

    damage(club)

    assert club.problems("check") != []
