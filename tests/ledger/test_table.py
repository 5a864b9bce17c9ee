"""Day files as DuckDB sees them, and refs across days."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest

from memberarc.errors import FindingsError
from memberarc.ledger.day_file import HEADER, day_path
from memberarc.ledger.refs import find_refs
from memberarc.ledger.table import day_files, ledger_connection, sql_text

if TYPE_CHECKING:
    from pathlib import Path

UID = "k5x2w7n3q4v6t2zb"


def put(folder: Path, day: str, *lines: str) -> None:
    path = folder / day_path(date.fromisoformat(day))
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join((HEADER, *lines, "")))


def total(folder: Path, *, first: date = date.min, last: date = date.max) -> tuple[object, ...]:
    with ledger_connection(folder / "ledger", first=first, last=last) as connection:
        row = connection.execute("SELECT count(*), sum(amount) FROM ledger").fetchone()
    assert row is not None
    return row


def test_only_the_files_of_the_period_are_read(tmp_path: Path) -> None:
    for day in ("2025-12-31", "2026-01-01", "2026-06-30", "2026-12-31", "2027-01-01"):
        put(tmp_path, day, f"{day},{UID},purchase,1.10,,,,,,s:{day}")
    (tmp_path / "ledger/2026/01/notes.csv").write_text("x\n")
    first, last = date(2026, 1, 1), date(2026, 12, 30)

    names = [path.stem for path in day_files(tmp_path / "ledger", first=first, last=last)]
    assert names == ["2026-01-01", "2026-06-30"]
    assert total(tmp_path, first=first, last=last) == (2, Decimal("2.20"))


def test_an_empty_ledger_is_an_empty_table(tmp_path: Path) -> None:
    assert total(tmp_path) == (0, None)
    put(tmp_path, "2026-01-01")
    assert total(tmp_path) == (0, None)


def test_amounts_are_summed_exactly(tmp_path: Path) -> None:
    lines = [f"2026-01-01,{UID},purchase,0.1,,,,,,s:{number}" for number in range(10)]
    put(tmp_path, "2026-01-01", *lines, f"2026-01-01,{UID},purchase,99999999999999.9999,,,,,,s:x")

    assert total(tmp_path) == (11, Decimal("100000000000000.9999"))


def test_the_name_of_the_folder_is_no_pattern(tmp_path: Path) -> None:
    for name in ("mem*ers [old]?", "members [old]x", "it's"):
        put(tmp_path / name, "2026-01-01", f"2026-01-01,{UID},purchase,1,,,,,,s:1")

    assert total(tmp_path / "mem*ers [old]?") == (1, Decimal(1))
    assert total(tmp_path / "it's") == (1, Decimal(1))


@pytest.mark.parametrize("line", [f"2026-01-01,{UID},purchase,much,,,,,,s:1", "1,2"])
def test_a_file_that_is_no_ledger_is_a_finding(tmp_path: Path, line: str) -> None:
    put(tmp_path, "2026-01-01", line)

    with pytest.raises(FindingsError, match="cannot be read"):
        total(tmp_path)


def test_a_text_is_quoted() -> None:
    assert sql_text("it's") == "'it''s'"


def test_refs_are_found_on_their_day(tmp_path: Path) -> None:
    put(tmp_path, "2026-01-01", f"2026-01-01,{UID},purchase,1,,,,,,s:1")
    put(tmp_path, "2027-01-01", f"2027-01-01,{UID},purchase,1,,,,,,s:2")

    assert find_refs(["s:1", "s:2", "s:3"], ledger_folder=tmp_path / "ledger") == {
        "s:1": date(2026, 1, 1),
        "s:2": date(2027, 1, 1),
    }
    assert find_refs(["s:1"], ledger_folder=tmp_path / "none") == {}
