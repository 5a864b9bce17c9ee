"""The one way to write into an archive: one act, one commit, complete or absent."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import chain, islice
from typing import TYPE_CHECKING

from memberarc.archive.draft import Content, Settings, read_settings, write_commit
from memberarc.archive.git import Repository, blob_id, file_blob_id
from memberarc.archive.head import read_head, refuse_elsewhere, refuse_unfinished, tip_of
from memberarc.archive.inspection import Edit
from memberarc.archive.landing import Move, land, move_branch
from memberarc.archive.lock import hold_lock
from memberarc.archive.message import Act, commit_message
from memberarc.archive.recovery import heal
from memberarc.archive.snapshot import Entry, Snapshot
from memberarc.errors import (
    ConflictError,
    FileError,
    InternalError,
    InvalidRecordError,
    Problem,
    RevisionNotFoundError,
    UnfinishedOperationError,
    WorkTreeConflictError,
)

if TYPE_CHECKING:
    from pathlib import Path

# Up to so many paths, writing the files one by one is faster than git's merge of two trees.
_BY_FILE_AT_MOST = 64
# So many changes are looked up, judged and held at once.
_BATCH = 100
# Only a branch that somebody else keeps moving makes us start again.
_TRIES = 50
_PLAIN_FILE = "100644"
_LINK = "120000"
_ARCHIVE_PATH = re.compile(
    r"(?!.*(?:^|/)(?:\.{1,2}|\.git)(?:/|$))[A-Za-z0-9._-]+(?:/[A-Za-z0-9._-]+)*"
)

PlanFunction = Callable[[Snapshot], "Plan | None"]
Validator = Callable[[str, bytes], Sequence[Problem]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What is to stand at a path: bytes, a spooled file of ciphertext, or nothing."""

    path: str
    content: bytes | Path | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """The changes of one act and how its commit tells of it.

    The changes are gone through once. They may be made on the way, so that many are never held at
    once: git stores some while the next are being made.
    """

    changes: Iterable[Change]
    act: Act


@dataclass(frozen=True, slots=True, kw_only=True)
class _Base:
    """Where a transaction starts: a branch, the tip it expects there, the commit it builds on."""

    branch: str
    tip: str | None
    parent: str | None
    checked_out: bool


def _nothing(_step: str) -> None:
    """Take no notice of a step."""


def transact(
    repository: Repository,
    plan: PlanFunction,
    *,
    validate: Validator | None = None,
    branch: str | None = None,
    adopt: Mapping[str, bytes] | None = None,
    create_branch: bool = False,
    checkpoint: Callable[[str], None] = _nothing,
) -> str | None:
    """Carry out one act: lock, heal, plan, write the commit, move branch, work tree and index.

    Args:
        plan: makes the changes from the commit that is the tip at that moment; called again when
            the branch moved on meanwhile, so that nothing committed in between is undone.
        validate: judges the bytes of each changed file before anything refers to them; it is not
            shown spooled ciphertext.
        branch: the short name of a branch that is not checked out; no file is touched then.
        adopt: by path the exact bytes of uncommitted edits that the act knowingly replaces.
        create_branch: begin `branch` at HEAD where it does not exist.
        checkpoint: for the fault tests only: told each step that was reached.

    Returns:
        The new commit, or None when there was nothing to commit.

    Raises:
        InvalidRecordError: a content was found wrong. Nothing has changed then, nor after these:
        ConflictError: somebody or something is in the way.
        GitError, FileError: git or the disk failed.
    """
    adopted = adopt or {}
    with hold_lock(repository.common_dir / "memberarc"):
        checkpoint("locked")
        _heal(repository)
        for _ in range(_TRIES):
            base = _find_base(repository, branch, create_branch=create_branch)
            if adopted and not base.checked_out:
                raise InternalError("a work tree's files are adopted on its own branch only")
            snapshot = Snapshot(repository=repository, commit=base.parent)
            wanted = plan(snapshot)
            checkpoint("planned")
            if wanted is None:
                return None
            contents = _contents(snapshot, wanted.changes, adopted=adopted, validate=validate)
            first = next(contents, None)
            if first is None:
                return None
            settings = read_settings(repository)
            every = chain((first,), contents)
            move = _draft(repository, base, act=wanted.act, contents=every, settings=settings)
            checkpoint("commit written")
            few = len(move.edits) <= _BY_FILE_AT_MOST
            by_file = bool(adopted) or (few and not settings.sparse)
            if not base.checked_out:
                moved = move_branch(repository, move)
            else:
                moved = _land(
                    repository, move, adopted=adopted, by_file=by_file, checkpoint=checkpoint
                )
            if moved:
                _maintain(repository)
                return None if move.new == base.parent else move.new
    raise ConflictError("the branch moved on again and again", hint="try again later")


