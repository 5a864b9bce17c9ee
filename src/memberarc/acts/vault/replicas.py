"""Add a replica to a vault, and bring its replicas together."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from memberarc.acts.key.keys_at_hand import absence_notices, open_replicas
from memberarc.archive.identifiers import new_long_id
from memberarc.archive.opened import open_archive
from memberarc.errors import UsageError, VaultError
from memberarc.people.user_files import write_vaults
from memberarc.sealing.vault.files import require_empty_folder
from memberarc.sealing.vault.manifest import MANIFEST_NAME, write_manifest
from memberarc.sealing.vault.place import require_forgetful_place
from memberarc.sealing.vault.register import RegisteredReplica
from memberarc.sealing.vault.replica import create_vault, open_vault
from memberarc.sealing.vault.replicas import Replicas
from memberarc.sealing.vault.sync import plan_sync, register_replicas, synchronise, unite

if TYPE_CHECKING:
    from collections.abc import Collection
    from pathlib import Path

    from memberarc.acts.opening import Caller
    from memberarc.archive.opened import Archive
    from memberarc.sealing.vault.replica import Vault
    from memberarc.sealing.vault.sync import Synced


@dataclass(frozen=True, slots=True, kw_only=True)
class SyncedReplicas:
    """What each replica at hand got, or would get; ``notices`` tell of those that are away."""

    synced: tuple[Synced, ...]
    notices: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class AddedReplica:
    """A replica that holds what all hold together; without id after a dry run that makes none.

    ``removed`` is the directory of the one in whose place it was put.
    """

    replica: str
    directory: Path
    shares: int
    fences: int
    notices: tuple[str, ...]
    removed: Path | None = None


def sync_replicas(caller: Caller, *, dry_run: bool = False) -> SyncedReplicas:
    """Give each replica at hand what the others have, and destroy what is fenced."""
    archive = open_archive(caller.directory)
    replicas = open_replicas(archive, caller)
    work = plan_sync if dry_run else synchronise
    synced = work(replicas, today=caller.today(archive))
    return SyncedReplicas(synced=synced, notices=absence_notices(replicas))


def add_replica(
    caller: Caller, directory: Path, *, label: str = "", dry_run: bool = False
) -> AddedReplica:
    """Make a replica that holds what the others hold, and name it in the caller's settings.

    A replica of this vault that lies there already is taken in; a copy of one gets an id of its
    own. Interrupted, the same call goes on.

    Raises:
        DuplicateError: the directory holds something else.
        ForeignVaultError: it holds another vault.
        UnsafeVaultError: it lies where versions are kept, or is open to others.
        VaultError: the replica does not hold in the end what it should.
    """
    archive = open_archive(caller.directory)
    today = caller.today(archive)
    directory = directory.expanduser().resolve()
    replicas = _others(archive, caller, directory)
    vault = _standing(archive, replicas, directory)
    if dry_run:
        require_forgetful_place(directory)
        if vault is None:
            require_empty_folder(directory)
        return _added(caller, replicas, directory)
    if vault is None:
        vault = create_vault(
            directory, archive=archive.manifest.archive, vault_id=archive.manifest.vault
        )
    else:
        write_manifest(vault)
    replicas = replicas.changed(vaults=[*replicas, vault])
    if label:
        replicas = _labelled(replicas, vault, label=label, added=today.isoformat())
    # Before any share lies there, the others know that there is such a replica.
    register_replicas(replicas, today=today)
    synchronise(replicas, today=today)
    _read_back(archive, replicas, vault)
    name_replicas(caller, archive, replicas)
    return replace(_added(caller, replicas, directory), replica=vault.replica)


def name_replicas(
    caller: Caller,
    archive: Archive,
    replicas: Replicas,
    *,
    first: Path | None = None,
    without: Collection[str] = (),
) -> None:
    """Name the replicas in the caller's settings, those at hand and those away."""
    user, archive_id = caller.user, archive.manifest.archive
    at_hand = {vault.directory: vault.replica for vault in replicas}
    ids = {**user.replica_ids(archive_id), **at_hand}
    places = [
        place
        for place in dict.fromkeys([*user.vaults(archive_id), *at_hand])
        if ids.get(place, "") not in without
        # The default place is no replica unless somebody has made one there.
        and (place in ids or place != user.default_vault(archive_id))
    ]
    places.sort(key=lambda place: place != first)
    if (places, ids) != ([*user.replica_ids(archive_id)], user.replica_ids(archive_id)):
        write_vaults(user.settings(archive_id), vaults=places, replica_ids=ids)


def _others(archive: Archive, caller: Caller, directory: Path) -> Replicas:
    """Open the replicas at hand but the one in a directory."""
    try:
        replicas = open_replicas(archive, caller)
    except VaultError:
        # On a new machine nothing is at hand yet but the replica that is named now.
        if not (directory / MANIFEST_NAME).exists():
            raise
        return Replicas((), clock=caller.clock)
    others = [vault for vault in replicas if vault.directory.resolve() != directory]
    for place in (vault.directory.resolve() for vault in others):
        if place.is_relative_to(directory) or directory.is_relative_to(place):
            raise UsageError("a replica cannot lie inside another one", hint=f"not in {place}")
    return replicas.changed(vaults=others)


def _standing(archive: Archive, replicas: Replicas, directory: Path) -> Vault | None:
    """Open the replica that lies in a directory, if one does.

    A copy of a folder claims to be what it was copied from, and one that was retired counts no
    more: both get an id of their own, which the caller has to write.
    """
    if not (directory / MANIFEST_NAME).exists():
        return None
    vault = open_vault(directory, archive=archive.manifest.archive, vault_id=archive.manifest.vault)
    taken = {other.replica for other in replicas}
    if vault.replica in taken or replicas.changed(vaults=[*replicas, vault]).is_retired(
        vault.replica
    ):
        vault.replica = new_long_id()
    return vault


def _labelled(replicas: Replicas, vault: Vault, *, label: str, added: str) -> Replicas:
    entry = replicas.known[vault.replica]
    if entry.added and entry.label != label:
        raise UsageError(f"the replica is called {entry.label} already", hint="leave out --label")
    named = RegisteredReplica(replica=vault.replica, added=entry.added or added, label=label)
    return replicas.changed(entry=named)


def _added(caller: Caller, replicas: Replicas, directory: Path) -> AddedReplica:
    union = unite(replicas)
    chosen = caller.user.chosen_vaults
    overruled = f"MEMBERARC_VAULT is set and does not name {directory}"
    return AddedReplica(
        replica="",
        directory=directory,
        shares=sum(map(len, union.shares.values())),
        fences=len(union.fences),
        notices=(
            *absence_notices(replicas),
            *((overruled,) if chosen and directory not in chosen else ()),
        ),
    )


def _read_back(archive: Archive, replicas: Replicas, vault: Vault) -> None:
    """See that a replica, opened afresh, lacks nothing of what all hold together."""
    fresh = open_vault(
        vault.directory, archive=archive.manifest.archive, vault_id=archive.manifest.vault
    )
    others = [other for other in replicas if other is not vault]
    union = unite(replicas.changed(vaults=[*others, fresh]))
    behind = [uid for uid, fence in union.fences.items() if fresh.fence_of(uid) != fence]
    if missing := len(union.missing(fresh)) + len(behind):
        raise VaultError(
            f"the replica lacks {missing} shares and fences of the others",
            where=str(vault.directory),
            hint=f"memberarc vault add-replica {vault.directory}",
        )
