"""Tell what some replicas hold that others lack, before something is deleted or relied on.

Source: format.md, section 7.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from memberarc.errors import VaultError
from memberarc.sealing.vault.backup_list import listed_backups
from memberarc.sealing.vault.fences import joined_fences
from memberarc.sealing.vault.suppression import suppressed_lines
from memberarc.sealing.vault.sync import unite

if TYPE_CHECKING:
    from datetime import date

    from memberarc.sealing.vault.replicas import Replicas
    from memberarc.sealing.vault.sync import Buried, Union


SUPPRESSED: Final = "values suppressed"
SUPPRESSED_APART: Final = "values suppressed under another key"
"""A replica has one key; of those that were apart at their first purge each has its own."""


def what_lacks(
    replicas: Replicas, *, beside: Replicas, buried: Buried, today: date
) -> dict[str, int]:
    """Count by kind what stands in ``beside`` and in none of the replicas; empty when nothing does.

    Args:
        buried: tells the uids whose shares nobody needs to keep.
    """
    here, there = unite(replicas), unite(beside)
    lines = _lone_lines(replicas, beside, today=today)
    keys = {key for key, _ in suppressed_lines(replicas, today=today)}
    own = sum(key in keys for key, _ in lines)
    counts = {
        "shares": _lone_shares(here, there, replicas, buried=buried),
        "fences": _lone_fences(here, there),
        "backups listed": _lone_backups(replicas, beside),
        SUPPRESSED: own,
        SUPPRESSED_APART: len(lines) - own,
    }
    return {kind: count for kind, count in counts.items() if count}


def require_nothing_lacking(
    replicas: Replicas, *, beside: Replicas, buried: Buried, today: date
) -> None:
    """See that replicas hold all that others hold.

    Raises:
        VaultError: they lack something.
    """
    if lacking := what_lacks(replicas, beside=beside, buried=buried, today=today):
        told = ", ".join(f"{kind}: {count}" for kind, count in lacking.items())
        raise VaultError(
            f"something stands here that no other replica holds: {told}",
            where=str(beside.nearest.directory),
            hint="memberarc vault sync; if a purge is under way: memberarc purge resume",
        )


def _lone_shares(here: Union, there: Union, replicas: Replicas, *, buried: Buried) -> int:
    held = _all_shares(here)
    lone = {
        uid: shares - held.get(uid, frozenset())
        for uid, shares in _all_shares(there).items()
        if shares - held.get(uid, frozenset())
    }
    gone = here.closed.intersection(buried()) if lone.keys() & here.closed else frozenset()
    count = sum(len(shares) for uid, shares in lone.items() if uid not in gone)
    damaged = [
        line for one in there.inventories.values() for rot in one.rotten.values() for line in rot
    ]
    if damaged:
        # A damaged line may be all that is left of a share; people can try what no rule should.
        finder = here.rot_finder(replicas.nearest.archive)
        kept = {
            line for one in here.inventories.values() for rot in one.rotten.values() for line in rot
        }
        count += sum(line not in kept and not finder.knows(line) for line in damaged)
    return count


def _all_shares(union: Union) -> dict[str, frozenset[bytes]]:
    """Join what the files hold, whatever the fences say."""
    found: dict[str, frozenset[bytes]] = {}
    for inventory in union.inventories.values():
        for uid, shares in inventory.shares.items():
            found[uid] = found.get(uid, frozenset()) | shares
    return found


def _lone_fences(here: Union, there: Union) -> int:
    lone = 0
    for uid in there.fences.keys() | there.closed:
        own, other = there.fences.get(uid), here.fences.get(uid)
        if own is None:  # nobody can read it; one that closes the uid for good stands for it
            lone += other is None or not other.reached("fenced")
        else:
            lone += other is None or joined_fences([own, other]) != other
    return lone


def _lone_backups(replicas: Replicas, beside: Replicas) -> int:
    kept = {one.id: one for one in listed_backups(replicas)}
    return sum(
        one.id not in kept or (one.destroyed is not None and kept[one.id].destroyed is None)
        for one in listed_backups(beside)
    )


def _lone_lines(replicas: Replicas, beside: Replicas, *, today: date) -> list[tuple[bytes, bytes]]:
    kept, standing = (suppressed_lines(one, today=today) for one in (replicas, beside))
    return [line for line, until in standing.items() if until > kept.get(line, "")]
