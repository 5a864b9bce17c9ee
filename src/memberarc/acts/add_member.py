"""Open a record for a new member."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING

from memberarc.acts.index.living_members import members_like
from memberarc.acts.key.keys_at_hand import (
    KeysAtHand,
    open_keys,
    open_keys_at_hand,
    open_replicas,
)
from memberarc.acts.vault.returning_members import returning_values
from memberarc.acts.writing import commit_act
from memberarc.archive.identifiers import new_item_id, new_uid
from memberarc.archive.message import Act
from memberarc.archive.opened import open_archive
from memberarc.archive.transaction import Change, Plan
from memberarc.errors import InvalidRecordError, UsageError, VaultError
from memberarc.members.field_values import value_at
from memberarc.members.numbering import codes_after
from memberarc.members.plain_values import apply_assignments, read_plain
from memberarc.members.record import FORMAT, StoredRecord, write_record
from memberarc.members.sealed_record import seal_record
from memberarc.members.shelves import taken_codes
from memberarc.sealing.age.asking import NOBODY

if TYPE_CHECKING:
    from collections.abc import Mapping

    from memberarc.acts.index.living_members import Likeness
    from memberarc.acts.opening import Caller
    from memberarc.archive.opened import Archive
    from memberarc.formats.canonical_yaml import Node
    from memberarc.formats.field_path import FieldPath
    from memberarc.formats.schema import RecordSchema


@dataclass(frozen=True, slots=True, kw_only=True)
class AddRequest:
    """A new member as YAML, as single values, or as both; single values win.

    ``returning`` says that it may be somebody who was a member and was purged.
    """

    kind: str = "individual"
    content: bytes | None = None
    source: str = "-"
    assign: tuple[tuple[FieldPath, str], ...] = ()
    returning: bool = False
    dry_run: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Added:
    """What was opened; ``commit`` is None after a dry run, and the code then a forecast.

    ``returning`` names kinds of values that a purged member had, too, ``alike`` members who have
    some, too; ``notices`` tell of replicas of the vault that did not get the share.
    """

    code: str
    uid: str
    path: str
    commit: str | None
    returning: tuple[str, ...] = ()
    alike: tuple[Likeness, ...] = ()
    notices: tuple[str, ...] = ()


def add_member(caller: Caller, request: AddRequest) -> Added:
    """Validate, provide the member's share in the vault, then commit the sealed record.

    Raises:
        UsageError: nothing was given, or a path names no field.
        InvalidRecordError: the values do not fit the schema.
        ConfirmationMissingError: a purged member seems to return, and the request does not say so.
    """
    archive = open_archive(caller.directory)
    schema = archive.schema(request.kind)
    plain = _requested_values(request, schema=schema)
    today = caller.today(archive)
    uid, year = new_uid(), today.year
    draft = new_record(
        plain, code=_next_code(archive, year=year), uid=uid, year=year, schema=schema
    )
    if problems := schema.problems_plain(draft, path=request.source):
        raise InvalidRecordError("the record does not fit", problems=problems, where=request.source)

    if request.dry_run:
        return _forecast(archive, caller, request, draft=draft)
    keys = open_keys(archive, caller)
    known = returning_values(keys.replicas, plain, today=today, expected=request.returning)
    at_hand = KeysAtHand(ring=keys.ring, replicas=keys.replicas)
    alike = members_like(archive, caller, keys=at_hand, value_of=partial(value_at, plain))
    commitment = keys.replicas.provision([uid])[uid]
    written: list[StoredRecord] = []

    def plan(current: Archive) -> Plan:
        code = _next_code(current, year=year)
        values = new_record(
            plain, code=code, uid=uid, year=year, schema=schema, commitment=commitment
        )
        ring = keys.at(current).ring
        record = StoredRecord(values=seal_record(values, schema=schema, ring=ring))
        written[:] = [record]
        return Plan(
            changes=(Change(path=record.path, content=write_record(record.values, schema=schema)),),
            act=Act(name="add", subject=f"add {code}", member=code, policy=current.policy_digest),
        )

    commit = commit_act(archive, plan)
    return Added(
        code=written[0].code,
        uid=uid,
        path=written[0].path,
        commit=commit,
        returning=known,
        alike=alike,
        notices=keys.notices,
    )


def _forecast(
    archive: Archive, caller: Caller, request: AddRequest, *, draft: Mapping[str, Node]
) -> Added:
    """Tell who would be added, asking nobody for anything."""
    with suppress(VaultError):  # a forecast needs no vault
        replicas, today = open_replicas(archive, caller), caller.today(archive)
        returning_values(replicas, draft, today=today, expected=request.returning)
    keys = open_keys_at_hand(archive, replace(caller, asker=NOBODY))
    return Added(
        code=str(draft["id"]),
        uid=str(draft["uid"]),
        path=StoredRecord(values=draft).path,
        commit=None,
        alike=members_like(archive, caller, keys=keys, value_of=partial(value_at, draft)),
    )


def new_record(
    plain: Mapping[str, Node],
    *,
    code: str,
    uid: str,
    year: int,
    schema: RecordSchema,
    commitment: str = "0" * 16,
) -> dict[str, Node]:
    """Give plain values the identity of a new record; its status is active unless they say."""
    identity: dict[str, Node] = {
        "format": FORMAT,
        "id": code,
        "uid": uid,
        "key": commitment,
        "kind": schema.kind,
        "opened": year,
    }
    return schema.ordered({"status": "active", **plain, **identity})


def _requested_values(request: AddRequest, *, schema: RecordSchema) -> dict[str, Node]:
    if request.content is None and not request.assign:
        raise UsageError(
            "nothing to add",
            hint="memberarc add --set name=王小明 --set joined=2026-01-31",
        )
    values: dict[str, Node] = {}
    if request.content is not None:
        values = read_plain(request.content, path=request.source, schema=schema)
    return apply_assignments(values, assign=request.assign, schema=schema, new_id=new_item_id)


def _next_code(archive: Archive, *, year: int) -> str:
    return next(codes_after(archive.manifest.numbering, taken_codes(archive), year=year))
