"""Keep what one transaction has on its desk: the index lock, the index copy, the journal."""

from __future__ import annotations

import json
import os
import shutil
import time
from contextlib import suppress
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

from memberarc.archive.lock import create_exclusively, pauses
from memberarc.archive.worktree import WorkTree
from memberarc.errors import LockedError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from memberarc.archive.git import Repository

_INDEX_WAIT_S = 20.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Journal:
    """What a transaction is about to do to a work tree, for whoever has to finish or undo it.

    ``old`` is None on a branch without commits; ``new`` equals ``old`` when only adopted files
    are written. ``adopted`` lists the paths whose former bytes are in no commit.
    """

    branch: str
    old: str | None
    new: str
    adopted: tuple[str, ...]


class Desk:
    """The files under ``<git-dir>/memberarc`` that one transaction in a work tree uses.

    We hold git's ``index.lock`` by a random token in it, which the claim repeats: so whoever finds
    an ``index.lock`` can tell whether it is ours, from its first moment on.
    """

    def __init__(self, repository: Repository) -> None:
        self.repository = repository
        directory = repository.git_dir / "memberarc"
        directory.mkdir(exist_ok=True)
        self.index = repository.git_dir / "index"
        self.index_lock = repository.git_dir / "index.lock"
        self.copy = directory / "txn.index"
        self.staged = directory / "txn.files"
        self._claim = directory / "txn.claim"
        self._journal = directory / "journal"

    def work_tree(self) -> WorkTree:
        """Return the work tree, with nothing known of it yet."""
        assert self.repository.work_tree is not None  # a bare repository needs no desk
        return WorkTree(self.repository.work_tree)

    @property
    def on_copy(self) -> Mapping[str, str]:
        """The environment that makes git work on the copy of the index."""
        return {"GIT_INDEX_FILE": str(self.copy)}

    def take_index_lock(self) -> None:
        """Take git's own lock on the index, waiting a bounded time for a git command at work.

        Raises:
            LockedError: somebody still held it.
        """
        self._claim.write_text(os.urandom(16).hex(), encoding="ascii")
        for pause in pauses(_INDEX_WAIT_S):
            with suppress(FileExistsError):
                create_exclusively(self.index_lock, source=self._claim)
                return
            time.sleep(pause)
        raise LockedError(
            "another git command is at work here, or died",
            where=str(self.index_lock),
            hint=f"when no git command runs in this work tree: rm '{self.index_lock}'",
        )

    def holds_index_lock(self) -> bool:
        """Say whether the ``index.lock`` that stands is ours, taken now or by a killed process."""
        try:
            token = self._claim.read_bytes()
            if self.index_lock.samefile(self._claim):
                return True
            # Without hard links it is a copy; git's own lock is empty, or an index.
            return bool(token) and self.index_lock.read_bytes() == token
        except FileNotFoundError:
            return False

    def copy_index(self) -> None:
        """Start the copy from the index as it stands; a missing index stays missing.

        It is a second name of the same file until git enters something: git never writes into an
        index, it puts a new file in its place, and the index keeps the old one.
        """
        self._drop_copy()
        with suppress(FileNotFoundError):
            create_exclusively(self.copy, source=self.index)

    def empty(self) -> None:
        """Put away the staged files and the copy, but hold on to lock and journal."""
        shutil.rmtree(self.staged, ignore_errors=True)
        self._drop_copy()

    def _drop_copy(self) -> None:
        self.copy.unlink(missing_ok=True)
        self.copy.with_name(f"{self.copy.name}.lock").unlink(missing_ok=True)

    def install_copy(self) -> None:
        """Make the copy the index, durable and in one step."""
        _sync(self.copy)
        self.copy.replace(self.index)

    def write_journal(self, journal: Journal) -> None:
        """Record durably what is about to happen to the work tree."""
        draft = self._journal.with_name("journal.new")
        draft.write_text(json.dumps(asdict(journal)), encoding="ascii")
        _sync(draft)
        draft.replace(self._journal)
        _sync(self._journal.parent)

    def read_journal(self) -> Journal | None:
        """Return the journal a transaction left, or None."""
        try:
            facts = json.loads(self._journal.read_bytes())
        except FileNotFoundError:
            return None
        return Journal(**facts | {"adopted": tuple(facts["adopted"])})

    def is_clear(self) -> bool:
        """Say whether the last transaction here came to its end."""
        return not self._claim.exists()

    def clear(self) -> None:
        """Drop the journal, release the index lock if it is ours, and put everything away."""
        self._journal.unlink(missing_ok=True)
        if self.holds_index_lock():
            self.index_lock.unlink()
        self.empty()
        self._claim.unlink(missing_ok=True)  # last: it says that something is left to do


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
