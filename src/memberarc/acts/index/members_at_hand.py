"""The members a search looks at: those of the index and, where wanted, uncommitted edits."""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING

from memberarc.acts.index.upkeep import index_of
from memberarc.archive.layout import PathKind, code_of, path_kind
from memberarc.archive.uncommitted import changed_paths, edited_among, read_work_tree_file
from memberarc.errors import InvalidRecordError, SchemaError, SealedValueError
from memberarc.formats.field_path import schema_path
from memberarc.search.index.answers import Answers

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from memberarc.acts.key.keys_at_hand import KeysAtHand
    from memberarc.acts.opening import Caller
    from memberarc.archive.opened import Archive
    from memberarc.search.entry import Entry
    from memberarc.search.fields import SchemaEntry
    from memberarc.search.match import Matcher
    from memberarc.search.query_tree import Query


class MembersAtHand:
    """All members as a reader's keys open them.

    ``kinds`` are the fields and containers of each kind of record; ``searched`` counts the members,
    ``unreadable`` those of whom no share could be had; ``left_out`` names files that are no sound
    records; ``notices`` tell what is the matter with keys or index, if anything is.
    """

    def __init__(
        self,
        archive: Archive,
        caller: Caller,
        *,
        keys: KeysAtHand,
        work_tree: bool = False,
        anew: bool = False,
    ) -> None:
        """Open the index.

        Args:
            work_tree: put uncommitted edits in the place of what was committed.
            anew: make the index from nothing: the one that stands has turned out to be damaged.
        """
        index = index_of(archive, caller, keys=keys)
        self._archive = archive
        self._store = index.rebuilt() if anew else index.current()
        self.notices = tuple(filter(None, (keys.reason, index.notice)))
        self._edited: list[Entry] = []
        self._looks_at_work_tree = work_tree
        self._replaced: frozenset[str] = frozenset()
        self.kinds: Mapping[str, Sequence[SchemaEntry]] = self._store.layout.kinds
        self.searched = self._store.count()
        self.unreadable = len(self._store.unreadable())
        self.left_out = self._store.flawed()
        if work_tree:
            self._look_at_work_tree(keys)

    def answers(self, query: Query, *, matcher: Matcher) -> Answers:
        """Find who may answer a query, as committed."""
        return Answers(self._store, query, matcher=matcher)

    def with_edits(self, committed: Iterable[Entry]) -> Iterable[Entry]:
        """Put uncommitted edits, where they are wanted, in the place of what was committed."""
        if not self._looks_at_work_tree:
            return committed
        untouched = (entry for entry in committed if entry.code not in self._replaced)
        return chain(untouched, self._edited)

    def edited_among(self, codes: Sequence[str]) -> tuple[str, ...]:
        """Name those of some members whose records lie edited in the work tree."""
        if self._looks_at_work_tree or self._archive.repository.work_tree is None:
            return ()
        edited = edited_among(self._archive.repository, self._store.files_with(codes))
        return tuple(code_of(path) for path in edited)

    def _look_at_work_tree(self, keys: KeysAtHand) -> None:
        changed = changed_paths(self._archive.repository, only=["members"])
        paths = [path for path in changed if path_kind(path) is PathKind.MEMBER]
        replaced = self._store.codes_at(paths)
        self._replaced = frozenset(replaced.values())
        unreadable = [path for path, _ in self._store.unreadable() if path not in replaced]
        self.unreadable = len(unreadable)
        self.left_out = tuple(path for path in self.left_out if path not in paths)
        self._edited = [*self._read(paths, keys=keys)]
        self.searched += len(self._edited) - len(replaced)

    def _read(self, paths: Iterable[str], *, keys: KeysAtHand) -> Iterator[Entry]:
        from memberarc.members.leaf_reader import LeafReader
        from memberarc.search.entry import Entry
        from memberarc.search.index.terms import TermReader

        reader = LeafReader(schemas=self._archive.schema, ring=keys.ring)
        for path in paths:
            content = read_work_tree_file(self._archive.repository, path)
            if content is None:
                continue
            try:
                record = reader.read(content, path=path)
            except (InvalidRecordError, SealedValueError, SchemaError):
                self.left_out = (*self.left_out, path)
                continue
            self.unreadable += record.unreadable
            terms = TermReader(self._store.layout.fields(record.kind))
            yield Entry(
                code=record.code,
                uid=record.uid,
                kind=record.kind,
                leaves=record.leaves,
                readings=terms.readings(
                    (schema_path(leaf), value) for leaf, value in record.leaves
                ),
                closed=record.closed,
            )
