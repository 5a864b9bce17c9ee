"""The other clones a purge is told to look at, too."""

from __future__ import annotations

from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from memberarc.archive.git import find_repository
from memberarc.archive.history import every_version
from memberarc.archive.layout import MANIFEST
from memberarc.errors import GitError, InvalidRecordError, UsageError
from memberarc.formats.yaml_file import load_yaml

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

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


@contextmanager
def opened_copies(archive: Archive, paths: Sequence[Path]) -> Iterator[tuple[Repository, ...]]:
    """Find the copies as above for as long as they are needed; a bundle is unpacked aside.

    Raises:
        UsageError: a file is no bundle of git, or as above.
    """
    with ExitStack() as opened:
        places = [
            _unpacked(archive.repository, path, opened.enter_context(TemporaryDirectory()))
            if path.is_file()
            else path
            for path in paths
        ]
        yield with_copies(archive, places)


def _unpacked(repository: Repository, bundle: Path, folder: str) -> Path:
    place = Path(folder) / "bundle.git"
    try:
        repository.run("clone", "--quiet", "--mirror", str(bundle.absolute()), str(place))
    except GitError as err:
        raise UsageError(f"--copy {bundle} is no bundle: {err.message}") from err
    return place


def _is_of(repository: Repository, archive: str) -> bool:
    for _, _, content in every_version(repository, below=MANIFEST):
        with suppress(InvalidRecordError):
            if load_yaml(content, path=MANIFEST).get("archive") == archive:
                return True
    return False
