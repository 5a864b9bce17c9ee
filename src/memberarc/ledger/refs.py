"""Where refs stand: in the whole archive, a ref names one event."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from memberarc.errors import Problem
from memberarc.ledger.day_file import day_path
from memberarc.ledger.table import ledger_connection

if TYPE_CHECKING:
    from collections.abc import Collection
    from pathlib import Path


def find_refs(refs: Collection[str], *, ledger_folder: Path) -> dict[str, date]:
    """Tell on which day each of these refs stands; one that stands nowhere is left out."""
    with ledger_connection(ledger_folder, first=date.min, last=date.max) as connection:
        rows = connection.execute(
            "SELECT ref, date FROM ledger WHERE ref IN (SELECT unnest(?::VARCHAR[]))", [[*refs]]
        ).fetchall()
    return dict(rows)


def repeated_refs(ledger_folder: Path) -> tuple[Problem, ...]:
    """Find the refs that stand on several days; within a day, reading the file tells."""
    with ledger_connection(ledger_folder, first=date.min, last=date.max) as connection:
        rows = connection.execute(
            "SELECT ref, list(DISTINCT date ORDER BY date) AS days FROM ledger"
            " GROUP BY ref HAVING count(DISTINCT date) > 1 ORDER BY ref"
        ).fetchall()
    return tuple(
        Problem(
            path=day_path(day),
            rule="ledger-repeated",
            message=f"the ref {ref} stands on {days[0]} too",
            pointer="ref",
        )
        for ref, days in rows
        for day in days[1:]
    )
