"""Tell whether a folder is fit to hold a vault: private, and forgetting what is deleted."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from memberarc.errors import FileError, UnsafeVaultError
from memberarc.people.private_files import is_open_to_others

if TYPE_CHECKING:
    from pathlib import Path

# What stands in a folder that keeps versions and makes conflict copies.
_MARKS: Final = {
    ".stfolder": "Syncthing",
    ".dropbox": "Dropbox",
    ".dropbox.cache": "Dropbox",
    ".owncloudsync.log": "ownCloud",
    ".nextcloudsync.log": "Nextcloud",
    ".seafile-data": "Seafile",
    ".tmp.drivedownload": "Google Drive",
    ".tmp.driveupload": "Google Drive",
    ".synologyworkingdirectory": "Synology Drive",
    ".git": "git",
    ".hg": "Mercurial",
    ".svn": "Subversion",
    ".jj": "Jujutsu",
}
_DATABASES: Final = (".sync_*.db", "._sync_*.db")
# How such a folder is called, in small letters.
_NAMES: Final = {
    "dropbox": "Dropbox",
    "onedrive": "OneDrive",
    "iclouddrive": "iCloud",
    "icloud drive": "iCloud",
    "mobile documents": "iCloud",
    "com~apple~clouddocs": "iCloud",
    "cloudstorage": "a cloud store",
    "google drive": "Google Drive",
    "googledrive": "Google Drive",
    "my drive": "Google Drive",
    "nextcloud": "Nextcloud",
    "owncloud": "ownCloud",
    "seafile": "Seafile",
    "nutstore": "Nutstore",
    "nutstore files": "Nutstore",
    "坚果云": "Nutstore",
    "我的坚果云": "Nutstore",
    "baidusyncdisk": "Baidu",
    "baidunetdisk": "Baidu",
    "百度网盘": "Baidu",
    "百度网盘同步空间": "Baidu",
    "wps云盘": "WPS",
    "wpsdrive": "WPS",
    "wps cloud files": "WPS",
    "pcloud": "pCloud",
    "pcloudsync": "pCloud",
    "pcloud drive": "pCloud",
    "pclouddrive": "pCloud",
    "mega": "MEGA",
    "megasync": "MEGA",
    "box": "Box",
    "box sync": "Box",
    "synologydrive": "Synology Drive",
    "synology drive": "Synology Drive",
}
# They put the organisation or the account behind their name: "OneDrive - Example".
_EXTENDED: Final = ("dropbox", "onedrive", "nextcloud", "owncloud", "google drive", "googledrive")


def require_forgetful_place(directory: Path) -> None:
    """Refuse a folder inside one that git or a synchroniser keeps versions of.

    Raises:
        UnsafeVaultError: a share deleted here would live on in a version.
        FileError: the folders above cannot be looked at.
    """
    try:
        place = directory.resolve()
        keepers = [keeper for folder in (place, *place.parents) if (keeper := _keeper(folder))]
    except OSError as err:
        raise FileError(f"cannot read: {err.strerror}", where=str(directory)) from err
    if keepers:
        raise UnsafeVaultError(
            f"a vault cannot lie in a folder of {keepers[0]}, which keeps what is deleted",
            where=str(directory),
            hint="choose a directory on a local disk or a file share",
        )


def require_private(path: Path) -> None:
    """Refuse a file or folder that group or others have any right to.

    Raises:
        UnsafeVaultError: they have.
    """
    if is_open_to_others(path):
        mode = "700" if path.is_dir() else "600"
        raise UnsafeVaultError(
            "other users may read the vault", where=str(path), hint=f"chmod {mode} {path}"
        )


def _keeper(folder: Path) -> str:
    for mark, keeper in _MARKS.items():
        if (folder / mark).exists():
            return keeper
    if any(next(folder.glob(pattern), None) for pattern in _DATABASES):
        return "Nextcloud or ownCloud"
    # A bare repository, or the inside of .git, has no mark of its own.
    if (folder / "HEAD").is_file() and (folder / "objects").is_dir():
        return "git"
    name = folder.name.lower()
    if name in _NAMES:
        return _NAMES[name]
    for start in _EXTENDED:
        if re.match(rf"{start}[ -]", name):
            return _NAMES[start]
    return ""


def read_private(path: Path) -> bytes:
    """Read a file of the vault.

    Raises:
        FileNotFoundError: it is not there: a compaction may just have moved its lines.
        UnsafeVaultError: group or others have a right to it.
        FileError: it cannot be read.
    """
    try:
        require_private(path)
        return path.read_bytes()
    except FileNotFoundError:
        raise
    except OSError as err:
        raise FileError(f"cannot read: {err.strerror}", where=str(path)) from err
