"""Where refs stand: in the whole archive, a ref names one event."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

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
