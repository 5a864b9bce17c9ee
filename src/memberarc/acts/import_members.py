"""Bring a sheet of members in: every valid row in one commit, or with all-or-nothing none."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from itertools import chain
from typing import TYPE_CHECKING

from memberarc.acts.add_member import new_record
from memberarc.acts.key.keys_at_hand import open_keys
from memberarc.acts.vault.returning_members import returning_rows
from memberarc.acts.writing import commit_act
from memberarc.archive.identifiers import new_uid
from memberarc.archive.layout import member_path
from memberarc.archive.message import Act
from memberarc.archive.opened import open_archive
from memberarc.archive.transaction import Change, Plan
from memberarc.errors import ConflictError, ImportRefusedError, UsageError
from memberarc.formats.field_path import path_text
from memberarc.formats.mapped_sheet import map_sheet
from memberarc.formats.mapping import parse_mapping
from memberarc.formats.sheets import read_sheet
from memberarc.members.changes import compare_records
from memberarc.members.field_values import parse_field_path, value_at, with_value
from memberarc.members.import_rows import row_problems, typed_rows, unmapped_target
from memberarc.members.numbering import codes_after
from memberarc.members.record import OpenedRecord, StoredRecord, write_record
from memberarc.members.record_batches import map_records
from memberarc.members.record_form import BLANK, RecordForm
from memberarc.members.sealed_record import open_record, plain_problems, seal_record
from memberarc.members.shelves import read_records, taken_codes

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from memberarc.acts.key.keys_at_hand import Keys
    from memberarc.acts.opening import Caller
    from memberarc.archive.opened import Archive
    from memberarc.errors import Problem
    from memberarc.formats.canonical_yaml import Node
    from memberarc.formats.field_path import FieldPath
    from memberarc.formats.mapped_sheet import MappedSheet
    from memberarc.formats.schema import Field, RecordSchema
    from memberarc.members.import_rows import ImportRow


@dataclass(frozen=True, slots=True, kw_only=True)
class MappingFile:
    """A mapping file as it was read, and its name for messages."""

    name: str
    content: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportRequest:
    """A sheet and the mapping file that explains it.

    ``returning`` says that members who were purged may be among the rows.
    """

    sheet: Path
    mapping: MappingFile
    all_or_nothing: bool = False
    returning: bool = False
    dry_run: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Imported:
    """What became of the rows; ``commit`` is None after a dry run or when nothing differed.

    ``returning`` are the numbers of new rows in which a purged member seems to return; ``notices``
    tell of replicas of the vault that did not get the shares.
    """

    added: int
    updated: int
    unchanged: int
    refused: int
    problems: tuple[Problem, ...]
    commit: str | None
    returning: tuple[int, ...] = ()
    notices: tuple[str, ...] = ()


def import_members(caller: Caller, request: ImportRequest) -> Imported:
    """Check every row first, then commit all that fit at once.

    A row whose key belongs to a member already only changes what differs, so a second run of the
    same sheet changes nothing.

    Raises:
        ImportRefusedError: rows do not fit and all or nothing was asked for, or a purged member
            seems to return and the request does not say so.
        InvalidRecordError: the mapping file does not fit.
    """
    archive = open_archive(caller.directory)
    mapping = parse_mapping(request.mapping.content, path=request.mapping.name)
    if mapping.target != "members":
        raise UsageError(
            "this mapping is not for members",
            where=request.mapping.name,
            hint="memberarc ledger import FILE --map MAP",
        )
    schema = archive.schema(mapping.kind)
    targets = [field.target for field in mapping.fields]
    if stranger := unmapped_target(targets, schema=schema):
        raise UsageError(
            f"{schema.kind} records have no field {stranger}", where=request.mapping.name
        )
    sheet = map_sheet(mapping, read_sheet(request.sheet, options=mapping.options))
    rows, flaws = typed_rows(sheet, key=mapping.key, schema=schema)
    keys = open_keys(archive, caller)
    incoming = _Incoming(caller=caller, keys=keys, schema=schema, key=mapping.key)
    fitting, unfit = incoming.judge(archive, rows, sheet=sheet)
    problems = (*flaws, *unfit)
    refused = len({problem.line for problem in problems})
    if problems and request.all_or_nothing:
        raise ImportRefusedError(
            f"{refused} rows do not fit, so none was taken",
            problems=problems,
            where=sheet.name,
            hint="mend the rows, or leave out --all-or-nothing to take the others",
        )
    returning = incoming.returning(archive, fitting, sheet=sheet, expected=request.returning)
    if not request.dry_run:
        incoming.provide(archive, fitting)
    counts, commit = incoming.commit(archive, fitting, dry_run=request.dry_run)
    return Imported(
        **counts,
        refused=refused,
        problems=problems,
        commit=commit,
        returning=returning,
        notices=keys.notices if counts["added"] else (),
    )


class _Incoming:
    """The rows of one import on their way into the archive."""

    def __init__(self, *, caller: Caller, keys: Keys, schema: RecordSchema, key: str) -> None:
        self._caller = caller
        self._keys = keys
        self._schema = schema
        self._key = parse_field_path(key) if key else None
        self._known: tuple[str | None, dict[str, StoredRecord]] = ("", {})
        self._new: dict[int, tuple[str, str]] = {}

    def judge(
        self, archive: Archive, rows: list[ImportRow], *, sheet: MappedSheet
    ) -> tuple[list[ImportRow], list[Problem]]:
        """Tell the rows whose record would fit the schema from those whose would not."""
        fitting, problems = [], []
        known = self._known_members(archive)
        judged = map_records(lambda row: self._flaws(row, known.get(row.key)), rows)
        watched = self._caller.watch(judged, what="judging rows", total=len(rows))
        for row, flaws in zip(rows, watched, strict=True):
            problems += row_problems(row, flaws, sheet=sheet)
            if not flaws:
                fitting.append(row)
        return fitting, problems

    def returning(
        self, archive: Archive, rows: list[ImportRow], *, sheet: MappedSheet, expected: bool
    ) -> tuple[int, ...]:
        """Tell which of the rows that are new seem to be members who were purged."""
        known, today = self._known_members(archive), self._caller.today(archive)
        new = (row for row in rows if row.key not in known)
        return returning_rows(
            self._keys.replicas, new, today=today, sheet=sheet.name, expected=expected
        )

    def provide(self, archive: Archive, rows: list[ImportRow]) -> None:
        """Put a share for each new member into the vault, before anything is committed."""
        known = self._known_members(archive)
        uids = {row.number: new_uid() for row in rows if row.key not in known}
        commitments = self._keys.replicas.provision(list(uids.values())) if uids else {}
        self._new = {number: (uid, commitments[uid]) for number, uid in uids.items()}

    def commit(
        self, archive: Archive, rows: list[ImportRow], *, dry_run: bool
    ) -> tuple[dict[str, int], str | None]:
        """Make one commit of all rows; a dry run only counts."""
        counts = {"added": 0, "updated": 0, "unchanged": 0}

        def plan(current: Archive) -> Plan | None:
            self._keys = self._keys.at(current)
            known = self._known_members(current)
            new = [row for row in rows if row.key not in known]
            updates = self._updates([(row, known[row.key]) for row in rows if row.key in known])
            count = len(new) + len(updates)
            counts.update(added=len(new), updated=len(updates), unchanged=len(rows) - count)
            if dry_run or not count:
                return None
            return Plan(
                changes=chain(updates, self._additions(current, new)),
                act=Act(
                    name="import",
                    subject=f"import {count} members",
                    count=count,
                    policy=current.policy_digest,
                ),
            )

        if dry_run:
            plan(archive)
            return counts, None
        return counts, commit_act(archive, plan)

    def _updates(self, met: list[tuple[ImportRow, StoredRecord]]) -> list[Change]:
        """Make the changes of known members' records that differ from their row."""

        def update(pair: tuple[ImportRow, StoredRecord]) -> Change | None:
            row, stored = pair
            before = self._opened(stored)
            values = self._schema.ordered(row.applied_to(before.values))
            after = OpenedRecord(stored=stored, values=values, closed=before.closed)
            if not compare_records(before, after, schema=self._schema):
                return None
            sealed = seal_record(values, schema=self._schema, ring=self._keys.ring, before=before)
            return Change(path=stored.path, content=write_record(sealed, schema=self._schema))

        return [change for change in map_records(update, met) if change is not None]

    def _additions(self, archive: Archive, rows: list[ImportRow]) -> Iterator[Change]:
        """Give each new row's record its code, uid and commitment, under the lock."""
        year = self._caller.today(archive).year
        codes = codes_after(archive.manifest.numbering, taken_codes(archive), year=year)
        if purged := [row.number for row in rows if row.number not in self._new]:
            raise ConflictError(
                f"the member of row {purged[0]} was purged in between", hint="run the import again"
            )

        @lru_cache(maxsize=256)
        def form(*paths: FieldPath) -> RecordForm:
            plain: dict[str, Node] = {}
            for path in paths:
                plain = with_value(plain, path, BLANK)
            record = new_record(
                plain, code=BLANK, uid=BLANK, commitment=BLANK, year=year, schema=self._schema
            )
            return RecordForm(record, schema=self._schema)

        def add(coded: tuple[ImportRow, str]) -> Change:
            row, code = coded
            uid, commitment = self._new[row.number]
            values = dict(row.values)
            content = form(*values).fill(
                {**values, ("id",): code, ("uid",): uid, ("key",): commitment},
                keys=self._keys.ring.member(uid, commitment=commitment),
            )
            return Change(path=member_path(code, opened=year), content=content)

        return map_records(add, list(zip(rows, codes, strict=False)))

    def _flaws(self, row: ImportRow, stored: StoredRecord | None) -> list[Problem]:
        if stored is None:
            draft = new_record(
                row.applied_to({}), code="M0-0", uid="a" * 16, year=2000, schema=self._schema
            )
            return self._schema.problems_plain(draft, path="")
        before = self._opened(stored)
        values = row.applied_to(before.values)
        return plain_problems(values, schema=self._schema, before=before, path="")

    def _known_members(self, archive: Archive) -> Mapping[str, StoredRecord]:
        """Find who is there already by the mapping's key field; read once a commit."""
        key, commit = self._key, archive.snapshot.commit
        if key is None:
            return {}
        if self._known[0] != commit:
            self._known = (commit, dict(self._keyed(archive, key)))
        return self._known[1]

    def _keyed(self, archive: Archive, key: tuple[str, ...]) -> Iterator[tuple[str, StoredRecord]]:
        def is_key(field: Field) -> bool:
            return field.path == key

        for record in read_records(archive):
            if record.kind != self._schema.kind:
                continue
            opened = open_record(record, schema=self._schema, ring=self._keys.ring, wanted=is_key)
            value = value_at(opened.values, key)
            if key in opened.closed:
                raise UsageError(
                    f"no key at hand opens {path_text(key)}, by which members are found",
                    hint="memberarc key list shows which levels you may open",
                )
            if value is not None:
                yield str(value), record

    def _opened(self, record: StoredRecord) -> OpenedRecord:
        return open_record(record, schema=self._schema, ring=self._keys.ring)
