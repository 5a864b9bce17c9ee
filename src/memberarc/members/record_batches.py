"""Do the same work on many records, on as many processors as there are."""

from __future__ import annotations

import fcntl
import gc
import os
import pickle
import signal
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from itertools import chain, islice
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, Final, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

_Item = TypeVar("_Item")
_Result = TypeVar("_Result")

_BATCH: Final = 40
_PIPE_BYTES: Final = 1 << 20
# Below this many records a second process costs more than it saves.
_FEW: Final = 500


def map_records(
    work: Callable[[_Item], _Result], items: Sequence[_Item], *, processes: int = 0
) -> Iterator[_Result]:
    """Yield what ``work`` makes of each item, in order; children begin with it at once.

    Args:
        processes: how many children; unless given, what the machine and so many items are worth.
    """
    return map_stream(partial(map, work), items, processes=processes)


def map_stream(
    work: Callable[[Iterable[_Item]], Iterator[_Result]],
    items: Sequence[_Item],
    *,
    processes: int = 0,
    at_once: int = _BATCH,
) -> Iterator[_Result]:
    """Yield what ``work`` makes of the items, in order; children begin with it at once.

    They are forked, so that keys, schemas and records are in their memory; only results cross a
    pipe. Threads would not do: the cipher library holds the interpreter's lock on small values.

    Args:
        work: yields one result for each item, in order. Each child calls it once, so what it opens
            serves all of the child's items; called again, it goes on where a child gave up.
        processes: how many children; unless given, what the machine and so many items are worth.
        at_once: so many results cross the pipe together; more where each is small.
    """
    count = processes or processes_for(len(items))
    if count == 1:
        return work(items)
    batches = [items[start : start + at_once] for start in range(0, len(items), at_once)]
    children = [_fork(work, batches[number::count]) for number in range(count)]
    return _in_order(work, batches, children)


def processes_for(records: int) -> int:
    """Say how many processes the work on so many records is worth."""
    return _processors() if records >= _FEW else 1


@dataclass(frozen=True, slots=True, kw_only=True)
class _Child:
    """A process that writes the results of its batches, each a pickled list, into a pipe."""

    pid: int
    results: IO[bytes]


def _fork(
    work: Callable[[Iterable[_Item]], Iterator[object]], batches: Sequence[Sequence[_Item]]
) -> _Child:
    reader, writer = os.pipe()
    if hasattr(fcntl, "F_SETPIPE_SZ"):
        # Room for what a child makes while its parent is busy with what came before.
        with suppress(OSError):
            fcntl.fcntl(writer, fcntl.F_SETPIPE_SZ, _PIPE_BYTES)
    pid = os.fork()
    if pid:
        os.close(writer)
        return _Child(pid=pid, results=os.fdopen(reader, "rb"))
    try:
        # It is the parent that a person stops; when that is gone, the next result finds a pipe that
        # nobody can read.
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, signal.SIG_IGN)
        gc.freeze()  # to visit what is the parent's would copy the pages it lies in
        _close_all_but(writer)
        made = work(chain.from_iterable(batches))
        with os.fdopen(writer, "wb") as results:
            for batch in batches:
                pickle.dump([*islice(made, len(batch))], results)
                results.flush()
    finally:
        os._exit(0)


def _close_all_but(kept: int) -> None:
    """Close what was the parent's: the lock of the archive, and the pipes of other children."""
    for descriptor in [int(path.name) for path in Path("/dev/fd").iterdir()]:
        if descriptor not in (0, 1, 2, kept):
            with suppress(OSError):
                os.close(descriptor)


def _in_order(
    work: Callable[[Iterable[_Item]], Iterator[_Result]],
    batches: Sequence[Sequence[_Item]],
    children: list[_Child],
) -> Iterator[_Result]:
    try:
        for number, batch in enumerate(batches):
            results = _next_results(children[number % len(children)])
            # What a child could not do is done again here, where an error reaches a person.
            yield from work(batch) if results is None else results
    finally:
        for child in children:
            child.results.close()
        for child in children:
            os.waitpid(child.pid, 0)


def _next_results(child: _Child) -> Any:
    try:
        return pickle.load(child.results)  # noqa: S301  our own process has written it
    except (EOFError, pickle.UnpicklingError):
        return None


def _processors() -> int:
    # Not all systems tell how many of its processors a process may use.
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
