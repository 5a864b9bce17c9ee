"""Where plaintext can lie beside git's objects: work trees, git's own files, left-overs."""

from __future__ import annotations

import os
import zlib
from pathlib import Path
from typing import TYPE_CHECKING, Final

from memberarc.archive.incomplete import shortcomings
from memberarc.archive.snapshot import AGE_FILE, AGE_HEAD_BYTES
from memberarc.errors import FileError, Problem

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator

    from memberarc.archive.git import Repository

# Objects are read through git, but for what a killed git left among them.
_OBJECTS: Final = "objects"
_LOOSE_LEFT_OVER: Final = "tmp_obj_"
_LEFT_OVER: Final = "tmp_"


def work_trees(repository: Repository) -> tuple[Path, ...]:
    """List every work tree of a repository, linked ones too, as git knows them."""
    listed = os.fsdecode(repository.run("worktree", "list", "--porcelain", "-z"))
    places = [
        Path(fields[0].removeprefix("worktree "))
        for entry in listed.split("\0\0")
        if (fields := entry.split("\0"))[0] and "bare" not in fields[1:]
    ]
    own = [repository.work_tree] if repository.work_tree else []
    # Of a git folder that lies apart from its work tree, git lists the folder itself.
    return tuple(dict.fromkeys(one for one in (*own, *places) if one != repository.common_dir))


def unsearched(repositories: Iterable[Repository]) -> Iterator[Problem]:
    """Name what lies in or below the repositories and can not be searched through them."""
    every = [*repositories]
    known = {folder for one in every for folder in (one.git_dir, one.common_dir)}
    known |= {tree / ".git" for one in every for tree in work_trees(one)}
    for repository in every:
        for one in shortcomings(repository):
            yield Problem(
                path=str(repository.work_tree or repository.git_dir),
                rule="incomplete-clone",
                message=one.message,
                hint=one.fix,
            )
        for tree in work_trees(repository):
            if not tree.is_dir():
                yield Problem(
                    path=str(tree),
                    rule="work-tree-missing",
                    message="a linked work tree that is not there cannot be searched",
                    hint="git worktree prune",
                )
            for folder in _repositories_below(tree, known=known):
                yield Problem(
                    path=str(folder),
                    rule="nested-repository",
                    message="another repository lies here and is not searched",
                )
        for folder in _repositories_below(repository.common_dir / "modules", known=known):
            yield Problem(
                path=str(folder),
                rule="nested-repository",
                message="the repository of a submodule is not searched",
            )
        yield from left_overs_told(repository)


def left_overs_told(repository: Repository) -> Iterator[Problem]:
    """Name what a killed git left and nobody can unpack."""
    for file in _left_overs(repository):
        if not file.name.startswith(_LOOSE_LEFT_OVER):
            yield Problem(
                path=str(file),
                rule="git-left-over",
                message="a left-over of a git that was interrupted cannot be searched",
                hint="git prune",
            )


def loose_files(repository: Repository) -> Iterator[tuple[Path, bytes]]:
    """Yield the files git keeps beside its objects (rr-cache, messages, logs), and work trees'."""
    yield from git_files(repository)
    trees = work_trees(repository)
    done = {repository.git_dir, repository.common_dir, *trees}
    for tree in trees:
        if tree.is_dir():
            for entry in sorted(tree.iterdir()):
                yield from _files_below(entry, skip=done)


def git_files(repository: Repository, *, but: Collection[str] = ()) -> Iterator[tuple[Path, bytes]]:
    """Yield the files git keeps beside its objects, but for some names at the top."""
    folders = {repository.git_dir, repository.common_dir}
    done = folders | {*work_trees(repository)}
    for folder in sorted(folders):
        for entry in sorted(folder.iterdir()):
            if entry.name not in (_OBJECTS, *but):
                yield from _files_below(entry, skip=done)
    for file in _left_overs(repository):
        yield file, _inflated(read_file(file))


def _files_below(start: Path, *, skip: set[Path]) -> Iterator[tuple[Path, bytes]]:
    if start in skip:
        return
    if start.is_symlink():
        yield start, os.fsencode(start.readlink())
    elif start.is_file():
        yield start, read_file(start)
    elif start.is_dir():
        for entry in sorted(start.iterdir()):
            yield from _files_below(entry, skip=skip)


def _repositories_below(start: Path, *, known: set[Path]) -> Iterator[Path]:
    """Yield the git folders below a folder, whatever their names."""
    for path, folders, files in os.walk(start):
        folder = Path(path)
        if folder in known:
            folders.clear()
        elif ".git" in (*folders, *files) and folder / ".git" not in known:
            yield folder / ".git"
            folders.clear()
        elif "HEAD" in files and {_OBJECTS, "refs"}.issubset(folders):
            yield folder
            folders.clear()


def _left_overs(repository: Repository) -> Iterator[Path]:
    for path in sorted((repository.common_dir / _OBJECTS).rglob(f"{_LEFT_OVER}*")):
        if path.is_file():
            yield path


def _inflated(content: bytes) -> bytes:
    """Unpack an object that was written perhaps in part; what is none stays as it is."""
    try:
        return zlib.decompressobj().decompress(content)
    except zlib.error:
        return content


def read_file(path: Path) -> bytes:
    """Read a file that git may take away at any moment; of an age file only the beginning."""
    try:
        with path.open("rb") as file:
            head = file.read(AGE_HEAD_BYTES)
            return head if head.startswith(AGE_FILE) else head + file.read()
    except FileNotFoundError:
        return b""  # a lock or a temporary file of git's, gone since it was listed
    except OSError as err:
        raise FileError(
            f"cannot be read, so nobody can say what is in it: {err.strerror}", where=str(path)
        ) from err
