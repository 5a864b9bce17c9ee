"""Tell of the sealed index, make it anew, or delete it."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from memberarc.acts.index.place import SUFFIX, index_folder
from memberarc.acts.index.upkeep import HALF_WRITTEN, index_of
from memberarc.acts.key.keys_at_hand import open_keys_at_hand
from memberarc.archive.lock import hold_lock
from memberarc.archive.opened import open_archive
from memberarc.errors import FileError, UnusableIndexError
from memberarc.formats.sealed_text import LEVELS

if TYPE_CHECKING:
    from pathlib import Path

    from memberarc.acts.opening import Caller
    from memberarc.sealing.keys.key_ring import KeyRing

_OWN_NAME: Final = re.compile(rf"[0-9a-f]{{16}}\{HALF_WRITTEN}|[0-9a-f]{{16}}\{SUFFIX}(-[a-z]+)?")


@dataclass(frozen=True, slots=True, kw_only=True)
class IndexStatus:
    """The index of the keys at hand.

    Args:
        path: None where it cannot be kept: every search then makes one in memory.
        state: ``current``, ``behind``, ``missing``, or ``unusable`` with ``reason``; none of them
            asks anybody to do anything.
        levels: the levels of which it holds values, the open one first.
        unreadable: records of which no sealed value opened.
        left_out: files that are no records.
        others: how many indexes of other keys lie beside it.
    """

    path: Path | None
    state: str
    levels: tuple[str, ...]
    others: int
    notice: str
    size_bytes: int
    reason: str = ""
    records: int = 0
    commit: str = ""
    unreadable: int = 0
    left_out: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class RebuiltIndex:
    """An index made anew; ``path`` is None, and ``notice`` tells why, where it cannot be kept."""

    path: Path | None
    records: int
    notice: str


def index_status(caller: Caller) -> IndexStatus:
    """Look at the index without changing it."""
    archive = open_archive(caller.directory)
    keys = open_keys_at_hand(archive, caller)
    index = index_of(archive, caller, keys=keys, only_look=True)
    path = index.place.path
    beside = [*index_folder(archive.repository).glob(f"*{SUFFIX}")]
    looked_at = IndexStatus(
        path=path,
        state="unusable" if path in beside else "missing",
        size_bytes=path.lstat().st_size if path in beside and path else 0,
        levels=_levels(keys.ring),
        others=len([other for other in beside if other != path]),
        notice=keys.reason,
    )
    try:
        store = index.standing()
        return replace(
            looked_at,
            state="current" if index.is_current(store) else "behind",
            records=store.count(),
            commit=store.facts()["commit"],
            unreadable=len(store.unreadable()),
            left_out=store.flawed(),
        )
    except UnusableIndexError as err:
        return replace(looked_at, reason=err.message)


def _levels(ring: KeyRing | None) -> tuple[str, ...]:
    return tuple(one for one in LEVELS if one == LEVELS[0] or (ring and ring.can_open(one)))


def rebuild_index(caller: Caller) -> RebuiltIndex:
    """Make the index of the keys at hand from nothing."""
    archive = open_archive(caller.directory)
    index = index_of(archive, caller, keys=open_keys_at_hand(archive, caller))
    store = index.rebuilt()
    return RebuiltIndex(path=store.place, records=store.count(), notice=index.notice)


def drop_indexes(caller: Caller) -> int:
    """Delete every index that lies with this work tree, of whatever keys, and count them."""
    folder = index_folder(open_archive(caller.directory).repository)
    if folder.is_symlink():
        raise FileError("a link stands in the place of the indexes' folder", where=str(folder))
    if not folder.exists():
        return 0
    with hold_lock(folder):
        try:
            own = [one for one in folder.iterdir() if _OWN_NAME.fullmatch(one.name)]
            files = [one for one in own if one.suffix in (SUFFIX, HALF_WRITTEN)]
            for path in own:  # an index without its journal might seem to be whole
                path.unlink()
        except OSError as err:
            raise FileError(f"cannot delete: {err.strerror}", where=str(folder)) from err
    return len(files)
