"""The documents of a record as files: the ciphertext of each, and what opens it."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from memberarc.archive.layout import document_path
from memberarc.archive.snapshot import open_blob
from memberarc.errors import DocumentNotFoundError, FileError, NoIdentityError
from memberarc.members.sealed_record import is_sealed
from memberarc.sealing.document.documents import document_keys

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path
    from typing import BinaryIO

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
        FileError: it cannot be read.
    """
    if entry.is_outside:
        assert store is not None
        with _open_stored(store.path(uid, entry.id, sha256=entry.sha256)) as file:
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
    """Open the digest in an entry; empty for whoever may open the document but not that."""
    if not is_sealed(entry.digest):
        return entry.digest
    path = ("documents", f"[{entry.id}]", "digest")
    try:
        return str(ring.open(entry.digest, uid=record.uid, commitment=record.key, path=path))
    except NoIdentityError:
        return ""


@contextmanager
def _open_stored(path: Path) -> Iterator[BinaryIO]:
    try:
        file = path.open("rb")
    except FileNotFoundError as err:
        raise DocumentNotFoundError(
            "the store has no such file",
            where=str(path),
            hint="copy it here from the store of whoever added the document",
        ) from err
    except OSError as err:
        raise FileError(f"cannot read: {err.strerror}", where=str(path)) from err
    with file:
        yield file
