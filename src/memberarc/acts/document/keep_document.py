"""Take a file in as a document: encrypted before anything keeps it, listed by the same commit."""

from __future__ import annotations

import mimetypes
import stat
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Final

from memberarc.acts.document.document_files import open_store, require_store
from memberarc.acts.key.keys_at_hand import open_keys
from memberarc.acts.writing import commit_act
from memberarc.archive.identifiers import new_item_id
from memberarc.archive.layout import document_path
from memberarc.archive.message import Act
from memberarc.archive.opened import open_archive
from memberarc.archive.transaction import Change, Plan
from memberarc.errors import FileError, InvalidRecordError, MemberarcError, UsageError
from memberarc.formats.sealed_text import SEALED_LEVELS
from memberarc.members.catalogue import (
    OUTSIDE,
    DocumentEntry,
    document_of,
    documents_of,
    with_document,
)
from memberarc.members.documents import keys_of_document
from memberarc.members.record import write_record
from memberarc.members.sealed_record import open_record, plain_problems, seal_record
from memberarc.members.shelves import find_record
from memberarc.people.private_files import make_private_folder
from memberarc.sealing.document.documents import encrypt_document, plaintext_digest

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from memberarc.acts.key.keys_at_hand import Keys
    from memberarc.acts.opening import Caller
    from memberarc.archive.opened import Archive
    from memberarc.formats.canonical_yaml import Node
    from memberarc.members.record import StoredRecord
    from memberarc.sealing.document.store import DocumentStore

UNKNOWN_TYPE: Final = "application/octet-stream"
# Stands in an entry that is judged before the file is encrypted.
_NOT_KNOWN_YET: Final = "0" * 64


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
class DocumentKept:
    """Where the document is now; ``path`` is empty where its store is not at hand.

    ``commit`` is None after a dry run, and where the member has this very file already.
    """

    code: str
    item: str
    path: str
    outside: bool
    size_bytes: int
    unchanged: bool = False
    commit: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Desk:
    """What both acts work with."""

    caller: Caller
    archive: Archive
    keys: Keys
    member: str
    record: StoredRecord
    values: Mapping[str, Node]


def add_document(caller: Caller, request: DocumentRequest) -> DocumentKept:
    """Keep a file with a member, unless the same is kept at this level already.

    Raises:
        UsageError: there is no such level.
        FileError: the file cannot be read.
        SettingsError: it is too large for git, and no store is at hand.
    """
    if request.level not in SEALED_LEVELS:
        raise UsageError(
            f"there is no level {request.level}", hint=f"one of: {', '.join(SEALED_LEVELS)}"
        )
    desk = _open_desk(caller, request.member)
    kept = [entry for entry in documents_of(desk.values) if entry.level == request.level]
    if same := _same_content(desk, kept, file=request.file):
        return _unchanged(desk, same)
    entry = DocumentEntry(
        id=new_item_id(),
        level=request.level,
        epoch=desk.keys.ring.current_epoch(request.level),
        sha256=_NOT_KNOWN_YET,
        title=request.title,
        pages=request.pages,
        location=request.location,
    )
    return _keep(desk, entry, file=request.file, act="document-add", dry_run=request.dry_run)


def update_document(
    caller: Caller, member: str, item: str, *, file: Path, dry_run: bool = False
) -> DocumentKept:
    """Put a new version of a document in the place of the one before, unless it is the same.

    Raises:
        DocumentNotFoundError: the record lists no such document.
        FileError: the file cannot be read.
        SettingsError: it is too large for git, and no store is at hand.
    """
    desk = _open_desk(caller, member)
    entry = document_of(desk.values, item)
    if _same_content(desk, [entry], file=file):
        return _unchanged(desk, entry)
    entry = replace(entry, epoch=desk.keys.ring.current_epoch(entry.level), sha256=_NOT_KNOWN_YET)
    return _keep(desk, entry, file=file, act="document-update", dry_run=dry_run)


