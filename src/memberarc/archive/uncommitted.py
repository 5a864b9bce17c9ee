"""What stands outside commits: files a person edited, and files staged for the next commit."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Final

from memberarc.archive.layout import GIT_ATTRIBUTES, MANIFEST, OWNED_FOLDERS
from memberarc.archive.snapshot import read_objects
from memberarc.errors import FileError, NotAnArchiveError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from memberarc.archive.git import Repository

INDEX_VARIABLE: Final = "GIT_INDEX_FILE"
# Files below may be larger than memory, and all that is judged here is that they are there.
_NAMES_ONLY: Final = "documents/"


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

    Of documents only the path is told.

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
            path = start.relative_to(root).as_posix()
            yield path, b"" if path.startswith(_NAMES_ONLY) else _read(start)
        elif only:
            raise FileError("there is no such file", where=name)


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
    names = [
        line[3:] for line in repository.run("status", *options, "--", *only).split(b"\0") if line
    ]
    if revision != "HEAD":
        between = repository.run("diff-tree", "-r", "--name-only", "-z", revision, "HEAD")
        names += [name for name in between.split(b"\0") if name]
    return tuple(sorted({os.fsdecode(name) for name in names}))


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


def staged_files(
    repository: Repository, *, environ: Mapping[str, str]
) -> Iterator[tuple[str, bytes]]:
    """Yield path and bytes of what is staged; of documents the path only.

    A hook's ``GIT_INDEX_FILE`` is obeyed: ``git commit -a`` stages into an index of its own.
    """
    index = {INDEX_VARIABLE: environ[INDEX_VARIABLE]} if INDEX_VARIABLE in environ else {}
    listing = repository.run("ls-files", "--stage", "-z", environment=index)
    staged: list[tuple[str, str]] = []
    for line in listing.split(b"\0"):
        if line:
            facts, _, name = line.partition(b"\t")
            staged.append((os.fsdecode(name), facts.split()[1].decode()))
    read = [entry for entry in staged if not entry[0].startswith(_NAMES_ONLY)]
    contents = read_objects(repository, [blob for _, blob in read])
    for (path, _), (_, content) in zip(read, contents, strict=True):
        yield path, content
    yield from ((path, b"") for path, _ in staged if path.startswith(_NAMES_ONLY))


def _link_on_the_way(root: Path, file: Path) -> str | None:
    """Name the first symbolic link between the root of the work tree and a file in it."""
    steps = (*reversed(file.relative_to(root).parents), file.relative_to(root))
    return next((step.as_posix() for step in steps[1:] if (root / step).is_symlink()), None)


def _below(
    folder: str, *, prefix: int, on_link: Callable[[str], None]
) -> Iterator[tuple[str, bytes]]:
    waiting = [folder]
    while waiting:
        folder = waiting.pop()
        try:
            with os.scandir(folder) as listed:
                entries = sorted(listed, key=lambda entry: entry.name)
        except OSError as err:
            raise FileError(f"cannot be listed: {err.strerror}", where=folder) from err
        folders = []
        for entry in entries:
            path = entry.path[prefix:].replace(os.sep, "/")
            if entry.is_symlink():
                on_link(path)
            elif entry.is_dir(follow_symlinks=False):
                folders.append(entry.path)
            elif entry.is_file(follow_symlinks=False):
                if path.startswith(_NAMES_ONLY):
                    yield path, b""
                    continue
                with open(entry.path, "rb") as file:  # noqa: PTH123  a third faster than a Path
                    yield path, file.read()
        waiting += reversed(folders)


def _read(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError as err:
        raise FileError(f"cannot be read: {err.strerror}", where=str(file)) from err
