"""Find the saved searches of an archive, and open those for which there is a key."""

from __future__ import annotations

import unicodedata
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from memberarc.archive.history import walk_history
from memberarc.archive.layout import PathKind, path_kind
from memberarc.errors import (
    ConflictError,
    InvalidRecordError,
    MemberPurgedError,
    NoIdentityError,
    NotFoundError,
    SealingError,
)
from memberarc.search.saved import StoredSearch, open_stored, parse_stored

if TYPE_CHECKING:
    from collections.abc import Iterator

    from memberarc.archive.opened import Archive
    from memberarc.sealing.keys.key_ring import KeyRing
    from memberarc.search.saved import SavedSearch


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundSearch:
    """A saved search as far as it opens here; ``reason`` says why it does not.

    ``removing`` is one whose share is being destroyed, ``damaged`` one that should open and does
    not.
    """

    stored: StoredSearch
    state: Literal["opened", "closed", "removing", "damaged"]
    search: SavedSearch | None = None
    reason: str = ""


def search_files(archive: Archive) -> Iterator[tuple[str, bytes]]:
    """Yield path and bytes of every saved search's file, in the order of their paths."""
    paths = [
        entry.path
        for entry in archive.snapshot.entries("segments/")
        if path_kind(entry.path) is PathKind.SEGMENT
    ]
    yield from archive.snapshot.read_many(paths)


def stored_searches(archive: Archive) -> Iterator[StoredSearch]:
    """Read every saved search of an archive; ``check`` tells of a file that is none."""
    for path, content in search_files(archive):
        with suppress(InvalidRecordError):
            yield parse_stored(content, path=path)


def found_searches(archive: Archive, *, ring: KeyRing | None) -> tuple[FoundSearch, ...]:
    """Open the saved searches as far as keys reach; a file that is none counts as damaged."""
    return tuple(_found(path, content, ring=ring) for path, content in search_files(archive))


def find_search(archive: Archive, reference: str, *, ring: KeyRing | None) -> FoundSearch:
    """Find a saved search by its name, as far as names open here, or by its uid.

    Raises:
        NotFoundError: none has it.
        ConflictError: several have the name.
    """
    found = named_searches(archive, reference, ring=ring)
    if len(found) > 1:
        uids = ", ".join(one.stored.uid for one in found)
        raise ConflictError(
            f"{len(found)} saved searches have the name {reference}", hint=f"name one of: {uids}"
        )
    if not found:
        raise NotFoundError(
            f"no saved search {reference}, as far as names open here",
            hint=_near(archive, reference, ring=ring) or "memberarc segment list",
        )
    return found[0]


def named_searches(
    archive: Archive, reference: str, *, ring: KeyRing | None
) -> tuple[FoundSearch, ...]:
    """Find the saved searches of a name or uid; two branches may each have saved one."""
    name = unicodedata.normalize("NFC", reference).strip()
    return tuple(
        one
        for one in found_searches(archive, ring=ring)
        if one.stored.uid == reference or (one.search is not None and one.search.name == name)
    )


def removed_searches(archive: Archive) -> frozenset[str]:
    """Tell the uids of saved searches that a commit up to this one has removed."""
    standing = {entry.path for entry in archive.snapshot.entries("segments/")}
    return frozenset(
        _uid_in(changed.path)
        for entry in walk_history(archive.repository, paths=("segments",))
        for changed in entry.paths
        if changed.new_blob is None
        and changed.path not in standing
        and path_kind(changed.path) is PathKind.SEGMENT
    )


def _found(path: str, content: bytes, *, ring: KeyRing | None) -> FoundSearch:
    try:
        stored = parse_stored(content, path=path)
    except InvalidRecordError as err:
        nothing = StoredSearch(uid=_uid_in(path))
        return FoundSearch(stored=nothing, state="damaged", reason=err.problems[0].message)
    if ring is None and stored.sealed:
        return FoundSearch(stored=stored, state="closed", reason="no keys at hand")
    try:
        search = stored.clear or (open_stored(stored, ring=ring) if ring else None)
    except NoIdentityError as err:
        return FoundSearch(stored=stored, state="closed", reason=err.message)
    except MemberPurgedError:
        return FoundSearch(stored=stored, state="removing", reason="its removal has begun")
    except SealingError as err:
        return FoundSearch(stored=stored, state="damaged", reason=err.message)
    return FoundSearch(stored=stored, state="opened", search=search)


def _near(archive: Archive, reference: str, *, ring: KeyRing | None) -> str:
    """Offer the names that open here and are like one that is not there."""
    from difflib import get_close_matches

    names = {one.search.name for one in found_searches(archive, ring=ring) if one.search}
    near = get_close_matches(reference, sorted(names))
    return f"did you mean {' or '.join(near)}?" if near else ""


def _uid_in(path: str) -> str:
    return path.removeprefix("segments/").removesuffix(".yaml")
