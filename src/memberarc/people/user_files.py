"""Know where a user's own files lie: identity, signing key, pins, vaults and documents.

Nothing of it is ever inside an archive. Environment variables win over the usual places.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from memberarc.archive.layout import REPLICA_ID
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
UNLOCKED_VARIABLE: Final = "MEMBERARC_UNLOCKED"
SETTINGS_FORMAT: Final = "archive-settings/1"


@dataclass(frozen=True, slots=True, kw_only=True)
class UserFiles:
    """The places of one user's own files; none of them need exist.

    ``unlocked`` is where unlocked keys are kept, if the user has chosen a place.
    """

    identity: Path
    signing_key: Path
    config: Path
    state: Path
    data: Path
    unlocked: Path | None = None
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
        return None if named is None else expanded_path(str(named))


def user_files(environ: Mapping[str, str]) -> UserFiles:
    """Find the user's places from the platform's rules and the environment."""
    import platformdirs

    config = platformdirs.user_config_path("memberarc")
    vaults, documents = environ.get(VAULT_VARIABLE, ""), environ.get(DOCUMENTS_VARIABLE, "")
    unlocked = environ.get(UNLOCKED_VARIABLE, "")
    return UserFiles(
        identity=_chosen(environ, IDENTITY_VARIABLE, default=config / "identity.txt"),
        signing_key=_chosen(environ, SIGNING_KEY_VARIABLE, default=config / "signing_key"),
        config=config,
        state=platformdirs.user_state_path("memberarc"),
        data=platformdirs.user_data_path("memberarc"),
        unlocked=expanded_path(unlocked) if unlocked else None,
        chosen_vaults=tuple(expanded_path(part) for part in vaults.split(os.pathsep) if part),
        chosen_documents=expanded_path(documents) if documents else None,
    )


def read_secret(path: Path) -> bytes:
    """Read a file that holds a secret.

    Raises:
        SettingsError: group or others may read it, or it is a folder.
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
            isinstance(directory, str) and directory and _is_replica_id(replica)
            for directory, replica in texts
        ):
            found = {expanded_path(str(directory)): str(replica) for directory, replica in texts}
            _refuse_copies(found, path=path)
            return found
    raise _no_settings(path)


def _is_replica_id(replica: Node) -> bool:
    return replica == "" or (isinstance(replica, str) and REPLICA_ID.fullmatch(replica) is not None)


def _refuse_copies(found: Mapping[Path, str], *, path: Path) -> None:
    ids = [replica for replica in found.values() if replica]
    if twice := next((replica for replica in ids if ids.count(replica) > 1), ""):
        raise SettingsError(
            f"two directories are named as one replica of the vault: {twice}",
            where=str(path),
            hint="leave only one of them; vault add-replica takes in the other",
        )


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
    return expanded_path(value) if value else default


def expanded_path(text: str) -> Path:
    """Read a path as people write it, ``~`` for a home.

    Raises:
        SettingsError: there is no such user.
    """
    try:
        return Path(text).expanduser()
    except RuntimeError as err:
        raise SettingsError(
            "there is no such user", where=text, hint="name the whole path, from / on"
        ) from err
