"""Add a replica to a vault, and bring its replicas together."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache, partial
from typing import TYPE_CHECKING

from memberarc.acts.key.keys_at_hand import absence_notices, open_replicas
from memberarc.acts.vault.buried import buried_uids, refuse_closing, unknown_purges
from memberarc.acts.vault.newcomer import admit, find_newcomer
from memberarc.archive.opened import open_archive
from memberarc.errors import VaultError
from memberarc.sealing.vault.comparison import SUPPRESSED_APART, what_lacks
from memberarc.sealing.vault.replica import open_vault
from memberarc.sealing.vault.sync import plan_sync, synchronise, unite

if TYPE_CHECKING:
    from pathlib import Path

    from memberarc.acts.opening import Caller
    from memberarc.archive.opened import Archive
    from memberarc.sealing.vault.replica import Vault
    from memberarc.sealing.vault.replicas import Replicas
    from memberarc.sealing.vault.sync import Synced, SyncPlan


@dataclass(frozen=True, slots=True, kw_only=True)
class SyncedReplicas:
    """What each replica at hand got, or would get; ``notices`` tell of those that are away."""

    synced: tuple[Synced, ...]
    notices: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class AddedReplica:
    """A replica that holds what all hold together; without id after a dry run that makes none.

    ``destroyed`` are members whose shares were destroyed somewhere on the way. ``removed`` is the
    directory of the one in whose place it was put.
    """

    replica: str
    directory: Path
    shares: int
    fences: int
    destroyed: int
    notices: tuple[str, ...]
    removed: Path | None = None


def sync_replicas(caller: Caller, *, dry_run: bool = False) -> SyncedReplicas:
    """Give each replica at hand what the others have, and destroy what was purged."""
    archive = open_archive(caller.directory)
    replicas = open_replicas(archive, caller)
    work = plan_sync if dry_run else synchronise
    plan = work(replicas, today=caller.today(archive), buried=partial(buried_uids, archive))
    return SyncedReplicas(
        synced=plan.replicas,
        notices=(*absence_notices(replicas), *unknown_purges(plan.unknown)),
    )


def add_replica(
    caller: Caller,
    directory: Path,
    *,
    label: str = "",
    accept_fences: bool = False,
    dry_run: bool = False,
) -> AddedReplica:
    """Make a replica that holds what the others hold, and name it in the caller's settings.

    A replica of this vault that lies there already is taken in; a copy of one gets an id of its
    own. Interrupted, the same call goes on.

    Args:
        accept_fences: close members, though this archive knows no purge of them.

    Raises:
        ConfirmationMissingError: what lies there would close members of whom no purge is known.
        DuplicateError: the directory holds something else.
        ForeignVaultError: it holds another vault.
        UnsafeVaultError: it lies where versions are kept, or is open to others.
        VaultError: the replica does not hold in the end what it should.
    """
    archive = open_archive(caller.directory)
    today, buried = caller.today(archive), cache(partial(buried_uids, archive))
    newcomer = find_newcomer(caller, archive, directory.expanduser().resolve())
    if not [*newcomer.all]:
        open_replicas(archive, caller)  # tells why none is at hand
    if newcomer.vault and not accept_fences and [*newcomer.others]:
        fences = unite(newcomer.all).fences.values()
        refuse_closing(archive, fences, standing=newcomer.others, source=str(newcomer.directory))
    if dry_run:
        plan = plan_sync(newcomer.all, today=today, buried=buried)
        return _added(caller, newcomer.all, newcomer.directory, plan=plan)
    replicas, vault = admit(caller, archive, newcomer, label=label)
    plan = synchronise(replicas, today=today, buried=buried)
    _read_back(caller, archive, replicas, vault=vault)
    return _added(
        caller, replicas, vault.directory, plan=plan, replica=vault.replica, copied=newcomer.copied
    )


def _added(
    caller: Caller,
    replicas: Replicas,
    directory: Path,
    *,
    plan: SyncPlan,
    replica: str = "",
    copied: str = "",
) -> AddedReplica:
    union = unite(replicas)
    chosen = caller.user.chosen_vaults
    notices = [*absence_notices(replicas), *unknown_purges(plan.unknown)]
    if copied and any(one.replica == copied for one in replicas.absent):
        notices.append(
            f"it counts as a copy and got an id of its own; replica {copied} is waited for until:"
            f" memberarc vault retire {copied}"
        )
    if chosen and directory not in chosen:
        notices.append(f"MEMBERARC_VAULT is set and does not name {directory}")
    return AddedReplica(
        replica=replica,
        directory=directory,
        shares=sum(map(len, union.shares.values())),
        fences=len(union.fences),
        destroyed=len({uid for one in plan.replicas for uid in one.shredded}),
        notices=tuple(notices),
    )


def _read_back(caller: Caller, archive: Archive, replicas: Replicas, *, vault: Vault) -> None:
    """See that a replica, opened afresh, lacks nothing of what all hold together."""
    fresh = open_vault(
        vault.directory, archive=archive.manifest.archive, vault_id=archive.manifest.vault
    )
    others = [other for other in replicas if other is not vault]
    lacking = what_lacks(
        replicas.changed(vaults=[fresh]),
        beside=replicas.changed(vaults=others),
        buried=fresh.fenced_uids,  # of whom is closed no share is carried on
        today=caller.today(archive),
    )
    lacking.pop(SUPPRESSED_APART, None)
    if others and lacking:
        told = ", ".join(f"{kind}: {count}" for kind, count in lacking.items())
        raise VaultError(
            f"the replica lacks something of the others: {told}",
            where=str(vault.directory),
            hint=f"memberarc vault add-replica {vault.directory}",
        )
