"""The semantic diff: which members came, went or changed, field by field."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from memberarc.archive.layout import PathKind, code_of, path_kind
from memberarc.members.changes import FieldChange, compare_records
from memberarc.members.sealed_record import visible_record
from memberarc.members.shelves import read_version

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from memberarc.archive.opened import Archive
    from memberarc.members.record import OpenedRecord
    from memberarc.sealing.keys.key_ring import KeyRing


@dataclass(frozen=True, slots=True, kw_only=True)
class FileVersions:
    """One path with its bytes on both sides; None where it does not exist."""

    path: str
    before: bytes | None
    after: bytes | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """What happened to one member, or to one file that is no record (``changes`` is then empty)."""

    path: str
    code: str
    kind: Literal["added", "removed", "changed"]
    changes: tuple[FieldChange, ...] = ()


def compare_files(
    files: Iterable[FileVersions], *, archive: Archive, ring: KeyRing | None
) -> Iterator[Difference]:
    """Compare files pair by pair; records by field, opened as far as the ring reaches."""
    for file in files:
        if file.before == file.after:
            continue
        kind: Literal["added", "removed", "changed"] = (
            "added" if file.before is None else "removed" if file.after is None else "changed"
        )
        if path_kind(file.path) is not PathKind.MEMBER:
            yield Difference(path=file.path, code="", kind=kind)
            continue
        before = _opened(file.before, path=file.path, archive=archive, ring=ring)
        after = _opened(file.after, path=file.path, archive=archive, ring=ring)
        one = after or before
        assert one is not None
        changes = compare_records(before, after, schema=archive.schema(one.stored.kind))
        yield Difference(path=file.path, code=code_of(file.path), kind=kind, changes=changes)


def _opened(
    content: bytes | None, *, path: str, archive: Archive, ring: KeyRing | None
) -> OpenedRecord | None:
    if content is None:
        return None
    record = read_version(content, path=path)
    return visible_record(record, schema=archive.schema(record.kind), ring=ring)
