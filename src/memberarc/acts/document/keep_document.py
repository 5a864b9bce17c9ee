"""Take a file in as a document: encrypted before anything keeps it, listed by the same commit."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from memberarc.acts.document.document_files import open_store
from memberarc.acts.document.filing import (
    NOT_KNOWN_YET,
    Desk,
    DocumentKept,
    file_document,
    open_desk,
    size_of,
    told,
)
from memberarc.archive.identifiers import new_item_id
from memberarc.errors import UsageError
from memberarc.formats.sealed_text import SEALED_LEVELS
from memberarc.members.catalogue import DocumentEntry, document_of, documents_of
from memberarc.members.document_levels import refuse_lowered
from memberarc.members.documents import keys_of_document
from memberarc.sealing.document.documents import plaintext_digest

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from memberarc.acts.opening import Caller


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
    desk = open_desk(caller, request.member)
    kept = [entry for entry in documents_of(desk.values) if entry.level == request.level]
    if same := _same_content(desk, kept, file=request.file):
        return _unchanged(desk, same)
    entry = DocumentEntry(
        id=new_item_id(),
        level=request.level,
        epoch=desk.keys.ring.current_epoch(request.level),
        sha256=NOT_KNOWN_YET,
        title=request.title,
        pages=request.pages,
        location=request.location,
    )
    return file_document(
        desk, entry, file=request.file, act="document-add", dry_run=request.dry_run
    )


def update_document(
    caller: Caller, member: str, item: str, *, file: Path, dry_run: bool = False
) -> DocumentKept:
    """Put a new version of a document in the place of the one before, unless it is the same.

    The same file is encrypted again where the level has had another key since: somebody may have
    been revoked.

    Raises:
        DocumentNotFoundError: the record lists no such document.
        DocumentError: somebody lowered its level.
        ConflictError: somebody removed it, or changed its level, meanwhile.
        FileError: the file cannot be read.
        SettingsError: it is too large for git, and no store is at hand.
    """
    desk = open_desk(caller, member)
    entry = document_of(desk.values, item)
    refuse_lowered(desk.archive, desk.record, entry)
    epoch = desk.keys.ring.current_epoch(entry.level)
    if entry.epoch == epoch and _same_content(desk, [entry], file=file):
        return _unchanged(desk, entry)
    entry = replace(entry, epoch=epoch, sha256=NOT_KNOWN_YET)
    return file_document(desk, entry, file=file, act="document-update", dry_run=dry_run)


def _same_content(
    desk: Desk, entries: Iterable[DocumentEntry], *, file: Path
) -> DocumentEntry | None:
    """Find the document that holds what a file holds: its size first, then its keyed digest."""
    size_bytes = size_of(file)
    for entry in entries:
        if entry.size_bytes == size_bytes:
            keys = keys_of_document(desk.keys.ring, desk.record, entry)
            if any(plaintext_digest(file, key=key) == entry.digest for key in keys):
                return entry
    return None


def _unchanged(desk: Desk, entry: DocumentEntry) -> DocumentKept:
    store = open_store(desk.archive, desk.caller) if entry.is_outside else None
    return replace(told(desk, entry, store=store), unchanged=True)
