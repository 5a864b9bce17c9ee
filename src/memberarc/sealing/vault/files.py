"""Find the folders and files a vault is made of, and tell damage as what it is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from memberarc.errors import DuplicateError, UnsafeVaultError, VaultError
from memberarc.sealing.vault.place import require_private

if TYPE_CHECKING:
    from pathlib import Path


FOLDERS: Final = ("segments", "shards", "fences", "replicas")
"""What a new vault is made of; older ones have no register of replicas."""


def require_private_folder(folder: Path) -> None:
    """Refuse a vault one of whose folders is lost, leads elsewhere, or is open to others.

    Raises:
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


def list_files(folder: Path, pattern: str) -> list[Path]:
    """List the files of a folder whose names fit a pattern, in order.

    Raises:
        VaultError: a folder stands among them.
        UnsafeVaultError: a link does.
    """
    paths = sorted(folder.glob(pattern))
    for path in paths:
        refuse_link(path)
        if path.is_dir():
            raise VaultError(
                "the vault is damaged: a folder stands where a file belongs",
                where=str(path),
                hint="look what is in it, and move it out of the vault",
            )
    return paths
