"""Seal saved searches again: after a rotation, and when a field they name is open no more."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from memberarc.archive.transaction import Change
from memberarc.errors import MemberPurgedError, QuerySyntaxError, SealingError
from memberarc.formats.sealed_text import LEVELS
from memberarc.search.saved import (
    open_stored,
    parse_stored,
    required_level,
    seal_search,
    write_stored,
)
from memberarc.search.saved_shelf import found_searches, search_files

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence

    from memberarc.archive.opened import Archive
    from memberarc.sealing.keys.key_ring import KeyRing
    from memberarc.search.saved import SavedSearch, StoredSearch


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchToSeal:
    """A saved search that stands in clear and should not, or at too low a level or an old epoch."""

    stored: StoredSearch
    search: SavedSearch
    level: str

    @property
    def was_clear(self) -> bool:
        return self.stored.clear is not None


def resealed_searches(
    archive: Archive, *, ring: KeyRing, levels: Collection[str]
) -> Iterator[Change]:
    """Make the change of each saved search that is sealed at some levels under an old epoch.

    One whose removal has begun is left as it is: nothing opens it any more.

    Raises:
        SealingError, InvalidRecordError: one does not open; ``where`` names it.
    """
    for path, content in search_files(archive):
        stored = parse_stored(content, path=path)
        if stored.level in levels and not ring.is_current(stored.sealed, level=stored.level):
            try:
                search = open_stored(stored, ring=ring)
            except MemberPurgedError:
                continue
            except SealingError as err:
                err.where, err.hint = stored.path, f"git log -- {stored.path} shows who changed it"
                raise
            yield _sealed(stored, search, level=stored.level, key=stored.key, ring=ring)


def searches_to_seal(
    archive: Archive, *, ring: KeyRing, only: Collection[str]
) -> tuple[SearchToSeal, ...]:
    """Find the saved searches that open here and are not sealed as they should be.

    Args:
        only: their paths; nothing named means all.
    """
    schemas = [archive.schema(kind) for kind in archive.kinds]
    found = []
    for one in found_searches(archive, ring=ring):
        if one.search is None or (only and one.stored.path not in only):
            continue
        try:
            required = required_level(one.search, schemas=schemas)
        except QuerySyntaxError:
            continue  # nobody can tell what it names; ``check`` says so
        level = max(one.stored.level, required, key=LEVELS.index)
        current = level == "open" or (
            one.stored.sealed != "" and ring.is_current(one.stored.sealed, level=level)
        )
        if not current:
            found.append(SearchToSeal(stored=one.stored, search=one.search, level=level))
    return tuple(found)


def sealed_searches(
    wanted: Sequence[SearchToSeal], *, keys: Mapping[str, str], ring: KeyRing
) -> Iterator[Change]:
    """Make the change of each that is to be sealed.

    Args:
        keys: by uid the ``key`` of those that had no share yet.
    """
    for one in wanted:
        key = one.stored.key or keys[one.stored.uid]
        yield _sealed(one.stored, one.search, level=one.level, key=key, ring=ring)


def _sealed(
    stored: StoredSearch, search: SavedSearch, *, level: str, key: str, ring: KeyRing
) -> Change:
    sealed = seal_search(search, uid=stored.uid, key=key, level=level, ring=ring)
    return Change(path=stored.path, content=write_stored(sealed))
