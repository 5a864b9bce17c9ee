"""Every version of a member that a repository keeps, whoever wrote it and however it is spelt."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, Protocol

from memberarc.archive.history import walk_history
from memberarc.archive.snapshot import all_objects, read_objects
from memberarc.disposal.needles import Needle, is_long_enough, needles_of
from memberarc.errors import InvalidRecordError, NoIdentityError, SchemaError, SealingError
from memberarc.formats.field_path import path_text
from memberarc.formats.sealed_text import parse_sealed_text
from memberarc.members.sealed_record import NOTE_PATH, is_sealed
from memberarc.members.shelves import read_version

if TYPE_CHECKING:
    from collections.abc import Callable, Container, Iterable, Iterator, Sequence
    from pathlib import Path

    from memberarc.archive.git import Repository
    from memberarc.formats.canonical_yaml import Scalar
    from memberarc.formats.field_path import FieldPath
    from memberarc.formats.schema import Field, RecordSchema
    from memberarc.members.record import StoredRecord
    from memberarc.sealing.keys.key_ring import KeyRing

    SchemaOf = Callable[[str], RecordSchema]

SEALED_TEXT: Final = re.compile(rb"enc:m1\.[a-z]+\.[0-9]+:[A-Za-z0-9_-]*")
# The papers of a purge name the uid, too, and hold nothing sealed.
_PAPER: Final = re.compile(rb"""^format:[ \t]*["']?(?:tombstone|certificate)/""", re.MULTILINE)
_RECORD: Final = re.compile(rb"^(?:format|kind):", re.MULTILINE)
_UID_LINE: Final = re.compile(
    rb"""^uid:[ \t]*["']?([a-z][a-z2-7]{15})["']?[ \t]*\r?$""", re.MULTILINE
)
_CODE_LINE: Final = re.compile(
    rb"^[ \t]*Memberarc-Member:[ \t]*([A-Z0-9-]+)[ \t]*\r?$", re.MULTILINE
)
_NOTE: Final = re.compile(rb"^[ \t]*Memberarc-Note:[ \t]*(enc:\S+)", re.MULTILINE)


class Sought(Protocol):
    """Whose versions are looked for: a record, or what a tombstone still tells of one."""

    @property
    def code(self) -> str: ...
    @property
    def uid(self) -> str: ...
    @property
    def path(self) -> str: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Version:
    """The bytes of one version, and the blob that holds them."""

    blob: str
    content: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """The sealed note of one commit about the member."""

    commit: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Versions:
    """Every version of one member that a repository keeps, reachable or not, and every note."""

    records: tuple[Version, ...]
    notes: tuple[Note, ...]
    objects: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """What could be opened of a version or note before a purge.

    ``closed`` are the levels no key at hand opens; ``flawed`` says that something else is wrong.
    """

    needles: tuple[Needle, ...] = ()
    closed: frozenset[str] = frozenset()
    flawed: bool = False


def versions_of(repository: Repository, record: StoredRecord) -> Versions:
    """Collect one member's versions and notes, as ``all_versions`` does for many."""
    return all_versions(repository, [record])[record.uid]


def all_versions(repository: Repository, records: Sequence[Sought]) -> dict[str, Versions]:
    """Collect members' versions and notes by uid: all refs, stashes, unreachable objects, files.

    What is no canonical record counts, too, and whatever stood at the record's path in any branch.
    """
    found = {record.uid: _Found() for record in records}
    by_code = {record.code.encode(): found[record.uid] for record in records}
    at_path = {record.uid: blobs_at(repository, record.path) for record in records}
    owners: dict[str, list[str]] = {}
    for uid, blobs in at_path.items():
        for blob in blobs:
            owners.setdefault(blob, []).append(uid)
    count = 0
    for identifier, kind, content in all_objects(repository):
        count += 1
        if kind == "blob":
            for uid in {*_uids_in(content, found), *owners.pop(identifier, ())}:
                found[uid].records.append(Version(blob=identifier, content=content))
        elif kind == "commit":
            for code in {*_CODE_LINE.findall(content)} & by_code.keys():
                by_code[code].notes += notes_in(identifier, content)
    for identifier, content in read_objects(repository, sorted(owners)):
        for uid in owners[identifier]:
            found[uid].records.append(Version(blob=identifier, content=content))
    return {
        uid: Versions(records=tuple(one.records), notes=tuple(one.notes), objects=count)
        for uid, one in found.items()
    }


