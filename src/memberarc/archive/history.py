"""Read who changed what and when from git's history, newest first."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import IO, TYPE_CHECKING

from memberarc.archive.git import Repository, decode_path
from memberarc.archive.message import parse_trailers
from memberarc.errors import RevisionNotFoundError

if TYPE_CHECKING:
    from collections.abc import Iterator

_FIELDS = ("%H", "%P", "%an", "%ae", "%ct", "%B")
_LOG = (
    "-c",
    "log.showSignature=false",  # it would print into the stream
    "-c",
    "log.showRoot=true",
    "log",
    "--raw",
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
    """One commit; a merge lists no paths, since its parents list them."""

    commit: str
    parents: tuple[str, ...]
    author_name: str
    author_email: str
    time: datetime
    subject: str
    trailers: tuple[tuple[str, str], ...]
    paths: tuple[ChangedPath, ...]


def walk_history(
    repository: Repository, *, revisions: tuple[str, ...] = ("HEAD",), paths: tuple[str, ...] = ()
) -> Iterator[HistoryEntry]:
    """Yield the commits that can be reached from the revisions, newest first.

    Args:
        revisions: what to start from; ``--all`` means every ref, ``--reflog`` what refs ever were.
        paths: only commits that change one of these files or folders.

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
    with repository.stream(*_LOG, *starts, "--", *paths) as pipes:
        yield from _entries(_tokens(pipes.answers))


def resolve(repository: Repository, revision: str) -> str:
    """Return the id of the commit a revision names.

    Raises:
        RevisionNotFoundError: it names none.
    """
    commit = repository.line(
        "rev-parse", "--verify", "--quiet", "--end-of-options", f"{revision}^{{commit}}"
    )
    if commit is None:
        raise RevisionNotFoundError(
            f"no commit is called {revision!r}", hint="git log --oneline --all"
        )
    return commit


def is_ancestor(repository: Repository, one: str, *, of: str) -> bool:
    """Say whether one commit came before another, or is the same; dates do not count."""
    return repository.succeeds("merge-base", "--is-ancestor", one, of)


def is_unborn(repository: Repository) -> bool:
    """Say whether HEAD is a branch without a commit yet."""
    return repository.line("rev-parse", "--verify", "--quiet", "HEAD") is None


def revision_at(repository: Repository, day: date) -> str | None:
    """Return the last first-parent commit of HEAD up to the end of that day (UTC)."""
    if is_unborn(repository):
        return None
    until = f"--until={day.isoformat()} 23:59:59 +0000"
    return repository.line("rev-list", "-1", "--first-parent", until, "HEAD") or None


def _tokens(stream: IO[bytes]) -> Iterator[bytes]:
    """Yield what stands between NULs, as it arrives."""
    rest = b""
    while block := stream.read(_BLOCK_BYTES):
        *whole, rest = (rest + block).split(b"\0")
        yield from whole


def _entries(tokens: Iterator[bytes]) -> Iterator[HistoryEntry]:
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
        yield _entry(commit.decode("ascii"), fields, changes)
        commit = following


def _entry(commit: str, fields: list[str], changes: list[tuple[bytes, bytes]]) -> HistoryEntry:
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
    )


def _changed(mark: str, path: str) -> ChangedPath:
    _, _, old, new, status = mark.split()
    return ChangedPath(
        status=status,
        path=path,
        old_blob=old if old.strip("0") else None,
        new_blob=new if new.strip("0") else None,
    )
