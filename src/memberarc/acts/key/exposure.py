"""What a person could read, since when, and how much of it there is: no new key takes it back."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from memberarc.formats.sealed_text import SEALED_LEVELS
from memberarc.members.catalogue import documents_of
from memberarc.members.shelves import read_record, record_files
from memberarc.search.saved_shelf import stored_searches

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import datetime

    from memberarc.acts.key.chain import KeyChain
    from memberarc.archive.opened import Archive


@dataclass(frozen=True, slots=True, kw_only=True)
class Exposure:
    """The epochs of one level whose keys were wrapped for a person, and since when.

    ``since`` is the time of the commit of the first list that names the person. A key that was
    wrapped for the person later opens what was sealed under it before that day just as well.
    """

    level: str
    epochs: tuple[int, ...]
    since: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Extent:
    """How many members have values of some levels, and how many documents and searches are so."""

    members: int
    documents: int
    searches: int


def exposures_of(person: str, *, chain: KeyChain, content: bytes) -> tuple[Exposure, ...]:
    """Find in all lists up to one, from the founder's on, what was wrapped for a person."""
    epochs: dict[str, set[int]] = {}
    since: dict[str, datetime] = {}
    for link in chain.way(content):
        for entry in link.parsed().keys:
            if any(one.person == person for one in entry.recipients):
                epochs.setdefault(entry.level, set()).add(entry.epoch)
                since.setdefault(entry.level, link.since)
    return tuple(
        Exposure(level=level, epochs=tuple(sorted(epochs[level])), since=since[level])
        for level in SEALED_LEVELS
        if level in epochs
    )


def extent_of(archive: Archive, levels: Collection[str]) -> Extent:
    """Count what the newest commit has of some levels."""
    if not levels:
        return Extent(members=0, documents=0, searches=0)
    sealed = re.compile(rf"enc:m1\.(?:{'|'.join(levels)})\.".encode())
    members = documents = 0
    for path, content in record_files(archive):
        members += bool(sealed.search(content))
        if b"\ndocuments:" in content:
            entries = documents_of(read_record(content, path=path).values)
            documents += sum(entry.level in levels for entry in entries)
    searches = sum(stored.level in levels for stored in stored_searches(archive))
    return Extent(members=members, documents=documents, searches=searches)
