"""Committed files as files on the disk, for programs that read files."""

from __future__ import annotations

from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from memberarc.archive.git import Repository
    from memberarc.archive.snapshot import Snapshot


@contextmanager
def exported_folder(repository: Repository, snapshot: Snapshot, folder: str) -> Iterator[Path]:
    """Give the path of a folder that holds exactly what a commit has in it.

    That is the work tree's own folder where it agrees with the commit, else a private copy, since
    what somebody has not committed must not sway a decision.
    """
    if repository.work_tree is not None and _agrees(repository, snapshot, folder):
        yield repository.work_tree / folder
        return
    with TemporaryDirectory(prefix="memberarc-") as copy:
        root = Path(copy)
        for path, content in snapshot.read_many(
            entry.path for entry in snapshot.entries(f"{folder}/")
        ):
            file = root / path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(content)
        (root / folder).mkdir(exist_ok=True)
        yield root / folder


def _agrees(repository: Repository, snapshot: Snapshot, folder: str) -> bool:
    if snapshot.commit is None or not (repository.work_tree or Path()).joinpath(folder).is_dir():
        return False
    untracked = repository.run("ls-files", "--others", "-z", "--", folder)
    return not untracked and not repository.run(
        "diff-index", "--name-only", "-z", snapshot.commit, "--", folder
    )
