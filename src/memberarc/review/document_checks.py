"""The verification of documents: each file is the one its entry names, in git and in a store."""

from __future__ import annotations

import re
from hashlib import sha256
from typing import TYPE_CHECKING, Final

from memberarc.archive.layout import document_path
from memberarc.errors import (
    DocumentError,
    DocumentNotFoundError,
    FileError,
    Problem,
    SealingError,
)
from memberarc.members.catalogue import documents_of
from memberarc.members.document_levels import highest_levels, lowered, record_versions
from memberarc.members.documents import digest_of, keys_of_document, open_ciphertext
from memberarc.members.shelves import read_records
from memberarc.sealing.age.stream import BLOCK_BYTES
from memberarc.sealing.document.documents import check_document
from memberarc.sealing.document.store import NAMED_DIGITS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from memberarc.archive.opened import Archive
    from memberarc.members.catalogue import DocumentEntry
    from memberarc.members.record import StoredRecord
    from memberarc.sealing.age.stream import Readable
    from memberarc.sealing.document.store import DocumentStore, StoredFile
    from memberarc.sealing.keys.key_ring import KeyRing

_SHA256_LINE: Final = re.compile(rb"^ +sha256: \"?([0-9a-f]{64})\b", re.MULTILINE)


class DocumentChecks:
    """The checks of every document that the records of one commit list.

    Args:
        store: None where no store is at hand.
        ring: None without keys: then a file that was exchanged together with the ``sha256`` in
            its entry, which stands in clear, goes unnoticed.
    """

    def __init__(
        self, archive: Archive, *, store: DocumentStore | None, ring: KeyRing | None
    ) -> None:
        self._archive = archive
        self._store = store
        self._ring = ring
        self.not_looked_at = 0

    def problems(self) -> Iterator[Problem]:
        """Yield what is wrong with each file; one missing in git is told by other checks."""
        highest: dict[tuple[str, str], str] | None = None
        for record in read_records(self._archive):
            for entry in documents_of(record.values):
                if highest is None:
                    highest = highest_levels(self._archive.repository)
                if flaw := lowered(entry, uid=record.uid, highest=highest):
                    yield _problem(record, entry, flaw, path=record.path)
                if entry.is_outside and self._store is None:
                    self.not_looked_at += 1
                elif flaw := self._flaw(record, entry):
                    path = record.path if entry.is_outside else document_path(record.uid, entry.id)
                    yield _problem(record, entry, flaw, path=path)

    def _flaw(self, record: StoredRecord, entry: DocumentEntry) -> str:
        try:
            with open_ciphertext(self._archive, record.uid, entry, store=self._store) as source:
                self._judge(source, record, entry)
        except DocumentNotFoundError:
            return "its file is not in the store" if entry.is_outside else ""
        except (DocumentError, FileError) as err:
            return err.message
        return ""

    def _judge(self, source: Readable, record: StoredRecord, entry: DocumentEntry) -> None:
        """Decrypt a document for nobody to read; without its key only digest the ciphertext.

        Raises:
            DocumentError: it is not what was encrypted for this entry.
        """
        try:
            keys = keys_of_document(self._ring, record, entry) if self._ring else ()
            digest = digest_of(self._ring, record, entry) if self._ring else ""
        except DocumentError:
            raise
        except SealingError:
            keys = ()  # told with the record's values, or nobody here has the keys
        if keys:
            check_document(source, _Nowhere(), keys=keys, sha256=entry.sha256, digest=digest)
            return
        found = sha256()
        while block := source.read(BLOCK_BYTES):
            found.update(block)
        if found.hexdigest() != entry.sha256:
            raise DocumentError("the file is not the one the record names")


def _problem(record: StoredRecord, entry: DocumentEntry, flaw: str, *, path: str) -> Problem:
    return Problem(
        path=path,
        pointer=f"documents[{entry.id}]",
        rule=DocumentError.code,
        message=flaw,
        hint=f"memberarc log {record.code} shows who changed it",
    )


class _Nowhere:
    def write(self, content: bytes | memoryview, /) -> int:
        return len(content)


def unlisted_files(archive: Archive, store: DocumentStore) -> list[StoredFile]:
    """Find the files of a store that no version of any record here lists.

    A process was killed before its commit, or somebody else has not pushed theirs yet.
    """
    found = list(store.files())
    if not found:
        return []
    listed = {
        digest[:NAMED_DIGITS].decode()
        for content in record_versions(archive.repository)
        for digest in _SHA256_LINE.findall(content)
    }
    return [file for file in found if file.sha256_start not in listed]
