"""Write the commit of an act into the object store, before anything refers to it."""

from __future__ import annotations

import os
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import chain, zip_longest
from pathlib import Path
from typing import IO, TYPE_CHECKING

from memberarc.archive.inspection import Edit
from memberarc.archive.snapshot import Entry
from memberarc.archive.tree_changes import compare_trees
from memberarc.errors import GitError, InternalError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from memberarc.archive.git import Repository

_SCRATCH_REF = "refs/memberarc/txn"
# git takes a quarter of a megabyte to compress an object, which glibc would give back to the system
# after each: kept, the import of many files takes half as long.
_KEEPING_MEMORY = {"MALLOC_TRIM_THRESHOLD_": str(4 << 20)}
_NAMED = frozenset(
    f"GIT_{role}_{fact}" for role in ("AUTHOR", "COMMITTER") for fact in ("NAME", "EMAIL")
)
_TRUE = frozenset({b"true", b"yes", b"on", b"1", None})


# An edit with the bytes, or the file of bytes, that are to stand.
Content = tuple[Edit, bytes | Path | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What git's configuration says that a transaction needs to know."""

    author: bytes
    committer: bytes
    signs: bool
    sparse: bool


def read_settings(repository: Repository) -> Settings:
    """Ask git for identities and settings, as of now.

    Raises:
        GitError: git does not know who commits.
    """
    known: dict[bytes, bytes | None] = {}
    for line in repository.run("var", "-l").split(b"\n"):
        key, equals, value = line.partition(b"=")
        known[key] = value if equals else None
    author, committer = known.get(b"GIT_AUTHOR_IDENT"), known.get(b"GIT_COMMITTER_IDENT")
    named = {b"user.name", b"user.email"} <= known.keys() or os.environ.keys() >= _NAMED
    if author is None or committer is None or not named:
        # A listing falls back on a guess; asked for one by one, git refuses where it should.
        author, committer = (_identity(repository, role) for role in ("AUTHOR", "COMMITTER"))
    return Settings(
        author=author,
        committer=committer,
        signs=known.get(b"commit.gpgsign", b"false") in _TRUE,
        sparse=known.get(b"core.sparsecheckout", b"false") in _TRUE,
    )


def write_commit(
    repository: Repository,
    *,
    parent: str | None,
    message: str,
    contents: Iterable[Content],
    settings: Settings,
) -> tuple[str, list[Edit]]:
    """Store the commit that makes these changes to `parent`, signed if git is set to sign.

    The contents are written as they come; when they end in an error, nothing is stored but spooled
    files, which nothing refers to and git drops in time.

    Returns:
        The commit, which is `parent` where no edit changes anything, and the edits.

    Raises:
        InternalError: the commit would change anything but the paths named.
    """
    edits: list[Edit] = []
    changed = _changed(contents, edits)
    first = next(changed, None)
    if first is None:
        assert parent is not None  # an edit without a change has an old version
        return parent, edits
    with _no_leftover_packs(repository):
        commit = _import(
            repository,
            parent=parent,
            message=message,
            contents=chain((first,), changed),
            settings=settings,
        )
    wanted = sorted((edit for edit in edits if edit.new != edit.old), key=lambda edit: edit.path)
    made = _changes(repository, old=parent, new=commit)
    if any(one != other for one, other in zip_longest(made, wanted)):
        # A file where a folder stood, say: fast-import replaces without a word.
        raise InternalError("the commit would not change exactly what was planned")
    if settings.signs:
        parents = ["-p", parent] if parent else []
        command = ("commit-tree", "-S", *parents, "-F", "-", f"{commit}^{{tree}}")
        signed = repository.run(*command, stdin=message.encode("ascii"))
        commit = signed.decode("ascii").strip()
    return commit, edits


@contextmanager
def _no_leftover_packs(repository: Repository) -> Iterator[None]:
    """Remove the half pack of a fast-import that failed: on a full disk it would stay full."""
    folder = repository.common_dir / "objects" / "pack"
    before = {*folder.glob("tmp_*")}
    try:
        yield
    except GitError:
        for left in {*folder.glob("tmp_*")} - before:
            left.unlink(missing_ok=True)
        raise


def changes_between(repository: Repository, *, old: str | None, new: str) -> list[Edit]:
    """Return what differs between two commits, by path; `old` None is the empty tree."""
    return [*_changes(repository, old=old, new=new)]


def _changes(repository: Repository, *, old: str | None, new: str) -> Iterator[Edit]:
    for change in compare_trees(repository, old=old, new=new):
        if not change.path.isascii():
            raise InternalError("a commit of ours changes a path that is not ASCII")
        yield Edit(
            path=change.path,
            old=_side(change.path, change.old_mode, change.old_blob),
            new=_side(change.path, change.new_mode, change.new_blob),
        )


def _changed(contents: Iterable[Content], edits: list[Edit]) -> Iterator[Content]:
    """Hand on what differs from what stands, and note every edit on the way."""
    for edit, content in contents:
        edits.append(edit)
        if edit.new != edit.old:
            yield edit, content


def _import(
    repository: Repository,
    *,
    parent: str | None,
    message: str,
    contents: Iterable[Content],
    settings: Settings,
) -> str:
    options = ("--quiet", "--done", "--force", "--depth=0")
    # Loose objects below the limit: a pack for every small act would slow git down.
    limit = ("-c", "fastimport.unpackLimit=100")
    commit = b""
    with repository.stream(*limit, "fast-import", *options, environment=_KEEPING_MEMORY) as pipes:
        write = pipes.requests.write
        write(b"feature done\nfeature get-mark\n")
        write(f"commit {_SCRATCH_REF}\nmark :1\n".encode("ascii"))
        write(b"author %b\ncommitter %b\n" % (settings.author, settings.committer))
        write(b"data %d\n%b" % (len(message), message.encode("ascii")))
        if parent:
            write(f"from {parent}\n".encode("ascii"))
        for edit, content in contents:
            if isinstance(content, Path):
                _store_file(repository, content)
            _write_change(pipes.requests, edit, content)
        write(b"get-mark :1\n")
        write(f"reset {_SCRATCH_REF}\nfrom {repository.no_object}\ndone\n".encode("ascii"))
        pipes.requests.flush()
        commit = pipes.answers.read().strip()
    return commit.decode("ascii")


def _write_change(stream: IO[bytes], edit: Edit, content: bytes | Path | None) -> None:
    if edit.new is None:
        stream.write(f"D {edit.path}\n".encode("ascii"))
        return
    if isinstance(content, bytes):
        head = f"M {edit.new.mode} inline {edit.path}\ndata {len(content)}\n"
        stream.write(b"%b%b\n" % (head.encode("ascii"), content))
    else:
        stream.write(f"M {edit.new.mode} {edit.new.blob} {edit.path}\n".encode("ascii"))


def _store_file(repository: Repository, file: Path) -> None:
    """Store a spooled file as an object of its own.

    Ciphertext cannot be compressed, and trying takes git a minute for a gigabyte.
    """
    options = ("-c", "core.compression=0", "-c", "core.bigFileThreshold=1m")
    repository.run(*options, "hash-object", "-w", "--no-filters", "--", str(file))


def _side(path: str, mode: str, blob: str | None) -> Entry | None:
    return Entry(path=path, mode=mode, blob=blob) if blob else None


def _identity(repository: Repository, role: str) -> bytes:
    try:
        return repository.run("var", f"GIT_{role}_IDENT").rstrip(b"\n")
    except GitError as err:
        raise GitError(
            err.message,
            hint="git config --global user.name NAME && git config --global user.email ADDRESS",
        ) from err
