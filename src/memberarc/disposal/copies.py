"""The other clones a purge is told to look at, too."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from memberarc.archive.git import find_repository
from memberarc.archive.history import walk_history
from memberarc.archive.layout import MANIFEST
from memberarc.archive.snapshot import read_objects
from memberarc.errors import InvalidRecordError, UsageError
from memberarc.formats.yaml_file import load_yaml

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from memberarc.archive.git import Repository
    from memberarc.archive.opened import Archive


def with_copies(archive: Archive, paths: Sequence[Path]) -> tuple[Repository, ...]:
    """Find the copies of an archive, and return its own repository followed by them.

    Raises:
        UsageError: one is no other copy, but this repository or one of another archive.
        NotAnArchiveError: there is no repository at all.
    """
    every = [archive.repository]
    for path in paths:
        copy = find_repository(path)
        if copy.common_dir in [one.common_dir for one in every]:
            raise UsageError(f"--copy {path} is a repository that is looked at anyway")
        if not _is_of(copy, archive.manifest.archive):
            raise UsageError(f"--copy {path} holds no version of this archive")
        every.append(copy)
    return tuple(every)


def _is_of(repository: Repository, archive: str) -> bool:
    blobs = {
        changed.new_blob
        for entry in walk_history(repository, revisions=("--all",), paths=(MANIFEST,))
        for changed in entry.paths
        if changed.new_blob is not None
    }
    for _, content in read_objects(repository, sorted(blobs)):
        with suppress(InvalidRecordError):
            if load_yaml(content, path=MANIFEST).get("archive") == archive:
                return True
    return False
