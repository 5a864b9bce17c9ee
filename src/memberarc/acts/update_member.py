"""Change single fields of one record, or replace what an editor shows of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from memberarc.acts.key.keys_at_hand import open_keys
from memberarc.acts.writing import commit_act
from memberarc.archive.identifiers import new_item_id
from memberarc.archive.message import Act
from memberarc.archive.opened import open_archive
from memberarc.archive.transaction import Change, Plan
from memberarc.errors import InvalidRecordError, UsageError
from memberarc.members.changes import FieldChange, compare_records, public_paths
from memberarc.members.plain_values import apply_assignments
from memberarc.members.reasons import require_reason
from memberarc.members.record import OpenedRecord, StoredRecord, write_record
from memberarc.members.sealed_record import NOTE_PATH, open_record, plain_problems, seal_record
from memberarc.members.shelves import find_record

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from memberarc.acts.key.keys_at_hand import Keys
    from memberarc.acts.opening import Caller
    from memberarc.archive.opened import Archive
    from memberarc.formats.canonical_yaml import Node
    from memberarc.formats.field_path import FieldPath
    from memberarc.formats.schema import RecordSchema


@dataclass(frozen=True, slots=True, kw_only=True)
class UpdateRequest:
    """Fields to set and to remove; ``note`` is free text and is sealed under the member."""

    member: str
    assign: tuple[tuple[FieldPath, str], ...] = ()
    remove: tuple[FieldPath, ...] = ()
    reason: str = ""
    note: str = ""
    dry_run: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Updated:
    """What changed; ``commit`` is None after a dry run or when nothing differed."""

    code: str
    changes: tuple[FieldChange, ...]
    commit: str | None


def update_member(caller: Caller, request: UpdateRequest) -> Updated:
    """Set and remove fields of one record in one commit.

    Raises:
        UsageError: nothing was asked for, a path names no field, or the reason is unknown.
        InvalidRecordError: the values would not fit the schema.
    """
    if not request.assign and not request.remove:
        raise UsageError(
            "nothing to change", hint=f"memberarc update {request.member} --set PATH=VALUE"
        )
    archive = open_archive(caller.directory)
    if request.reason:
        require_reason(archive, request.reason, act="update")

    def changed(values: Mapping[str, Node], schema: RecordSchema) -> dict[str, Node]:
        return apply_assignments(
            values, assign=request.assign, remove=request.remove, schema=schema, new_id=new_item_id
        )

    return rewrite_record(
        archive,
        open_keys(archive, caller),
        member=request.member,
        change=changed,
        act_name="update",
        reason=request.reason,
        note=request.note,
        dry_run=request.dry_run,
    )


def rewrite_record(
    archive: Archive,
    keys: Keys,
    *,
    member: str,
    change: Callable[[Mapping[str, Node], RecordSchema], dict[str, Node]],
    act_name: str,
    reason: str = "",
    note: str = "",
    dry_run: bool = False,
) -> Updated:
    """Open one record, let ``change`` make new values of it, seal what differs, commit."""
    done: list[Updated] = []

    def plan(current: Archive) -> Plan | None:
        stored = find_record(current, member)
        schema = current.schema(stored.kind)
        now = keys.at(current)
        before = open_record(stored, schema=schema, ring=now.ring)
        values = schema.ordered(change(before.values, schema))
        problems = plain_problems(values, schema=schema, before=before, path=stored.path)
        if problems:
            raise InvalidRecordError("the record would not fit", problems=problems, where=member)
        after = OpenedRecord(stored=stored, values=values, closed=before.closed)
        changes = compare_records(before, after, schema=schema)
        done[:] = [Updated(code=stored.code, changes=changes, commit=None)]
        if not changes:
            return None
        sealed = StoredRecord(
            values=seal_record(values, schema=schema, ring=now.ring, before=before)
        )
        return Plan(
            changes=(Change(path=sealed.path, content=write_record(sealed.values, schema=schema)),),
            act=Act(
                name=act_name,
                subject=f"{act_name} {stored.code}",
                member=stored.code,
                fields=public_paths(changes),
                policy=current.policy_digest,
                reason=reason or None,
                sealed_reason=_sealed_note(note, stored, keys=now),
            ),
        )

    commit = commit_act(archive, plan, dry_run=dry_run)
    return Updated(code=done[0].code, changes=done[0].changes, commit=commit)


def _sealed_note(note: str, record: StoredRecord, *, keys: Keys) -> str | None:
    if not note:
        return None
    return keys.ring.seal(
        note, uid=record.uid, commitment=record.key, level="internal", path=NOTE_PATH
    )
