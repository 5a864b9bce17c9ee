"""Encrypt a file, put the ciphertext where it belongs, and commit it with its entry."""

from __future__ import annotations

import mimetypes
import stat
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from memberarc.acts.document.document_files import require_store
from memberarc.acts.key.keys_at_hand import open_keys
from memberarc.acts.writing import commit_act
from memberarc.archive.layout import document_path
from memberarc.archive.message import Act
from memberarc.archive.opened import open_archive
from memberarc.archive.spool import spool_beside
from memberarc.archive.transaction import Change, Plan
from memberarc.archive.uncommitted import edited_rules
from memberarc.errors import (
    ConflictError,
    DocumentNotFoundError,
    FileError,
    InvalidRecordError,
    MemberarcError,
)
from memberarc.members.catalogue import OUTSIDE, DocumentEntry, document_of, with_document
from memberarc.members.documents import keys_of_document
from memberarc.members.record import write_record
from memberarc.members.sealed_record import open_record, plain_problems, seal_record
from memberarc.members.shelves import find_record
from memberarc.sealing.document.documents import encrypt_document

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from memberarc.acts.key.keys_at_hand import Keys
    from memberarc.acts.opening import Caller
    from memberarc.archive.opened import Archive
    from memberarc.formats.canonical_yaml import Node
    from memberarc.members.record import StoredRecord
    from memberarc.sealing.document.store import DocumentStore

UNKNOWN_TYPE: Final = "application/octet-stream"
NOT_KNOWN_YET: Final = "0" * 64
"""Stands in an entry that is judged before the file is encrypted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentKept:
    """Where the document is now; ``path`` is empty where its store is not at hand.

    ``edited_rules`` are settings that lie there, and do not count before they are committed;
    ``commit`` is None after a dry run, and where the member has this very file already.
    """

    code: str
    item: str
    level: str
    path: str
    outside: bool
    size_bytes: int
    edited_rules: tuple[str, ...] = ()
    unchanged: bool = False
    commit: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """What adding and updating a document work with: a member's record, opened."""

    caller: Caller
    archive: Archive
    keys: Keys
    member: str
    record: StoredRecord
    values: Mapping[str, Node]


def open_desk(caller: Caller, member: str) -> Desk:
    """Open a member's record; its values must all open."""
    archive = open_archive(caller.directory)
    keys = open_keys(archive, caller)
    record = find_record(archive, member)
    opened = open_record(record, schema=archive.schema(record.kind), ring=keys.ring)
    return Desk(
        caller=caller,
        archive=archive,
        keys=keys,
        member=member,
        record=record,
        values=opened.values,
    )


def file_document(
    desk: Desk, entry: DocumentEntry, *, file: Path, act: str, dry_run: bool
) -> DocumentKept:
    """Judge the entry, encrypt the file, put it where it belongs, and commit."""
    archive, size_bytes = desk.archive, size_of(file)
    outside = 0 < archive.manifest.document_limit < size_bytes
    store = require_store(archive, desk.caller) if outside else None
    entry = replace(
        entry,
        file_name=file.name,
        media_type=mimetypes.guess_type(file.name)[0] or UNKNOWN_TYPE,
        size_bytes=size_bytes,
        digest=NOT_KNOWN_YET,
        added_on=desk.caller.today(archive),
        stored=OUTSIDE if outside else "",
    )
    # Before a file of several gigabytes is encrypted for nothing.
    commit_act(archive, lambda current: _plan(desk, current, entry, act=act), dry_run=True)
    commit = None
    if not dry_run:
        with store.spool() if store else spool_beside(archive.repository) as spool:
            ciphertext = spool / f"{entry.id}.age"
            key = keys_of_document(desk.keys.ring, desk.record, entry)[0]
            encrypted = encrypt_document(file, ciphertext, key=key)
            entry = replace(
                entry,
                sha256=encrypted.sha256,
                digest=encrypted.digest,
                size_bytes=encrypted.size_bytes,
            )
            commit = _commit(desk, entry, ciphertext, store=store, act=act)
    return replace(told(desk, entry, store=store), commit=commit)


