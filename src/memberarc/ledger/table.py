"""The ledger's files as a table for DuckDB."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Final

from memberarc.errors import FindingsError
from memberarc.ledger.event import COLUMNS

if TYPE_CHECKING:
    import duckdb

_TYPES: Final = {"date": "DATE", "amount": "DECIMAL(18, 4)", "quantity": "INTEGER"}


def day_files(ledger_folder: Path, *, first: date, last: date) -> tuple[Path, ...]:
    """List the day files of a period, both ends included, in order."""
    return tuple(
        path
        for year in range(first.year, last.year + 1)
        for path in sorted(ledger_folder.glob(f"{year:04}/[0-9][0-9]/{year:04}-[0-9][0-9]-[0-9][0-9].csv"))
        if first.isoformat() <= path.stem <= last.isoformat()
    )


def sql_text(text: str) -> str:
    """Write a text as an SQL literal."""
    return "'" + text.replace("'", "''") + "'"


def ledger_query(files: Collection[Path]) -> str:
    """Write the query that yields the events of these files, with a type for each column.

    Nothing is sniffed: a file of one line, or none at all, gives the same columns.
    """
    types = {column: _TYPES.get(column, "VARCHAR") for column in COLUMNS}
    if not files:
        columns = ", ".join(f"NULL::{kind} AS {column}" for column, kind in types.items())
        return f"SELECT {columns} WHERE false"
    names = ", ".join(sql_text(str(path)) for path in files)
    columns = ", ".join(f"{sql_text(column)}: {sql_text(kind)}" for column, kind in types.items())
    return (
        f"SELECT * FROM read_csv([{names}], columns = {{{columns}}}, auto_detect = false,"
        " header = true, delim = ',', quote = '', escape = '', new_line = '\\n',"
        " hive_partitioning = false)"
    )
