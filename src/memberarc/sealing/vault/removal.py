"""Remove a replica whose shares the other replicas hold."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from memberarc.archive.lock import hold_lock
from memberarc.errors import FileError, VaultError
from memberarc.people import private_files
from memberarc.sealing.vault.files import FOLDERS, refuse_link
from memberarc.sealing.vault.manifest import MANIFEST_NAME
from memberarc.sealing.vault.upkeep import take_inventory

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from memberarc.sealing.vault.replica import Vault
    from memberarc.sealing.vault.sync import Union

_BESIDE_SHARES: Final = ("suppress", "backups", "fences", "replicas")


def remove_vault(vault: Vault, *, elsewhere: Union) -> None:
    """Delete every file of a replica, the shares first and the manifest last.

    Killed in between it is still a replica, with fewer shares, and can be removed again.

    Raises:
        VaultError: it holds shares that no other replica holds.
        FileError: something lies there that is no part of a vault.
    """
    with hold_lock(vault.directory):
        # What is provisioned into it from now on is in none of these files, and stays.
        share_files = [*_files(vault.segments), *_files(vault.shards)]
        _refuse_lone_shares(vault, elsewhere)
        _delete(share_files)
        for name in _BESIDE_SHARES:
            _delete(_files(vault.directory / name))
        _delete([vault.directory / MANIFEST_NAME])
    remove_folders(vault.directory)


def remove_folders(directory: Path) -> None:
    """Remove the empty folders that are left of a replica.

    Raises:
        FileError: something lies there that is no part of a vault.
    """
    try:
        (directory / "lock").unlink(missing_ok=True)
        for name in (*FOLDERS, "suppress", "backups"):
            if (directory / name).exists():
                (directory / name).rmdir()
        directory.rmdir()
    except OSError as err:
        raise FileError(
            f"the folder of the vault is not empty yet: {err.strerror}",
            where=str(directory),
            hint=f"look what is left, and delete it: find {directory}",
        ) from err


def _refuse_lone_shares(vault: Vault, elsewhere: Union) -> None:
    inventory = take_inventory(vault)
    lone = sum(
        len(shares - elsewhere.shares.get(uid, frozenset()))
        for uid, shares in inventory.shares.items()
        if uid not in elsewhere.closed
    )
    damaged = [line for lines in inventory.rotten.values() for line in lines]
    if damaged:
        # A damaged line may be all that is left of a share; people can try what no rule should.
        finder = elsewhere.rot_finder(vault.archive)
        lone += sum(not finder.knows(line) for line in damaged)
    if lone:
        raise VaultError(
            f"shares stand here that no other replica holds: {lone}",
            where=str(vault.directory),
            hint="memberarc vault status",
        )


def _files(folder: Path) -> list[Path]:
    if not folder.exists():
        return []
    refuse_link(folder)
    return [path for path in folder.iterdir() if path.is_symlink() or path.is_file()]


def _delete(paths: Iterable[Path]) -> None:
    folders = set()
    for path in paths:
        path.unlink(missing_ok=True)
        folders.add(path.parent)
    for folder in folders:
        private_files.sync_folder(folder)
