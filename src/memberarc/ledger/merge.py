"""Merge events by ref: an import into its day, and the two sides of a git merge."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from memberarc.ledger.event import Event


def merge_events(
    ours: Iterable[Event], theirs: Iterable[Event], *, base: Iterable[Event] = ()
) -> tuple[tuple[Event, ...], tuple[str, ...]]:
    """Merge two sides of a day; without a base it is the union.

    Returns:
        The events in order of ref, and the refs that both sides changed, each in another way;
        ours is the one that stays.
    """
    mine, other, old = ({event.ref: event for event in side} for side in (ours, theirs, base))
    merged: list[Event] = []
    conflicts: list[str] = []
    for ref in sorted(mine.keys() | other.keys()):
        kept = mine.get(ref)
        offered = other.get(ref)
        before = old.get(ref)
        if offered not in (kept, before):
            if kept == before:
                kept = offered
            else:
                conflicts.append(ref)
        if kept is not None:
            merged.append(kept)
    return tuple(merged), tuple(conflicts)
