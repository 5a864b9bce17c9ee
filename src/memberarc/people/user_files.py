"""Know where a user's own files lie: identity, signing key, pins and vaults.

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
    from collections.abc import Mapping

IDENTITY_VARIABLE: Final = "MEMBERARC_IDENTITY"
SIGNING_KEY_VARIABLE: Final = "MEMBERARC_SIGNING_KEY"
VAULT_VARIABLE: Final = "MEMBERARC_VAULT"
SETTINGS_FORMAT: Final = "archive-settings/1"


@dataclass(frozen=True, slots=True, kw_only=True)
class UserFiles:
    """The places of one user's own files; none of them need exist."""

    identity: Path
    signing_key: Path
    config: Path
    state: Path
    data: Path
    chosen_vaults: tuple[Path, ...] = ()

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
        settings = self.settings(archive)
        if self.chosen_vaults:
            return self.chosen_vaults
        if settings.exists():
            return _read_vaults(settings)
        return (self.default_vault(archive),)


def user_files(environ: Mapping[str, str]) -> UserFiles:
    """Find the user's places from the platform's rules and the environment."""
    import platformdirs

    config = platformdirs.user_config_path("memberarc")
    vaults = environ.get(VAULT_VARIABLE, "")
    return UserFiles(
        identity=_chosen(environ, IDENTITY_VARIABLE, default=config / "identity.txt"),
        signing_key=_chosen(environ, SIGNING_KEY_VARIABLE, default=config / "signing_key"),
        config=config,
        state=platformdirs.user_state_path("memberarc"),
        data=platformdirs.user_data_path("memberarc"),
        chosen_vaults=tuple(_expanded(part) for part in vaults.split(os.pathsep) if part),
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


def write_vaults(path: Path, *, vaults: tuple[Path, ...]) -> None:
    """Write the settings file that names the vault's replicas of one archive."""
    from memberarc.formats.canonical_yaml import write_yaml

    make_private_folder(path.parent)
    replace(path, write_yaml({"format": SETTINGS_FORMAT, "vaults": [str(v) for v in vaults]}))


def _read_vaults(path: Path) -> tuple[Path, ...]:
    from memberarc.formats.yaml_file import load_yaml

    settings = load_yaml(path.read_bytes(), path=str(path))
    vaults = settings.get("vaults")
    if (
        settings.get("format") != SETTINGS_FORMAT
        or settings.keys() - {"format", "vaults"}
        or not isinstance(vaults, list)
        or not vaults
        or not all(isinstance(vault, str) and vault for vault in vaults)
    ):
        raise SettingsError(
            f"not a settings file: it needs 'format: {SETTINGS_FORMAT}' and a list 'vaults'",
            where=str(path),
        )
    return tuple(_expanded(str(vault)) for vault in vaults)


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
