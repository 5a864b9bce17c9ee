"""How git is called: with which options, in which environment, and how its failures are told."""

from __future__ import annotations

import os
import re
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from memberarc.errors import GitError, IncompleteCloneError

if TYPE_CHECKING:
    from collections.abc import Iterator

_IDENTITY: Final = ("GIT_AUTHOR_", "GIT_COMMITTER_")
_CONFIGURATION: Final = frozenset({"GIT_CONFIG_GLOBAL", "GIT_CONFIG_NOSYSTEM"})

# In a partial clone git would fetch what it lacks object by object: incomplete.py does it at once.
_NEVER_LAZILY: Final = {"GIT_NO_LAZY_FETCH": "1"}
_LACKED: Final = re.compile(rb"could not fetch ([0-9a-f]{40,64}) from promisor remote")

# fsmonitor may start a daemon, which would inherit and keep the guard of our lock; replaced
# objects would let a commit id mean two things; archive paths are never patterns.
GLOBAL_OPTIONS: Final = (
    "--no-optional-locks",
    "--no-replace-objects",
    "--literal-pathspecs",
    "-c",
    "core.fsmonitor=false",
)

FEW_PAGES: Final = {
    "GIT_CONFIG_COUNT": "2",
    "GIT_CONFIG_KEY_0": "core.packedGitWindowSize",
    "GIT_CONFIG_VALUE_0": "1m",
    "GIT_CONFIG_KEY_1": "core.packedGitLimit",
    "GIT_CONFIG_VALUE_1": "16m",
}
"""For git commands that read everything: each would map whole packs, as many as there are."""

# These read, or add objects, or move a ref or an index; none of them deletes an object or a pack,
# nor starts what does (gc, repack, prune, maintenance, and fetch, commit or merge, which end in
# it). Beside them a git that reads may go on; any other command is taken for one that deletes.
KEEPING_OBJECTS: Final = frozenset(
    (
        *("cat-file", "checkout-index", "commit-tree", "config", "diff-index", "diff-tree"),
        *("fast-import", "for-each-ref", "grep", "hash-object", "log", "ls-files", "ls-tree"),
        *("merge-base", "read-tree", "rev-list", "rev-parse", "symbolic-ref", "update-index"),
        *("update-ref", "var"),
    )
)


def clean_environment() -> dict[str, str]:
    """Return the environment without the GIT_* variables that redirect git elsewhere."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith("GIT_") or name.startswith(_IDENTITY) or name in _CONFIGURATION
    }
    return kept | _NEVER_LAZILY | {"LC_ALL": "C"}


def git_command_name(arguments: tuple[str, ...]) -> str:
    """Return which command it is, behind the settings it is given."""
    settings = 0
    while arguments[settings] == "-c":
        settings += 2
    return arguments[settings]


def git_failure(arguments: tuple[str, ...], *, stderr: bytes) -> GitError:
    """Tell a failure in git's own last words, with the hints git gives."""
    if lacked := _LACKED.search(stderr):
        return IncompleteCloneError(
            "this partial clone lacks what is asked for",
            missing=lacked[1].decode("ascii"),
            hint="clone it again, with --filter=blob:none or without",
        )
    lines = [
        line.strip() for line in stderr.decode("utf-8", "replace").splitlines() if line.strip()
    ]
    hints = [line.removeprefix("hint:").strip() for line in lines if line.startswith("hint:")]
    words = [line for line in lines if not line.startswith("hint:")] or ["ended without a word"]
    # The last line, but for the notes that fast-import adds to what went wrong.
    wrong = [line for line in words if line.startswith(("fatal:", "error:"))] or words
    last = wrong[-1].removeprefix("fatal:").removeprefix("error:").strip()
    name = git_command_name(arguments)
    return GitError(f"git {name}: {last}", hint=" ".join(hints) or "git fsck")


@contextmanager
def telling_of_missing_git() -> Iterator[None]:
    """Tell in words that there is no git to run."""
    try:
        yield
    except FileNotFoundError as err:
        if err.filename != "git":  # the folder to run it in
            raise
        raise GitError("git is not installed", hint="install git, or set PATH") from err
