"""Give up a replica of a vault: one that moves, one that is not wanted, one that is lost."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from memberarc.acts.key.keys_at_hand import open_replicas
from memberarc.acts.vault.replicas import add_replica, name_replicas
from memberarc.archive.opened import open_archive
from memberarc.errors import FileError, NotFoundError, VaultError
from memberarc.sealing.vault.manifest import MANIFEST_NAME
from memberarc.sealing.vault.removal import remove_folders, remove_vault
from memberarc.sealing.vault.sync import register_replicas, synchronise, unite

if TYPE_CHECKING:
    from pathlib import Path

    from memberarc.acts.opening import Caller
    from memberarc.acts.vault.replicas import AddedReplica
    from memberarc.archive.opened import Archive
    from memberarc.sealing.vault.replicas import Replicas


@dataclass(frozen=True, slots=True, kw_only=True)
class RetiredReplica:
    """A replica that counts no more; one at hand is deleted, another may be anywhere."""

    replica: str
    label: str
    at_hand: bool


def move_vault(caller: Caller, directory: Path, *, dry_run: bool = False) -> AddedReplica:
    """Put a new replica in the place of the nearest one, which is deleted once that is complete.

    Interrupted, the same call goes on.

    Raises:
        as ``add_replica``; and FileError when something else lies in the old directory.
    """
    archive = open_archive(caller.directory)
    directory = directory.expanduser().resolve()
    nearest = open_replicas(archive, caller).nearest
    added = add_replica(caller, directory, dry_run=dry_run)
    moves = nearest.directory.resolve() != directory
    if moves and not dry_run:
        _retire(caller, archive, nearest.replica)
    if not dry_run:
        _remove_retired(caller, archive, first=directory)
    return replace(added, removed=nearest.directory if moves else None)


def retire_replica(caller: Caller, reference: str, *, dry_run: bool = False) -> RetiredReplica:
    """Count a replica no more: delete it when it is at hand, else note that it may be anywhere.

    Args:
        reference: its id, label or directory.

    Raises:
        NotFoundError: no replica is called so, or several are.
        VaultError: it is the last one at hand.
    """
    archive = open_archive(caller.directory)
    replicas = open_replicas(archive, caller)
    replica = _find(caller, archive, replicas, reference=reference)
    if not {vault.replica for vault in replicas.counting if vault.replica in replicas.ids} - {
        replica
    }:
        raise VaultError(
            "no other replica of the vault is at hand that can be written",
            where=replica,
            hint="memberarc vault add-replica DIR",
        )
    if not dry_run:
        _retire(caller, archive, replica)
        _remove_retired(caller, archive)
    return RetiredReplica(
        replica=replica,
        label=replicas.known[replica].label,
        at_hand=replica in {vault.replica for vault in replicas},
    )


def _retire(caller: Caller, archive: Archive, replica: str) -> None:
    """Note in every replica that one counts no more, once the others hold what it holds."""
    replicas, today = open_replicas(archive, caller), caller.today(archive)
    synchronise(replicas, today=today)
    retired = replace(replicas.known[replica], retired=today.isoformat())
    register_replicas(replicas.changed(entry=retired), today=today)


def _remove_retired(caller: Caller, archive: Archive, *, first: Path | None = None) -> None:
    """Delete the retired replicas at hand, and take them out of the caller's settings."""
    replicas = open_replicas(archive, caller)
    kept = [vault for vault in replicas.counting if vault.replica in replicas.ids]
    union = unite(replicas.changed(vaults=kept))
    for vault in replicas:
        if replicas.is_retired(vault.replica):
            remove_vault(vault, elsewhere=union)
    for place, replica in caller.user.replica_ids(archive.manifest.archive).items():
        if replicas.is_retired(replica) and not (place / MANIFEST_NAME).exists() and place.is_dir():
            with suppress(FileError):  # it was killed, or the directory serves another purpose now
                remove_folders(place)
    retired = [replica for replica in replicas.known if replicas.is_retired(replica)]
    name_replicas(caller, archive, replicas, first=first, without=retired)


def _find(caller: Caller, archive: Archive, replicas: Replicas, *, reference: str) -> str:
    """Find the one replica that an id, a label or a directory names."""
    names = {replica: {replica, entry.label} for replica, entry in replicas.known.items()}
    places = {
        **caller.user.replica_ids(archive.manifest.archive),
        **{vault.directory: vault.replica for vault in replicas},
    }
    for place, replica in places.items():
        if replica in names:
            names[replica].add(str(place))
    found = [replica for replica, called in names.items() if reference in called]
    if len(found) != 1:
        raise NotFoundError(
            f"{len(found) or 'no'} replicas of the vault are called {reference}",
            hint="name its id: memberarc vault status",
        )
    return found[0]
