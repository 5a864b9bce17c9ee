"""Look at and touch the files of a work tree, and nothing outside of it."""

from __future__ import annotations

import errno
import os
import shutil
import stat
from contextlib import suppress
from itertools import accumulate
from typing import TYPE_CHECKING

from memberarc.archive.git import file_blob_id
from memberarc.errors import WorkTreeConflictError

if TYPE_CHECKING:
    from pathlib import Path


class WorkTree:
    """The files a person works with.

    A path is followed through real folders only: a symbolic link in its way would lead outside.
    """

    def __init__(self, root: Path) -> None:
        self._root = root
        self._folders = {""}

    def stat(self, path: str) -> os.stat_result | None:
        """Return the lstat of what stands at `path`, or None.

        Raises:
            WorkTreeConflictError: a folder of the path is a link or a file.
        """
        if path.rpartition("/")[0] not in self._folders:
            for parent in _parents(path):
                found = self._lstat(parent)
                if found is None:
                    return None
                if not stat.S_ISDIR(found.st_mode):
                    raise WorkTreeConflictError(
                        "a link or a file stands where the archive has a folder",
                        where=parent,
                        hint="git status",
                    )
                self._folders.add(parent)
        return self._lstat(path)

    def read(self, path: str) -> bytes | None:
        """Return the bytes of a plain file, or None where nothing stands.

        Raises:
            WorkTreeConflictError: something else stands there.
        """
        return (self._root / path).read_bytes() if self._is_plain(path) else None

    def blob(self, path: str, *, object_format: str) -> str | None:
        """Return the id git gives the bytes of a plain file, or None where nothing stands.

        Raises:
            WorkTreeConflictError: something else stands there.
        """
        if not self._is_plain(path):
            return None
        return file_blob_id(self._root / path, object_format=object_format)

    def place(self, path: str, source: Path) -> None:
        """Put a finished file at `path` in one step, whatever stands there now."""
        self.stat(path)
        target = self._root / path
        target.parent.mkdir(parents=True, exist_ok=True)
        try:
            source.replace(target)
        except OSError as err:
            if err.errno != errno.EXDEV:
                raise
            # The git folder lies on another file system: a copy beside the target is renamed.
            beside = self._root / _beside(path)
            shutil.copy(source, beside)
            beside.replace(target)

    def remove(self, path: str) -> None:
        """Remove a file, and like git the folders that it leaves empty."""
        if self.stat(path) is not None:
            (self._root / path).unlink()
        for parent in reversed(_parents(path)):
            with suppress(OSError):
                (self._root / parent).rmdir()

    def tidy(self, path: str) -> None:
        """Remove what a :meth:`place` that was killed may have left beside `path`."""
        if self.stat(_beside(path)) is not None:
            (self._root / _beside(path)).unlink()

    def _is_plain(self, path: str) -> bool:
        found = self.stat(path)
        if found is not None and not stat.S_ISREG(found.st_mode):
            raise WorkTreeConflictError(
                "something other than a plain file stands in the way", where=path, hint="git status"
            )
        return found is not None

    def _lstat(self, path: str) -> os.stat_result | None:
        try:
            return os.lstat(f"{self._root}/{path}")  # a third of the time of Path.lstat
        except (FileNotFoundError, NotADirectoryError):
            return None


def _parents(path: str) -> list[str]:
    """Return the folders of a path, the outermost first."""
    return [*accumulate(path.split("/")[:-1], "{}/{}".format)]


def _beside(path: str) -> str:
    return f"{path}.memberarc-new"
