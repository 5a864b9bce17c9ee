"""Know where a user's own files lie: identity, signing key, pins, vaults and documents.

Nothing of it is ever inside an archive. Environment variables win over the usual places.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from memberarc.errors import FileError, SettingsError
from memberarc.people.private_files import make_private_folder, replace, require_owner_only

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from memberarc.formats.canonical_yaml import Node

IDENTITY_VARIABLE: Final = "MEMBERARC_IDENTITY"
SIGNING_KEY_VARIABLE: Final = "MEMBERARC_SIGNING_KEY"
VAULT_VARIABLE: Final = "MEMBERARC_VAULT"
DOCUMENTS_VARIABLE: Final = "MEMBERARC_DOCUMENTS"
PHRASE_FILE_VARIABLE: Final = "MEMBERARC_PASSPHRASE_FILE"
SETTINGS_FORMAT: Final = "archive-settings/1"


@dataclass(frozen=True, slots=True, kw_only=True)
class UserFiles:
    """The places of one user's own files; none of them need exist.

    ``runtime`` is the folder the system has made for this session, if it makes any.
    """

    identity: Path
    signing_key: Path
    config: Path
    state: Path
    data: Path
    runtime: Path | None = None
    chosen_vaults: tuple[Path, ...] = ()
    chosen_documents: Path | None = None

    def settings(self, archive: str) -> Path:
        """Return where the user's settings for one archive lie."""
        return self.config / "archives" / f"{archive}.yaml"

    def key_pin(self, archive: str) -> Path:
        """Return where the pinned key list of one archive is remembered, for all its clones."""
        return self.state / archive / "keys.yaml"

    def default_vault(self, archive: str) -> Path:
        """Return where the vault of one archive is made unless the user says otherwise."""
        return self.data / "vaults" / archive

    def vaults(self, archive: str) -> tuple[Path, ...]:
        """Return the vault's replicas, nearest first: environment, settings, default place.

        Raises:
            SettingsError: the settings file is not as it should be.
        """
        if self.chosen_vaults:
            return self.chosen_vaults
        return tuple(self.replica_ids(archive)) or (self.default_vault(archive),)

    def replica_ids(self, archive: str) -> Mapping[Path, str]:
        """Return which replica lies in which directory, as the settings say; empty if they do not.

        Raises:
            SettingsError: the settings file is not as it should be.
        """
        settings = self.settings(archive)
        return _read_vaults(settings) if settings.exists() else {}

    def documents(self, archive: str) -> Path | None:
        """Return the store of large documents: environment, settings; None if neither names one.

        Raises:
            SettingsError: the settings file is not as it should be.
        """
        settings = self.settings(archive)
        if self.chosen_documents or not settings.exists():
            return self.chosen_documents
        named = _read_settings(settings).get("documents")
        return None if named is None else _expanded(str(named))


def user_files(environ: Mapping[str, str]) -> UserFiles:
    """Find the user's places from the platform's rules and the environment."""
    import platformdirs

    config = platformdirs.user_config_path("memberarc")
    vaults, documents = environ.get(VAULT_VARIABLE, ""), environ.get(DOCUMENTS_VARIABLE, "")
    runtime = environ.get("XDG_RUNTIME_DIR", "")
    return UserFiles(
        identity=_chosen(environ, IDENTITY_VARIABLE, default=config / "identity.txt"),
        signing_key=_chosen(environ, SIGNING_KEY_VARIABLE, default=config / "signing_key"),
        config=config,
        state=platformdirs.user_state_path("memberarc"),
        data=platformdirs.user_data_path("memberarc"),
        runtime=Path(runtime) if runtime else None,
        chosen_vaults=tuple(_expanded(part) for part in vaults.split(os.pathsep) if part),
        chosen_documents=_expanded(documents) if documents else None,
    )


def read_secret(path: Path) -> bytes:
    """Read a file that holds a secret.

    Raises:
        SettingsError: group or others may read it.
        FileError: it cannot be read.
    """
    try:
        require_owner_only(path)
        return path.read_bytes()
    except OSError as err:
        raise FileError(f"cannot read: {err.strerror}", where=str(path)) from err


def write_vaults(
    path: Path, *, vaults: Iterable[Path], replica_ids: Mapping[Path, str] | None = None
) -> None:
    """Write the settings file that names the vault's replicas of one archive, nearest first.

    Args:
        replica_ids: which replica lies where; it tells which one is away when a directory is.
    """
    from memberarc.formats.canonical_yaml import write_yaml

    ids = replica_ids or {}
    named: list[Node] = [
        {"directory": str(vault), "replica": ids[vault]} if ids.get(vault) else str(vault)
        for vault in vaults
    ]
    others = _read_settings(path) if path.exists() else {}
    make_private_folder(path.parent)
    replace(path, write_yaml({**others, "format": SETTINGS_FORMAT, "vaults": named}))


def _read_vaults(path: Path) -> dict[Path, str]:
    vaults = _read_settings(path)["vaults"]
    if isinstance(vaults, list) and vaults:
        named = [one if isinstance(one, dict) else {"directory": one} for one in vaults]
        texts = [(one.get("directory"), one.get("replica", "")) for one in named]
        if not any(one.keys() - {"directory", "replica"} for one in named) and all(
            isinstance(directory, str) and directory and isinstance(replica, str)
            for directory, replica in texts
        ):
            return {_expanded(str(directory)): str(replica) for directory, replica in texts}
    raise _no_settings(path)


def _read_settings(path: Path) -> dict[str, Node]:
    from memberarc.formats.yaml_file import load_yaml

    settings = load_yaml(path.read_bytes(), path=str(path))
    documents = settings.get("documents", "none")
    if (
        settings.get("format") != SETTINGS_FORMAT
        or settings.keys() - {"documents"} != {"format", "vaults"}
        or not (isinstance(documents, str) and documents)
    ):
        raise _no_settings(path)
    return settings


def _no_settings(path: Path) -> SettingsError:
    return SettingsError(
        f"not a settings file: it needs 'format: {SETTINGS_FORMAT}' and a list 'vaults', and may"
        " name a folder 'documents'",
        where=str(path),
    )


def _chosen(environ: Mapping[str, str], variable: str, *, default: Path) -> Path:
    value = environ.get(variable, "")
    return _expanded(value) if value else default


def _expanded(text: str) -> Path:
    try:
        return Path(text).expanduser()
    except RuntimeError as err:
        raise SettingsError(
            "there is no such user", where=text, hint="name the whole path, from / on"
        ) from err
