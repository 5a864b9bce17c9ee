"""Keep an index through a purge: without the purged members, under a new key."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from memberarc.acts.index.place import IndexPlace, index_place
from memberarc.acts.index.upkeep import UNUSABLE, IndexUpkeep
from memberarc.errors import UnusableIndexError
from memberarc.search.index.index_file import rekey_file, telling_damage

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from memberarc.acts.key.keys_at_hand import Keys, KeysAtHand
    from memberarc.acts.opening import Caller
    from memberarc.archive.opened import Archive
    from memberarc.search.index.store import Store


@contextmanager
def index_renewed(
    archive: Archive, caller: Caller, *, keys: Keys | KeysAtHand, without: Collection[str]
) -> Iterator[None]:
    """Let a block destroy shares, and the vault's share of the indexes with them.

    What the index holds of those members goes first, page by page; afterwards every page is
    encrypted anew. Where that fails nothing is lost: an index without its share opens for nobody,
    and is made again. Copies of it, wherever they are, are of that kind from then on.

    Args:
        without: the uids of the members whose shares are destroyed.
    """
    index = IndexUpkeep(archive, caller, ring=keys.ring, replicas=keys.replicas)
    store = _without(without, index)
    try:
        yield
    finally:
        if store is not None:
            place = index_place(archive, ring=keys.ring, replicas=keys.replicas)
            _renew(store, index, place=place)
            store.connection.close()


def _without(uids: Collection[str], index: IndexUpkeep) -> Store | None:
    """Take members out of an index, which is of no use then until it is renewed."""
    try:
        store = index.standing()
        with store.transaction():
            store.drop([path for path, _ in store.files_of(uids)])
            store.note(UNUSABLE)
    except UnusableIndexError:
        return None
    return store


def _renew(store: Store, index: IndexUpkeep, *, place: IndexPlace) -> None:
    try:
        if place.path != store.place:
            raise UnusableIndexError("the vault gives no new share for it")
        with telling_damage(store.place):
            rekey_file(store.connection, key=place.key)
        index.make_usable(store)
    except UnusableIndexError:
        _remove(store)


def _remove(store: Store) -> None:
    if store.place is not None:
        store.place.unlink(missing_ok=True)
