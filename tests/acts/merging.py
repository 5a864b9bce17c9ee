"""Two branches that each changed keys, merged by the commands that the documents name."""

from __future__ import annotations

import subprocess

from builders import Club

KEEP_OURS = (
    ("git", "checkout", "HEAD", "--", "keys", "policy/access.yaml"),
    ("git", "add", "--all", "keys", "policy"),
)


def pull(club: Club, other: Club) -> None:
    """Merge another clone, and leave the conflicts, as git does."""
    subprocess.run(
        ["git", "pull", "--quiet", "--no-rebase", "--no-edit", str(other.root), "main"],
        cwd=club.root,
        capture_output=True,
        check=False,
    )


def merge_keeping_our_keys(club: Club, other: Club) -> None:
    """Merge another clone as the how-to says."""
    pull(club, other)
    for command in KEEP_OURS:
        subprocess.run(command, cwd=club.root, capture_output=True, check=True)
    club.git("commit", "--quiet", "--message", "merge")
