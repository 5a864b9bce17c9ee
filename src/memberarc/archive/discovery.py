"""Find an ordinary work tree without asking git, which takes as long as showing a member.

Whatever is not ordinary is left to git: another's repository, which it refuses unless
``safe.directory`` names it, a bare one, a linked work tree, a submodule, any setting of where
things are.
"""

from __future__ import annotations

import os
import re
import stat
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from pathlib import Path

# As `git init` writes them. No name in a git configuration can be spelled in another way than this,
# letter case aside, and so a word that is not there is not set.
_ORDINARY: Final = (
    re.compile(rb"^\s*repositoryformatversion = 0$", re.MULTILINE),
    re.compile(rb"^\s*bare = false$", re.MULTILINE),
)
_EXTRAORDINARY: Final = (b"worktree", b"extensions", b"include")
_HEAD: Final = re.compile(rb"ref: refs/heads/[^\n]+\n|[0-9a-f]{40}\n")


def ordinary_work_tree(start: Path) -> Path | None:
    """Return the top of the ordinary work tree around ``start``; None: ask git."""
    try:
        here = start.resolve()
        device = here.stat().st_dev
        for folder in (here, *here.parents):
            # Git looks no further than a mount point, and takes a folder with a HEAD for a bare
            # repository, or the inside of a repository.
            if folder.stat().st_dev != device or (folder / "HEAD").exists():
                return None
            if os.path.lexists(folder / ".git"):
                return folder if _is_ordinary(folder) else None
    except OSError:
        pass
    return None


def _is_ordinary(folder: Path) -> bool:
    git_dir = folder / ".git"
    found = git_dir.lstat()
    if not stat.S_ISDIR(found.st_mode) or (git_dir / "commondir").exists():
        return False
    if {found.st_uid, folder.lstat().st_uid} != {os.geteuid()}:
        return False
    if not all((git_dir / name).is_dir() for name in ("objects", "refs")):
        return False
    settings = (git_dir / "config").read_bytes().lower()
    return (
        _HEAD.fullmatch((git_dir / "HEAD").read_bytes()) is not None
        and all(len(pattern.findall(settings)) == 1 for pattern in _ORDINARY)
        and settings.count(b"bare") == 1
        and not any(word in settings for word in _EXTRAORDINARY)
    )
