"""What is in an index, as a person with the keys could take it out: every table, and every page."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from builders import Club
from memberarc.acts.index.upkeep import IndexUpkeep, index_of
from memberarc.acts.key.keys_at_hand import open_keys_at_hand
from memberarc.archive.opened import open_archive

WORDS = ("gram", "character", "syllable")


def upkeep(club: Club) -> IndexUpkeep:
    """Take the index of whoever is at work in hand."""
    archive, caller = open_archive(club.root), club.caller()
    return index_of(archive, caller, keys=open_keys_at_hand(archive, caller))


def place(club: Club) -> Path:
    """Where the index of whoever is at work lies."""
    path = upkeep(club).place.path
    assert path is not None
    return path


def tables(club: Club) -> dict[str, Any]:
    """Bring the index up to date, and read its tables as sets that no number of a row is in."""
    store = upkeep(club).current()
    paths = dict(store.select("SELECT id, path FROM member"))
    columns = ", ".join(store.layout.columns)
    rows = {
        "member": f"SELECT id, blob, unreadable, closed, {columns} FROM member",
        "terms": "SELECT id, text, readings FROM terms",
        "latin": "SELECT member, word FROM latin",
        "listed": "SELECT member, place, number, path, value FROM listed",
    }
    found: dict[str, Any] = {
        name: {(paths[number], *row) for number, *row in store.select(sql)}
        for name, sql in rows.items()
    }
    for table in WORDS:
        store.execute(f"INSERT INTO {table}({table}) VALUES ('integrity-check')")
        vocabulary = f"fts5vocab(main, {table}, instance)"
        store.execute(f"CREATE VIRTUAL TABLE temp.{table}s USING {vocabulary}")
        words = store.select(f"SELECT doc, term FROM temp.{table}s")
        found[table] = {(paths[number], word) for number, word in words}
    found["flawed"] = {*store.select("SELECT path, blob FROM flawed")}
    found["fact"] = store.facts()
    found["usual"] = {*store.select("SELECT character, reading FROM usual")}
    store.connection.close()
    return found


def pages(club: Club) -> bytes:
    """Decrypt every page of the index as it lies there, free ones included."""
    store = upkeep(club).standing()
    content = store.connection.serialize("main")
    store.connection.close()
    assert content.startswith(b"SQLite format 3\0")
    return content


def files_below(*folders: Path) -> list[Path]:
    """List all plain files below some folders."""
    return [path for one in folders for path in one.rglob("*") if path.is_file()]


def open_targets(pid: int) -> list[Path]:
    """List the files a process has open, deleted ones included, as paths that can be read."""
    return [
        path
        for path in Path(f"/proc/{pid}/fd").iterdir()
        if path.is_file() and not str(path.readlink()).startswith(("/dev", "/proc"))
    ]
