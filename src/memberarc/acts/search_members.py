"""Find members by a query, over what the caller's keys open."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from memberarc.acts.key.keys_at_hand import open_keys_at_hand
from memberarc.archive.opened import open_archive
from memberarc.errors import InvalidRecordError, VaultError
from memberarc.formats.field_path import path_text
from memberarc.members.sealed_record import closed_record, open_record
from memberarc.members.shelves import read_record, record_files
from memberarc.search.match import matched_fields, unknown_field, wanted_by
from memberarc.search.query import parse_query

if TYPE_CHECKING:
    from memberarc.acts.opening import Caller
    from memberarc.formats.schema import Field, RecordSchema
    from memberarc.members.record import OpenedRecord, StoredRecord
    from memberarc.sealing.keys.key_ring import KeyRing
    from memberarc.search.query import Query

_SHOWN = ("name", "joined")


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """One member that answers the query; ``name`` is None where no key opens it."""

    code: str
    name: str | None
    kind: str
    status: str
    category: str | None
    joined: str | None
    matched: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchReport:
    """All members found, in the order of their codes, and how many no share could open.

    ``left_out`` names the files that are no records.
    """

    members: tuple[Found, ...]
    searched: int
    unreadable: int
    left_out: tuple[str, ...]
    notice: str


def search_members(caller: Caller, text: str) -> SearchReport:
    """Open each record as far as the query and the table need, and keep those that answer.

    Raises:
        QuerySyntaxError: the query cannot be read, or names a field that no record has.
    """
    query = parse_query(text)
    archive = open_archive(caller.directory)
    if fault := unknown_field(query, schemas=[archive.schema(kind) for kind in archive.kinds]):
        raise fault
    keys = open_keys_at_hand(archive, caller)
    found, left_out = [], []
    searched = unreadable = 0
    total = len(archive.snapshot.entries("members/"))
    files = caller.watch(record_files(archive), what="opening records", total=total)
    for path, content in files:
        try:
            record = read_record(content, path=path)
        except InvalidRecordError:
            left_out.append(path)
            continue
        schema = archive.schema(record.kind)
        searched += 1
        opened = _opened_for(query, record, schema=schema, ring=keys.ring)
        if opened is None:
            unreadable += 1
            opened = closed_record(record, schema=schema)
        matched = matched_fields(opened, query, schema=schema)
        if matched is not None:
            found.append(_found(opened, tuple(path_text(path) for path in matched)))
    return SearchReport(
        members=tuple(found),
        searched=searched,
        unreadable=unreadable,
        left_out=tuple(left_out),
        notice=keys.reason,
    )


def _opened_for(
    query: Query, record: StoredRecord, *, schema: RecordSchema, ring: KeyRing | None
) -> OpenedRecord | None:
    def wanted(field: Field) -> bool:
        return field.path[0] in _SHOWN or wanted_by(query, field)

    if ring is None:
        return closed_record(record, schema=schema)
    try:
        return open_record(record, schema=schema, ring=ring, wanted=wanted)
    except VaultError:
        return None


def _found(record: OpenedRecord, matched: tuple[str, ...]) -> Found:
    return Found(
        code=record.stored.code,
        name=_open_text(record, "name"),
        kind=record.stored.kind,
        status=record.stored.status,
        category=record.stored.category("value"),
        joined=_open_text(record, "joined"),
        matched=matched,
    )


def _open_text(record: OpenedRecord, name: str) -> str | None:
    value = record.values.get(name)
    return str(value) if value is not None and (name,) not in record.closed else None
