"""A folder outside git for the ciphertext of large documents.

``<store>/<archive id>/<uid>/<item id>.<first 16 hex of the ciphertext's SHA-256>.age``: a file is
written once and never changed, so a store may be copied, synchronised or shared as one likes.
"""

from __future__ import annotations

import re
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from memberarc.archive.layout import UID
from memberarc.errors import FileError
from memberarc.people.private_files import make_private_folder, sync_folder

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

NAMED_DIGITS: Final = 16
"""So much of a ciphertext's SHA-256 stands in its name."""

_NAME: Final = re.compile(r"(?P<item>[a-z][a-z0-9]{3,7})\.(?P<sha256>[0-9a-f]{16})\.age")


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredFile:
    """One file of a store, as its name describes it; what is no document has no ``uid``."""

    path: Path
    uid: str = ""
    item: str = ""
    sha256_start: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentStore:
    """The part of a store that belongs to one archive; the folder need not exist yet."""

    directory: Path

    def path(self, uid: str, item: str, *, sha256: str) -> Path:
        """Say where a ciphertext lies."""
        return self.directory / uid / f"{item}.{sha256[:NAMED_DIGITS]}.age"

    def keep(self, ciphertext: Path, *, uid: str, item: str, sha256: str) -> Path:
        """Move a finished ciphertext, that lies in the same store, to its place, durably.

        Raises:
            FileError: it cannot be moved.
        """
        path = self.path(uid, item, sha256=sha256)
        make_private_folder(path.parent)
        try:
            ciphertext.rename(path)
            for folder in (path.parent, self.directory, self.directory.parent):
                sync_folder(folder)
        except OSError as err:
            raise FileError(f"cannot write: {err.strerror}", where=str(path)) from err
        return path

    def files(self) -> Iterator[StoredFile]:
        """Go through everything that lies here, sorted, what a killed process left included."""
        for path in sorted(self.directory.rglob("*")):
            if path.is_dir():
                continue
            uid, name = path.parent.name, _NAME.fullmatch(path.name)
            if name and UID.fullmatch(uid) and path.parent.parent == self.directory:
                yield StoredFile(path=path, uid=uid, item=name["item"], sha256_start=name["sha256"])
            else:
                yield StoredFile(path=path)


def remove_documents(store: DocumentStore, uid: str) -> int:
    """Delete what a store holds of one member, and return how many files that were.

    For the purge, once the share is gone: what is deleted here no key opens any more.

    Raises:
        FileError: a file is there and cannot be deleted.
    """
    folder = store.directory / uid
    removed = 0
    try:
        for path in sorted(folder.iterdir()) if folder.is_dir() else ():
            path.unlink()
            removed += 1
        with suppress(FileNotFoundError):
            folder.rmdir()
            sync_folder(store.directory)
    except OSError as err:
        raise FileError(f"cannot delete: {err.strerror}", where=str(folder)) from err
    return removed
