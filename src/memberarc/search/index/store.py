"""The tables of an index, and the one way records get into them and out again."""

from __future__ import annotations

from contextlib import contextmanager
from itertools import count, islice
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from memberarc.search.index.index_file import telling_damage
from memberarc.search.index.layout import Layout, ListedValue
from memberarc.search.index.terms import (
    UsualReadings,
    characters_of,
    common_readings,
    syllables_of,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    import apsw

    from memberarc.formats.canonical_yaml import Scalar
    from memberarc.search.index.terms import Terms

Row = tuple[Any, ...]

_TABLES: Final = """
CREATE TABLE fact(name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE usual(character TEXT PRIMARY KEY, reading TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE flawed(path TEXT PRIMARY KEY, blob BLOB NOT NULL) WITHOUT ROWID;
CREATE TABLE member(
    id INTEGER PRIMARY KEY, path TEXT NOT NULL, blob BLOB NOT NULL, unreadable INTEGER NOT NULL,
    closed TEXT NOT NULL, {columns}
);
CREATE TABLE listed(
    member INTEGER, place INTEGER, number INTEGER, path TEXT, value, PRIMARY KEY(member, place)
) WITHOUT ROWID;
CREATE TABLE terms(id INTEGER PRIMARY KEY, text TEXT NOT NULL, readings TEXT NOT NULL);
CREATE TABLE latin(word TEXT, member INTEGER, PRIMARY KEY(word, member)) WITHOUT ROWID;
CREATE VIRTUAL TABLE gram USING fts5(
    text, tokenize='trigram case_sensitive 1', content='', columnsize=0, detail=none
);
CREATE VIRTUAL TABLE character USING fts5(
    text, tokenize='ascii', content='', columnsize=0, detail=none
);
CREATE VIRTUAL TABLE syllable USING fts5(
    text, tokenize='ascii', content='', columnsize=0, detail=none
);
"""
# Made when the records are in: one by one it takes longer.
_KEYS: Final = """
CREATE UNIQUE INDEX IF NOT EXISTS member_path ON member(path);
CREATE INDEX IF NOT EXISTS member_code ON member({code});
CREATE INDEX IF NOT EXISTS member_uid ON member({uid});
CREATE INDEX IF NOT EXISTS member_unreadable ON member(path) WHERE unreadable;
CREATE INDEX IF NOT EXISTS listed_number ON listed(number, value);
"""
_WORD_TABLES: Final = ("gram", "character", "syllable")
# What is collected in memory before it is merged into a table of words.
_WORDS_BYTES: Final = 16 << 20
_BATCH: Final = 200


class IndexedRecord(NamedTuple):
    """All that an index keeps of one record's file.

    A tuple of tuples: it comes from another process, and nothing else is as quick to hand over.

    Args:
        closed: JSON of the paths that no key opened, with their levels.
        values: in the order of the layout's columns.
    """

    path: str
    blob: bytes
    unreadable: bool
    closed: str
    values: tuple[Scalar | None, ...]
    listed: tuple[ListedValue, ...]
    terms: Terms


class Store:
    """An open index; who knows the tables asks them by ``select``."""

    def __init__(
        self, connection: apsw.Connection, *, place: Path | None, layout: Layout | None = None
    ) -> None:
        self.connection = connection
        self.place = place
        self.layout = layout or Layout.parse(self.facts().get("layout", "{}"))

    @classmethod
    def create(cls, connection: apsw.Connection, *, place: Path | None, layout: Layout) -> Store:
        """Make the tables in an empty file."""
        store = cls(connection, place=place, layout=layout)
        store.execute(_TABLES.format(columns=", ".join(layout.columns)))
        for table in _WORD_TABLES:
            options = f"('secure-delete', 1), ('hashsize', {_WORDS_BYTES})"
            store.execute(f"INSERT INTO {table}({table}, rank) VALUES {options}")
        store.note({"layout": layout.text})
        # The dictionary takes a quarter of a second to load: too long for one record that changed.
        # Characters of members are not what decides which are kept: a purge would not find them.
        store._execute_many("INSERT INTO usual VALUES (?, ?)", [*common_readings().items()])
        return store

    def make_keys(self) -> None:
        """Make what finds records by path, code and uid."""
        self.execute(
            _KEYS.format(code=self.layout.column(("id",)), uid=self.layout.column(("uid",)))
        )

    def facts(self) -> dict[str, str]:
        """Read what the index says of itself, by name."""
        return dict(self.select("SELECT name, value FROM fact"))

    def note(self, facts: Mapping[str, str]) -> None:
        """Write what the index shall say of itself."""
        self._execute_many("REPLACE INTO fact VALUES (?, ?)", [*facts.items()])

    def select(self, sql: str, values: Sequence[object] = ()) -> list[Row]:
        """Ask the tables.

        Raises:
            UnusableIndexError: the file is damaged.
        """
        with telling_damage(self.place):
            return self.connection.execute(sql, values).fetchall()

    def execute(self, sql: str, values: Sequence[object] = ()) -> None:
        """Change the tables; raises as ``select``."""
        with telling_damage(self.place):
            self.connection.execute(sql, values)

    def blobs(self) -> dict[str, bytes]:
        """Tell of which blob every path in the index was read."""
        return dict(
            self.select("SELECT path, blob FROM member UNION ALL SELECT path, blob FROM flawed")
        )

    def count(self) -> int:
        """Count the records."""
        ((counted,),) = self.select("SELECT count(*) FROM member")
        return int(counted)

    def usual_readings(self, *, at_once: bool) -> UsualReadings:
        """Give the readings of characters.

        Args:
            at_once: read all of them now; else each when it is asked for, by this process alone.
        """
        if at_once:
            return UsualReadings(self.select("SELECT character, reading FROM usual"))
        return UsualReadings(find=self._usual_reading)

    def unreadable(self) -> list[tuple[str, str]]:
        """Name the files whose sealed values did not open for want of a share, and their blobs."""
        rows = self.select("SELECT path, blob FROM member WHERE unreadable")
        return [(path, blob.hex()) for path, blob in rows]

    def has_unreadable(self) -> bool:
        """Tell whether there are such files."""
        return self.select("SELECT 1 FROM member WHERE unreadable LIMIT 1") != []

    def files_of(self, uids: Iterable[str]) -> list[tuple[str, str]]:
        """Name the records' files that some uids have, and their blobs."""
        sql = f"SELECT path, blob FROM member WHERE {self.layout.column(('uid',))} = ?"
        found = [row for uid in uids for row in self.select(sql, (uid,))]
        return [(path, blob.hex()) for path, blob in found]

    def codes_at(self, paths: Iterable[str]) -> dict[str, str]:
        """Tell which codes the records at some paths have."""
        sql = f"SELECT path, {self.layout.column(('id',))} FROM member WHERE path = ?"
        return dict(row for path in paths for row in self.select(sql, (path,)))

    def files_with(self, codes: Iterable[str]) -> dict[str, str]:
        """Name the records' files that some codes have, and their blobs."""
        column = self.layout.column(("id",))
        sql = f"SELECT path, blob FROM member WHERE {column} = ?"
        return {path: blob.hex() for code in codes for path, blob in self.select(sql, (code,))}

    @contextmanager
    def view(self) -> Iterator[None]:
        """See the same records in all of a block, whatever another process changes."""
        self.execute("BEGIN")
        try:
            yield
        finally:
            self.execute("COMMIT")

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Have all changes of a block or, where it fails, none."""
        ending = "ROLLBACK"
        self.execute("BEGIN IMMEDIATE")
        try:
            yield
            ending = "COMMIT"
        finally:
            self.execute(ending)

    def put(self, records: Iterable[IndexedRecord]) -> None:
        """Take in records whose paths the index does not have."""
        ((first,),) = self.select("SELECT coalesce(max(id), 0) + 1 FROM member")
        numbered = zip(count(first), records)
        while batch := [*islice(numbered, _BATCH)]:
            self._put(batch)

    def put_flawed(self, files: Iterable[tuple[str, bytes]]) -> None:
        """Note files that are no records, path and blob."""
        self._execute_many("REPLACE INTO flawed VALUES (?, ?)", [*files])

    def drop(self, paths: Iterable[str]) -> None:
        """Take files out, word by word, so that no page keeps what was in them."""
        for path in paths:
            self.execute("DELETE FROM flawed WHERE path = ?", (path,))
            sql = "SELECT id, text, readings FROM member JOIN terms USING (id) WHERE path = ?"
            for number, text, readings in self.select(sql, (path,)):
                self._drop(number, _words_of(text, readings))

    def flawed(self) -> tuple[str, ...]:
        """Name the files that are no records."""
        return tuple(path for (path,) in self.select("SELECT path FROM flawed ORDER BY path"))

    def _usual_reading(self, character: str) -> str | None:
        sql = "SELECT reading FROM usual WHERE character = ?"
        return next((reading for (reading,) in self.select(sql, (character,))), None)

    def _put(self, batch: Sequence[tuple[int, IndexedRecord]]) -> None:
        blanks = ", ".join("?" * (5 + len(self.layout.columns)))
        self._execute_many(
            f"INSERT INTO member VALUES ({blanks})",
            [
                (number, one.path, one.blob, one.unreadable, one.closed, *one.values)
                for number, one in batch
            ],
        )
        terms = [(number, one.terms.text, one.terms.readings) for number, one in batch]
        self._execute_many("INSERT INTO terms VALUES (?, ?, ?)", terms)
        words = [(number, *_words_of(text, readings)) for number, text, readings in terms]
        for place, table in enumerate(_WORD_TABLES, start=1):
            rows = [(row[0], row[place]) for row in words if row[place]]
            self._execute_many(f"INSERT INTO {table}(rowid, text) VALUES (?, ?)", rows)
        self._execute_many(
            "INSERT OR IGNORE INTO latin VALUES (?, ?)",
            [(word, number) for number, one in batch for word in one.terms.latin],
        )
        self._execute_many(
            "INSERT INTO listed VALUES (?, ?, ?, ?, ?)",
            [
                (number, place, *value)
                for number, one in batch
                for place, value in enumerate(one.listed)
            ],
        )

    def _drop(self, number: int, words: Sequence[str]) -> None:
        for table, text in zip(_WORD_TABLES, words, strict=True):
            if text:
                self.execute(
                    f"INSERT INTO {table}({table}, rowid, text) VALUES ('delete', ?, ?)",
                    (number, text),
                )
        for table in ("latin", "listed"):
            self.execute(f"DELETE FROM {table} WHERE member = ?", (number,))
        for table in ("terms", "member"):
            self.execute(f"DELETE FROM {table} WHERE id = ?", (number,))

    def _execute_many(self, sql: str, rows: Sequence[Sequence[object]]) -> None:
        with telling_damage(self.place):
            self.connection.executemany(sql, rows)


def _words_of(text: str, readings: str) -> tuple[str, str, str]:
    """Give what a record puts into each of the tables of words."""
    return text, characters_of(text), syllables_of(readings)
