"""Seal and write many new records, on as many processors as there are."""

from __future__ import annotations

import multiprocessing
import os
from concurrent.futures import ProcessPoolExecutor
from itertools import islice
from typing import TYPE_CHECKING, Final

from memberarc.members.record import StoredRecord, write_record
from memberarc.members.sealed_record import seal_record

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from memberarc.formats.canonical_yaml import Node
    from memberarc.formats.schema import RecordSchema
    from memberarc.sealing.key_ring import KeyRing

BATCH: Final = 500
# Below this many records a second process costs more than it saves.
FEW: Final = 2_000


def write_new_records(
    records: Iterable[Mapping[str, Node]], *, count: int, schema: RecordSchema, ring: KeyRing
) -> Iterator[tuple[str, bytes]]:
    """Yield path and bytes of each record sealed, in the order given.

    Args:
        count: how many there are, which decides whether processes are worth their start. Threads
            would not do: the cipher library holds the interpreter's lock on small values.
    """
    batches = _batches(records)
    processes = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else 1
    if count < FEW or processes < 2:
        for batch in batches:
            yield from _write_batch(batch, schema=schema, ring=ring)
        return
    # A forked child has schema and keys in its memory: they never cross a pipe.
    context = multiprocessing.get_context("fork")
    with ProcessPoolExecutor(
        processes, mp_context=context, initializer=_Work.keep, initargs=(schema, ring)
    ) as pool:
        for written in pool.map(_Work.write, batches):
            yield from written


class _Work:
    """What a child process needs for every batch."""

    schema: RecordSchema
    ring: KeyRing

    @classmethod
    def keep(cls, schema: RecordSchema, ring: KeyRing) -> None:
        cls.schema, cls.ring = schema, ring

    @classmethod
    def write(cls, batch: list[Mapping[str, Node]]) -> list[tuple[str, bytes]]:
        return _write_batch(batch, schema=cls.schema, ring=cls.ring)


def _batches(records: Iterable[Mapping[str, Node]]) -> Iterator[list[Mapping[str, Node]]]:
    remaining = iter(records)
    while batch := list(islice(remaining, BATCH)):
        yield batch


def _write_batch(
    batch: list[Mapping[str, Node]], *, schema: RecordSchema, ring: KeyRing
) -> list[tuple[str, bytes]]:
    written = []
    for values in batch:
        sealed = seal_record(values, schema=schema, ring=ring)
        written.append((StoredRecord(values=sealed).path, write_record(sealed, schema=schema)))
    return written
