"""Bring the replicas of a vault together: all their shares, less all that any of them fenced.

Source: format.md, section 7.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from memberarc.sealing.vault_upkeep import sound_shares

if TYPE_CHECKING:
    from collections.abc import Sequence

    from memberarc.sealing.fences import Fence
    from memberarc.sealing.vault import Vault


@dataclass(frozen=True, slots=True, kw_only=True)
class Reconciled:
    """What one replica had lacked: fences, shreddings, and how many shares."""

    replica: str
    fenced: tuple[str, ...]
    shredded: tuple[str, ...]
    shares: int


def reconcile(replicas: Sequence[Vault], *, now: datetime) -> tuple[Reconciled, ...]:
    """Give each replica what the others have, fences before shares.

    Two different shares of one uid are both kept everywhere: the record's ``key`` decides.
    """
    furthest: dict[str, Fence] = {}
    for fence in (fence for vault in replicas for fence in vault.fences().values()):
        if fence.reached(furthest.setdefault(fence.uid, fence).state):
            furthest[fence.uid] = fence
    shares = [sound_shares(vault) for vault in replicas]
    union: dict[str, set[bytes]] = {}
    for uid, found in (pair for own in shares for pair in own.items()):
        if uid not in furthest:
            union.setdefault(uid, set()).update(found)
    done = []
    for vault, own in zip(replicas, shares, strict=True):
        lacking = tuple(uid for uid in furthest if vault.fence_of(uid) is None)
        shredded = tuple(
            uid for uid, fence in furthest.items() if _follow(vault, fence, has=uid in own, now=now)
        )
        missing = [(uid, share) for uid in union for share in union[uid] - own.get(uid, set())]
        _adopt(vault, missing)
        done.append(
            Reconciled(
                replica=vault.replica, fenced=lacking, shredded=shredded, shares=len(missing)
            )
        )
    return tuple(done)


def _follow(vault: Vault, fence: Fence, *, has: bool, now: datetime) -> bool:
    """Bring a purge as far in one replica as it came in another; tell whether a share went."""
    if vault.fence_of(fence.uid) is None:
        reached = {state for state in ("approved", "fenced") if state in fence.times}
        vault.fence(
            fence.uid,
            request=fence.request,
            state="fenced" if fence.reached("fenced") else "approved",
            times={state: datetime.fromisoformat(fence.times[state]) for state in reached},
            approvals=fence.approvals,
        )
    shreds = has and fence.reached("shredded")
    if fence.reached("fenced"):
        vault.advance_fence(fence.uid, "fenced", now=now)
    if shreds:
        vault.shred(fence.uid)
    vault.advance_fence(fence.uid, fence.state, now=now)
    return shreds


def _adopt(vault: Vault, missing: list[tuple[str, bytes]]) -> None:
    while missing:
        # One share a uid and segment: of two, the second goes into the next.
        batch = dict(missing)
        vault.adopt(batch)
        missing = [(uid, share) for uid, share in missing if batch[uid] != share]
