"""The rows of one import on their way into the archive: judged, provided for, sealed."""

from __future__ import annotations

from array import array
from bisect import bisect_left
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import chain, islice
from typing import TYPE_CHECKING, Final

from memberarc.acts.add_member import new_record
from memberarc.acts.index.living_members import rows_alike
from memberarc.acts.key.keys_at_hand import KeysAtHand
from memberarc.acts.known_members import KnownMembers
from memberarc.acts.vault.returning_members import returning_rows
from memberarc.acts.writing import commit_act
from memberarc.archive.identifiers import new_uid
from memberarc.archive.layout import member_path
from memberarc.archive.message import Act
from memberarc.archive.transaction import Change, Plan
from memberarc.errors import ConflictError
from memberarc.members.changes import Revised, compare_records
from memberarc.members.draft_form import DraftForm
from memberarc.members.field_values import with_value
from memberarc.members.import_rows import row_problems
from memberarc.members.numbering import codes_after
from memberarc.members.packed_rows import PackedRows, PackedTexts
from memberarc.members.record import OpenedRecord, write_record
from memberarc.members.record_batches import map_records
from memberarc.members.record_form import BLANK, RecordForm
from memberarc.members.sealed_record import open_record, plain_problems, seal_record
from memberarc.members.shelves import read_record, taken_codes
from memberarc.sealing.derivation import KEY_BYTES, record_commitment
from memberarc.sealing.keys.key_ring import MemberKeys

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from memberarc.acts.index.living_members import Likeness
    from memberarc.acts.key.keys_at_hand import Keys
    from memberarc.acts.opening import Caller
    from memberarc.archive.opened import Archive
    from memberarc.errors import Problem
    from memberarc.formats.canonical_yaml import Node
    from memberarc.formats.field_path import FieldPath
    from memberarc.formats.mapped_sheet import MappedSheet
    from memberarc.formats.schema import RecordSchema
    from memberarc.members.packed_rows import ImportRow

# Rows that leave other cells empty are of another shape.
_SHAPES: Final = 256
_SHOWN: Final = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """What became of rows that fit, and of the first few members that differed what changed.

    ``commit`` is None after a dry run or when nothing differed.
    """

    added: int
    updated: int
    unchanged: int
    first: tuple[Revised, ...] = ()
    commit: str | None = None


