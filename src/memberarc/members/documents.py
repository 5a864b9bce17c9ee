"""The documents of a record as files: the ciphertext of each, and what opens it."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from memberarc.archive.layout import document_path
from memberarc.archive.snapshot import open_blob
from memberarc.errors import DocumentError, DocumentNotFoundError, NoIdentityError
from memberarc.members.sealed_record import is_sealed
from memberarc.sealing.document.documents import document_keys

if TYPE_CHECKING:
    from collections.abc import Iterator

    from memberarc.archive.opened import Archive
    from memberarc.members.catalogue import DocumentEntry
    from memberarc.members.record import StoredRecord
    from memberarc.sealing.age.stream import Readable
    from memberarc.sealing.document.documents import DocumentKey
    from memberarc.sealing.document.store import DocumentStore
    from memberarc.sealing.keys.key_ring import KeyRing


@contextmanager
def open_ciphertext(
    archive: Archive, uid: str, entry: DocumentEntry, *, store: DocumentStore | None
) -> Iterator[Readable]:
    """Open the ciphertext of a document as a stream.

    Args:
        store: needed for a document that is kept outside git.

    Raises:
        DocumentNotFoundError: the file is missing.
        FileError: it cannot be read, or is no regular file.
    """
    if entry.is_outside:
        assert store is not None
        with store.open(uid, entry.id, sha256=entry.sha256) as file:
            yield file
        return
    path = document_path(uid, entry.id)
    blob = archive.snapshot.blob_of(path)
    if blob is None:
        raise DocumentNotFoundError(
            f"the file of document {entry.id} is missing", where=path, hint="memberarc check"
        )
    with open_blob(archive.repository, blob) as stream:
        yield stream


def keys_of_document(
    ring: KeyRing, record: StoredRecord, entry: DocumentEntry
) -> tuple[DocumentKey, ...]:
    """Derive what opens a document; two keys, where its epoch was made on two branches.

    Raises:
        NoIdentityError: no key of its level and epoch is at hand.
        VaultError: the member's share is not to be had.
    """
    member = ring.member(record.uid, commitment=record.key)
    return document_keys(member, item=entry.id, level=entry.level, epoch=entry.epoch)


def digest_of(ring: KeyRing, record: StoredRecord, entry: DocumentEntry) -> str:
    """Open the digest in an entry; empty only for whoever may open the document but not that.

    Raises:
        DocumentError: there is none that was sealed. Without it, whoever may push could put an
            older file in the place of the newest.
    """
    if not is_sealed(entry.digest):
        raise DocumentError("its entry has no sealed digest, so nothing binds its content")
    path = ("documents", f"[{entry.id}]", "digest")
    try:
        return str(ring.open(entry.digest, uid=record.uid, commitment=record.key, path=path))
    except NoIdentityError:
        return ""