def _heal(repository: Repository) -> None:
    if kept := heal(repository):
        raise WorkTreeConflictError(
            "an act was interrupted, and what it left has been put in order; files edited since "
            f"were kept as they are: {', '.join(kept)}",
            where=kept[0],
            hint="look at them with git diff, then try again",
        )


def _find_base(repository: Repository, branch: str | None, *, create_branch: bool) -> _Base:
    head = read_head(repository)
    name = head.branch if branch is None else f"refs/heads/{branch}"
    if name is None:
        raise UnfinishedOperationError("HEAD is detached", hint="git switch main")
    if name == head.branch and repository.work_tree is not None:
        refuse_unfinished(repository)
        return _Base(branch=name, tip=head.commit, parent=head.commit, checked_out=True)
    refuse_elsewhere(repository, name)
    tip = head.commit if name == head.branch else tip_of(repository, name)
    if tip is None and name != head.branch:
        if not create_branch:
            raise RevisionNotFoundError(f"there is no branch {branch}", hint="git branch --list")
        return _Base(branch=name, tip=None, parent=head.commit, checked_out=False)
    return _Base(branch=name, tip=tip, parent=tip, checked_out=False)


def _contents(
    snapshot: Snapshot,
    changes: Iterable[Change],
    *,
    adopted: Mapping[str, bytes],
    validate: Validator | None,
) -> Iterator[Content]:
    """Yield what differs from what stands, a batch at a time, and only what was found right.

    Raises:
        InvalidRecordError: something was not; it comes last, and tells of everything.
    """
    paths: set[str] = set()
    problems: list[Problem] = []
    remaining = iter(changes)
    while batch := list(islice(remaining, _BATCH)):
        for change in batch:
            if change.path in paths:
                raise InternalError("a plan names a path twice")
            paths.add(change.path)
        contents = _edits_of(snapshot, batch, adopted=adopted)
        if validate is not None:
            problems += _problems(contents, validate)
        if not problems:
            yield from contents
    if problems:
        raise InvalidRecordError(
            f"what was to be written has flaws ({len(problems)}); nothing has changed",
            problems=problems,
        )


def _edits_of(
    snapshot: Snapshot, changes: Sequence[Change], *, adopted: Mapping[str, bytes]
) -> list[Content]:
    """Work out which changes differ from what stands; adopted files are written in any case."""
    standing = snapshot.find([change.path for change in changes])
    edits: list[Content] = []
    for change in changes:
        path, old = change.path, standing.get(change.path)
        if not _ARCHIVE_PATH.fullmatch(path):
            raise InternalError("a plan names what is no path of an archive", where=path)
        if old is not None and old.mode == _LINK:
            raise WorkTreeConflictError(
                "a symbolic link has been committed where a file belongs",
                where=path,
                hint=f"git rm {path}",
            )
        new = _entry(snapshot.repository, change, mode=old.mode if old else _PLAIN_FILE)
        if new != old or (new is not None and path in adopted):
            edits.append((Edit(path=path, old=old, new=new), change.content))
    return edits


def _entry(repository: Repository, change: Change, *, mode: str) -> Entry | None:
    match change.content:
        case None:
            return None
        case bytes() as content:
            blob = blob_id(content, object_format=repository.object_format)
        case spooled:
            blob = file_blob_id(spooled, object_format=repository.object_format)
    return Entry(path=change.path, mode=mode, blob=blob)


def _problems(contents: Iterable[Content], validate: Validator) -> list[Problem]:
    return [
        problem
        for edit, content in contents
        if isinstance(content, bytes)
        for problem in validate(edit.path, content)
    ]


def _draft(
    repository: Repository,
    base: _Base,
    *,
    act: Act,
    contents: Iterable[Content],
    settings: Settings,
) -> Move:
    new, edits = write_commit(
        repository,
        parent=base.parent,
        message=commit_message(act),
        contents=contents,
        settings=settings,
    )
    return Move(branch=base.branch, old=base.tip, new=new, edits=tuple(edits), note=act.subject)


def _land(
    repository: Repository,
    move: Move,
    *,
    adopted: Mapping[str, bytes],
    by_file: bool,
    checkpoint: Callable[[str], None],
) -> bool:
    try:
        return land(repository, move, adopted=adopted, by_file=by_file, checkpoint=checkpoint)
    except OSError as err:
        raise FileError(
            f"the work tree could not be written: {err.strerror}",
            where=str(err.filename or repository.work_tree),
            hint="nothing has changed; check space and permissions, then try again",
        ) from err


def _maintain(repository: Repository) -> None:
    """Let git tidy its objects when it is time; plumbing never starts that by itself."""
    with suppress(OSError):  # the act is done, whatever becomes of this
        process = repository.start_detached("maintenance", "run", "--auto", "--quiet")
        # Nobody waits for it, yet its end must be noticed in a process that lives on.
        threading.Thread(target=process.wait, daemon=True).start()
