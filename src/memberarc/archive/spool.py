"""Folders for ciphertext on its way into the archive, that a killed process cannot leave for ever.

Whoever spools holds the folder's flock, which the kernel frees when the process ends.
"""

from __future__ import annotations

import fcntl
import os
import shutil
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import mkdtemp
from typing import TYPE_CHECKING, Final

from memberarc.archive.lock import hold_lock

if TYPE_CHECKING:
    from collections.abc import Iterator

    from memberarc.archive.git import Repository

_PREFIX: Final = "spool-"


@contextmanager
def spool_beside(repository: Repository) -> Iterator[Path]:
    """Make a folder on the disk where git's objects are: a move there takes no time.

    Not in the system's folder for temporary files, which may be in memory.

    Raises:
        FileError: the repository cannot be written.
        LockedError: another process is at work.
    """
    place = _place(repository)
    with hold_lock(place):  # so that nobody sweeps the folder before it is held
        folder = Path(mkdtemp(prefix=_PREFIX, dir=place))
        held = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
        with suppress(OSError):  # some network file systems: then nobody sweeps there
            fcntl.flock(held, fcntl.LOCK_EX)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        os.close(held)


def sweep_spools(repository: Repository) -> None:
    """Remove, with the lock held, what killed processes left.

    Nothing is told: it is ciphertext, in a folder of our own, that nothing refers to.
    """
    for folder in _place(repository).glob(f"{_PREFIX}*"):
        with suppress(OSError):
            held = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
            try:
                fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
                shutil.rmtree(folder)
            finally:
                os.close(held)


def _place(repository: Repository) -> Path:
    return repository.common_dir / "memberarc"
