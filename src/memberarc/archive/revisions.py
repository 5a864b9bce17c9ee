"""Which commit a revision names, or a day, and which came before which."""

from __future__ import annotations

from datetime import datetime, time
from typing import TYPE_CHECKING

from memberarc.archive.incomplete import cut_commits
from memberarc.errors import RevisionNotFoundError

if TYPE_CHECKING:
    from datetime import date, tzinfo

    from memberarc.archive.git import Repository


def resolve(repository: Repository, revision: str) -> str:
    """Return the id of the commit a revision names.

    Raises:
        RevisionNotFoundError: it names none.
    """
    # A line feed would end the question.
    found = None if "\n" in revision else repository.identify(f"{revision}^{{commit}}")
    if found is None:
        raise RevisionNotFoundError(
            f"no commit is called {revision!r}",
            hint="git fetch --unshallow" if cut_commits(repository) else "git log --oneline --all",
        )
    return found[0]


def is_ancestor(repository: Repository, one: str, *, of: str) -> bool:
    """Say whether one commit came before another, or is the same; dates do not count."""
    return repository.succeeds("merge-base", "--is-ancestor", one, of)


def is_unborn(repository: Repository) -> bool:
    """Say whether HEAD is a branch without a commit yet."""
    if repository.identify("HEAD") is not None:
        return False
    return repository.line("rev-parse", "--verify", "--quiet", "HEAD") is None  # or is it damaged?


def revision_at(repository: Repository, day: date, *, zone: tzinfo) -> str | None:
    """Return the last first-parent commit of HEAD up to the end of that day in a time zone."""
    if is_unborn(repository):
        return None
    end = datetime.combine(day, time(23, 59, 59), zone)
    until = f"--until=@{max(0, int(end.timestamp()))} +0000"  # git knows no day before 1970
    return repository.line("rev-list", "-1", "--first-parent", until, "HEAD") or None
