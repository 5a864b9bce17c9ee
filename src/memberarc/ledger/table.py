"""The ledger's files as a table for DuckDB."""

from __future__ import annotations

import re
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from memberarc.errors import FindingsError
from memberarc.ledger.event import COLUMNS

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator
    from datetime import date
    from pathlib import Path

    import duckdb

_GLOB: Final = re.compile(r"[*?\[]")
_TYPES: Final = {"date": "DATE", "amount": "DECIMAL(18, 4)", "quantity": "INTEGER"}


def day_files(ledger_folder: Path, *, first: date, last: date) -> tuple[Path, ...]:
    """List the day files of a period, both ends included, in order."""
    years = (
        folder
        for folder in sorted(ledger_folder.glob("[0-9][0-9][0-9][0-9]"))
        if first.year <= int(folder.name) <= last.year
    )
    return tuple(
        path
        for folder in years
        for path in sorted(folder.glob("[0-9][0-9]/????-??-??.csv"))
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
    # DuckDB takes every name for a pattern, and a folder may be called "members [old]".
    names = ", ".join(sql_text(_GLOB.sub(r"[\g<0>]", str(path))) for path in files)
    columns = ", ".join(f"{sql_text(column)}: {sql_text(kind)}" for column, kind in types.items())
    return (
        f"SELECT * FROM read_csv([{names}], columns = {{{columns}}}, auto_detect = false,"  # noqa: S608 (all quoted)
        " header = true, delim = ',', quote = '', escape = '', new_line = '\\n',"
        " hive_partitioning = false)"
    )


@contextmanager
def ledger_connection(
    ledger_folder: Path, *, first: date, last: date
) -> Iterator[duckdb.DuckDBPyConnection]:
    """Open a database whose table ``ledger`` holds the events of a period, ends included.

    Raises:
        FindingsError: A file is no ledger file.
    """
    import duckdb

    # Without these, a name that looks like another format would fetch an extension.
    settings: dict[str, str | bool | int | float | list[str]] = {
        "autoinstall_known_extensions": False,
        "autoload_known_extensions": False,
    }
    files = day_files(ledger_folder, first=first, last=last)
    for path in files:
        if not path.is_file():
            raise FindingsError(
                "a file of the ledger cannot be read: it is a folder",
                where=path.relative_to(ledger_folder.parent).as_posix(),
                hint="memberarc check",
            )
    with duckdb.connect(":memory:", config=settings) as connection:
        connection.execute(f"CREATE VIEW ledger AS {ledger_query(files)}")
        try:
            yield connection
        except (duckdb.InvalidInputException, duckdb.ConversionException) as err:
            raise FindingsError(
                "a file of the ledger cannot be read",
                where=str(ledger_folder),
                hint="memberarc check",
            ) from err
