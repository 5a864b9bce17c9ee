"""Find the folders and files a vault is made of, and tell damage as what it is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from memberarc.errors import VaultError
from memberarc.sealing.vault_place import require_private

if TYPE_CHECKING:
    from pathlib import Path


def require_private_folder(folder: Path) -> None:
    """Refuse a vault one of whose folders is lost, or open to others.

    Raises:
        VaultError: the folder is missing, or something else stands in its place.
        UnsafeVaultError: group or others have a right to it.
    """
    if not folder.is_dir():
        raise VaultError(
            "the vault is damaged: a folder is missing",
            where=str(folder),
            hint="restore it from another replica or a backup; an empty one would forget purges",
        )
    require_private(folder)


def list_files(folder: Path, pattern: str) -> list[Path]:
    """List the files of a folder whose names fit a pattern, in order.

    Raises:
        VaultError: a folder stands among them.
    """
    paths = sorted(folder.glob(pattern))
    for path in paths:
        if path.is_dir():
            raise VaultError(
                "the vault is damaged: a folder stands where a file belongs",
                where=str(path),
                hint="look what is in it, and move it out of the vault",
            )
    return paths