def _commit(
    desk: Desk,
    entry: DocumentEntry,
    ciphertext: Path,
    *,
    store: DocumentStore | None,
    act: str,
) -> str | None:
    """Commit record and ciphertext; what goes into a store is there before the commit is."""
    if store is None:
        return commit_act(
            desk.archive,
            lambda current: _plan(desk, current, entry, act=act, ciphertext=ciphertext),
        )
    kept = store.keep(ciphertext, uid=desk.record.uid, item=entry.id, sha256=entry.sha256)
    try:
        return commit_act(desk.archive, lambda current: _plan(desk, current, entry, act=act))
    except MemberarcError:
        standing = open_archive(desk.caller.directory).snapshot.read(desk.record.path) or b""
        if entry.sha256.encode() not in standing:
            kept.unlink(missing_ok=True)
        raise


def _plan(
    desk: Desk,
    current: Archive,
    entry: DocumentEntry,
    *,
    act: str,
    ciphertext: Path | None = None,
) -> Plan:
    record = find_record(current, desk.member)
    schema = current.schema(record.kind)
    ring = desk.keys.at(current).ring
    before = open_record(record, schema=schema, ring=ring)
    if act == "document-update":
        entry = _brought_up_to_date(entry, before.values)
    values = schema.ordered(with_document(before.values, entry))
    if problems := plain_problems(values, schema=schema, before=before, path=record.path):
        raise InvalidRecordError("the entry does not fit", problems=problems, where=record.path)
    sealed = seal_record(values, schema=schema, ring=ring, before=before)
    changes = [Change(path=record.path, content=write_record(sealed, schema=schema))]
    path = document_path(record.uid, entry.id)
    if ciphertext is not None or current.snapshot.blob_of(path):
        changes.append(Change(path=path, content=ciphertext))
    subject = "add a document to" if act == "document-add" else "update a document of"
    return Plan(
        changes=changes,
        act=Act(
            name=act,
            subject=f"{subject} {record.code}",
            member=record.code,
            policy=current.policy_digest,
        ),
    )


def _brought_up_to_date(entry: DocumentEntry, values: Mapping[str, Node]) -> DocumentEntry:
    """Take over of an entry only what describes its file; the rest is as it stands by now.

    Raises:
        ConflictError: it does not stand any more, or at another level.
    """
    hint = f"memberarc document list {values['id']}"
    try:
        standing = document_of(values, entry.id)
    except DocumentNotFoundError as err:
        raise ConflictError(f"document {entry.id} was removed meanwhile", hint=hint) from err
    if standing.level != entry.level:
        raise ConflictError(
            f"the level of document {entry.id} was changed meanwhile, from {entry.level} to"
            f" {standing.level}",
            hint=hint,
        )
    return replace(entry, title=standing.title, pages=standing.pages, location=standing.location)


def told(desk: Desk, entry: DocumentEntry, *, store: DocumentStore | None) -> DocumentKept:
    """Say where a document is."""
    uid, path = desk.record.uid, ""
    if not entry.is_outside:
        path = document_path(uid, entry.id)
    elif store is not None:
        path = str(store.path(uid, entry.id, sha256=entry.sha256))
    return DocumentKept(
        code=desk.record.code,
        item=entry.id,
        level=entry.level,
        path=path,
        outside=entry.is_outside,
        size_bytes=int(entry.size_bytes),
        edited_rules=edited_rules(desk.archive.repository),
    )


def size_of(file: Path) -> int:
    """Return how long a file is, and refuse what is none."""
    try:
        found = file.stat()
    except OSError as err:
        raise FileError(f"cannot read: {err.strerror}", where=str(file)) from err
    if not stat.S_ISREG(found.st_mode):
        raise FileError("cannot read: not a file", where=str(file))
    return found.st_size
