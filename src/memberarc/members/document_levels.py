"""The levels that documents were ever listed at.

A document's level stands in clear in its entry, so whoever may push can lower it; the next version
of the document would then be encrypted for people who were never to read it.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from memberarc.archive.history import walk_history
from memberarc.archive.incomplete import refuse_shallow
from memberarc.archive.snapshot import read_objects
from memberarc.errors import DocumentError
from memberarc.formats.sealed_text import SEALED_LEVELS
from memberarc.members.shelves import uids_named_in

if TYPE_CHECKING:
    from collections.abc import Iterator

    from memberarc.archive.git import Repository
    from memberarc.archive.opened import Archive
    from memberarc.members.catalogue import DocumentEntry
    from memberarc.members.record import StoredRecord

# As every version that this program wrote has it; the newest is read as what it is.
_ENTRY: Final = re.compile(
    rb'^ +- id: "?([a-z][a-z0-9]{3,7})"?\n +level: "?('
    + "|".join(SEALED_LEVELS).encode()
    + rb")\b",
    re.MULTILINE,
)


def highest_levels(repository: Repository, *, path: str = "members") -> dict[tuple[str, str], str]:
    """Map uid and item id to the highest level that any version on any branch lists it at."""
    highest: dict[tuple[str, str], str] = {}
    for content in record_versions(repository, path=path):
        for uid in uids_named_in(content):
            for item, level in _ENTRY.findall(content):
                place = uid, item.decode()
                highest[place] = max(
                    level.decode(), highest.get(place, SEALED_LEVELS[0]), key=SEALED_LEVELS.index
                )
    return highest


def record_versions(repository: Repository, *, path: str = "members") -> Iterator[bytes]:
    """Yield every version of every record, on every branch."""
    history = walk_history(repository, revisions=("--all",), paths=(path,))
    blobs = {changed.new_blob for entry in history for changed in entry.paths if changed.new_blob}
    for _, content in read_objects(repository, blobs):
        yield content


def lowered(entry: DocumentEntry, *, uid: str, highest: dict[tuple[str, str], str]) -> str:
    """Say what is wrong with the level of an entry; empty where nothing is."""
    known = highest.get((uid, entry.id), SEALED_LEVELS[0])
    if entry.level in SEALED_LEVELS[SEALED_LEVELS.index(known) :]:
        return ""
    return f"its level is {entry.level}, and an earlier version of the record says {known}"


def refuse_lowered(archive: Archive, record: StoredRecord, entry: DocumentEntry) -> None:
    """Refuse to encrypt for whom a changed level would let read.

    Raises:
        DocumentError: an earlier version of the record lists the document at a higher level.
        IncompleteCloneError: earlier versions are not in this clone.
    """
    refuse_shallow(archive.repository, unknown="whether the document's level was lowered")
    highest = highest_levels(archive.repository, path=record.path)
    if flaw := lowered(entry, uid=record.uid, highest=highest):
        raise DocumentError(
            f"document {entry.id}: {flaw}",
            where=record.path,
            hint=f"memberarc log {record.code} shows who lowered it; to lower it knowingly:"
            " memberarc document remove, then add",
        )
