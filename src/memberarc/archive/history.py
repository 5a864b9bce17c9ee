"""Read who changed what and when from git's history, newest first."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from memberarc.archive.incomplete import cut_commits
from memberarc.archive.message import parse_trailers
from memberarc.archive.revisions import is_unborn, resolve
from memberarc.archive.snapshot import read_objects
from memberarc.archive.tree_changes import take_changes, tokens_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from memberarc.archive.git import Repository
    from memberarc.archive.tree_changes import TreeChange

# A commit may say anything. Of this day, the last, every zone can still tell what time it has.
_LAST_TIME = datetime(9999, 12, 31, tzinfo=UTC)
_LONGEST_TIME = len(str(int(_LAST_TIME.timestamp())))
_REVERTING = re.compile(r"(?m)^This reverts commit [0-9a-f]{4,64}\b")
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


@dataclass(frozen=True, slots=True, kw_only=True)
class HistoryEntry:
    """One commit, and what it changed; a merge lists no paths, since its parents list them.

    ``reverts`` says that it takes back another, as git's own words in its message have it.
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
    paths: tuple[TreeChange, ...]
    reverts: bool = False
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


def every_version(repository: Repository, *, below: str) -> Iterator[tuple[str, str, bytes]]:
    """Yield path, commit and bytes of every version, on any ref, of a file or a folder's files.

    Each version comes once, as of the first place where it stood.
    """
    places: dict[str, tuple[str, str]] = {}
    for entry in walk_history(repository, revisions=("--all",), paths=(below,)):
        for changed in entry.paths:
            if changed.new_blob is not None:
                places[changed.new_blob] = (changed.path, entry.commit)
    for blob, content in read_objects(repository, places):
        path, commit = places[blob]
        yield path, commit, content


def _entries(tokens: Iterator[bytes], *, ends: frozenset[str]) -> Iterator[HistoryEntry]:
    """Cut the stream into commits: six fields, then what it changes."""
    commit = next(tokens, b"")
    while commit:
        fields = [next(tokens).decode("utf-8", "replace") for _ in _FIELDS[1:]]
        changes, following = take_changes(tokens)
        yield _entry(commit.decode("ascii"), fields, changes, ends=ends)
        commit = following


def _entry(
    commit: str, fields: list[str], changes: Sequence[TreeChange], *, ends: frozenset[str]
) -> HistoryEntry:
    parents, name, email, seconds, message = fields
    return HistoryEntry(
        commit=commit,
        parents=tuple(parents.split()),
        author_name=name,
        author_email=email,
        time=_time(seconds),
        subject=message.strip().partition("\n")[0],
        trailers=parse_trailers(message),
        paths=tuple(change for change in changes if change.path.isascii()),
        reverts=_REVERTING.search(message) is not None,
        cut=commit in ends,
    )


def _time(seconds: str) -> datetime:
    if not seconds.isdecimal():
        return datetime.fromtimestamp(0, UTC)
    if len(seconds) > _LONGEST_TIME:
        return _LAST_TIME
    return min(datetime.fromtimestamp(int(seconds), UTC), _LAST_TIME)
