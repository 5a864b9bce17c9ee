"""The same change of many records of one commit: who answers, what would differ, sealed anew."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, NamedTuple

from memberarc.acts.search_members import entry_of, searchable
from memberarc.archive.transaction import Change
from memberarc.errors import (
    InternalError,
    InvalidRecordError,
    NoIdentityError,
    Problem,
    SealingError,
    UsageError,
    VaultError,
)
from memberarc.formats.field_path import path_text, schema_path
from memberarc.members.changes import FieldChange, Revised, compare_records, public_paths
from memberarc.members.field_values import value_at
from memberarc.members.packed_records import PackedRecords
from memberarc.members.plain_values import apply_assignments
from memberarc.members.record import OpenedRecord, write_record
from memberarc.members.record_batches import map_stream
from memberarc.members.sealed_record import closed_record, open_record, plain_problems, seal_record
from memberarc.members.shelves import read_record
from memberarc.search.match import Matcher

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from memberarc.acts.opening import Caller
    from memberarc.archive.opened import Archive
    from memberarc.formats.canonical_yaml import Node
    from memberarc.formats.field_path import FieldPath
    from memberarc.formats.schema import Field, RecordSchema
    from memberarc.members.record import StoredRecord
    from memberarc.sealing.keys.key_ring import KeyRing
    from memberarc.search.query_tree import Query

_SHOWN: Final = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Changes:
    """The fields to set and to remove; one to be removed may be missing already."""

    assign: tuple[tuple[FieldPath, str], ...] = ()
    remove: tuple[FieldPath, ...] = ()

    @property
    def paths(self) -> tuple[FieldPath, ...]:
        """All fields that may differ afterwards."""
        return (*(path for path, _ in self.assign), *self.remove)


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """What would change: the records, by place and path, and of the first few every field.

    ``unchanged`` members answer and have the values already; of the ``unreadable`` ones nobody here
    can tell whether they answer, for the vault has no share for them.
    """

    places: tuple[int, ...]
    paths: tuple[str, ...]
    first: tuple[Revised, ...]
    fields: tuple[str, ...]
    unchanged: int
    unreadable: int

    @property
    def count(self) -> int:
        return len(self.paths)


class _Judged(NamedTuple):
    """What becomes of one record; without changes and problems it stays as it is."""

    answers: bool
    readable: bool = True
    code: str = ""
    name: str | None = None
    changes: tuple[FieldChange, ...] = ()
    problems: tuple[Problem, ...] = ()
    unseen: tuple[str, ...] = ()


class Revision:
    """The same change of many records, as one commit has them."""

    def __init__(self, archive: Archive, wanted: Changes, *, query: Query, ring: KeyRing) -> None:
        self._records = PackedRecords(archive)
        self._wanted = wanted
        self._ring = ring
        self._schemas = {kind: archive.schema(kind) for kind in archive.kinds}
        self._matcher = Matcher(query, kinds=searchable(archive))
        self._require_fields()

    def preview(self, caller: Caller) -> Preview:
        """Find out who answers, and what would change.

        Raises:
            InvalidRecordError: records would not fit.
            NoIdentityError: the query asks for values that no key at hand opens.
        """
        total = len(self._records)
        judged = caller.watch(
            map_stream(self._judge_all, range(total)), what="looking at records", total=total
        )
        changed: list[int] = []
        first: list[Revised] = []
        fields: dict[str, None] = {}
        problems: list[Problem] = []
        unseen: Counter[str] = Counter()
        unchanged = unreadable = 0
        for place, one in enumerate(judged):
            problems += one.problems
            unseen.update(one.unseen)
            unreadable += not one.readable
            unchanged += one.answers and not one.changes and not one.problems
            if one.changes:
                changed.append(place)
                fields.update(dict.fromkeys(public_paths(one.changes)))
                if len(first) < _SHOWN:
                    first.append(Revised(code=one.code, name=one.name, changes=one.changes))
        _refuse_unseen(unseen)
        if problems:
            records = len({problem.path for problem in problems})
            told = "1 record" if records == 1 else f"{records} records"
            raise InvalidRecordError(
                f"{told} would not fit, so none was changed", problems=problems
            )
        return Preview(
            places=tuple(changed),
            paths=tuple(map(self._records.path, changed)),
            first=tuple(first),
            fields=tuple(fields),
            unchanged=unchanged,
            unreadable=unreadable,
        )

    def changes(self, places: Sequence[int]) -> Iterator[Change]:
        """Seal what differs in each of these records."""
        for place, content in zip(places, map_stream(self._seal_all, places), strict=True):
            yield Change(path=self._records.path(place), content=content)

    def _require_fields(self) -> None:
        """Refuse fields that no record has, or that nobody here can seal."""
        for path in self._wanted.paths:
            known = [
                field
                for schema in self._schemas.values()
                if (field := schema.field(schema_path(path)))
            ]
            if not known and path != ("traits",):
                raise UsageError(
                    f"records have no field {path_text(path)}",
                    hint="memberarc show ID lists a record's fields",
                )
            for level in {field.level for field in known} - {"open"}:
                self._ring.secrets(level, self._ring.current_epoch(level))

    def _judge_all(self, places: Iterable[int]) -> Iterator[_Judged]:
        for path, content in self._records.read_many(places):
            try:
                yield self._judge(read_record(content, path=path))
            except InvalidRecordError as err:
                yield _Judged(answers=False, problems=err.problems)

    def _judge(self, stored: StoredRecord) -> _Judged:
        schema = self._schemas.get(stored.kind)
        if schema is None:
            message = "the record's kind has no schema in this archive"
            problem = Problem(
                path=stored.path, rule="kind", message=message, hint="memberarc check"
            )
            return _Judged(answers=False, problems=(problem,))
        seen, readable = self._seen(stored, schema=schema)
        unseen = self._matcher.unseen(seen.closed, kind=schema.kind) if readable else ()
        if unseen or not self._matcher.match(entry_of(seen, schema=schema)):
            return _Judged(answers=False, readable=readable, unseen=unseen)
        try:
            before = open_record(stored, schema=schema, ring=self._ring)
            values = self._changed(before, schema=schema)
        except (SealingError, UsageError) as err:
            return _Judged(
                answers=True,
                problems=(
                    Problem(path=stored.path, rule=err.code, message=err.message, hint=err.hint),
                ),
            )
        after = OpenedRecord(stored=stored, values=values, closed=before.closed)
        changes = compare_records(before, after, schema=schema)
        flaws = (
            plain_problems(values, schema=schema, before=before, path=stored.path)
            if changes
            else ()
        )
        name = None if ("name",) in before.closed else str(before.values.get("name", ""))
        return _Judged(
            answers=True, code=stored.code, name=name, changes=changes, problems=tuple(flaws)
        )

    def _seen(self, stored: StoredRecord, *, schema: RecordSchema) -> tuple[OpenedRecord, bool]:
        """Open what the query looks into; also say whether the vault has the share for it."""

        def wanted(field: Field) -> bool:
            return self._matcher.wants(field, kind=schema.kind)

        try:
            return open_record(stored, schema=schema, ring=self._ring, wanted=wanted), True
        except VaultError:
            return closed_record(stored, schema=schema), False

    def _changed(self, before: OpenedRecord, *, schema: RecordSchema) -> dict[str, Node]:
        present = [
            path for path in self._wanted.remove if value_at(before.values, path) is not None
        ]
        values = apply_assignments(
            before.values,
            assign=self._wanted.assign,
            remove=present,
            schema=schema,
            new_id=_no_new_item,
        )
        return schema.ordered(values)

    def _seal_all(self, places: Iterable[int]) -> Iterator[bytes]:
        for path, content in self._records.read_many(places):
            stored = read_record(content, path=path)
            schema = self._schemas[stored.kind]
            before = open_record(stored, schema=schema, ring=self._ring)
            values = self._changed(before, schema=schema)
            sealed = seal_record(values, schema=schema, ring=self._ring, before=before)
            yield write_record(sealed, schema=schema)


def _refuse_unseen(unseen: Counter[str]) -> None:
    """Refuse to change whoever seems to answer a query that asks for what stays sealed."""
    for name, counted in unseen.items():
        raise NoIdentityError(
            f"{name} is sealed for you in {counted} record{'s' * (counted != 1)}, so that nobody"
            " here can tell who answers; nothing has changed",
            hint="leave that out of --where, or let somebody do it who may read it",
        )


def _no_new_item() -> str:
    raise InternalError("a change of many adds no items")
