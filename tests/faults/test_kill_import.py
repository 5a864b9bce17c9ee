"""Killed before any step, an import has added everybody or nobody, and the same command goes on."""

from __future__ import annotations

from pathlib import Path

import pytest

from builders import Club
from disposal.attempts import shares_in
from faults.killing import Killer, flaws, stages

ROWS = 50
NUMBERS = [f"{number:04}" for number in range(ROWS)]
MAP = """\
format: map/1
target: members
kind: individual
key: registration.number
fields:
  registration.number: {column: number, required: true}
  name: {column: name, required: true}
  contact.mobile: {column: mobile}
"""


def members(club: Club) -> dict[str, str]:
    """Read who is there: by uid the number in the sheet, empty for those who were there before."""
    listed = club.json("list", "--columns", "uid,registration.number", "--limit", "0")
    return {one["uid"]: one["registration.number"] or "" for one in listed["members"]}


@pytest.mark.slow
def test_an_import_killed_anywhere_adds_each_member_once(
    club: Club, killer: Killer, tmp_path: Path
) -> None:
    mapping, sheet = tmp_path / "map.yaml", tmp_path / "members.csv"
    mapping.write_text(MAP, encoding="utf-8")
    rows = [f"{number},王{number},139{number}0000" for number in NUMBERS]
    sheet.write_text("\n".join(["number,name,mobile", *rows, ""]), encoding="utf-8")
    command = ("import", str(sheet), "--map", str(mapping))
    club.run("vault", "add-replica", str(tmp_path / "safe"))
    before = members(club)
    seen = []

    for number, left in killer.states(club, *command, safe=tmp_path / "safe"):
        records = left.git("ls-tree", "-r", "--name-only", "HEAD", "members/").split()
        seen.append(len(records))
        assert flaws(left) == [], number
        provided = shares_in(left.vault)

        told = left.json(*command)

        assert told["added"] == len(before) + ROWS - len(records), number
        there, shares = members(left), shares_in(left.vault)
        assert sorted(there.values()) == [*before.values(), *NUMBERS], number
        assert there.keys() <= shares.keys(), number
        assert provided.items() <= shares.items(), number
        assert shares == shares_in(tmp_path / "safe"), number
        assert left.git("status", "--porcelain") == "", number
        assert flaws(left) == [], number

    assert stages(seen) == [len(before), len(before) + ROWS]