class IncomingRows:
    """What becomes of rows under one schema; a row finds a known member by the mapping's key."""

    def __init__(self, *, caller: Caller, keys: Keys, schema: RecordSchema, key: str) -> None:
        self._caller = caller
        self._keys = keys
        self._schema = schema
        self._known = KnownMembers(key, schema=schema)
        self._numbers: array[int] = array("Q")
        self._uids = PackedTexts(())
        self._shares = b""
        self._draft_form = lru_cache(maxsize=_SHAPES)(self._new_draft_form)

    def judge(
        self, archive: Archive, rows: PackedRows, *, sheet: MappedSheet
    ) -> tuple[PackedRows, list[Problem]]:
        """Tell the rows whose record would fit the schema from those whose would not."""
        known = self._known_members(archive)
        places = range(len(rows))

        def flaws_of(place: int) -> list[Problem]:
            row = rows[place]
            return row_problems(row, self._flaws(archive, row, known.get(row.key)), sheet=sheet)

        judged = map_records(flaws_of, places)
        watched = self._caller.watch(judged, what="judging rows", total=len(rows))
        flaws = {place: found for place, found in zip(places, watched, strict=True) if found}
        fitting = (rows[place] for place in places if place not in flaws)
        return PackedRows(fitting) if flaws else rows, [*chain.from_iterable(flaws.values())]

    def returning(
        self, archive: Archive, rows: PackedRows, *, sheet: MappedSheet, expected: bool
    ) -> tuple[int, ...]:
        """Tell which of the rows that are new seem to be members who were purged."""
        today = self._caller.today(archive)
        return returning_rows(
            self._keys.replicas,
            self._new_rows(archive, rows),
            today=today,
            sheet=sheet.name,
            expected=expected,
        )

    def alike(self, archive: Archive, rows: PackedRows) -> tuple[Likeness, ...]:
        """Tell which of the rows that are new seem to be each other, or members."""
        keys = KeysAtHand(ring=self._keys.ring, replicas=self._keys.replicas)
        return rows_alike(archive, self._caller, keys=keys, rows=self._new_rows(archive, rows))

    def provide(self, archive: Archive, rows: PackedRows) -> None:
        """Put a share for each new member into the vault, before anything is committed."""
        self._numbers = self._new_rows(archive, rows).numbers
        uids = [new_uid() for _ in self._numbers]
        shares = self._keys.replicas.provide(uids) if uids else {}
        self._uids = PackedTexts(uids)
        self._shares = b"".join(shares[uid] for uid in uids)

    def commit(self, archive: Archive, rows: PackedRows, *, dry_run: bool) -> Taken:
        """Make one commit of all rows; a dry run only counts."""
        taken = Taken(added=0, updated=0, unchanged=0)

        def plan(current: Archive) -> Plan | None:
            nonlocal taken
            self._keys = self._keys.at(current)
            new = self._new_rows(current, rows)
            changing = self._changing(current, rows) if len(new) < len(rows) else []
            count = len(new) + len(changing)
            taken = Taken(
                added=len(new),
                updated=len(changing),
                unchanged=len(rows) - count,
                first=tuple(self._revised(current, rows[place]) for place in changing[:_SHOWN]),
            )
            if dry_run or not count:
                return None
            return Plan(
                changes=chain(
                    self._updates(current, rows, changing), self._additions(current, new)
                ),
                act=Act(
                    name="import",
                    subject=f"import {count} members",
                    count=count,
                    policy=current.policy_digest,
                ),
            )

        if dry_run:
            plan(archive)
            return taken
        commit = commit_act(archive, plan)
        return replace(taken, commit=commit)

    def _new_rows(self, archive: Archive, rows: PackedRows) -> PackedRows:
        known = self._known_members(archive)
        return PackedRows(row for row in rows if row.key not in known) if known else rows

    def _changing(self, archive: Archive, rows: PackedRows) -> list[int]:
        """Find the rows of known members whose records differ from them."""
        known = self._known_members(archive)

        def differs(place: int) -> bool:
            return rows[place].key in known and bool(self._revised(archive, rows[place]).changes)

        places = range(len(rows))
        return [
            place
            for place, found in zip(places, map_records(differs, places), strict=True)
            if found
        ]

    def _revised(self, archive: Archive, row: ImportRow) -> Revised:
        """Tell what a row changes of a known member."""
        before, values = self._merged(archive, self._known_members(archive)[row.key], row)
        after = OpenedRecord(stored=before.stored, values=values, closed=before.closed)
        return Revised(
            code=before.stored.code,
            name=None if ("name",) in before.closed else str(before.values.get("name", "")),
            changes=compare_records(before, after, schema=self._schema),
        )

    def _updates(
        self, archive: Archive, rows: PackedRows, places: Sequence[int]
    ) -> Iterator[Change]:
        """Make the changes of known members' records."""
        known = self._known_members(archive)

        def update(place: int) -> Change:
            path = known[rows[place].key]
            before, values = self._merged(archive, path, rows[place])
            sealed = seal_record(values, schema=self._schema, ring=self._keys.ring, before=before)
            return Change(path=path, content=write_record(sealed, schema=self._schema))

        return map_records(update, places)

    def _merged(
        self, archive: Archive, path: str, row: ImportRow
    ) -> tuple[OpenedRecord, dict[str, Node]]:
        """Open a known member's record, and set what its row says."""
        before = self._opened(archive, path)
        return before, self._schema.ordered(row.applied_to(before.values))

    def _additions(self, archive: Archive, rows: PackedRows) -> Iterator[Change]:
        """Give each new row's record its code, uid and commitment, under the lock."""
        year = self._caller.today(archive).year
        following = codes_after(archive.manifest.numbering, taken_codes(archive), year=year)
        codes = PackedTexts(islice(following, len(rows)))
        known = {*self._numbers}
        if purged := [number for number in rows.numbers if number not in known]:
            raise ConflictError(
                f"the member of row {purged[0]} was purged in between", hint="run the import again"
            )

        @lru_cache(maxsize=_SHAPES)
        def form(*paths: FieldPath) -> RecordForm:
            plain = _blanks_at(paths)
            record = new_record(
                plain, code=BLANK, uid=BLANK, commitment=BLANK, year=year, schema=self._schema
            )
            return RecordForm(record, schema=self._schema)

        def add(place: int) -> bytes:
            row = rows[place]
            provided = bisect_left(self._numbers, row.number)
            uid = self._uids[provided]
            # The vault need not be asked for what it was given a moment ago.
            share = self._shares[KEY_BYTES * provided : KEY_BYTES * (provided + 1)]
            values = dict(row.values)
            key = record_commitment(share)
            return form(*values).fill(
                {**values, ("id",): codes[place], ("uid",): uid, ("key",): key},
                keys=MemberKeys(self._keys.ring, uid=uid, share=share),
            )

        return (
            Change(path=member_path(codes[place], opened=year), content=content)
            for place, content in enumerate(map_records(add, range(len(rows))))
        )

    def _flaws(self, archive: Archive, row: ImportRow, path: str | None) -> list[Problem]:
        if path is None:
            paths, scalars = zip(*row.values, strict=True) if row.values else ((), ())
            if self._draft_form(*paths).fits(scalars):
                return []
            return self._schema.problems_plain(self._draft(row.applied_to({})), path="")
        before = self._opened(archive, path)
        values = row.applied_to(before.values)
        return plain_problems(values, schema=self._schema, before=before, path="")

    def _new_draft_form(self, *paths: FieldPath) -> DraftForm:
        return DraftForm(self._draft(_blanks_at(paths)), paths=paths, schema=self._schema)

    def _draft(self, plain: Mapping[str, Node]) -> dict[str, Node]:
        return new_record(plain, code="M0-0", uid="a" * 16, year=2000, schema=self._schema)

    def _known_members(self, archive: Archive) -> Mapping[str, str]:
        return self._known.at(archive, ring=self._keys.ring)

    def _opened(self, archive: Archive, path: str) -> OpenedRecord:
        content = archive.snapshot.read(path)
        assert content is not None  # it was listed in this very commit
        record = read_record(content, path=path)
        return open_record(record, schema=self._schema, ring=self._keys.ring)


def _blanks_at(paths: Iterable[FieldPath]) -> dict[str, Node]:
    """Make values of which nothing is known but where they stand."""
    plain: dict[str, Node] = {}
    for path in paths:
        plain = with_value(plain, path, BLANK)
    return plain
