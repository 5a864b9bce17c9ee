"""What the beginning of a word could mean: from an index that lies there, never made for it.

Nothing is asked and nothing is written: a person is in the middle of a line. Names are not offered:
others may look at the screen.
"""

from __future__ import annotations

from dataclasses import replace
from itertools import chain
from typing import TYPE_CHECKING, Final

from memberarc.acts.index.upkeep import index_of
from memberarc.acts.key.keys_at_hand import open_keys_at_hand
from memberarc.archive.opened import open_archive
from memberarc.errors import UnusableIndexError
from memberarc.members.reasons import reasons_for
from memberarc.sealing.age.asking import NOBODY
from memberarc.search.fields import meant_fields
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


def kinds(caller: Caller) -> list[str]:
    """List the kinds of record."""
    return [*open_archive(caller.directory).kinds]


def reasons(caller: Caller, act: str) -> list[str]:
    """List the codes that may explain an act."""
    return reasons_for(open_archive(caller.directory), act=act)


def field_names(caller: Caller) -> list[str]:
    """List the fields of all kinds of record as they are typed, without those inside lists."""
    return [".".join(path) for path in _layout(caller, _standing(caller)).column_paths]


def field_labels(caller: Caller) -> list[str]:
    """List the Chinese labels of the same fields."""
    layout = _layout(caller, _standing(caller))
    fields = [one for kind in layout.kinds for one in layout.fields(kind)]
    return [*dict.fromkeys(one.label_zh for one in fields if layout.is_column(one.path))]


def values_of(caller: Caller, field: str) -> list[str]:
    """List the values of a field that is in clear, such as a branch; else those it may have."""
    in_use, possible = _values(caller, field)
    return in_use or possible


def choices_of(caller: Caller, field: str) -> list[str]:
    """List the values that a field may have; those it has, where its schema names none."""
    in_use, possible = _values(caller, field)
    return possible or in_use


def _values(caller: Caller, field: str) -> tuple[list[str], list[str]]:
    store = _standing(caller)
    by_kind = meant_fields(field, _layout(caller, store).kinds)
    meant = [one for fields in by_kind.values() for one in fields]
    in_use = (
        open_values(store, path, most=MOST_WORDS) if store else []
        for path in dict.fromkeys(one.path for one in meant)
    )
    return (
        [*dict.fromkeys(chain.from_iterable(in_use))],
        [*dict.fromkeys(str(value) for one in meant for value in one.enum)],
    )


def _layout(caller: Caller, store: Store | None) -> Layout:
    if store is not None:
        return store.layout
    archive = open_archive(caller.directory)
    return Layout.of([archive.schema(kind) for kind in archive.kinds])


def _standing(caller: Caller) -> Store | None:
    archive = open_archive(caller.directory)
    keys = open_keys_at_hand(archive, replace(caller, asker=NOBODY))
    try:
        return index_of(archive, caller, keys=keys, only_look=True).standing()
    except UnusableIndexError:
        return None
