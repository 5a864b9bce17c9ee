"""List the saved searches, as far as keys reach, and find one of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from memberarc.acts.key.keys_at_hand import open_keys_at_hand
from memberarc.archive.opened import open_archive
from memberarc.errors import MemberPurgedError, NoIdentityError, SealingError
from memberarc.search.saved_shelf import find_search, found_searches

if TYPE_CHECKING:
    from memberarc.acts.opening import Caller
    from memberarc.search.saved import SavedSearch
    from memberarc.search.saved_shelf import FoundSearch


@dataclass(frozen=True, slots=True, kw_only=True)
class SavedSearches:
    """Every saved search of the newest commit; ``notice`` says why some or all stay sealed."""

    found: tuple[FoundSearch, ...]
    notice: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownSearch:
    """One saved search, opened, and the level it is sealed at."""

    uid: str
    level: str
    search: SavedSearch


def list_searches(caller: Caller) -> SavedSearches:
    """Open every saved search that opens here, by name; the others come last."""
    archive = open_archive(caller.directory)
    keys = open_keys_at_hand(archive, caller)
    found = sorted(
        found_searches(archive, ring=keys.ring),
        key=lambda one: (one.search is None, one.search.name if one.search else one.stored.uid),
    )
    sealed = any(one.stored.sealed for one in found)
    return SavedSearches(found=tuple(found), notice=keys.reason if sealed else "")


def show_search(caller: Caller, reference: str) -> ShownSearch:
    """Open one saved search, by name or uid.

    Raises:
        NotFoundError, ConflictError: there is none, or several have the name.
        NoIdentityError, SealingError: it does not open here.
    """
    archive = open_archive(caller.directory)
    keys = open_keys_at_hand(archive, caller)
    return shown(find_search(archive, reference, ring=keys.ring))


def shown(found: FoundSearch) -> ShownSearch:
    """Return a search that has opened; raises as ``show_search`` for one that has not."""
    stored = found.stored
    if found.search is None:
        refusals = {"closed": NoIdentityError, "removing": MemberPurgedError}
        hint = f"memberarc segment remove {stored.uid}" if found.state != "closed" else ""
        raise refusals.get(found.state, SealingError)(
            f"the saved search does not open: {found.reason}", where=stored.path, hint=hint
        )
    return ShownSearch(uid=stored.uid, level=stored.level, search=found.search)
