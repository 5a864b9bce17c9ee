"""Bring dated events into the ledger, and show those of one member."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import date
from functools import partial
from typing import TYPE_CHECKING

from memberarc.acts.key.keys_at_hand import open_keys
from memberarc.acts.writing import commit_act
from memberarc.archive.export import exported_folder
from memberarc.archive.message import Act
from memberarc.archive.opened import open_archive
from memberarc.archive.transaction import Change, Plan
from memberarc.errors import ImportRefusedError, UsageError
from memberarc.formats.mapped_sheet import map_sheet
from memberarc.formats.mapping import parse_mapping
from memberarc.formats.sheets import read_sheet
from memberarc.ledger.day_file import day_path, read_day
from memberarc.ledger.event import is_day
from memberarc.ledger.import_events import import_events
from memberarc.ledger.refs import find_refs as days_of_refs
from memberarc.members.field_values import parse_field_path, value_at
from memberarc.members.sealed_record import open_record
from memberarc.members.shelves import find_record, read_records

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from pathlib import Path

    from memberarc.acts.import_members import MappingFile
    from memberarc.acts.opening import Caller
    from memberarc.archive.opened import Archive
    from memberarc.errors import Problem
    from memberarc.formats.mapped_sheet import MappedSheet
    from memberarc.formats.mapping import MemberMatch
    from memberarc.formats.schema import Field
    from memberarc.ledger.event import Event
    from memberarc.ledger.import_events import LedgerImport


@dataclass(frozen=True, slots=True, kw_only=True)
class LedgerRequest:
    """A sheet of events and the mapping file that explains it."""

    sheet: Path
    mapping: MappingFile
    all_or_nothing: bool = False
    dry_run: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class LedgerImported:
    """What became of the rows; ``days`` is how many day files changed."""

    added: int
    unchanged: int
    refused: int
    days: int
    problems: tuple[Problem, ...]
    commit: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class MemberLedger:
    """The events of one member, oldest first."""

    code: str
    events: tuple[Event, ...]


def import_ledger(caller: Caller, request: LedgerRequest) -> LedgerImported:
    """Find each row's member and add its event to the day it belongs to, all in one commit.

    Rows that stand in the ledger already are left alone, so a second run changes nothing.

    Raises:
        ImportRefusedError: rows do not fit and all or nothing was asked for.
    """
    archive = open_archive(caller.directory)
    mapping = parse_mapping(request.mapping.content, path=request.mapping.name)
    if mapping.member is None:
        raise UsageError(
            "this mapping is not for a ledger",
            where=request.mapping.name,
            hint="memberarc import FILE --map MAP",
        )
    sheet = map_sheet(mapping, read_sheet(request.sheet, options=mapping.options))
    members = _members_by(mapping.member, archive, caller)
    paths = _day_paths(sheet)
    outcome: list[LedgerImport] = []

    def plan(current: Archive) -> Plan | None:
        found = import_events(
            sheet,
            source=mapping.source,
            members=members,
            read_file=dict(current.snapshot.read_many(paths)).get,
            find_refs=partial(_find_refs, current),
        )
        outcome[:] = [found]
        if found.problems and request.all_or_nothing:
            raise ImportRefusedError(
                "rows do not fit, so none was taken",
                problems=found.problems,
                where=sheet.name,
                hint="mend the rows, or leave out --all-or-nothing to take the others",
            )
        return _plan(found, policy=current.policy_digest) if found.days else None

    commit = commit_act(archive, plan, dry_run=request.dry_run)
    found = outcome[0]
    return LedgerImported(
        added=found.added,
        unchanged=found.unchanged,
        refused=len({problem.line for problem in found.problems}),
        days=len(found.days),
        problems=found.problems,
        commit=commit,
    )


def show_ledger(caller: Caller, member: str) -> MemberLedger:
    """Collect the events of one member."""
    archive = open_archive(caller.directory)
    record = find_record(archive, member)
    mark = f",{record.uid},".encode()
    days = [entry.path for entry in archive.snapshot.entries("ledger/")]
    events = [
        event
        for path, content in archive.snapshot.read_many(days)
        if mark in content
        for event in read_day(content, path=path)[0]
        if event.member == record.uid
    ]
    return MemberLedger(code=record.code, events=tuple(events))


def _plan(found: LedgerImport, *, policy: str) -> Plan:
    return Plan(
        changes=tuple(Change(path=day.path, content=day.content) for day in found.days),
        act=Act(
            name="ledger-import",
            subject=f"import ledger rows ({found.added})",
            count=found.added,
            policy=policy,
        ),
    )


def _day_paths(sheet: MappedSheet) -> list[str]:
    """Name the day files that the rows belong to, as far as they tell a day."""
    days = {row.values["date"] for row in sheet.rows if "date" in row.values}
    return sorted(day_path(date.fromisoformat(day)) for day in days if is_day(day))


def _find_refs(archive: Archive, refs: Collection[str]) -> Mapping[str, date]:
    """Tell on which days some refs stand in the ledger already."""
    with exported_folder(archive.repository, archive.snapshot, "ledger") as folder:
        return days_of_refs(refs, ledger_folder=folder)


def _members_by(
    match: MemberMatch, archive: Archive, caller: Caller
) -> Mapping[str, tuple[str, ...]]:
    """Tell for each text by which a sheet names members whose uids it may mean."""
    found: defaultdict[str, list[str]] = defaultdict(list)
    if match.match in ("id", "uid"):
        for record in read_records(archive):
            found[record.code if match.match == "id" else record.uid].append(record.uid)
        return {text: tuple(uids) for text, uids in found.items()}
    ring = open_keys(archive, caller).ring
    path = parse_field_path(match.match)

    def is_match(field: Field) -> bool:
        return field.path == path

    for record in read_records(archive):
        schema = archive.schema(record.kind)
        opened = open_record(record, schema=schema, ring=ring, wanted=is_match)
        value = value_at(opened.values, path)
        if value is not None and path not in opened.closed:
            found[str(value)].append(record.uid)
    return {text: tuple(uids) for text, uids in found.items()}
