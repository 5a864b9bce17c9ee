"""What the beginning of a word could mean: from an index that lies there, never made for it.

Nothing is asked and nothing is written: a person is in the middle of a line. Names are not offered:
others may look at the screen.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from memberarc.acts.index.upkeep import index_of
from memberarc.acts.key.keys_at_hand import open_keys_at_hand
from memberarc.archive.opened import open_archive
from memberarc.errors import UnusableIndexError
from memberarc.sealing.age.asking import NOBODY
from memberarc.search.index.layout import Layout
from memberarc.search.index.lookup import codes_beginning, open_values

if TYPE_CHECKING:
    from memberarc.acts.opening import Caller
    from memberarc.search.index.store import Store

MOST_WORDS: Final = 100


def codes_that_begin(caller: Caller, beginning: str) -> list[str]:
    """List the first codes that begin so, in any case."""
    store = _standing(caller)
    return codes_beginning(store, beginning, most=MOST_WORDS) if store else []


def field_names(caller: Caller) -> list[str]:
    """List the fields of all kinds of record as they are typed, without those inside lists."""
    store = _standing(caller)
    if store is not None:
        layout = store.layout
    else:
        archive = open_archive(caller.directory)
        layout = Layout.of([archive.schema(kind) for kind in archive.kinds])
    return [".".join(path) for path in layout.column_paths]


def values_of(caller: Caller, field: str) -> list[str]:
    """List the values of a field that is in clear: a status, a branch, a category."""
    store = _standing(caller)
    path = tuple(("categories.value" if field == "category" else field).split("."))
    return open_values(store, path, most=MOST_WORDS) if store else []


def _standing(caller: Caller) -> Store | None:
    archive = open_archive(caller.directory)
    keys = open_keys_at_hand(archive, replace(caller, asker=NOBODY))
    try:
        return index_of(archive, caller, keys=keys, only_look=True).standing()
    except UnusableIndexError:
        return None
