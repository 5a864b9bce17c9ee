"""Read who changed what and when from git's history, newest first."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import IO, TYPE_CHECKING

from memberarc.archive.git import Repository, decode_path
from memberarc.archive.incomplete import cut_commits
from memberarc.archive.message import parse_trailers
from memberarc.archive.revisions import is_unborn, resolve

if TYPE_CHECKING:
    from collections.abc import Iterator

_FIELDS = ("%H", "%P", "%an", "%ae", "%ct", "%B")
_LOG = (
    "-c",
    "log.showSignature=false",  # it would print into the stream
    "-c",
    "log.showRoot=true",
    "log",
    "-z",
    "--no-abbrev",
    "--no-renames",
    "--no-relative",
    "--no-follow",
    "--no-diff-merges",
    "--full-history",  # an act undone on a side branch happened all the same
    "--encoding=UTF-8",
    "--format=" + "".join(f"{field}%x00" for field in _FIELDS),
)
_BLOCK_BYTES = 1 << 16


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangedPath:
    """One path a commit changed against its first parent; None stands for "was not there"."""

    status: str
    path: str
    old_blob: str | None
    new_blob: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class HistoryEntry:
    """One commit; a merge lists no paths, since its parents list them.

    ``cut`` says that a shallow clone ends here: its parents are not to be had, and its paths are
    all that stood, whoever wrote them.
    """

    commit: str
    parents: tuple[str, ...]
    author_name: str
    author_email: str
    time: datetime
    subject: str
    trailers: tuple[tuple[str, str], ...]
    paths: tuple[ChangedPath, ...]
    cut: bool = False


def walk_history(
    repository: Repository,
    *,
    revisions: tuple[str, ...] = ("HEAD",),
    paths: tuple[str, ...] = (),
    with_paths: bool = True,
) -> Iterator[HistoryEntry]:
    """Yield the commits that can be reached from the revisions, newest first.

    Args:
        revisions: what to start from; ``--all`` means every ref, ``--reflog`` what refs ever were.
        paths: only commits that change one of these files or folders.
        with_paths: list what each commit changes, which takes time where it is a great deal.

    Raises:
        RevisionNotFoundError: a revision is not known; an unborn HEAD is not an error.
    """
    starts = [
        revision if revision in ("--all", "--reflog") else resolve(repository, revision)
        for revision in revisions
        if revision != "HEAD" or not is_unborn(repository)
    ]
    if not starts:
        return
    listing = ("--raw",) if with_paths else ()
    ends = cut_commits(repository)
    with repository.stream(*_LOG, *listing, *starts, "--", *paths) as pipes:
        yield from _entries(tokens_of(pipes.answers), ends=ends)


def changed_between(repository: Repository, old: str, *, new: str) -> list[ChangedPath]:
    """List the paths that differ between two commits, in their order."""
    command = ("diff-tree", "-r", "-z", "--raw", "--no-abbrev", "--no-renames", old, new)
    tokens = repository.run(*command).split(b"\0")[:-1]
    return [
        _changed(mark.decode("ascii"), path)
        for mark, raw in zip(tokens[::2], tokens[1::2], strict=True)
        if (path := decode_path(raw)) is not None
    ]


def tokens_of(stream: IO[bytes]) -> Iterator[bytes]:
    """Yield what stands between NULs, as it arrives."""
    rest = b""
    while block := stream.read(_BLOCK_BYTES):
        *whole, rest = (rest + block).split(b"\0")
        yield from whole


def _entries(tokens: Iterator[bytes], *, ends: frozenset[str]) -> Iterator[HistoryEntry]:
    """Cut the stream into commits: six fields, then pairs of ``:modes ids status`` and path."""
    commit = next(tokens, b"")
    while commit:
        fields = [next(tokens).decode("utf-8", "replace") for _ in _FIELDS[1:]]
        changes: list[tuple[bytes, bytes]] = []
        following = b""
        for token in tokens:
            mark = token.lstrip(b"\n")  # git sets the raw part off by one, and by an empty token
            if mark.startswith(b":"):
                changes.append((mark, next(tokens)))
            elif mark:
                following = mark
                break
        yield _entry(commit.decode("ascii"), fields, changes, ends=ends)
        commit = following


def _entry(
    commit: str, fields: list[str], changes: list[tuple[bytes, bytes]], *, ends: frozenset[str]
) -> HistoryEntry:
    parents, name, email, seconds, message = fields
    return HistoryEntry(
        commit=commit,
        parents=tuple(parents.split()),
        author_name=name,
        author_email=email,
        time=datetime.fromtimestamp(int(seconds), UTC),
        subject=message.strip().partition("\n")[0],
        trailers=parse_trailers(message),
        paths=tuple(
            _changed(mark.decode("ascii"), path)
            for mark, raw in changes
            if (path := decode_path(raw)) is not None
        ),
        cut=commit in ends,
    )


def _changed(mark: str, path: str) -> ChangedPath:
    _, _, old, new, status = mark.split()
    return ChangedPath(
        status=status,
        path=path,
        old_blob=old if old.strip("0") else None,
        new_blob=new if new.strip("0") else None,
    )
