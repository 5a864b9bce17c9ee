"""Give up a replica of a vault: one that moves, one that is not wanted, one that is lost."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, replace
from functools import cache, partial
from pathlib import Path
from typing import TYPE_CHECKING

from memberarc.acts.key.keys_at_hand import open_replicas
from memberarc.acts.vault.buried import buried_uids
from memberarc.acts.vault.newcomer import name_replicas
from memberarc.acts.vault.replicas import add_replica
from memberarc.archive.opened import open_archive
from memberarc.errors import FileError, NotFoundError, VaultError
from memberarc.sealing.vault.comparison import require_nothing_lacking
from memberarc.sealing.vault.removal import remove_remains, remove_vault
from memberarc.sealing.vault.sync import register_replicas, require_written, synchronise

if TYPE_CHECKING:
    from collections.abc import Collection

    from memberarc.acts.opening import Caller
    from memberarc.acts.vault.replicas import AddedReplica
    from memberarc.archive.opened import Archive
    from memberarc.sealing.vault.replica import Vault
    from memberarc.sealing.vault.replicas import Replicas


@dataclass(frozen=True, slots=True, kw_only=True)
class RetiredReplica:
    """A replica that counts no more; one at hand is deleted, another may be anywhere.

    Without id it is a directory of the settings of which nobody knows which replica it held;
    without directory, a replica that the settings here do not name.
    """

    replica: str
    label: str
    directory: Path | None
    at_hand: bool


def move_vault(
    caller: Caller, directory: Path, *, accept_fences: bool = False, dry_run: bool = False
) -> AddedReplica:
    """Put a new replica in the place of the nearest one, which is deleted once that is complete.

    Interrupted, the same call goes on.

    Raises:
        as ``add_replica``; and FileError when something else lies in the old directory.
    """
    archive = open_archive(caller.directory)
    directory = directory.expanduser().resolve()
    nearest = open_replicas(archive, caller).nearest
    added = add_replica(caller, directory, accept_fences=accept_fences, dry_run=dry_run)
    moves = nearest.directory.resolve() != directory
    if moves and not dry_run:
        _retire(caller, archive, nearest.replica)
    if not dry_run:
        _remove_retired(caller, archive, first=directory)
    return replace(added, removed=nearest.directory if moves else None)


def retire_replica(caller: Caller, reference: str, *, dry_run: bool = False) -> RetiredReplica:
    """Count a replica no more: delete it when it is at hand, else note that it may be anywhere.

    Args:
        reference: its id, label or directory; also a directory of the settings of which nobody
            knows which replica it held.

    Raises:
        NotFoundError: no replica is called so, or several are.
        VaultError: it is the last one at hand, or holds what no other one holds.
        FileError: one that is kept cannot be written.
    """
    archive = open_archive(caller.directory)
    replicas = open_replicas(archive, caller)
    found = _find(caller, archive, replicas, reference=reference)
    if not {vault.replica for vault in _kept(replicas)} - {found.replica}:
        raise VaultError(
            "no other replica of the vault is at hand that can be written",
            where=found.replica or str(found.directory),
            hint="memberarc vault add-replica DIR",
        )
    if not dry_run:
        if found.replica:
            _retire(caller, archive, found.replica)
        forgotten = () if found.replica or found.directory is None else (found.directory,)
        _remove_retired(caller, archive, forgotten=forgotten)
    return found


def _kept(replicas: Replicas) -> list[Vault]:
    """The replicas that count and take what is written."""
    return [vault for vault in replicas.counting if vault.replica in replicas.ids]


def _retire(caller: Caller, archive: Archive, replica: str) -> None:
    """Note in every replica that one counts no more, once the others hold what it holds."""
    replicas, today = open_replicas(archive, caller), caller.today(archive)
    buried = cache(partial(buried_uids, archive))
    kept = [vault for vault in _kept(replicas) if vault.replica != replica]
    synchronise(replicas, today=today, buried=buried)
    require_written(replicas, kept)
    for vault in replicas:
        if vault.replica == replica:
            require_nothing_lacking(
                replicas.changed(vaults=kept),
                beside=replicas.changed(vaults=[vault]),
                buried=buried,
                today=today,
            )
    retired = replace(replicas.known[replica], retired=today.isoformat())
    noted = replicas.changed(entries=[retired])
    register_replicas(noted, today=today)
    require_written(noted, kept)


def _remove_retired(
    caller: Caller,
    archive: Archive,
    *,
    first: Path | None = None,
    forgotten: Collection[Path] = (),
) -> None:
    """Delete the retired replicas at hand, and take them out of the caller's settings."""
    replicas, archive_id = open_replicas(archive, caller), archive.manifest.archive
    kept = replicas.changed(vaults=_kept(replicas))
    for vault in replicas:
        if replicas.is_retired(vault.replica):
            remove_vault(
                vault,
                kept=kept,
                buried=partial(buried_uids, archive),
                today=caller.today(archive),
            )
    at_hand = {vault.directory for vault in replicas}
    for place, replica in caller.user.replica_ids(archive_id).items():
        if replicas.is_retired(replica) and place not in at_hand and place.is_dir():
            with suppress(FileError):  # the directory serves another purpose now
                remove_remains(place)
    retired = [replica for replica in replicas.known if replicas.is_retired(replica)]
    name_replicas(caller, archive, replicas, first=first, without=retired, forgotten=forgotten)


def _find(
    caller: Caller, archive: Archive, replicas: Replicas, *, reference: str
) -> RetiredReplica:
    """Find the one replica that an id, a label or a directory names."""
    at_hand = {vault.replica for vault in replicas}
    places = {
        **caller.user.replica_ids(archive.manifest.archive),
        **{vault.directory: vault.replica for vault in replicas},
    }
    directories = {replica: place for place, replica in places.items() if replica}
    known = [
        RetiredReplica(
            replica=replica,
            label=entry.label,
            directory=directories.get(replica),
            at_hand=replica in at_hand,
        )
        for replica, entry in replicas.known.items()
    ]
    # A directory that older settings name without saying which replica lay there.
    known += [
        RetiredReplica(replica="", label="", directory=place, at_hand=False)
        for place, replica in places.items()
        if not replica
    ]
    named = Path(reference).expanduser().resolve()
    found = [
        one
        for one in known
        if (reference and reference in (one.replica, one.label))
        or (one.directory and one.directory.resolve() == named)
    ]
    if len(found) != 1:
        raise NotFoundError(
            f"{len(found) or 'no'} replicas of the vault are called {reference}",
            hint="name its id: memberarc vault status",
        )
    return found[0]
