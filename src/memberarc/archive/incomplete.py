"""What a shallow or a partial clone lacks: told, or fetched in one go."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from memberarc.errors import GitError, IncompleteCloneError

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from memberarc.archive.git import Repository

_UNSHALLOW: Final = "git fetch --unshallow"
_PROMISED: Final = re.compile(r"promisor|partialclone", re.IGNORECASE)
_REMOTE: Final = r"^(extensions\.partialclone|remote\..*\.promisor)$"
# What git itself runs for one missing object; we run it for all that are about to be read.
_FETCH: Final = (
    *("-c", "fetch.negotiationAlgorithm=noop", "-c", "fetch.writeCommitGraph=false"),
    *("fetch", "--quiet", "--no-tags", "--no-write-fetch-head", "--no-auto-maintenance"),
    *("--recurse-submodules=no", "--filter=blob:none", "--stdin"),
)
# By repository the objects that were seen to be there: they do not go away while we read.
_SEEN: Final[dict[Path, set[bytes]]] = {}


@dataclass(frozen=True, slots=True, kw_only=True)
class Shortcoming:
    """What a clone lacks, and the command that mends it."""

    message: str
    fix: str


def shortcomings(repository: Repository) -> tuple[Shortcoming, ...]:
    """Tell in which ways a clone is not whole."""
    partial = Shortcoming(
        message="this clone is partial: it lacks objects that its remote has",
        fix="clone it again, without --filter",
    )
    return (*shallowness(repository), *((partial,) if is_partial(repository) else ()))


def shallowness(repository: Repository) -> tuple[Shortcoming, ...]:
    """Tell in one sentence that a clone is shallow; in none if it is not."""
    message = "this clone is shallow: what came before is not in it"
    return (Shortcoming(message=message, fix=_UNSHALLOW),) if cut_commits(repository) else ()


def refuse_shallow(repository: Repository, *, unknown: str) -> None:
    """Refuse what only the whole history can answer.

    Args:
        unknown: what nobody can say here.

    Raises:
        IncompleteCloneError: the clone is shallow.
    """
    if cut_commits(repository):
        raise IncompleteCloneError(
            f"this clone is shallow, so nobody can say {unknown}", hint=_UNSHALLOW
        )


def cut_commits(repository: Repository) -> frozenset[str]:
    """Return the commits at which a shallow clone ends; a whole one has none."""
    try:
        return frozenset((repository.common_dir / "shallow").read_text("ascii").split())
    except FileNotFoundError:
        return frozenset()


def is_partial(repository: Repository) -> bool:
    """Say whether objects may be left with a remote that has promised them."""
    try:
        settings = (repository.common_dir / "config").read_text("utf-8", "replace")
    except FileNotFoundError:
        return False
    return _PROMISED.search(settings) is not None


def bring(repository: Repository, objects: Iterable[str]) -> None:
    """Fetch those of the objects that a partial clone lacks, all of them at once.

    Left to itself, git would fetch each of a hundred thousand by a connection of its own.

    Raises:
        IncompleteCloneError: some are missing, and no remote gives them.
    """
    wanted = {name.encode("ascii") for name in objects} - {repository.no_object.encode("ascii")}
    seen = _SEEN.setdefault(repository.common_dir, set())
    if wanted <= seen:
        return
    listing = ("cat-file", "--batch-all-objects", "--batch-check=%(objectname)", "--unordered")
    seen.update(repository.run(*listing).split())
    if missing := sorted(wanted - seen):
        _fetch(repository, missing)
        seen.update(missing)


def _fetch(repository: Repository, missing: list[bytes]) -> None:
    asked = b"".join(name + b"\n" for name in missing)
    told = ""
    for remote in _remotes(repository):
        try:
            # The one git command of ours that may fetch.
            fetching = {"GIT_NO_LAZY_FETCH": "0"}
            where = (*_FETCH[:-1], remote, _FETCH[-1])
            repository.run(*where, stdin=asked, environment=fetching)
        except GitError as err:
            told = f"{remote}: {err.message}"
        else:
            return
    raise IncompleteCloneError(
        f"this partial clone lacks what is asked for, objects: {len(missing)}",
        where=told,
        hint="git remote -v; once that can be reached, run the same again",
    )


def _remotes(repository: Repository) -> list[str]:
    """Name the remotes that have promised objects."""
    names = []
    for line in (repository.line("config", "--get-regexp", _REMOTE) or "").splitlines():
        key, _, value = line.partition(" ")
        if key == "extensions.partialclone":
            names.append(value)
        elif value == "true":
            names.append(key.removeprefix("remote.").removesuffix(".promisor"))
    return [*dict.fromkeys(names)]
