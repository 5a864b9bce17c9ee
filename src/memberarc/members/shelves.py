"""Find and read the records of an archive."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from memberarc.archive.incomplete import bring, is_partial
from memberarc.archive.layout import CODE, UID, PathKind, code_of, member_path, path_kind
from memberarc.archive.snapshot import read_objects
from memberarc.errors import (
    InvalidRecordError,
    MemberNotFoundError,
    MemberPurgedError,
    Problem,
)
from memberarc.formats.yaml_file import load_yaml
from memberarc.members.record import FORMAT, StoredRecord

if TYPE_CHECKING:
    from collections.abc import Iterator

    from memberarc.archive.opened import Archive

HOW_TO_FIND: Final = "memberarc list shows the codes, memberarc search finds names"
_IDENTITY: Final = {
    "id": CODE,
    "uid": UID,
    "key": re.compile(r"[0-9a-f]{16}"),
    "kind": re.compile(r"[a-z_]+"),
}
_UID_LINE: Final = re.compile(rb"^uid:[ \t]*[\"']?([a-z][a-z2-7]{15})\b", re.MULTILINE)
_YEAR: Final = re.compile(r"(?:19|2[0-9])[0-9]{2}")


def read_record(content: bytes, *, path: str) -> StoredRecord:
    """Read one record's file as far as everything relies on it: identity and status.

    Raises:
        InvalidRecordError: it cannot be read, or one of those is missing or of a wrong form.
    """
    record = read_version(content, path=path)
    values = record.values
    opened, status = values.get("opened"), values.get("status")
    flawed = [
        name
        for name, fits in (
            ("format", values.get("format") == FORMAT),
            ("opened", type(opened) is int and 1000 <= opened <= 9999),
            ("status", isinstance(status, str)),
        )
        if not fits
    ]
    _refuse(flawed, path=path)
    return record


def read_version(content: bytes, *, path: str) -> StoredRecord:
    """Read a version of a record that may be flawed, as far as its values can be opened.

    Raises:
        InvalidRecordError: it cannot be read, or does not say whose record of which kind it is.
    """
    values = load_yaml(content, path=path)
    flawed = [
        name
        for name, pattern in _IDENTITY.items()
        if not isinstance(value := values.get(name), str) or not pattern.fullmatch(value)
    ]
    _refuse(flawed, path=path)
    return StoredRecord(values=values)


def _refuse(flawed: list[str], *, path: str) -> None:
    if flawed:
        raise InvalidRecordError(
            f"{path} is no record: {', '.join(flawed)} missing or wrong",
            problems=[
                Problem(
                    path=path, pointer=name, rule="identity", message=f"{name} is missing or wrong"
                )
                for name in flawed
            ],
            where=path,
            hint="memberarc check",
        )


def member_paths(archive: Archive) -> list[str]:
    """Name every record's file, in order."""
    return [
        entry.path
        for entry in archive.snapshot.entries("members/")
        if path_kind(entry.path) is PathKind.MEMBER
    ]


def record_files(archive: Archive) -> Iterator[tuple[str, bytes]]:
    """Yield path and bytes of every record's file, in the order of their paths."""
    yield from archive.snapshot.read_many(member_paths(archive))


def read_records(archive: Archive) -> Iterator[StoredRecord]:
    """Read every record of an archive, in the order of their paths."""
    for path, content in record_files(archive):
        yield read_record(content, path=path)


def taken_codes(archive: Archive) -> Iterator[str]:
    """Yield every code ever given: those of records and those of tombstones."""
    for folder in ("members/", "tombstones/"):
        for entry in archive.snapshot.entries(folder):
            yield code_of(entry.path)


def buried_uids(archive: Archive) -> Iterator[str]:
    """Yield the uid of every tombstone, as git finds it: few bytes of many small files."""
    commit = archive.snapshot.commit
    if commit is None or archive.repository.identify(f"{commit}:tombstones") is None:
        return
    if is_partial(archive.repository):
        bring(archive.repository, [one.blob for one in archive.snapshot.entries("tombstones/")])
    words = ("grep", "-h", "-E", "^uid: ", commit, "--", "tombstones")
    for line in (archive.repository.line(*words) or "").splitlines():
        yield from uids_named_in(line.encode("ascii", "replace"))


def uids_named_in(content: bytes) -> list[str]:
    """Read the uid that bytes say they are of, without judging them."""
    return [uid.decode("ascii") for uid in _UID_LINE.findall(content)]


def find_record(archive: Archive, reference: str) -> StoredRecord:
    """Find a record by its code, in any case, or by its uid.

    Raises:
        MemberNotFoundError: none has it.
        MemberPurgedError: a tombstone stands in its place.
    """
    if UID.fullmatch(reference):
        for record in _records_naming(archive, reference):
            if record.uid == reference:
                return record
    path = record_path(archive, reference)
    content = archive.snapshot.read(path) if path else None
    if path and content is not None:
        return read_record(content, path=path)
    if path:
        raise MemberPurgedError(f"{reference} was purged", hint=f"memberarc log {reference}")
    raise MemberNotFoundError(
        f"no member {reference}",
        hint=HOW_TO_FIND,
    )


def _records_naming(archive: Archive, uid: str) -> Iterator[StoredRecord]:
    """Read the records that have a uid in some line: git finds them faster than we read all."""
    commit = archive.snapshot.commit
    if commit is None:
        return
    words = ("grep", "-l", "-z", "--fixed-strings", "-e", uid, commit, "--", "members")
    found = archive.repository.line(*words) or ""
    paths = [path.partition(":")[2] for path in found.split("\0") if path]
    for path, content in archive.snapshot.read_many(paths):
        if path_kind(path) is PathKind.MEMBER:
            yield read_record(content, path=path)


def find_last_version(archive: Archive, code: str) -> StoredRecord:
    """Read a record, or what it was last if its removal has been committed already.

    Raises:
        MemberNotFoundError: none has the code, or this clone has no version of it.
    """
    path = record_path(archive, code)
    if path is None:
        raise MemberNotFoundError(f"no member {code}", hint="memberarc list shows the codes")
    content = archive.snapshot.read(path)
    if content is not None:
        return read_record(content, path=path)
    from memberarc.archive.history import walk_history

    for entry in walk_history(archive.repository, paths=(path,)):
        for changed in entry.paths:
            if changed.old_blob is not None:
                _, content = next(read_objects(archive.repository, [changed.old_blob]))
                return read_record(content, path=path)
    raise MemberNotFoundError(f"{code} has no version in this clone", where=path)


def record_path(archive: Archive, reference: str) -> str | None:
    """Say where the record with this code stands, or stood before it was purged."""
    code = reference.upper()
    if not CODE.fullmatch(code):
        return None
    # A year in the code gives the path away, which spares listing the whole archive.
    for year in _YEAR.findall(code):
        path = member_path(code, opened=int(year))
        if archive.snapshot.blob_of(path):
            return path
    name = f"/{code}.yaml"
    for folder in ("members/", "tombstones/"):
        for entry in archive.snapshot.entries(folder):
            if entry.path.endswith(name):
                return entry.path.replace("tombstones/", "members/", 1)
    return None
