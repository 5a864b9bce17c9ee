"""Find values of members that stand in clear in any version, anywhere in a repository."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from memberarc.acts.key.keys_at_hand import open_keys
from memberarc.acts.purge.search import open_versions
from memberarc.archive.git import blob_id
from memberarc.archive.message import parse_trailers
from memberarc.archive.opened import open_archive
from memberarc.archive.snapshot import all_objects, count_objects
from memberarc.disposal.clear_part import readable_objects
from memberarc.disposal.clear_versions import fields_in_clear, version_in
from memberarc.disposal.copies import with_copies
from memberarc.disposal.needles import Needle, Needles
from memberarc.disposal.places import loose_files, unsearched
from memberarc.disposal.scan import scan_all
from memberarc.disposal.versions import notes_in, open_note, open_version
from memberarc.disposal.watchlist import Pieces, Watchlist
from memberarc.errors import MemberPurgedError, VaultError
from memberarc.members.shelves import find_record, read_records

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from memberarc.acts.opening import Caller
    from memberarc.archive.git import Repository
    from memberarc.archive.opened import Archive
    from memberarc.disposal.scan import Hit
    from memberarc.disposal.versions import Opened
    from memberarc.members.record import StoredRecord
    from memberarc.sealing.keys.key_ring import KeyRing


@dataclass(frozen=True, slots=True, kw_only=True)
class Leaks:
    """Where values stand in clear; a hit's fields are lines of code and field, never a value.

    ``needles`` were looked for in ``objects``: of named members themselves, of all members only
    their number is known. ``not_looked_at`` says what could not be searched, or not searched for.
    """

    hits: tuple[Hit, ...]
    values: int
    objects: int
    not_looked_at: tuple[str, ...]
    needles: tuple[Needle, ...] = ()

    @property
    def leaks(self) -> tuple[Hit, ...]:
        """The hits that are not in a file the organisation writes about itself."""
        return tuple(hit for hit in self.hits if not hit.organisation_file)


def find_leaks(
    caller: Caller, members: Sequence[str] = (), *, copies: Sequence[Path] = ()
) -> Leaks:
    """Search this repository and its copies for whatever members' records ever held.

    Args:
        members: codes or uids; nobody named means everybody.

    Raises:
        NoIdentityError: a named member has values that no key at hand opens.
        MemberPurgedError: nobody knows a purged member's values any more.
    """
    archive = open_archive(caller.directory)
    search = LeakSearch(
        caller,
        archive,
        repositories=with_copies(archive, copies),
        ring=open_keys(archive, caller).ring,
    )
    if members:
        return search.for_members([find_record(archive, one) for one in dict.fromkeys(members)])
    return search.for_everybody()


class LeakSearch:
    """One search: what is looked for, where, and what could not be."""

    def __init__(
        self, caller: Caller, archive: Archive, *, repositories: Sequence[Repository], ring: KeyRing
    ) -> None:
        self._caller = caller
        self._archive = archive
        self._repositories = repositories
        self._ring = ring
        self._closed: set[str] = set()
        self._unreadable: set[str] = set()

    def for_members(self, records: Sequence[StoredRecord]) -> Leaks:
        """Search for a few members, each value in every spelling that a purge looks for."""
        labels: dict[str, set[str]] = defaultdict(set)
        for record in records:
            opened = open_versions(
                self._repositories, record, schema_of=self._archive.schema, ring=self._ring
            )
            self._unreadable.update(opened.unreadable)
            for needle in opened.needles.needles:
                labels[needle.text].add(f"{record.code} {needle.field}")
        needles = tuple(
            Needle(field="\n".join(sorted(told)), text=text) for text, told in labels.items()
        )
        scan = scan_all(
            self._repositories,
            Needles(needles),
            objects=self._watched,
            known=self._in_clear({record.uid for record in records}),
        )
        return self._told(scan.hits, values=len(needles), objects=scan.objects, needles=needles)

    def for_everybody(self) -> Leaks:
        """Search for all members at once: what is in clear, who may be in it, and where."""
        pieces = Pieces()
        for repository in self._repositories:
            self._collect(pieces, repository)
        watchlist, values = Watchlist(pieces), 0
        known: dict[str, list[str]] = {}
        for repository in self._repositories:
            for code, opened in self._everything_opened(repository, known):
                self._closed |= opened.closed
                for needle in opened.needles:
                    values += 1
                    watchlist.add(needle.text, label=f"{code} {needle.field}")
        scan = scan_all(self._repositories, watchlist, objects=self._readable, known=known)
        return self._told(scan.hits, values=values, objects=scan.objects)

    def _collect(self, pieces: Pieces, repository: Repository) -> None:
        """Read all clear text once; a file of a work tree that is as committed is known already."""
        known: set[int] = set()
        for identifier, _, content in self._readable(repository, what="reading clear text"):
            pieces.add(content)
            known.add(int(identifier, 16))
        for path, content in loose_files(repository):
            pieces.add(bytes(path))
            if int(blob_id(content, object_format=repository.object_format), 16) not in known:
                pieces.add(content)

    def _everything_opened(
        self, repository: Repository, known: dict[str, list[str]]
    ) -> Iterator[tuple[str, Opened]]:
        """Open every version and note there is, of whomever, and note what stands in clear."""
        schema_of, ring = self._archive.schema, self._ring
        for identifier, kind, content in self._watched(repository, what="opening versions"):
            if kind == "commit" and b"Memberarc-Note:" in content:
                yield from self._notes_opened(identifier, content)
            if kind != "blob" or not (
                found := version_in(identifier, content, schema_of=schema_of)
            ):
                continue
            version, record, schema = found
            if fields := fields_in_clear(record, schema):
                known[identifier] = [f"{record.code} {field}" for field in fields]
            if self._has_share(record, origin=identifier):
                opened = open_version(version, record=record, schema_of=schema_of, ring=ring)
                if opened.flawed:
                    self._unreadable.add(identifier)
                yield record.code, opened

    def _notes_opened(self, commit: str, content: bytes) -> Iterator[tuple[str, Opened]]:
        trailers = dict(parse_trailers(content.decode("utf-8", "replace")))
        record = self._records.get(trailers.get("Memberarc-Member", ""))
        if record and self._has_share(record, origin=commit):
            for note in notes_in(commit, content):
                opened = open_note(note, record=record, ring=self._ring)
                if opened.flawed:
                    self._unreadable.add(commit)
                yield record.code, opened

    @cached_property
    def _records(self) -> dict[str, StoredRecord]:
        """The records of today by code: a note names its member by that alone."""
        return {record.code: record for record in read_records(self._archive)}

    def _has_share(self, record: StoredRecord, *, origin: str) -> bool:
        """Tell whether a version can be opened; a purged member's can not, as it should be."""
        try:
            self._ring.member(record.uid, commitment=record.key)
        except MemberPurgedError:
            return False
        except VaultError:
            self._unreadable.add(origin)
            return False
        return True

    def _in_clear(self, uids: set[str]) -> dict[str, list[str]]:
        """Find members' versions with values in clear, which no search finds if they are short."""
        found: dict[str, list[str]] = {}
        for repository in self._repositories:
            for identifier, kind, content in all_objects(repository):
                version = kind == "blob" and version_in(
                    identifier, content, schema_of=self._archive.schema
                )
                if version and (record := version[1]).uid in uids:
                    fields = fields_in_clear(record, version[2])
                    found[identifier] = [f"{record.code} {field}" for field in fields]
        return found

    def _told(
        self,
        hits: Sequence[Hit],
        *,
        values: int,
        objects: int,
        needles: tuple[Needle, ...] = (),
    ) -> Leaks:
        not_looked_at = [f"{one.path}: {one.message}" for one in unsearched(self._repositories)]
        not_looked_at += [f"{name} does not open whole" for name in sorted(self._unreadable)]
        not_looked_at += [
            f"values of level {level}: no key at hand opens them" for level in sorted(self._closed)
        ]
        return Leaks(
            hits=tuple(hits),
            values=values,
            objects=objects,
            not_looked_at=tuple(not_looked_at),
            needles=needles,
        )

    def _watched(
        self, repository: Repository, *, what: str = "searching"
    ) -> Iterator[tuple[str, str, bytes]]:
        total = count_objects(repository)
        return self._caller.watch(all_objects(repository), what=what, total=total)

    def _readable(
        self, repository: Repository, *, what: str = "searching"
    ) -> Iterator[tuple[str, str, bytes]]:
        total = count_objects(repository)
        return self._caller.watch(readable_objects(repository), what=what, total=total)
