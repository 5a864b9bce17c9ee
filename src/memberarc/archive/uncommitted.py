"""What stands outside commits: files a person edited, and files staged for the next commit."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Final

from memberarc.archive.git import blob_id
from memberarc.archive.layout import GIT_ATTRIBUTES, MANIFEST, OWNED_FOLDERS
from memberarc.archive.tree_changes import compare_trees
from memberarc.errors import FileError, NotAnArchiveError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from memberarc.archive.git import Repository

INDEX_VARIABLE: Final = "GIT_INDEX_FILE"
# Files below may be larger than memory, and all that is judged here is that they are there.
_NAMES_ONLY: Final = "documents/"
_RECORD_BYTES: Final = 1 << 12
_READ_BYTES: Final = 1 << 20
# Not every system has the others.
_READING: Final = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0)


def require_work_tree(repository: Repository) -> Path:
    """Return the work tree; a bare clone has none."""
    if repository.work_tree is None:
        raise NotAnArchiveError(
            "this is a bare clone, without files to look at",
            where=str(repository.git_dir),
            hint="clone it with a work tree, or name a commit",
        )
    return repository.work_tree


def refuse_link(path: str) -> None:
    """Refuse a symbolic link: what it leads to is no file of the archive."""
    raise FileError("this is a symbolic link, which is not followed", where=path)


def work_tree_files(
    repository: Repository,
    *,
    only: Iterable[str] = (),
    on_link: Callable[[str], None] = refuse_link,
) -> Iterator[tuple[str, bytes]]:
    """Yield path and bytes of the archive's files as they lie on the disk, sorted.

    Of documents only the path is told; see ``work_tree_paths`` for the arguments.
    """
    paths = work_tree_paths(repository, only=only, on_link=on_link)
    return read_work_tree_files(repository, paths)


def work_tree_paths(
    repository: Repository,
    *,
    only: Iterable[str] = (),
    on_link: Callable[[str], None] = refuse_link,
) -> Iterator[str]:
    """Yield the paths of the archive's files as they lie on the disk, sorted.

    Args:
        only: yield these paths, or what lies below them; nothing given means everything.
        on_link: is told of each symbolic link; none is followed.
    """
    root = require_work_tree(repository)
    for name in only or (MANIFEST, GIT_ATTRIBUTES, *OWNED_FOLDERS):
        start = Path(os.path.normpath(root / name))
        if not start.is_relative_to(root):
            raise FileError("this lies outside the archive", where=name)
        if link := _link_on_the_way(root, start):
            on_link(link)
        elif start.is_dir():
            yield from _below(str(start), prefix=len(str(root)) + 1, on_link=on_link)
        elif start.is_file():
            yield start.relative_to(root).as_posix()
        elif only:
            raise FileError("there is no such file", where=name)


def read_work_tree_files(
    repository: Repository, paths: Iterable[str]
) -> Iterator[tuple[str, bytes]]:
    """Yield path and bytes of files on the disk; of documents only the path is told.

    Raises:
        FileError: one cannot be read, or has become a symbolic link since it was listed.
    """
    root = str(require_work_tree(repository))
    for path in paths:
        if path.startswith(_NAMES_ONLY):
            yield path, b""
            continue
        try:
            content = _content(f"{root}/{path}")
        except OSError as err:
            raise FileError(f"cannot be read: {err.strerror}", where=path) from err
        yield path, content


def changed_paths(
    repository: Repository, *, revision: str = "HEAD", only: Iterable[str] = ()
) -> tuple[str, ...]:
    """Name the files that differ between a commit and the work tree, untracked ones included.

    Args:
        only: look at these paths, or what lies below them; nothing given means everywhere.
    """
    require_work_tree(repository)
    # Not diff-index: it takes a file that was only touched or copied for an edited one.
    options = ("--porcelain", "-z", "--no-renames", "--untracked-files=all")
    told = repository.run("status", *options, "--", *only)
    names = {os.fsdecode(line[3:]) for line in told.split(b"\0") if line}
    if revision != "HEAD":
        names |= {change.path for change in compare_trees(repository, old=revision, new="HEAD")}
    return tuple(sorted(names))


def edited_among(repository: Repository, files: Mapping[str, str]) -> tuple[str, ...]:
    """Name those of some files that are other bytes on the disk than the blobs they should be.

    git is not asked, which would look at every file. A file that is missing is not told: a sparse
    work tree has few.
    """
    root = require_work_tree(repository)
    return tuple(
        path
        for path, blob in files.items()
        if (content := _on_disk(root, path)) is not None
        and blob
        not in (
            blob_id(one, object_format=repository.object_format)
            for one in (content, content.replace(b"\r\n", b"\n"))
        )
    )


def is_rule(path: str) -> bool:
    """Say whether a path is that of the settings or of a policy."""
    return path == MANIFEST or path.startswith("policy/")


def edited_rules(repository: Repository) -> tuple[str, ...]:
    """Name the settings and policies that were changed, and do not count yet."""
    if repository.work_tree is None:
        return ()
    return changed_paths(repository, only=(MANIFEST, "policy"))


def read_work_tree_file(repository: Repository, path: str) -> bytes | None:
    """Read one file from the disk, None when there is none, or only a symbolic link to one."""
    root = require_work_tree(repository)
    file = root / path
    return _read(file) if file.is_file() and not _link_on_the_way(root, file) else None


def staged_blobs(repository: Repository, *, environ: Mapping[str, str]) -> dict[str, str]:
    """Name by path the object of each file that is staged.

    A hook's ``GIT_INDEX_FILE`` is obeyed: ``git commit -a`` stages into an index of its own.
    """
    index = {INDEX_VARIABLE: environ[INDEX_VARIABLE]} if INDEX_VARIABLE in environ else {}
    listing = repository.run("ls-files", "--stage", "-z", environment=index)
    staged = {}
    for line in listing.split(b"\0"):
        if line:
            facts, _, name = line.partition(b"\t")
            staged[os.fsdecode(name)] = facts.split()[1].decode()
    return staged


def _on_disk(root: Path, path: str) -> bytes | None:
    try:
        return (root / path).read_bytes()
    except OSError:
        return None


def _link_on_the_way(root: Path, file: Path) -> str | None:
    """Name the first symbolic link between the root of the work tree and a file in it."""
    steps = (*reversed(file.relative_to(root).parents), file.relative_to(root))
    return next((step.as_posix() for step in steps[1:] if (root / step).is_symlink()), None)


def _below(folder: str, *, prefix: int, on_link: Callable[[str], None]) -> Iterator[str]:
    waiting = [folder]
    while waiting:
        folder = waiting.pop()
        try:
            with os.scandir(folder) as listed:
                entries = sorted(listed, key=lambda entry: entry.name)
        except OSError as err:
            raise FileError(f"cannot be listed: {err.strerror}", where=folder) from err
        above = folder[prefix:].replace(os.sep, "/")
        folders = []
        for entry in entries:
            if entry.is_file(follow_symlinks=False):
                yield f"{above}/{entry.name}"
            elif entry.is_symlink():
                on_link(f"{above}/{entry.name}")
            elif entry.is_dir(follow_symlinks=False):
                folders.append(entry.path)
        waiting += reversed(folders)


def _content(file: str) -> bytes:
    """Read a plain file; a file object would take longer to make than a record to read."""
    descriptor = os.open(file, _READING)
    try:
        content = os.read(descriptor, _RECORD_BYTES)
        if len(content) == _RECORD_BYTES:
            while part := os.read(descriptor, _READ_BYTES):
                content += part
    finally:
        os.close(descriptor)
    return content


def _read(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError as err:
        raise FileError(f"cannot be read: {err.strerror}", where=str(file)) from err
