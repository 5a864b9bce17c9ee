"""The manifest of a replica: which vault of which archive it is one of, and which of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from memberarc.archive.layout import REPLICA_ID
from memberarc.errors import ForeignVaultError, VaultError
from memberarc.formats.canonical_yaml import read_canonical, write_yaml
from memberarc.people import private_files
from memberarc.sealing.vault.place import read_private

if TYPE_CHECKING:
    from pathlib import Path

    from memberarc.sealing.vault.replica import Vault

VAULT_FORMAT: Final = "vault/1"
MANIFEST_NAME: Final = "vault.yaml"


def read_replica_id(directory: Path, *, archive: str, vault_id: str) -> str:
    """Read which replica lies in a directory, and refuse one of another vault.

    Raises:
        VaultError: there is no vault.
        ForeignVaultError: it belongs to another archive, or is another vault of it.
    """
    manifest = directory / MANIFEST_NAME
    try:
        document: Any = read_canonical(read_private(manifest))
    except FileNotFoundError as err:
        raise VaultError(
            "there is no vault here",
            where=str(directory),
            hint="memberarc vault add-replica DIR, or MEMBERARC_VAULT=DIR, says where it lies",
        ) from err
    except ValueError as err:
        raise VaultError(f"not a vault's manifest: {err}", where=str(manifest)) from err
    if not isinstance(document, dict) or document.get("format") != VAULT_FORMAT:
        raise VaultError(f"not a vault of format {VAULT_FORMAT}", where=str(manifest))
    if (document.get("archive"), document.get("vault")) != (archive, vault_id):
        raise ForeignVaultError("this is the vault of another archive", where=str(directory))
    replica = str(document.get("replica"))
    # It names files, in this vault and in the others.
    if not REPLICA_ID.fullmatch(replica):
        raise VaultError("the manifest names no replica", where=str(manifest))
    return replica


def write_manifest(vault: Vault) -> None:
    """Write what makes a folder a vault, whole or not at all."""
    private_files.replace(
        vault.directory / MANIFEST_NAME,
        write_yaml(
            {
                "format": VAULT_FORMAT,
                "vault": vault.vault_id,
                "archive": vault.archive,
                "replica": vault.replica,
            }
        ),
    )
