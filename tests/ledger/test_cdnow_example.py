"""The example stays what its generator and its page say."""

from __future__ import annotations

import runpy
from pathlib import Path

from memberarc.formats.mapped_sheet import map_sheet
from memberarc.formats.mapping import parse_mapping
from memberarc.formats.sheets import read_sheet

EXAMPLE = Path(__file__).parents[2] / "examples" / "cdnow"


def test_the_generator_makes_the_same_members_again() -> None:
    module = runpy.run_path(str(EXAMPLE / "make_members.py"))
    sample = (EXAMPLE / "CDNOW_sample.txt").read_text(encoding="ascii")

    assert module["members_csv"](sample) == (EXAMPLE / "members.csv").read_bytes()


def test_every_invented_member_can_be_mapped() -> None:
    mapping = parse_mapping((EXAMPLE / "members.map.yaml").read_bytes(), path="members.map.yaml")
    mapped = map_sheet(mapping, read_sheet(EXAMPLE / "members.csv", options=mapping.options))

    assert len(mapped.rows) == 2357
    assert not any(row.problems for row in mapped.rows)
    assert len({row.values["registration.number"] for row in mapped.rows}) == 2357


def test_nobody_has_a_number_that_could_be_somebodys() -> None:
    mapping = parse_mapping((EXAMPLE / "members.map.yaml").read_bytes(), path="members.map.yaml")
    mapped = map_sheet(mapping, read_sheet(EXAMPLE / "members.csv", options=mapping.options))
    values = [row.values for row in mapped.rows]
    ids = [one["identity.number"] for one in values if one.get("identity.type") == "resident_id"]

    assert all(one["contact.mobile"].startswith(("154", "+44 7700 900")) for one in values)
    assert all("@example." in one.get("contact.email", "@example.") for one in values)
    assert len(ids) > 500
    assert all(number.startswith("9901") for number in ids)
    assert all(
        (1 - 2 * int(number[:-1], 13)) % 11 == "0123456789X".index(number[-1]) for number in ids
    )
