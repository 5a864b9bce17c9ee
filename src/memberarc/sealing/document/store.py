"""A folder outside git for the ciphertext of large documents.

``<store>/<archive id>/<uid>/<item id>.<first 16 hex of the ciphertext's SHA-256>.age``: a file is
written once and never changed, so a store may be copied, synchronised or shared as one likes.

Whoever else may write there is not trusted. Below the store no link is followed, nothing but
regular files is read, and nothing is deleted but what has the name of a document. The store's own
folder may be a link: its user named it.
"""

from __future__ import annotations

import errno
import os
import re
import stat
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Final

from memberarc.archive.layout import UID
from memberarc.errors import DocumentNotFoundError, FileError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import BinaryIO

NAMED_DIGITS: Final = 16
"""So much of a ciphertext's SHA-256 stands in its name."""

_NAME: Final = re.compile(r"(?P<item>[a-z][a-z0-9]{3,7})\.(?P<sha256>[0-9a-f]{16})\.age")
_FOLDER: Final = os.O_RDONLY | os.O_DIRECTORY
# A FIFO would keep us waiting until somebody writes into it.
_FILE: Final = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK
_REASONS: Final = {
    errno.ELOOP: "it is a symbolic link",
    errno.ENOTDIR: "a link or a file stands in the place of its folder",
    errno.ENXIO: "not a file",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredFile:
    """One thing in a store, as its name describes it; what is no document has no ``uid``."""

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

    @contextmanager
    def spool(self) -> Iterator[Path]:
        """Make a folder for ciphertext on the disk where it will lie: a move there takes no time.

        Other machines may be at work here, so what a killed process leaves is told, not removed.

        Raises:
            FileError: it cannot be made.
        """
        with _told_as_file_error(self.directory, "write"), self._opened(make=True):
            spool = TemporaryDirectory(prefix="spool-", dir=self.directory)
        with spool as name:
            yield Path(name)

    def keep(self, ciphertext: Path, *, uid: str, item: str, sha256: str) -> Path:
        """Move a finished ciphertext, that lies in the same store, to its place, durably.

        Raises:
            FileError: it cannot be moved.
        """
        path = self.path(uid, item, sha256=sha256)
        with _told_as_file_error(path, "write"), self._opened(uid, make=True) as folders:
            if _is_shared(folders[0]):
                ciphertext.chmod(0o660)
            os.rename(ciphertext, path.name, dst_dir_fd=folders[-1])
            for folder in reversed(folders):
                os.fsync(folder)
        return path

    @contextmanager
    def open(self, uid: str, item: str, *, sha256: str) -> Iterator[BinaryIO]:
        """Open a ciphertext as a stream.

        Raises:
            DocumentNotFoundError: it is not here.
            FileError: it cannot be read, or is no regular file.
        """
        path = self.path(uid, item, sha256=sha256)
        with _told_as_file_error(path, "read"):
            try:
                with self._opened(uid) as folders:
                    descriptor = os.open(path.name, _FILE, dir_fd=folders[-1])
            except FileNotFoundError as err:
                raise DocumentNotFoundError(
                    "the store has no such file",
                    where=str(path),
                    hint="copy it here from the store of whoever added the document",
                ) from err
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            os.close(descriptor)
            raise FileError("cannot read: not a file", where=str(path))
        with os.fdopen(descriptor, "rb") as file:
            yield file

    def files(self) -> Iterator[StoredFile]:
        """Go through everything that lies here, sorted, what a killed process left included."""
        for folder in _below(self.directory):
            for path in _below(folder):
                yield self._described(path)

    def remove(self, uid: str) -> tuple[int, tuple[Path, ...]]:
        """Delete the documents of one member, for the purge.

        What is deleted here no key opens any more, so nothing here may stop a purge: neither what
        somebody planted nor what somebody else owns.

        Returns:
            How many files were deleted, and what is no document or could not be.
        """
        folder = self.directory / uid
        try:
            with self._opened(uid) as folders:
                names = sorted(os.listdir(folders[-1]))  # noqa: PTH208 -- of what was opened
                left = [name for name in names if not _remove_document(name, folders[-1])]
                if not left:
                    os.rmdir(uid, dir_fd=folders[-2])
                    os.fsync(folders[-2])
        except FileNotFoundError:
            return 0, ()
        except OSError:
            return 0, (folder,)
        return len(names) - len(left), tuple(folder / name for name in left)

    @contextmanager
    def _opened(self, *names: str, make: bool = False) -> Iterator[tuple[int, ...]]:
        """Open the store's folder, the archive's, and those below, through no link.

        Raises:
            OSError: one of them is missing, or no folder.
        """
        with ExitStack() as stack:
            folders = [os.open(self.directory.parent, _FOLDER)]
            stack.callback(os.close, folders[0])
            shared = _is_shared(folders[0])
            for name in (self.directory.name, *names):
                made = make and _make_folder(name, folders[-1])
                folders.append(os.open(name, _FOLDER | os.O_NOFOLLOW, dir_fd=folders[-1]))
                stack.callback(os.close, folders[-1])
                if made and shared:  # the mode of a new folder was cut down by the user's umask
                    os.fchmod(folders[-1], 0o2770)
            yield tuple(folders)

    def _described(self, path: Path) -> StoredFile:
        uid, name = path.parent.name, _NAME.fullmatch(path.name)
        is_place = path.parent.parent == self.directory and UID.fullmatch(uid)
        with suppress(OSError):
            if name and is_place and stat.S_ISREG(path.lstat().st_mode):
                start = name["sha256"]
                return StoredFile(path=path, uid=uid, item=name["item"], sha256_start=start)
        return StoredFile(path=path)


def _below(folder: Path) -> list[Path]:
    """List a folder; what is none, a link too, or cannot be read stands for itself."""
    try:
        is_folder = stat.S_ISDIR(folder.lstat().st_mode)
        return sorted(folder.iterdir()) if is_folder else [folder]
    except FileNotFoundError:
        return []
    except OSError:
        return [folder]


def _is_shared(store: int) -> bool:
    """Say whether a store's folder gives what is made in it to its group, by the setgid bit."""
    return bool(os.fstat(store).st_mode & stat.S_ISGID)


def _make_folder(name: str, parent: int) -> bool:
    """Make a private folder, and say whether it was missing."""
    try:
        os.mkdir(name, 0o700, dir_fd=parent)
    except FileExistsError:
        return False
    return True


def _remove_document(name: str, folder: int) -> bool:
    """Delete a file that has the name of a document, and say whether it is gone."""
    try:
        if not _NAME.fullmatch(name) or not stat.S_ISREG(
            os.stat(name, dir_fd=folder, follow_symlinks=False).st_mode
        ):
            return False
        os.unlink(name, dir_fd=folder)
    except FileNotFoundError:
        return True
    except OSError:
        return False
    return True


@contextmanager
def _told_as_file_error(path: Path, verb: str) -> Iterator[None]:
    try:
        yield
    except OSError as err:
        reason = _REASONS.get(err.errno or 0, err.strerror)
        raise FileError(f"cannot {verb}: {reason}", where=str(path)) from err
