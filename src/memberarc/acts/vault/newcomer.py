"""Take a directory into a vault as one of its replicas: a new one, one that lies there, a copy."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from memberarc.acts.key.keys_at_hand import open_replicas
from memberarc.archive.identifiers import new_long_id
from memberarc.errors import ForeignVaultError, UnsafeVaultError, UsageError, VaultError
from memberarc.people.user_files import write_vaults
from memberarc.sealing.vault.files import require_empty_folder
from memberarc.sealing.vault.manifest import MANIFEST_NAME, write_manifest
from memberarc.sealing.vault.place import require_forgetful_place
from memberarc.sealing.vault.register import RegisteredReplica
from memberarc.sealing.vault.replica import create_vault, open_vault
from memberarc.sealing.vault.replicas import AbsentReplica, Replicas
from memberarc.sealing.vault.sync import register_replicas, require_written

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from pathlib import Path

    from memberarc.acts.opening import Caller
    from memberarc.archive.opened import Archive
    from memberarc.sealing.vault.replica import Vault


@dataclass(frozen=True, slots=True, kw_only=True)
class Newcomer:
    """A directory on its way into a vault.

    ``others`` are the replicas at hand elsewhere; ``vault`` is what lies there already, with the id
    it is to have. ``copied`` is the id of the replica it is a copy of, or may be.
    """

    directory: Path
    others: Replicas
    vault: Vault | None
    copied: str = ""

    @property
    def all(self) -> Replicas:
        """The others, and what lies there."""
        return self.others.changed(vaults=[*self.others, *([self.vault] if self.vault else [])])


def find_newcomer(caller: Caller, archive: Archive, directory: Path) -> Newcomer:
    """Look what lies in a directory; nothing is written.

    A copy of a folder claims to be what it was copied from, and one that was retired counts no
    more: they get an id of their own. One that is away may be what was copied: only where the
    settings say that it lies in this directory is it the same.

    Raises:
        DuplicateError: something else lies there.
        ForeignVaultError: it holds another vault.
        UnsafeVaultError: it lies where versions are kept, or is open to others.
    """
    others = _others(caller, archive, directory)
    if not (directory / MANIFEST_NAME).exists():
        require_forgetful_place(directory)
        require_empty_folder(directory)
        return Newcomer(directory=directory, others=others, vault=None)
    vault = open_vault(directory, archive=archive.manifest.archive, vault_id=archive.manifest.vault)
    claimed = vault.replica
    places = {
        place.resolve(): replica
        for place, replica in caller.user.replica_ids(archive.manifest.archive).items()
    }
    away = claimed in others.known and places.get(directory) != claimed
    elsewhere = claimed in {replica for place, replica in places.items() if place != directory}
    at_hand = claimed in {other.replica for other in others}
    retired = others.changed(vaults=[*others, vault]).is_retired(claimed)
    if at_hand or retired or elsewhere or away:
        vault.replica = new_long_id()
        return Newcomer(directory=directory, others=others, vault=vault, copied=claimed)
    return Newcomer(directory=directory, others=others, vault=vault)


def admit(
    caller: Caller,
    archive: Archive,
    newcomer: Newcomer,
    *,
    label: str = "",
    entries: Sequence[RegisteredReplica] = (),
) -> tuple[Replicas, Vault]:
    """Make a directory a replica that the settings name and all others know; it gets no share yet.

    Whatever is killed on the way, the same call goes on, and no share ever lies in a replica that
    the others do not know.

    Args:
        entries: what else is known of the vault's replicas.
    """
    today = caller.today(archive)
    vault = newcomer.vault
    if vault is None:
        vault = create_vault(
            newcomer.directory, archive=archive.manifest.archive, vault_id=archive.manifest.vault
        )
    else:
        write_manifest(vault)
    replicas = newcomer.others.changed(vaults=[*newcomer.others, vault], entries=entries)
    if label:
        replicas = _labelled(replicas, vault, label=label, added=today.isoformat())
    # By the settings the next call knows that this id belongs into this directory.
    name_replicas(caller, archive, replicas)
    register_replicas(replicas, today=today)
    require_written(replicas, [vault])
    return replicas, vault


def name_replicas(
    caller: Caller,
    archive: Archive,
    replicas: Replicas,
    *,
    first: Path | None = None,
    without: Collection[str] = (),
    forgotten: Collection[Path] = (),
) -> None:
    """Name the replicas in the caller's settings, those at hand and those away.

    Args:
        first: the directory that is to be the nearest.
        without: the ids of those to be named no more; ``forgotten`` the directories.
    """
    user, archive_id = caller.user, archive.manifest.archive
    at_hand = {vault.directory: vault.replica for vault in replicas}
    ids = {**user.replica_ids(archive_id), **at_hand}
    places = [
        place
        for place in dict.fromkeys([*user.vaults(archive_id), *at_hand])
        if ids.get(place, "") not in without
        and place not in forgotten
        # The default place is no replica unless somebody has made one there.
        and (place in ids or place != user.default_vault(archive_id))
    ]
    places.sort(key=lambda place: place != first)
    if (places, ids) != ([*user.replica_ids(archive_id)], user.replica_ids(archive_id)):
        write_vaults(user.settings(archive_id), vaults=places, replica_ids=ids)


def _others(caller: Caller, archive: Archive, directory: Path) -> Replicas:
    """Open the replicas at hand but the one in a directory."""
    try:
        replicas = open_replicas(archive, caller)
    except (ForeignVaultError, UnsafeVaultError):
        raise
    except VaultError as err:
        # On a new machine, or after a loss, nothing is at hand but the replica that is named now.
        ids = caller.user.replica_ids(archive.manifest.archive)
        lost = [
            AbsentReplica(replica=ids.get(place, ""), place=str(place), reason=err.message)
            for place in caller.user.vaults(archive.manifest.archive)
        ]
        return Replicas((), clock=caller.clock, unopened=lost)
    others = [vault for vault in replicas if vault.directory.resolve() != directory]
    for place in (vault.directory.resolve() for vault in others):
        if place.is_relative_to(directory) or directory.is_relative_to(place):
            raise UsageError("a replica cannot lie inside another one", hint=f"not in {place}")
    return replicas.changed(vaults=others)


def _labelled(replicas: Replicas, vault: Vault, *, label: str, added: str) -> Replicas:
    entry = replicas.known[vault.replica]
    if entry.added and entry.label != label:
        raise UsageError(f"the replica is called {entry.label} already", hint="leave out --label")
    called = RegisteredReplica(replica=vault.replica, added=entry.added or added, label=label)
    return replicas.changed(entries=[called])
