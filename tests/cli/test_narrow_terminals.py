"""On a terminal of 80 columns, what people type or compare is all there."""

from __future__ import annotations

import pytest
from wcwidth import wcswidth

from builders import MOBILE, WANG, Club, add
from cli.running import on_a_terminal


@pytest.mark.parametrize(
    "columns",
    [
        "档号,姓名,手机,入会日期,证件号码",
        "id,name,contact.mobile,joined,identity.number",
    ],
)
def test_codes_dates_and_numbers_are_whole_under_every_label(club: Club, columns: str) -> None:
    mobile = "+86-138-0013-8000"
    add(club, name="很长的名字" * 12, contact__mobile=mobile, joined="2026-01-01")
    club.run("index", "rebuild")

    lines = on_a_terminal(club, "list", "--columns", columns, width_cells=80)

    assert lines[2].split() == [WANG, "王小明", MOBILE, "2025-03-15", "110101199001011237"]
    code, name, *others = lines[5].split()
    assert (code, others) == ("M2026-000004", [mobile, "2026-01-01"])
    assert name.endswith("…")
    assert max(map(wcswidth, lines)) <= 80


def test_the_mending_that_doctor_names_can_be_typed(club: Club) -> None:
    fixes = [one["fix"] for one in club.json("doctor")["findings"] if one["fix"]]

    lines = on_a_terminal(club, "doctor", width_cells=80)

    assert fixes
    assert {*fixes} <= {line.strip() for line in lines}
    assert "fix" not in lines[0].split()


def test_each_replica_of_the_vault_is_told_line_by_line(club: Club) -> None:
    [replica] = club.json("vault", "status")["replicas"]

    lines = on_a_terminal(club, "vault", "status", width_cells=80)

    assert lines[0] == replica["directory"]
    assert ["replica", replica["replica"]] in [line.split() for line in lines]
    assert ["shares", "3"] in [line.split() for line in lines]
    assert len(club.run("vault", "status").stdout.splitlines()) == 3
