"""The difference between two versions of an archive, or between one and the files on the disk."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, Final

from memberarc.acts.key.keys_at_hand import open_keys_at_hand
from memberarc.archive.comparison import changed_between
from memberarc.archive.git import file_blob_id
from memberarc.archive.layout import PathKind, path_kind
from memberarc.archive.opened import open_archive
from memberarc.archive.snapshot import read_objects
from memberarc.archive.uncommitted import changed_paths, read_work_tree_file, require_work_tree
from memberarc.review.diff import FileVersions, compare_files

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from memberarc.acts.opening import Caller
    from memberarc.archive.git import Repository
    from memberarc.archive.opened import Archive
    from memberarc.review.diff import Difference

# So many files are read by one git, and held at once.
_FILES_AT_ONCE: Final = 1000


def compare_versions(
    caller: Caller, before: str | None = None, after: str | None = None
) -> tuple[Difference, ...]:
    """Compare two commits; or one commit, by default HEAD, with the files on the disk."""
    old = open_archive(caller.directory, revision=before or "HEAD")
    ring = open_keys_at_hand(open_archive(caller.directory), caller).ring
    files = (
        _between(old, open_archive(caller.directory, revision=after))
        if after
        else _to_work_tree(old)
    )
    return tuple(compare_files(files, archive=old, ring=ring))


def _between(old: Archive, new: Archive) -> Iterator[FileVersions]:
    assert old.snapshot.commit is not None  # both have a manifest
    assert new.snapshot.commit is not None
    changed = iter(changed_between(old.repository, old.snapshot.commit, new=new.snapshot.commit))
    while batch := [*islice(changed, _FILES_AT_ONCE)]:
        sides = [(one.path, blob) for one in batch for blob in (one.old_blob, one.new_blob)]
        contents = _contents(old.repository, sides)
        for one in batch:
            yield FileVersions(
                path=one.path, before=contents[one.old_blob], after=contents[one.new_blob]
            )


def _to_work_tree(old: Archive) -> Iterator[FileVersions]:
    repository = old.repository
    names = changed_paths(repository, revision=old.snapshot.commit or "HEAD")
    standing = old.snapshot.find(names)
    blobs = {path: standing[path].blob if path in standing else None for path in names}
    paths = iter(names)
    while batch := [*islice(paths, _FILES_AT_ONCE)]:
        contents = _contents(repository, [(path, blobs[path]) for path in batch])
        for path in batch:
            yield FileVersions(
                path=path, before=contents[blobs[path]], after=_on_disk(repository, path)
            )


def _contents(
    repository: Repository, files: Sequence[tuple[str, str | None]]
) -> dict[str | None, bytes | None]:
    """Read files by their ids; an id stands for a document, which may be larger than memory."""
    read = dict.fromkeys(blob for path, blob in files if blob and not _is_document(path))
    contents: dict[str | None, bytes | None] = {None: None}
    contents.update(read_objects(repository, read))
    contents.update((blob, blob.encode("ascii")) for _, blob in files if blob and blob not in read)
    return contents


def _on_disk(repository: Repository, path: str) -> bytes | None:
    if not _is_document(path):
        return read_work_tree_file(repository, path)
    file = require_work_tree(repository) / path
    if not file.is_file():
        return None
    return file_blob_id(file, object_format=repository.object_format).encode("ascii")


def _is_document(path: str) -> bool:
    return path_kind(path) is PathKind.DOCUMENT
