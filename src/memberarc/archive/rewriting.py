"""Rewrite history by git-filter-repo: the one exception to never rewriting it."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from base64 import b64encode
from dataclasses import dataclass
from importlib.util import find_spec
from typing import TYPE_CHECKING, Final

from memberarc.archive.git_command import clean_environment, git_failure
from memberarc.archive.lock import hold_lock
from memberarc.archive.snapshot import read_objects
from memberarc.errors import SettingsError

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Mapping
    from pathlib import Path

    from memberarc.archive.git import Repository
    from memberarc.archive.replacing import Replacements

_PARENT: Final = re.compile(rb"^parent ([0-9a-f]+)$", re.MULTILINE)
_SIGNATURES: Final = (b"\ngpgsig ", b"\ngpgsig-sha256 ")


@dataclass(frozen=True, slots=True, kw_only=True)
class Reach:
    """What a rewriting changes: commits with another content, and all whose ids change with them.

    ``unsigned`` are those that lose a signature; one is enough to change everything after it.
    """

    changed: tuple[str, ...]
    renamed: tuple[str, ...]
    unsigned: tuple[str, ...]


def reach_of(repository: Repository, commits: Collection[str]) -> Reach:
    """Follow the commits that are to change down to every tip."""
    order = repository.run("rev-list", "--topo-order", "--reverse", "--all").decode("ascii").split()
    renamed: dict[str, None] = {}
    unsigned: list[str] = []
    for commit, content in read_objects(repository, order):
        head = content.partition(b"\n\n")[0]
        if any(mark in head for mark in _SIGNATURES):
            unsigned.append(commit)
        elif commit not in commits and not any(
            parent.decode("ascii") in renamed for parent in _PARENT.findall(head)
        ):
            continue
        renamed[commit] = None
    return Reach(
        changed=tuple(commit for commit in order if commit in commits),
        renamed=tuple(renamed),
        unsigned=tuple(unsigned),
    )


def commits_naming(repository: Repository, is_meant: Callable[[bytes], bool]) -> set[str]:
    """Name the commits that change a path of which a function says yes."""
    options = ("--all", "--no-renames", "--name-only", "-z", "--format=%x01%H")
    commits: set[str] = set()
    commit = ""
    for token in repository.run("log", "-m", *options).split(b"\0"):
        mark, _, told = token.lstrip(b"\n").partition(b"\x01")
        if not mark and told:
            commit = told.decode("ascii")
        elif token and is_meant(token):
            commits.add(commit)
    return commits


def reachable(repository: Repository, objects: Collection[str]) -> set[str]:
    """Pick the objects that some ref leads to."""
    listed = repository.run("rev-list", "--objects", "--no-object-names", "--all")
    return {*objects}.intersection(listed.decode("ascii").split())


def require_filter_repo() -> None:
    """Refuse to begin without git-filter-repo.

    Raises:
        SettingsError: it is not installed.
    """
    if find_spec("git_filter_repo") is None:
        raise SettingsError(
            "git-filter-repo is not installed", hint="pip install 'memberarc[rewrite]'"
        )


def make_mirror(repository: Repository, target: Path) -> None:
    """Copy all refs and what they reach into a new bare repository."""
    source = str(repository.work_tree or repository.git_dir)
    repository.run("clone", "--quiet", "--mirror", "--no-hardlinks", "--", source, str(target))


def rewrite_history(
    repository: Repository, *, blobs: Mapping[str, bytes], texts: Replacements
) -> dict[str, str]:
    """Replace blobs in every commit, and clean every message and name.

    Args:
        blobs: by id of a blob the bytes that take its place.
        texts: what to replace in messages, people's names and addresses, and paths.

    Returns:
        The new id of each commit whose id has changed.

    Raises:
        GitError: git-filter-repo, or git, failed.
    """
    wanted = {
        "blobs": {blob: b64encode(content).decode("ascii") for blob, content in blobs.items()},
        "texts": texts.to_json(),
    }
    with hold_lock(repository.common_dir / "memberarc"):
        _forget_earlier_run(repository)
        done = subprocess.run(
            # -P: nothing is imported from the archive, where the process stands.
            [sys.executable, "-P", "-m", "memberarc.archive.filter_repo"],
            input=json.dumps(wanted).encode("ascii"),
            capture_output=True,
            check=False,
            env=clean_environment(),
            cwd=repository.work_tree or repository.git_dir,
            close_fds=False,
        )
        if done.returncode:
            raise git_failure(("filter-repo",), stderr=done.stderr)
        renamed = dict(_renamed(repository))
        _forget_earlier_run(repository)
        _carry_notes(repository, renamed)
    return renamed


def forget_unreachable(repository: Repository) -> None:
    """Drop what branches and index once were, and every object that nothing names any more."""
    with hold_lock(repository.common_dir / "memberarc"):
        repository.run("reflog", "expire", "--expire=now", "--expire-unreachable=now", "--all")
        repository.run("gc", "--quiet", "--prune=now")


def _renamed(repository: Repository) -> Iterator[tuple[str, str]]:
    listed = (repository.git_dir / "filter-repo" / "commit-map").read_text(encoding="ascii")
    for line in listed.splitlines()[1:]:
        old, new = line.split()
        if old != new:
            yield old, new


def _carry_notes(repository: Repository, renamed: Mapping[str, str]) -> None:
    """Hang notes on the new commits; git's cache of what its filters made is dropped."""
    pairs = "".join(f"{old} {new}\n" for old, new in renamed.items()).encode("ascii")
    listed = repository.run("for-each-ref", "--format=%(refname)", "refs/notes/")
    for ref in os.fsdecode(listed).splitlines():
        if ref.startswith("refs/notes/textconv/"):
            repository.run("update-ref", "-d", ref)
        elif pairs:
            repository.run("notes", f"--ref={ref}", "copy", "--force", "--stdin", stdin=pairs)
            gone = "".join(f"{old}\n" for old in renamed).encode("ascii")
            of_notes = ("notes", f"--ref={ref}")
            repository.run(*of_notes, "remove", "--ignore-missing", "--stdin", stdin=gone)


def _forget_earlier_run(repository: Repository) -> None:
    """Remove the notes of a run: after a day the tool would ask whether to go on with it."""
    shutil.rmtree(repository.git_dir / "filter-repo", ignore_errors=True)
