"""Keep documents with a member: encrypted before they reach the archive, listed in the record."""

from __future__ import annotations

import mimetypes
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Final

from memberarc.acts.keys import open_keys, open_keys_at_hand
from memberarc.acts.writing import commit_act
from memberarc.archive.identifiers import new_item_id
from memberarc.archive.layout import document_path
from memberarc.archive.message import Act
from memberarc.archive.opened import open_archive
from memberarc.archive.transaction import Change, Plan
from memberarc.errors import DocumentNotFoundError, InvalidRecordError, UsageError
from memberarc.formats.sealed_text import SEALED_LEVELS
from memberarc.members.catalogue import DocumentEntry, document_of, documents_of, with_document
from memberarc.members.record import StoredRecord, write_record
from memberarc.members.sealed_record import (
    open_record,
    plain_problems,
    seal_record,
    visible_record,
)
from memberarc.members.shelves import find_record
from memberarc.people.private_files import write_new
from memberarc.sealing.documents import (
    decrypt_document,
    document_keys,
    encrypt_document,
    export_identity,
)

if TYPE_CHECKING:
    from memberarc.acts.keys import Keys
    from memberarc.acts.opening import Caller
    from memberarc.archive.opened import Archive
from memberarc.sealing.documents import DocumentKey

UNKNOWN_TYPE: Final = "application/octet-stream"


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentRequest:
    """A file to keep with a member at a level; ``pages`` and ``location`` are of the paper."""

    member: str
    file: Path
    level: str
    title: str
    pages: int | None = None
    location: str = ""
    dry_run: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentAdded:
    """Where the document is now; ``commit`` is None after a dry run."""

    code: str
    item: str
    path: str
    size_bytes: int
    commit: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Documents:
    """The catalogue of one member; ``notice`` says why titles stay sealed, if they do."""

    code: str
    entries: tuple[DocumentEntry, ...]
    notice: str


def add_document(caller: Caller, request: DocumentRequest) -> DocumentAdded:
    """Encrypt a file under a key of its own, and commit ciphertext and catalogue together.

    Raises:
        UsageError: there is no such level.
        FileError: the file cannot be read.
    """
    if request.level not in SEALED_LEVELS:
        raise UsageError(
            f"there is no level {request.level}", hint=f"one of: {', '.join(SEALED_LEVELS)}"
        )
    archive = open_archive(caller.directory)
    keys = open_keys(archive, caller)
    record = find_record(archive, request.member)
    item = new_item_id()
    path = document_path(record.uid, item)
    with TemporaryDirectory(prefix="memberarc-") as spool:
        ciphertext = Path(spool) / f"{item}.age"
        epoch = keys.ring.current_epoch(request.level)
        key = document_keys(
            keys.ring.member(record.uid, commitment=record.key),
            item=item,
            level=request.level,
            epoch=epoch,
        )[0]
        encrypted = encrypt_document(request.file, ciphertext, key=key)
        entry = DocumentEntry(
            id=item,
            level=request.level,
            epoch=epoch,
            sha256=encrypted.sha256,
            title=request.title,
            file_name=request.file.name,
            media_type=mimetypes.guess_type(request.file.name)[0] or UNKNOWN_TYPE,
            size_bytes=encrypted.size_bytes,
            digest=encrypted.digest,
            added_on=caller.today(archive),
            pages=request.pages,
            location=request.location,
        )

        def plan(current: Archive) -> Plan:
            return Plan(
                changes=(
                    _record_with(current, request.member, entry, keys=keys),
                    Change(path=path, content=ciphertext),
                ),
                act=Act(
                    name="document-add",
                    subject=f"add a document to {record.code}",
                    member=record.code,
                    policy=current.policy_digest,
                ),
            )

        commit = commit_act(archive, plan, dry_run=request.dry_run)
    return DocumentAdded(
        code=record.code,
        item=item,
        path=path,
        size_bytes=encrypted.size_bytes,
        commit=commit,
    )


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
    """
    archive = open_archive(caller.directory)
    _refuse_inside(archive, target)
    keys = open_keys(archive, caller)
    record, entry = _entry(archive, member, item)
    with TemporaryDirectory(prefix="memberarc-") as spool:
        ciphertext = Path(spool) / f"{item}.age"
        content = archive.snapshot.read(document_path(record.uid, item))
        if content is None:
            raise DocumentNotFoundError(
                f"the file of document {item} is missing",
                where=document_path(record.uid, item),
                hint="memberarc check",
            )
        ciphertext.write_bytes(content)
        decrypt_document(
            ciphertext, target, keys=_document_keys(keys, record, entry), sha256=entry.sha256
        )
    return entry


def export_document_identity(caller: Caller, member: str, item: str, *, target: Path) -> None:
    """Write an identity file by which any age program opens this one document, for ever."""
    archive = open_archive(caller.directory)
    _refuse_inside(archive, target)
    record, entry = _entry(archive, member, item)
    identity = export_identity(_document_keys(open_keys(archive, caller), record, entry)[0])
    write_new(target, identity.encode())


def _refuse_inside(archive: Archive, target: Path) -> None:
    """Refuse to put what was opened where the next commit would take it along."""
    repository = archive.repository
    place = target.resolve()
    if any(
        folder is not None and place.is_relative_to(folder.resolve())
        for folder in (repository.work_tree, repository.git_dir, repository.common_dir)
    ):
        raise UsageError(
            "a clear document does not belong into the archive",
            where=str(target),
            hint="name a file outside of it",
        )


def _entry(archive: Archive, member: str, item: str) -> tuple[StoredRecord, DocumentEntry]:
    record = find_record(archive, member)
    return record, document_of(record.values, item)


def _document_keys(
    keys: Keys, record: StoredRecord, entry: DocumentEntry
) -> tuple[DocumentKey, ...]:
    return document_keys(
        keys.ring.member(record.uid, commitment=record.key),
        item=entry.id,
        level=entry.level,
        epoch=entry.epoch,
    )


def _record_with(archive: Archive, member: str, entry: DocumentEntry, *, keys: Keys) -> Change:
    record = find_record(archive, member)
    schema = archive.schema(record.kind)
    before = open_record(record, schema=schema, ring=keys.ring)
    values = with_document(before.values, entry)
    if problems := plain_problems(values, schema=schema, before=before, path=record.path):
        raise InvalidRecordError("the entry does not fit", problems=problems, where=record.path)
    sealed = seal_record(values, schema=schema, ring=keys.ring, before=before)
    return Change(path=record.path, content=write_record(sealed, schema=schema))