def versions_in_files(
    files: Iterable[tuple[Path, bytes]], records: Sequence[Sought]
) -> dict[str, list[Version]]:
    """Pick by uid what of members lies in files: conflicts kept by rerere, copies, work trees."""
    found: dict[str, list[Version]] = {record.uid: [] for record in records}
    for path, content in files:
        for uid in _uids_in(content, found):
            found[uid].append(Version(blob=str(path), content=content))
    return found


@dataclass(slots=True)
class _Found:
    """What has been met of one member so far."""

    records: list[Version] = field(default_factory=list)
    notes: list[Note] = field(default_factory=list)


def _uids_in(content: bytes, wanted: Container[str]) -> set[str]:
    """Name the wanted uids that bytes say they are of, if they are a record's."""
    uids = {uid for raw in _UID_LINE.findall(content) if (uid := raw.decode()) in wanted}
    return uids if uids and is_version(content) else set()


def notes_in(commit: str, content: bytes) -> Iterator[Note]:
    """Yield the sealed notes in the bytes of a commit."""
    for text in _NOTE.findall(content):
        yield Note(commit=commit, text=text.decode("ascii", "replace"))


def parse_version(
    version: Version, *, schema_of: SchemaOf
) -> tuple[StoredRecord, RecordSchema] | None:
    """Read a version by its schema, or return None: broken by hand, or of an unknown kind."""
    try:
        stored = read_version(version.content, path=version.blob)
        if all(isinstance(stored.values.get(name), str) for name in ("uid", "key", "kind")):
            return stored, schema_of(stored.kind)
    except (InvalidRecordError, SchemaError):
        return None
    return None


def open_version(
    version: Version, *, record: StoredRecord, schema_of: SchemaOf, ring: KeyRing
) -> Opened:
    """Open a version value by value, so that one that does not open hides no other."""
    parsed = parse_version(version, schema_of=schema_of)
    if parsed is None:
        return Opened(flawed=True)
    stored, schema = parsed
    # The code may have been another member's once, whose values need not open here.
    own = stored.uid == record.uid
    closed: set[str] = set()
    unknown: list[Needle] = []
    flaws = 0

    def opened(path: FieldPath, field: Field | None, value: Scalar) -> Scalar:
        nonlocal flaws
        if not is_sealed(value):
            # Nobody can tell what stands in clear under a name that the schema does not know.
            flaws += field is None
            return value
        try:
            plain = ring.open(str(value), uid=record.uid, commitment=record.key, path=path)
        except NoIdentityError:
            closed.add(parse_sealed_text(str(value)).level)
        except SealingError:
            flaws += own
        else:
            if field is None and is_long_enough(str(plain)):
                unknown.append(Needle(field=path_text(path), text=str(plain)))
            return plain
        return value

    values = schema.map_leaves(dict(stored.values), opened)
    return Opened(
        needles=(*needles_of(values, schema=schema), *unknown),
        closed=frozenset(closed if own else ()),
        flawed=flaws > 0,
    )


def open_note(note: Note, *, record: StoredRecord, ring: KeyRing) -> Opened:
    """Open the sealed note of a commit."""
    try:
        text = str(ring.open(note.text, uid=record.uid, commitment=record.key, path=NOTE_PATH))
    except NoIdentityError:
        return Opened(closed=frozenset({parse_sealed_text(note.text).level}))
    except SealingError:
        return Opened(flawed=True)
    return Opened(needles=(Needle(field="note", text=text),) if is_long_enough(text) else ())


def is_version(content: bytes) -> bool:
    """Say whether bytes that name a uid are a record's, and no paper of a purge."""
    if SEALED_TEXT.search(content):
        return True
    return _RECORD.search(content) is not None and _PAPER.search(content) is None


def blobs_at(repository: Repository, path: str) -> set[str]:
    """Name every blob that ever stood at a path, in whatever branch."""
    return {
        blob
        for entry in walk_history(repository, revisions=("--all", "--reflog"), paths=(path,))
        for changed in entry.paths
        for blob in (changed.old_blob, changed.new_blob)
        if blob is not None
    }
