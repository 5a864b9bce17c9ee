"""Bring the replicas of a vault together: all their shares, less all that any of them fenced.

A fence closes, whoever wrote it. What it closes is destroyed here only where the archive knows of
the purge; otherwise that is left to the purge itself, which asks for its approvals.
Source: format.md, section 7.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import partial
from typing import TYPE_CHECKING, TypeAlias

from memberarc.archive.lock import hold_lock
from memberarc.errors import FileError, VaultError
from memberarc.people import private_files
from memberarc.sealing.vault.backup_list import listed_backups, put_backup
from memberarc.sealing.vault.fences import write_fence
from memberarc.sealing.vault.register import outdated_entries, spread_register, write_entries
from memberarc.sealing.vault.share_lines import RotFinder, share_line
from memberarc.sealing.vault.suppression import suppress
from memberarc.sealing.vault.upkeep import drop_lines, take_inventory

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
    from datetime import date
    from pathlib import Path

    from memberarc.sealing.vault.backup_list import Backup
    from memberarc.sealing.vault.fences import Fence
    from memberarc.sealing.vault.replica import Vault
    from memberarc.sealing.vault.replicas import Replicas
    from memberarc.sealing.vault.upkeep import Inventory

    Buried: TypeAlias = Callable[[], Collection[str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Synced:
    """What one replica lacks, and what it should not have.

    Args:
        shares: those it gets.
        fences: those it does not have, or not as far, or damaged.
        shredded: the buried uids behind a fence whose shares are destroyed in it.
        rotten: the damaged lines that go, for their sound form is there; by file.
        register: the entries of the register that it gets.
    """

    vault: Vault
    shares: Sequence[tuple[str, bytes]] = field(repr=False, default=())
    fences: Sequence[Fence] = ()
    shredded: Sequence[str] = ()
    rotten: Mapping[Path, Sequence[bytes]] = field(repr=False, default_factory=dict)
    register: Mapping[Path, bytes] = field(repr=False, default_factory=dict)

    @property
    def mended(self) -> int:
        """How many damaged lines go."""
        return sum(map(len, self.rotten.values()))

    @property
    def changed(self) -> bool:
        """Tell whether there is anything to do."""
        return bool(self.shares or self.fences or self.shredded or self.mended or self.register)


@dataclass(frozen=True, slots=True, kw_only=True)
class SyncPlan:
    """What each replica gets; ``unknown`` are closed uids with shares that nothing here buries."""

    replicas: tuple[Synced, ...]
    unknown: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Union:
    """What all replicas at hand hold together.

    ``closed`` are the uids behind a fence; their shares are in no union.
    """

    fences: Mapping[str, Fence]
    closed: frozenset[str]
    shares: Mapping[str, frozenset[bytes]] = field(repr=False)
    inventories: Mapping[str, Inventory] = field(repr=False)

    def rot_finder(self, archive: str) -> RotFinder:
        """Know the damaged lines whose sound form is in the union."""
        return RotFinder(
            share_line(uid, share=share, archive=archive)
            for uid, shares in self.shares.items()
            for share in shares
        )

    def missing(self, vault: Vault) -> list[tuple[str, bytes]]:
        """List the shares that one replica lacks."""
        held = self.inventories[vault.replica].shares
        return [
            (uid, share)
            for uid, shares in self.shares.items()
            for share in sorted(shares - held.get(uid, frozenset()))
        ]


def unite(replicas: Replicas) -> Union:
    """Read all that the replicas at hand hold: shares first, so that no later fence is missed."""
    inventories = {vault.replica: take_inventory(vault) for vault in replicas}
    fences: dict[str, Fence] = {}
    closed: set[str] = set()
    for uid in sorted({uid for vault in replicas for uid in vault.fenced_uids()}):
        try:
            fence = replicas.fence_of(uid)
        except VaultError:
            fence = None  # one that nobody can read closes, too
        if fence is not None:
            fences[uid] = fence
        if fence is None or fence.reached("fenced"):
            closed.add(uid)
    shares: dict[str, frozenset[bytes]] = {}
    for inventory in inventories.values():
        for uid in inventory.shares.keys() - closed:
            shares[uid] = shares.get(uid, frozenset()) | inventory.shares[uid]
    return Union(fences=fences, closed=frozenset(closed), shares=shares, inventories=inventories)


def register_replicas(replicas: Replicas, *, today: date) -> None:
    """Note in every replica at hand which replicas there are."""
    replicas.write(partial(spread_register, known=replicas.known, today=today))


def require_written(replicas: Replicas, vaults: Iterable[Vault]) -> None:
    """See that some took whatever was written to all so far, before something else is deleted.

    Raises:
        FileError: one did not.
    """
    reasons = {one.replica: one.reason for one in replicas.absent}
    for vault in vaults:
        if vault.replica not in replicas.ids:
            raise FileError(
                f"the replica could not be written: {reasons.get(vault.replica, '')}",
                where=str(vault.directory),
                hint="nothing was deleted; memberarc vault status",
            )


def plan_sync(replicas: Replicas, *, today: date, buried: Buried = frozenset) -> SyncPlan:
    """Tell what each replica that can be written lacks of what the others have.

    Args:
        buried: tells the uids that have a tombstone; asked for only when a closed uid has a share.
    """
    union = unite(replicas)
    named = frozenset().union(*(held.named for held in union.inventories.values()))
    closed = union.closed & named
    doomed = closed & frozenset(buried()) & union.fences.keys() if closed else closed
    return SyncPlan(
        replicas=tuple(
            _plan(vault, union, doomed=doomed, replicas=replicas, today=today)
            for vault in replicas
            if vault.replica in replicas.ids
        ),
        unknown=tuple(sorted(closed - doomed)),
    )


def synchronise(replicas: Replicas, *, today: date, buried: Buried = frozenset) -> SyncPlan:
    """Give each replica what the others have: fences first, then shares; repeating it is safe.

    Two different shares of one uid are both kept everywhere: the record's ``key`` decides. Shares
    of a fenced uid that is buried are destroyed wherever they turn up.

    Args:
        buried: as for ``plan_sync``.

    Returns:
        What was done; a replica that could not be written is not in it.

    Raises:
        VaultError: the list of backups or the suppression list of a replica is damaged; what
            regards shares is done by then.
    """
    plan = plan_sync(replicas, today=today, buried=buried)
    done = tuple(
        synced
        for synced in plan.replicas
        if replicas.attempt(synced.vault, partial(_bring_up, synced))
    )
    replicas.compact()
    backups = listed_backups(replicas)
    for synced in done:
        replicas.attempt(synced.vault, partial(_put_backups, synced.vault, backups))
    if any(vault.suppression_folder.exists() for vault in replicas):
        suppress(replicas, (), today=today, until=today)
    return replace(plan, replicas=done)


def _plan(
    vault: Vault, union: Union, *, doomed: Collection[str], replicas: Replicas, today: date
) -> Synced:
    held = union.inventories[vault.replica]
    retired = replicas.is_retired(vault.replica)
    return Synced(
        vault=vault,
        shares=() if retired else union.missing(vault),
        fences=[fence for fence in union.fences.values() if not _has(vault, fence)],
        shredded=sorted(held.named.intersection(doomed)),
        rotten={} if retired else _healed(vault, union),
        register=outdated_entries(vault, replicas.known, today=today),
    )


def _has(vault: Vault, fence: Fence) -> bool:
    try:
        return vault.fence_of(fence.uid) == fence
    except VaultError:
        return False


def _healed(vault: Vault, union: Union) -> dict[Path, list[bytes]]:
    """Find the rotten lines whose sound form is in the union; others may be all there is."""
    rotten = union.inventories[vault.replica].rotten
    if not rotten:
        return {}
    finder = union.rot_finder(vault.archive)
    return {path: [line for line in lines if finder.knows(line)] for path, lines in rotten.items()}


def _bring_up(synced: Synced) -> None:
    """Do in one replica what is planned for it."""
    vault = synced.vault
    write_entries(vault, synced.register)
    for fence in synced.fences:
        follow(vault, fence)
    for uid in synced.shredded:
        vault.shred(uid)
    adopt_unfenced(vault, synced.shares)
    # Only now the sound lines stand here for certain.
    drop_lines(vault, {path: lines for path, lines in synced.rotten.items() if lines})


def follow(vault: Vault, fence: Fence) -> None:
    """Bring a replica's fence as far as one that the others agree on, be it damaged there."""
    try:
        vault.put_fence(fence)
    except VaultError:
        # Damaged here, sound elsewhere: the sound one takes its place.
        private_files.replace(vault.fence_folder / f"{fence.uid}.yaml", write_fence(fence))


def adopt_unfenced(vault: Vault, missing: Sequence[tuple[str, bytes]]) -> None:
    """Write shares, unless a purge has fenced them since they were read elsewhere.

    A purge raises its fence first and destroys under this lock: it either is seen here, or sees
    what was written here.
    """
    if not missing:
        return
    with hold_lock(vault.directory):
        left = [(uid, share) for uid, share in missing if not vault.closes(uid)]
        while left:
            # One share a uid and segment: of two, the second goes into the next.
            batch = dict(left)
            vault.adopt(batch)
            left = [(uid, share) for uid, share in left if batch[uid] != share]


def _put_backups(vault: Vault, backups: Sequence[Backup]) -> None:
    for backup in backups:
        put_backup(vault, backup)
