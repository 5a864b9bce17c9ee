"""Files of one state of an archive: which there are, and how to read some of them."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import tee
from typing import TYPE_CHECKING

from memberarc.archive.snapshot import read_objects
from memberarc.archive.uncommitted import read_work_tree_files, staged_blobs, work_tree_paths

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from memberarc.archive.git import Repository
    from memberarc.archive.snapshot import Snapshot


@dataclass(frozen=True, slots=True, kw_only=True)
class FileSource:
    """The paths in their order, and what yields path and bytes of each path it is given.

    ``read_many`` may be called by several processes at once, each for some of the paths. Instead of
    bytes it gives None where an object is missing from the repository.
    """

    paths: tuple[str, ...]
    read_many: Callable[[Iterable[str]], Iterator[tuple[str, bytes | None]]]


def committed_files(snapshot: Snapshot) -> FileSource:
    """Take the files of a commit."""

    def read_many(paths: Iterable[str]) -> Iterator[tuple[str, bytes | None]]:
        names, asked = tee(paths)
        found = snapshot.read_many(asked)
        present = next(found, None)
        for path in names:
            if present and present[0] == path:
                yield present
                present = next(found, None)
            else:
                yield path, None

    return FileSource(paths=tuple(entry.path for entry in snapshot.entries()), read_many=read_many)


def files_on_disk(
    repository: Repository, *, only: Iterable[str] = (), on_link: Callable[[str], None]
) -> FileSource:
    """Take the files of the work tree; see ``work_tree_paths`` for the arguments."""

    def read_many(paths: Iterable[str]) -> Iterator[tuple[str, bytes]]:
        return read_work_tree_files(repository, paths)

    paths = tuple(work_tree_paths(repository, only=only, on_link=on_link))
    return FileSource(paths=paths, read_many=read_many)


def staged_files(repository: Repository, *, environ: Mapping[str, str]) -> FileSource:
    """Take the files that are staged; see ``staged_blobs`` for the arguments."""
    blobs = staged_blobs(repository, environ=environ)

    def read_many(paths: Iterable[str]) -> Iterator[tuple[str, bytes]]:
        names, asked = tee(path for path in paths if path in blobs)
        contents = read_objects(repository, (blobs[path] for path in asked))
        return ((path, content) for path, (_, content) in zip(names, contents, strict=True))

    return FileSource(paths=tuple(blobs), read_many=read_many)
