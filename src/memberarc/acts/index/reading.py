"""Read records for the index, in as many processes as there are processors."""

from __future__ import annotations

import json
from functools import partial
from itertools import tee
from typing import TYPE_CHECKING

from memberarc.archive.snapshot import read_objects
from memberarc.errors import InvalidRecordError, SchemaError, SealedValueError
from memberarc.formats.field_path import schema_path
from memberarc.members.leaf_reader import LeafReader
from memberarc.members.record_batches import map_stream, processes_for
from memberarc.search.index.store import IndexedRecord
from memberarc.search.index.terms import TermReader

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from memberarc.archive.opened import Archive
    from memberarc.archive.packed_files import File
    from memberarc.members.leaf_reader import RecordLeaves
    from memberarc.sealing.keys.key_ring import KeyRing
    from memberarc.search.index.layout import Layout
    from memberarc.search.index.terms import UsualReadings


def indexed_files(
    files: Sequence[File],
    *,
    archive: Archive,
    ring: KeyRing | None,
    layout: Layout,
    usual: UsualReadings,
) -> Iterator[tuple[File, IndexedRecord | None]]:
    """Yield for each file, in order, what an index keeps of it; None of what is no sound record."""
    if processes_for(len(files)) > 1:
        for kind in layout.kinds:
            archive.schema(kind)  # read once here, and not in every process
    work = partial(_indexed, archive=archive, ring=ring, layout=layout, usual=usual)
    return zip(files, map_stream(work, files), strict=True)


def _indexed(
    files: Iterable[File],
    *,
    archive: Archive,
    ring: KeyRing | None,
    layout: Layout,
    usual: UsualReadings,
) -> Iterator[IndexedRecord | None]:
    reader = LeafReader(schemas=archive.schema, ring=ring)
    terms: dict[str, TermReader] = {}
    ours, theirs = tee(files)
    contents = read_objects(archive.repository, (blob for _, blob in theirs))
    for (path, blob), (_, content) in zip(ours, contents, strict=True):
        try:
            record = reader.read(content, path=path)
        except (InvalidRecordError, SealedValueError, SchemaError):
            yield None
        else:
            if record.kind not in terms:
                fields = layout.fields(record.kind)
                terms[record.kind] = TermReader(fields, usual=usual.__getitem__)
            yield _indexed_record(
                record, path=path, blob=blob, layout=layout, terms=terms[record.kind]
            )


def _indexed_record(
    record: RecordLeaves, *, path: str, blob: str, layout: Layout, terms: TermReader
) -> IndexedRecord:
    values, listed = layout.values(record.leaves)
    return IndexedRecord(
        path=path,
        blob=bytes.fromhex(blob),
        unreadable=record.unreadable,
        closed=json.dumps(record.closed) if record.closed else "",
        values=values,
        listed=listed,
        terms=terms.read((schema_path(leaf), value) for leaf, value in record.leaves),
    )
