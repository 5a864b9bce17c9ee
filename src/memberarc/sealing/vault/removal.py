"""Remove a replica of which the other replicas hold all that counts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from memberarc.archive.lock import hold_lock
from memberarc.errors import FileError
from memberarc.people import private_files
from memberarc.sealing.vault.comparison import require_nothing_lacking
from memberarc.sealing.vault.files import (
    FOLDERS,
    INDEX_SHARE,
    LATER_FOLDERS,
    refuse_link,
    scan_folder,
)
from memberarc.sealing.vault.manifest import MANIFEST_NAME

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import date
    from pathlib import Path

    from memberarc.sealing.vault.replica import Vault
    from memberarc.sealing.vault.replicas import Replicas
    from memberarc.sealing.vault.sync import Buried


def remove_vault(vault: Vault, *, kept: Replicas, buried: Buried, today: date) -> None:
    """Delete every file of a replica, the shares first and the manifest last.

    Killed in between it is still a replica, with fewer shares, and can be removed again.

    Raises:
        VaultError: it holds what none of the replicas kept holds.
        FileError: something lies there that is no part of a vault, or a share came meanwhile.
    """
    with hold_lock(vault.directory):
        # What is provisioned into it from now on is in none of these files, and stays.
        share_files = [*_files(vault.segments), *_files(vault.shards)]
        alone = kept.changed(vaults=[vault])
        require_nothing_lacking(kept, beside=alone, buried=buried, today=today)
        _delete(share_files)
        for folder in (
            vault.suppression_folder,
            vault.backup_folder,
            vault.fence_folder,
            vault.register_folder,
        ):
            _delete(_files(folder))
        _remove_folders(vault.directory)
    remove_remains(vault.directory)


def remove_remains(directory: Path) -> None:
    """Remove what is left of a replica without files: empty folders, and the manifest.

    Raises:
        FileError: something lies there that is no part of a vault, or a share.
    """
    _remove_folders(directory)
    try:
        for name in ("lock", INDEX_SHARE, MANIFEST_NAME):
            (directory / name).unlink(missing_ok=True)
        directory.rmdir()
    except OSError as err:
        raise FileError(
            f"the folder of the vault is not empty yet: {err.strerror}",
            where=str(directory),
            hint=f"look what is left, and delete it: find {directory}",
        ) from err


def _remove_folders(directory: Path) -> None:
    """Remove the folders of a vault: into one that is gone, nobody can write a share any more."""
    for name in (*FOLDERS, *LATER_FOLDERS):
        try:
            (directory / name).rmdir()
        except FileNotFoundError:
            continue
        except OSError as err:
            raise FileError(
                f"something was written there meanwhile: {err.strerror}",
                where=str(directory / name),
                hint="memberarc vault sync, then once more",
            ) from err


def _files(folder: Path) -> list[Path]:
    if not folder.exists():
        return []
    refuse_link(folder)
    found = (entry for entry in scan_folder(folder) if entry.is_symlink() or entry.is_file())
    return [folder / entry.name for entry in found]


def _delete(paths: Iterable[Path]) -> None:
    folders = set()
    for path in paths:
        path.unlink(missing_ok=True)
        folders.add(path.parent)
    for folder in folders:
        private_files.sync_folder(folder)
