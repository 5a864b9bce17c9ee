"""Write files that only their owner may read and that are on the disk when the call returns."""

from __future__ import annotations

import contextlib
import os
from typing import TYPE_CHECKING

from memberarc.errors import DuplicateError, FileError, SettingsError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path


def make_private_folder(folder: Path) -> None:
    """Make a folder of mode 0700, and those above it that are missing; an existing one is kept."""
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as err:
        raise FileError(f"the folder cannot be made: {err.strerror}", where=str(folder)) from err


def write_new(path: Path, content: bytes) -> None:
    """Write a file of mode 0600 that must not exist yet.

    Raises:
        DuplicateError: the file exists.
        FileError: the file cannot be written; nothing is left of it.
    """
    with _told_as_file_error(path):
        _write(path, content)
        sync_folder(path.parent)


def replace(path: Path, content: bytes) -> None:
    """Put new content in a file's place: after a crash it holds the old bytes or the new."""
    replace_all({path: content})


def replace_all(contents: Mapping[Path, bytes]) -> None:
    """Put new content in the place of several files; each is whole after a crash."""
    spares = {path: spare_path(path) for path in contents}
    try:
        for path, content in contents.items():
            with _told_as_file_error(path):
                _write(spares[path], content)
        for path, spare in spares.items():
            with _told_as_file_error(path):
                spare.rename(path)
        for folder in {path.parent for path in contents}:
            with _told_as_file_error(folder):
                sync_folder(folder)
    finally:
        for spare in spares.values():
            with contextlib.suppress(OSError):
                spare.unlink()


def spare_path(path: Path) -> Path:
    """Name a file beside ``path`` to write first: hidden, random, ending in ``.tmp``."""
    return path.with_name(f".{path.name}.{os.urandom(8).hex()}.tmp")


def sync_folder(folder: Path) -> None:
    """Have a folder's list of names on the disk."""
    sync_file(folder)


def sync_file(path: Path) -> None:
    """Have on the disk what another library has written."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def is_open_to_others(path: Path) -> bool:
    """Tell whether group or others have any right to a file or folder."""
    return path.stat().st_mode & 0o077 != 0


def require_owner_only(path: Path) -> None:
    """Refuse a user's secret that group or others have any right to.

    Raises:
        SettingsError: they have, or it is a folder.
    """
    if path.is_dir():
        raise SettingsError(
            "this is a folder, and no secret", where=str(path), hint=f"name the file: {path}/FILE"
        )
    if is_open_to_others(path):
        raise SettingsError(
            "other users may read this secret", where=str(path), hint=f"chmod 600 {path}"
        )


def _write(path: Path, content: bytes) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
    except OSError:
        path.unlink()
        raise


@contextlib.contextmanager
def _told_as_file_error(path: Path) -> Iterator[None]:
    try:
        yield
    except FileExistsError as err:
        raise DuplicateError("the file exists already", where=str(path)) from err
    except OSError as err:
        raise FileError(f"cannot write: {err.strerror}", where=str(path)) from err
