"""Find the folders and files a vault is made of, and tell damage as what it is."""

from __future__ import annotations

import os
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Final

from memberarc.errors import DuplicateError, FileError, UnsafeVaultError, VaultError
from memberarc.sealing.vault.place import require_private

if TYPE_CHECKING:
    from pathlib import Path


SEGMENTS: Final = "segments"
SHARDS: Final = "shards"
FENCES: Final = "fences"
REGISTER: Final = "replicas"
BACKUPS: Final = "backups"
SUPPRESSION: Final = "suppress"
INDEX_SHARE: Final = "index.txt"

FOLDERS: Final = (SEGMENTS, SHARDS, FENCES, REGISTER)
"""What a new vault is made of; older ones have no register of replicas."""

LATER_FOLDERS: Final = (BACKUPS, SUPPRESSION)
"""What comes with the first backup and the first purge."""


def require_private_folder(folder: Path) -> None:
    """Refuse a vault one of whose folders is lost, leads elsewhere, or is open to others.

    Raises:
        FileError: it cannot be listed: what it holds would count as not there.
        VaultError: the folder is missing, or something else stands in its place.
        UnsafeVaultError: group or others have a right to it, or it is a link.
    """
    refuse_link(folder)
    if not folder.is_dir():
        raise VaultError(
            "the vault is damaged: a folder is missing",
            where=str(folder),
            hint="restore it from another replica or a backup; an empty one would forget purges",
        )
    require_private(folder)
    scan_folder(folder)


def require_empty_folder(directory: Path) -> None:
    """Refuse to make a vault where something lies; what a killed attempt left is taken up.

    Raises:
        DuplicateError: something lies there.
    """
    if not directory.exists():
        return
    for path in directory.iterdir():
        if path.match(".vault.yaml.*.tmp"):
            path.unlink()
        elif path.name not in FOLDERS or not path.is_dir() or any(path.iterdir()):
            raise DuplicateError("a vault needs an empty directory", where=str(directory))


def refuse_link(path: Path) -> None:
    """Refuse a symbolic link inside a vault: what it leads to is neither judged nor destroyed.

    Raises:
        UnsafeVaultError: it is one.
    """
    if path.is_symlink():
        raise UnsafeVaultError(
            "a link leads out of the vault",
            where=str(path),
            hint=f"ls -l {path}",
        )


def scan_folder(folder: Path) -> list[os.DirEntry[str]]:
    """List what a folder holds; one that cannot be read is no empty one.

    Raises:
        FileError: it cannot be read.
    """
    try:
        with os.scandir(folder) as entries:
            return [*entries]
    except OSError as err:
        raise FileError(f"cannot read: {err.strerror}", where=str(folder)) from err


def list_files(folder: Path, pattern: str) -> list[Path]:
    """List the files of a folder whose names fit a pattern, in order; none where it is missing.

    Raises:
        FileError: the folder cannot be read.
        VaultError: a folder stands among them.
        UnsafeVaultError: a link does.
    """
    try:
        found = [entry for entry in scan_folder(folder) if fnmatchcase(entry.name, pattern)]
    except FileError as err:
        if isinstance(err.__cause__, FileNotFoundError):
            return []
        raise
    for entry in found:
        if entry.is_symlink():
            refuse_link(folder / entry.name)
        if entry.is_dir():
            raise VaultError(
                "the vault is damaged: a folder stands where a file belongs",
                where=entry.path,
                hint="look what is in it, and move it out of the vault",
            )
    return sorted(folder / entry.name for entry in found)
