"""Save a search under a name: sealed, unless it may stand in clear and somebody asks for that."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from memberarc.acts.key.keys_at_hand import open_keys, open_keys_at_hand
from memberarc.acts.search_members import searchable
from memberarc.acts.writing import commit_act
from memberarc.archive.identifiers import new_uid
from memberarc.archive.message import Act
from memberarc.archive.opened import open_archive
from memberarc.archive.transaction import Change, Plan
from memberarc.errors import ConflictError, DuplicateError, UsageError
from memberarc.formats.sealed_text import LEVELS, SEALED_LEVELS
from memberarc.search.columns import Columns, Sorting
from memberarc.search.match import Matcher
from memberarc.search.query import parse_query, query_text
from memberarc.search.saved import (
    SavedSearch,
    StoredSearch,
    checked_name,
    looks_everywhere,
    normal_text,
    required_level,
    seal_search,
    write_stored,
)
from memberarc.search.saved_shelf import named_searches

if TYPE_CHECKING:
    from memberarc.acts.key.keys_at_hand import Keys
    from memberarc.acts.opening import Caller
    from memberarc.archive.opened import Archive
    from memberarc.sealing.keys.key_ring import KeyRing
    from memberarc.search.saved_shelf import FoundSearch


@dataclass(frozen=True, slots=True, kw_only=True)
class SaveRequest:
    """A search to keep; ``replace`` puts it in the place of the one that has its name.

    ``level`` seals it at that level, which the fields it names may not be above; ``open`` keeps it
    in clear. Without it every search is sealed: what is only letters may be somebody's name.
    """

    name: str
    query: str
    columns: tuple[str, ...] = ()
    sort: tuple[str, ...] = ()
    level: str = ""
    replace: bool = False
    dry_run: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Saved:
    """What was saved; ``commit`` is None after a dry run, and where it stood so already.

    ``by_its_text`` says that it has this level for a text only that looks everywhere,
    ``was_clear`` that the version it replaces stands in clear.
    """

    uid: str
    search: SavedSearch
    level: str
    by_its_text: bool
    was_clear: bool
    unchanged: bool
    commit: str | None
    notices: tuple[str, ...] = ()


def save_search(caller: Caller, request: SaveRequest) -> Saved:
    """Provide a share where the search must be sealed, then commit its file.

    Raises:
        QuerySyntaxError: the query cannot be read, or names a field that no record has.
        UsageError: nothing is kept at the level that was asked for, or not this search.
        DuplicateError: the name is taken, as far as names open here.
        NoIdentityError: no key of the level is at hand.
    """
    archive = open_archive(caller.directory)
    search = SavedSearch(
        name=checked_name(request.name),
        query=query_text(parse_query(normal_text(request.query))),
        columns=tuple(map(normal_text, request.columns)),
        sort=tuple(map(normal_text, request.sort)),
    )
    _refuse_senseless(archive, search)
    required = required_level(search, schemas=[archive.schema(kind) for kind in archive.kinds])
    ring = open_keys_at_hand(archive, caller).ring
    standing = _standing(archive, search, ring=ring, replace=request.replace)
    if request.level == "open":
        keys, level = None, _in_clear(required=required, standing=standing)
    else:
        keys = open_keys(archive, caller)
        level = _sealed_at(search, request, required=required, ring=keys.ring)
    unchanged = standing is not None and _is_same(standing, search, level=level, keys=keys)
    saved = Saved(
        uid=standing.stored.uid if standing else new_uid(),
        search=search,
        level=level,
        by_its_text=looks_everywhere(search) and level != required and not request.level,
        was_clear=standing is not None and standing.stored.clear is not None,
        unchanged=unchanged,
        commit=None,
        notices=keys.notices if keys else (),
    )
    if request.dry_run:
        return saved
    if unchanged:
        # A save that was killed may have left its commit without files and index.
        commit_act(archive, lambda _: None)
        return saved
    return _committed(archive, saved, standing=standing, keys=keys)


def _refuse_senseless(archive: Archive, search: SavedSearch) -> None:
    """Refuse what could not be run.

    Raises:
        QuerySyntaxError: it names a field that no record has, or a value no such field can have.
    """
    kinds = searchable(archive)
    Matcher(parse_query(search.query), kinds=kinds)
    Columns(search.columns, kinds=kinds)
    Sorting(search.sort, kinds=kinds)


def _standing(
    archive: Archive, search: SavedSearch, *, ring: KeyRing | None, replace: bool
) -> FoundSearch | None:
    """Find what has the name already.

    Raises:
        DuplicateError: something has, and it is not to be replaced.
        ConflictError: several have, so nobody knows which is to be replaced.
    """
    found = named_searches(archive, search.name, ring=ring)
    if found and not replace:
        raise DuplicateError(
            f"there is a saved search {search.name} already",
            where=found[0].stored.path,
            hint="--replace puts this one in its place",
        )
    if len(found) > 1:
        uids = ", ".join(one.stored.uid for one in found)
        raise ConflictError(
            f"{len(found)} saved searches have the name {search.name}",
            hint=f"memberarc segment remove one of: {uids}",
        )
    return found[0] if found else None


def _in_clear(*, required: str, standing: FoundSearch | None) -> str:
    """Let a search stand in clear, as somebody asked.

    Raises:
        UsageError: it must be sealed, or the one it replaces was.
    """
    if required != "open":
        raise UsageError(
            f"a field, a word or the name of this search is {required}, so it is sealed",
            hint=f"--level {required}",
        )
    if standing is not None and standing.stored.sealed:
        raise UsageError(
            "what was sealed stays sealed when it is replaced",
            hint=f"memberarc segment remove {standing.stored.uid}, then save it anew",
        )
    return "open"


def _sealed_at(search: SavedSearch, request: SaveRequest, *, required: str, ring: KeyRing) -> str:
    """Choose the level: the one asked for, else of what a text may hit all that opens here.

    Raises:
        UsageError: the one asked for is no level, or below that of a field that is named.
    """
    lowest = max(required, "internal", key=LEVELS.index)
    if not request.level:
        readable = [level for level in SEALED_LEVELS if ring.can_open(level)]
        levels = [lowest, *(readable if looks_everywhere(search) else [])]
        return max(levels, key=LEVELS.index)
    if request.level not in LEVELS:
        raise UsageError(f"there is no level {request.level}", hint=f"one of: {', '.join(LEVELS)}")
    if LEVELS.index(request.level) < LEVELS.index(lowest):
        raise UsageError(
            f"the search names a field of level {lowest}, above {request.level}",
            hint=f"--level {lowest}",
        )
    return request.level


def _is_same(standing: FoundSearch, search: SavedSearch, *, level: str, keys: Keys | None) -> bool:
    if standing.search != search or standing.stored.level != level:
        return False
    return keys is None or keys.ring.is_current(standing.stored.sealed, level=level)


def _committed(
    archive: Archive, saved: Saved, *, standing: FoundSearch | None, keys: Keys | None
) -> Saved:
    uid, path = saved.uid, StoredSearch(uid=saved.uid).path
    commitment = standing.stored.key if standing else ""
    if keys is not None and not commitment:
        commitment = keys.replicas.provision([uid])[uid]
    before = archive.snapshot.blob_of(path)

    def plan(current: Archive) -> Plan:
        now = keys.at(current) if keys else None
        others = named_searches(current, saved.search.name, ring=now.ring if now else None)
        if current.snapshot.blob_of(path) != before or any(one.stored.uid != uid for one in others):
            raise ConflictError(
                "somebody else saved or removed a search of this name meanwhile",
                hint="memberarc segment list",
            )
        stored = StoredSearch(uid=uid, clear=saved.search)
        if now is not None:
            stored = seal_search(
                saved.search, uid=uid, key=commitment, level=saved.level, ring=now.ring
            )
        return Plan(
            changes=(Change(path=path, content=write_stored(stored)),),
            act=Act(
                name="segment-save",
                subject=f"save segment {uid}",
                policy=current.policy_digest,
            ),
        )

    return replace(saved, commit=commit_act(archive, plan))
