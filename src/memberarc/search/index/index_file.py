"""A page-encrypted SQLite file of one's own: opened, made, and thrown away when it is no good."""

from __future__ import annotations

import os
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from memberarc.errors import UnusableIndexError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import apsw

PAGE_BYTES: Final = 8192
_CACHE_KIB: Final = 32 * 1024
_BUSY_MS: Final = 30_000
_IN_MEMORY: Final = ":memory:"
_TOLD: Final = {
    "NotADB": "the index is damaged, or made with other keys",
    "Corrupt": "the index is damaged",
    "IO": "the index cannot be read or written",
    "Full": "no space is left for the index",
    "CantOpen": "the index cannot be opened",
    "ReadOnly": "the index cannot be written",
    "Busy": "other processes keep the index busy",
}


def open_file(place: Path, *, key: bytes) -> apsw.Connection:
    """Open an index.

    Raises:
        UnusableIndexError: there is none, or it is another's, damaged or half written.
    """
    import apsw

    with telling_damage(place):
        connection = apsw.Connection(str(place), flags=apsw.SQLITE_OPEN_READWRITE)
        _unlock(connection, key)
        connection.execute("SELECT count(*) FROM sqlite_schema").fetchall()
    return connection


def create_file(place: Path | None, *, key: bytes) -> apsw.Connection:
    """Make an empty index; without a place it lives in memory only.

    It is written without a journal: until it is complete, nobody knows it by its name.
    """
    import apsw

    if place:
        os.close(os.open(place, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    with telling_damage(place):
        connection = apsw.Connection(str(place) if place else _IN_MEMORY)
        if place:
            _unlock(connection, key)
        connection.pragma("page_size", PAGE_BYTES)
        connection.pragma("journal_mode", "off")
        connection.pragma("synchronous", "off")
        connection.pragma("locking_mode", "exclusive")
    return connection


def rekey_file(connection: apsw.Connection, *, key: bytes) -> None:
    """Encrypt every page anew in its place; killed in between, the index is made again."""
    connection.pragma("journal_mode", "off")
    connection.pragma("synchronous", "full")
    connection.pragma("hexrekey", _spelt(key))


@contextmanager
def telling_damage(place: Path | None) -> Iterator[None]:
    """Tell what SQLite says of a file that cannot be used as what it is.

    Raises:
        UnusableIndexError: the file is missing, foreign, damaged, or cannot be written.
    """
    import apsw

    try:
        yield
    except apsw.Error as err:
        # Its own words may quote values.
        kind = type(err).__name__.removesuffix("Error")
        raise UnusableIndexError(
            _TOLD.get(kind, f"the index cannot be used: {kind}"),
            where=str(place or _IN_MEMORY),
            hint="memberarc index drop",
        ) from err


def _unlock(connection: apsw.Connection, key: bytes) -> None:
    connection.set_busy_timeout(_BUSY_MS)
    # AEGIS-256 takes no measurable time with a processor's AES, and its tags tell damage. A raw key
    # is used as it is: one of full strength needs no slow derivation.
    connection.pragma("cipher", "aegis")
    connection.pragma("algorithm", "aegis-256")
    connection.pragma("hexkey", _spelt(key))
    connection.pragma("temp_store", "memory")
    connection.pragma("cache_size", -_CACHE_KIB)
    connection.pragma("secure_delete", 1)


def _spelt(key: bytes) -> str:
    return f"raw:{key.hex()}".encode().hex()