def _open_desk(caller: Caller, member: str) -> _Desk:
    archive = open_archive(caller.directory)
    keys = open_keys(archive, caller)
    record = find_record(archive, member)
    opened = open_record(record, schema=archive.schema(record.kind), ring=keys.ring)
    return _Desk(
        caller=caller,
        archive=archive,
        keys=keys,
        member=member,
        record=record,
        values=opened.values,
    )


def _same_content(
    desk: _Desk, entries: Iterable[DocumentEntry], *, file: Path
) -> DocumentEntry | None:
    """Find the document that holds what a file holds: its size first, then its keyed digest."""
    size_bytes = _size_of(file)
    for entry in entries:
        if entry.size_bytes == size_bytes:
            keys = keys_of_document(desk.keys.ring, desk.record, entry)
            if any(plaintext_digest(file, key=key) == entry.digest for key in keys):
                return entry
    return None


def _unchanged(desk: _Desk, entry: DocumentEntry) -> DocumentKept:
    store = open_store(desk.archive, desk.caller) if entry.is_outside else None
    return replace(_told(desk, entry, store=store), unchanged=True)


def _keep(
    desk: _Desk, entry: DocumentEntry, *, file: Path, act: str, dry_run: bool
) -> DocumentKept:
    """Judge the entry, encrypt the file, put it where it belongs, and commit."""
    archive, size_bytes = desk.archive, _size_of(file)
    outside = 0 < archive.manifest.document_limit < size_bytes
    store = require_store(archive, desk.caller) if outside else None
    entry = replace(
        entry,
        file_name=file.name,
        media_type=mimetypes.guess_type(file.name)[0] or UNKNOWN_TYPE,
        size_bytes=size_bytes,
        digest=_NOT_KNOWN_YET,
        added_on=desk.caller.today(archive),
        stored=OUTSIDE if outside else "",
    )
    # Before a file of several gigabytes is encrypted for nothing.
    commit_act(archive, lambda current: _plan(desk, current, entry, act=act), dry_run=True)
    commit = None
    if not dry_run:
        with _spool(archive, store) as spool:
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
    return replace(_told(desk, entry, store=store), commit=commit)


def _commit(
    desk: _Desk,
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
            kept.unlink()
        raise


def _plan(
    desk: _Desk,
    current: Archive,
    entry: DocumentEntry,
    *,
    act: str,
    ciphertext: Path | None = None,
) -> Plan:
    record = find_record(current, desk.member)
    schema = current.schema(record.kind)
    before = open_record(record, schema=schema, ring=desk.keys.ring)
    values = schema.ordered(with_document(before.values, entry))
    if problems := plain_problems(values, schema=schema, before=before, path=record.path):
        raise InvalidRecordError("the entry does not fit", problems=problems, where=record.path)
    sealed = seal_record(values, schema=schema, ring=desk.keys.ring, before=before)
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


@contextmanager
def _spool(archive: Archive, store: DocumentStore | None) -> Iterator[Path]:
    """Make a folder for ciphertext on the disk where it will lie: a move there takes no time.

    Not in the system's folder for temporary files, which may be in memory.
    """
    place = store.directory if store else archive.repository.common_dir / "memberarc"
    make_private_folder(place)
    with TemporaryDirectory(prefix="spool-", dir=place) as folder:
        yield Path(folder)


def _told(desk: _Desk, entry: DocumentEntry, *, store: DocumentStore | None) -> DocumentKept:
    uid, path = desk.record.uid, ""
    if not entry.is_outside:
        path = document_path(uid, entry.id)
    elif store is not None:
        path = str(store.path(uid, entry.id, sha256=entry.sha256))
    return DocumentKept(
        code=desk.record.code,
        item=entry.id,
        path=path,
        outside=entry.is_outside,
        size_bytes=int(entry.size_bytes),
    )


def _size_of(file: Path) -> int:
    try:
        found = file.stat()
    except OSError as err:
        raise FileError(f"cannot read: {err.strerror}", where=str(file)) from err
    if not stat.S_ISREG(found.st_mode):
        raise FileError("cannot read: not a file", where=str(file))
    return found.st_size
