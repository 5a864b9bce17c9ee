"""What an index answers: entries with the values that somebody wants, and counts."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from functools import lru_cache
from typing import TYPE_CHECKING, Final, NamedTuple

from memberarc.formats.field_path import schema_path
from memberarc.search.conditions import words_of
from memberarc.search.entry import Entry
from memberarc.search.folding import folded
from memberarc.search.index.candidates import CandidateFinder

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from apsw import SQLiteValue

    from memberarc.formats.canonical_yaml import Scalar
    from memberarc.formats.field_path import FieldPath
    from memberarc.formats.schema import Field
    from memberarc.search.index.candidates import Candidates
    from memberarc.search.index.store import Store
    from memberarc.search.match import Matcher
    from memberarc.search.query_tree import Query

# SQLite takes no greater number, and no archive has so many.
_MOST_ROWS: Final = (1 << 63) - 1
_READINGS: Final = "(SELECT readings FROM terms WHERE terms.id = member.id)"


class AnswerRow(NamedTuple):
    """Values of one member in the order asked for, and which paths stay closed with their levels.

    A tuple, for there may be as many as there are members.
    """

    code: str
    kind: str
    values: tuple[Scalar | None, ...]
    closed: tuple[tuple[FieldPath, str], ...]


class Answers:
    """The members of an index who may answer a query; ``exact`` if all of them do."""

    def __init__(self, store: Store, query: Query, *, matcher: Matcher) -> None:
        self._store = store
        store.connection.create_scalar_function("folded", _folded, 1, deterministic=True)
        store.connection.create_scalar_function("closes", self._closes, 2, deterministic=True)
        self._matcher = matcher
        self._candidates: Candidates = CandidateFinder(store, matcher=matcher).find(matcher.root)
        self.exact = self._candidates.exact
        self._reads_names = any(word.letters for leaf in query.leaves for word in words_of(leaf))

    def count(self) -> int:
        """Count them."""
        sql = f"SELECT count(*) FROM member WHERE {self._candidates.sql}"
        ((counted,),) = self._store.select(sql, self._candidates.values)
        return int(counted)

    def closed_counts(self) -> Counter[str]:
        """Count of how many members each field stays closed whose values the query asks for."""
        counts: Counter[str] = Counter()
        if self._matcher.asks_sealed_values:
            kind = self._store.layout.column(("kind",))
            sql = f"SELECT {kind}, closed, count(*) FROM member WHERE closed <> '' GROUP BY 1, 2"
            for kind, closed, counted in self._store.select(sql):
                paths = (path for path, _ in _closed(closed))
                for name in self._matcher.unseen(paths, kind=kind):
                    counts[name] += counted
        return counts

    def rows(self, paths: Sequence[FieldPath], *, limit: int = 0) -> Iterator[AnswerRow]:
        """Read the values of fields outside lists as they are kept, in the order of the codes.

        Args:
            limit: the most that are of use; 0 for all.
        """
        layout = self._store.layout
        columns = [layout.column(path) for path in (("id",), ("kind",), *paths)]
        sql = f"SELECT closed, {', '.join(columns)} {self._source(limit)}"
        for closed, code, kind, *values in self._store.select(sql, self._candidates.values):
            yield AnswerRow(code, kind, tuple(values), _closed(closed) if closed else ())

    def entries(
        self,
        *,
        wanted: Callable[[Field, str], bool],
        limit: int = 0,
        with_readings: bool = False,
    ) -> Iterator[Entry]:
        """Read them with the values of some fields, in the order of their codes.

        Args:
            wanted: tells whether a field of a kind of record is of use.
            limit: the most that are of use; 0 for all.
            with_readings: tell how names are read though the query does not ask for it.
        """
        layout = self._store.layout
        useful = {
            field.path for kind in layout.kinds for field in layout.fields(kind)
            if wanted(field, kind)
        }  # fmt: skip
        paths = [path for path in layout.column_paths if path in useful]
        names = [layout.column((name,)) for name in ("id", "uid", "kind")]
        readings = _READINGS if with_readings or self._reads_names else "''"
        fixed = ["id", "closed", readings, *names]
        columns = ", ".join([*fixed, *(layout.column(path) for path in paths)])
        source = self._source(limit)
        with self._store.view():
            listed = self._listed(source) if useful - {*paths} else {}
            rows = self._store.select(f"SELECT {columns} {source}", self._candidates.values)
        for number, closed, read, code, uid, kind, *row in rows:
            yield Entry(
                code=code,
                uid=uid,
                kind=kind,
                leaves=tuple(
                    (path, layout.scalar(kind, path, value))
                    for path, value in zip(paths, row, strict=True)
                    if value is not None
                )
                + tuple(
                    (path, layout.scalar(kind, path, value))
                    for path, value in listed.get(number, ())
                ),
                readings=tuple(read.splitlines()),
                closed=_closed(closed) if closed else (),
            )

    def _closes(self, *values: SQLiteValue) -> bool:
        """Tell for SQL whether a field, by its number, has values that are closed."""
        closed, number = values
        path = self._store.layout.paths[int(str(number))]
        return bool(closed) and any(schema_path(one) == path for one, _ in _closed(str(closed)))

    def _source(self, limit: int) -> str:
        """Write where rows come from: a key on the codes would be slower than to sort them."""
        ending = f" LIMIT {min(limit, _MOST_ROWS)}" if limit else ""
        code = self._store.layout.column(("id",))
        return f"FROM member WHERE {self._candidates.sql} ORDER BY +{code}{ending}"

    def _listed(self, source: str) -> dict[int, list[tuple[FieldPath, Scalar]]]:
        """Read the values inside lists as they are kept, by member."""
        rows = self._store.select(
            f"SELECT member, path, value FROM listed WHERE member IN (SELECT id {source})"
            " ORDER BY member, place",
            self._candidates.values,
        )
        found: dict[int, list[tuple[FieldPath, Scalar]]] = defaultdict(list)
        for number, path, value in rows:
            found[number].append((tuple(json.loads(path)), value))
        return found


@lru_cache(maxsize=1024)
def _closed(text: str) -> tuple[tuple[FieldPath, str], ...]:
    """Read which values are closed: for most members the same ones."""
    return tuple((tuple(path), level) for path, level in json.loads(text))


def _folded(*values: SQLiteValue) -> str:
    (value,) = values
    return folded(str(value))
