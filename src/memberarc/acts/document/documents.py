"""Read the documents of a member, and take one out of the record."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from memberarc.acts.document.document_files import refuse_inside, require_store
from memberarc.acts.key.keys_at_hand import open_keys, open_keys_at_hand
from memberarc.acts.writing import commit_act
from memberarc.archive.layout import document_path
from memberarc.archive.message import Act
from memberarc.archive.opened import open_archive
from memberarc.archive.transaction import Change, Plan
from memberarc.errors import DocumentError
from memberarc.members.catalogue import DocumentEntry, document_of, documents_of, without_document
from memberarc.members.documents import digest_of, keys_of_document, open_ciphertext
from memberarc.members.reasons import require_reason
from memberarc.members.record import StoredRecord, write_record
from memberarc.members.sealed_record import visible_record
from memberarc.members.shelves import find_record
from memberarc.people.private_files import write_new
from memberarc.sealing.document.documents import decrypt_document, export_identity

if TYPE_CHECKING:
    from pathlib import Path

    from memberarc.acts.opening import Caller
    from memberarc.archive.opened import Archive


@dataclass(frozen=True, slots=True, kw_only=True)
class Documents:
    """The catalogue of one member; ``notice`` says why titles stay sealed, if they do."""

    code: str
    entries: tuple[DocumentEntry, ...]
    notice: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentRemoved:
    """A document that the record lists no more; ``commit`` is None after a dry run."""

    code: str
    item: str
    outside: bool
    commit: str | None


def list_documents(caller: Caller, member: str) -> Documents:
    """Read a member's catalogue."""
    archive = open_archive(caller.directory)
    keys = open_keys_at_hand(archive, caller)
    record = find_record(archive, member)
    opened = visible_record(record, schema=archive.schema(record.kind), ring=keys.ring)
    return Documents(code=record.code, entries=documents_of(opened.values), notice=keys.reason)


def get_document(caller: Caller, member: str, item: str, *, target: Path) -> DocumentEntry:
    """Decrypt a document into a new file; a failure leaves none.

    Raises:
        DocumentNotFoundError: the record lists no such document, or its file is missing.
        DocumentError: it does not open, or is not the one the record names.
        DuplicateError: the target exists.
        SettingsError: it lies in a store that is not at hand.
    """
    archive = open_archive(caller.directory)
    refuse_inside(archive, target, what="a clear document")
    ring = open_keys(archive, caller).ring
    record, entry = _entry(archive, member, item)
    store = require_store(archive, caller) if entry.is_outside else None
    try:
        with open_ciphertext(archive, record.uid, entry, store=store) as source:
            decrypt_document(
                source,
                target,
                keys=keys_of_document(ring, record, entry),
                sha256=entry.sha256,
                digest=digest_of(ring, record, entry),
            )
    except DocumentError as err:
        where = f"document {item} of {record.code}"
        raise DocumentError(err.message, where=where, hint="memberarc verify") from err
    return entry


def export_document_identity(caller: Caller, member: str, item: str, *, target: Path) -> None:
    """Write an identity file by which any age program opens this one document, for ever."""
    archive = open_archive(caller.directory)
    refuse_inside(archive, target, what="the key of a document")
    record, entry = _entry(archive, member, item)
    identity = export_identity(keys_of_document(open_keys(archive, caller).ring, record, entry)[0])
    write_new(target, identity.encode())


def remove_document(
    caller: Caller, member: str, item: str, *, reason: str = "", dry_run: bool = False
) -> DocumentRemoved:
    """Take a document's entry and file out of the newest version; older ones keep both.

    Raises:
        DocumentNotFoundError: the record lists no such document.
        UsageError: the reason is unknown.
    """
    archive = open_archive(caller.directory)
    if reason:
        require_reason(archive, reason, act="update")
    record, entry = _entry(archive, member, item)

    def plan(current: Archive) -> Plan:
        standing, _ = _entry(current, member, item)
        schema = current.schema(standing.kind)
        left = schema.ordered(without_document(standing.values, item))
        changes = [Change(path=standing.path, content=write_record(left, schema=schema))]
        path = document_path(standing.uid, item)
        if current.snapshot.blob_of(path):
            changes.append(Change(path=path, content=None))
        return Plan(
            changes=changes,
            act=Act(
                name="document-remove",
                subject=f"remove a document of {standing.code}",
                member=standing.code,
                policy=current.policy_digest,
                reason=reason or None,
            ),
        )

    commit = commit_act(archive, plan, dry_run=dry_run)
    return DocumentRemoved(code=record.code, item=item, outside=entry.is_outside, commit=commit)


def _entry(archive: Archive, member: str, item: str) -> tuple[StoredRecord, DocumentEntry]:
    record = find_record(archive, member)
    return record, document_of(record.values, item)
