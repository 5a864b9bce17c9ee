"""Every version of a member that a repository keeps, whoever wrote it and however it is spelt."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from memberarc.archive.history import walk_history
from memberarc.archive.snapshot import all_objects, read_objects
from memberarc.disposal.needles import Needle, is_long_enough, needles_of
from memberarc.errors import InvalidRecordError, NoIdentityError, SchemaError, SealingError
from memberarc.formats.field_path import path_text
from memberarc.formats.sealed_text import parse_sealed_text
from memberarc.members.sealed_record import NOTE_PATH, is_sealed
from memberarc.members.shelves import read_version

if TYPE_CHECKING:
    from collections.abc import Callable

    from memberarc.archive.git import Repository
    from memberarc.formats.canonical_yaml import Scalar
    from memberarc.formats.field_path import FieldPath
    from memberarc.formats.schema import Field, RecordSchema
    from memberarc.members.record import StoredRecord
    from memberarc.sealing.key_ring import KeyRing

    SchemaOf = Callable[[str], RecordSchema]

SEALED_TEXT: Final = re.compile(rb"enc:m1\.[a-z]+\.[0-9]+:[A-Za-z0-9_-]*")
# The papers of a purge name the uid, too, and hold nothing sealed.
_PAPER: Final = re.compile(rb"""^format:[ \t]*["']?(?:tombstone|certificate)/""", re.MULTILINE)
_RECORD: Final = re.compile(rb"^(?:format|kind):", re.MULTILINE)
_NOTE: Final = re.compile(rb"^[ \t]*Memberarc-Note:[ \t]*(enc:\S+)", re.MULTILINE)


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
    """Collect a member's versions and notes: all refs, stashes and unreachable objects.

    What is no canonical record counts, too, and whatever stood at the record's path in any branch.
    """
    uid = re.escape(record.uid.encode())
    of_uid = re.compile(rb"""^uid:[ \t]*["']?""" + uid + rb"""["']?[ \t]*\r?$""", re.MULTILINE)
    code = re.escape(record.code.encode())
    of_code = re.compile(rb"^[ \t]*Memberarc-Member:[ \t]*" + code + rb"[ \t]*\r?$", re.MULTILINE)
    at_path = _blobs_at(repository, record.path)
    records, notes, count = [], [], 0
    for identifier, kind, content in all_objects(repository):
        count += 1
        if kind == "blob":
            if identifier in at_path or (of_uid.search(content) and _is_version(content)):
                records.append(Version(blob=identifier, content=content))
        elif kind == "commit" and of_code.search(content):
            notes += [
                Note(commit=identifier, text=text.decode("ascii", "replace"))
                for text in _NOTE.findall(content)
            ]
    missing = at_path - {version.blob for version in records}
    for identifier, content in read_objects(repository, sorted(missing)):
        records.append(Version(blob=identifier, content=content))
    return Versions(records=tuple(records), notes=tuple(notes), objects=count)


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


def _is_version(content: bytes) -> bool:
    if SEALED_TEXT.search(content):
        return True
    return _RECORD.search(content) is not None and _PAPER.search(content) is None


def _blobs_at(repository: Repository, path: str) -> set[str]:
    """Name every blob that ever stood at a path, in whatever branch."""
    return {
        blob
        for entry in walk_history(repository, revisions=("--all",), paths=(path,))
        for changed in entry.paths
        for blob in (changed.old_blob, changed.new_blob)
        if blob is not None
    }
