"""The folder of a vault that holds its fences."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Final

from memberarc.archive.layout import UID
from memberarc.errors import VaultError
from memberarc.people import private_files
from memberarc.sealing.vault.files import list_files
from memberarc.sealing.vault.place import read_private

if TYPE_CHECKING:
    from pathlib import Path

    from memberarc.sealing.vault.fences import Fence

_GRAIN_NS: Final = 3_000_000_000
"""FAT counts 2 seconds, and a file server's clock is not quite this one."""


class FenceFolder:
    """The fences of one vault; a file is created once and never removed."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._uids: frozenset[str] = frozenset()
        self._listed_at = -1

    def uids(self) -> frozenset[str]:
        """Return which uids have a fence; asked for every share, so the folder is listed once."""
        changed_at = self.folder.stat().st_mtime_ns
        if changed_at != self._listed_at:
            names = (path.name.removesuffix(".yaml") for path in list_files(self.folder, "*.yaml"))
            self._uids = frozenset(name for name in names if UID.fullmatch(name))
            # Another change within the grain of the folder's clock would leave it the same time.
            is_young = abs(time.time_ns() - changed_at) < _GRAIN_NS
            self._listed_at = -1 if is_young else changed_at
        return self._uids

    def get(self, uid: str) -> Fence | None:
        """Read the fence of a uid.

        Raises:
            VaultError: the file is no fence, or was cut off by a crash.
        """
        path = self._path(uid)
        if not path.exists():
            return None
        from memberarc.sealing.vault.fences import FROM_ANOTHER_REPLICA, parse_fence

        fence = parse_fence(read_private(path), path=str(path))
        if fence.uid != uid:
            raise VaultError("the fence of another uid", where=str(path), hint=FROM_ANOTHER_REPLICA)
        return fence

    def all(self) -> dict[str, Fence]:
        """Read all fences, by uid."""
        found = {uid: self.get(uid) for uid in sorted(self.uids())}
        return {uid: fence for uid, fence in found.items() if fence is not None}

    def closes(self, uid: str) -> bool:
        """Tell whether a member must not be opened any more; an unreadable fence closes, too."""
        if uid not in self.uids():
            return False
        try:
            fence = self.get(uid)
        except VaultError:
            return True
        return fence is not None and fence.reached("fenced")

    def put(self, fence: Fence) -> Fence:
        """Write a fence, joined with the one that stands, and return what stands afterwards."""
        from memberarc.archive.lock import hold_lock
        from memberarc.sealing.vault.fences import joined_fences, write_fence

        path = self._path(fence.uid)
        with hold_lock(self.folder):
            standing = self.get(fence.uid)
            fence = joined_fences([fence] if standing is None else [standing, fence])
            if fence != standing:
                private_files.replace(path, write_fence(fence))
        # The clock of the file system may not tell two changes within a few milliseconds.
        self._listed_at = -1
        return fence

    def _path(self, uid: str) -> Path:
        return self.folder / f"{uid}.yaml"
