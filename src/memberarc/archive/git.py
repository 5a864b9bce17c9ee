"""Run git as a subprocess: which repository, which environment, and how failures are told."""

from __future__ import annotations

import hashlib
import os
import re
import subprocess
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, TYPE_CHECKING

from memberarc.archive.discovery import ordinary_work_tree
from memberarc.archive.git_command import (
    GLOBAL_OPTIONS,
    clean_environment,
    git_failure,
    telling_of_missing_git,
)
from memberarc.archive.incomplete import bring
from memberarc.archive.object_reader import ObjectReader, end_readers_before
from memberarc.errors import FileError, IncompleteCloneError, NotAnArchiveError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from memberarc.archive.object_reader import Found

_WAY_IN = "cd into the archive, or -C DIR; memberarc init DIR starts one"


@dataclass(frozen=True, slots=True, kw_only=True)
class Pipes:
    """The two ends of a git command that is asked as it runs."""

    requests: IO[bytes]
    answers: IO[bytes]


@dataclass(frozen=True, slots=True, kw_only=True)
class Repository:
    """One repository, and the work tree it is looked at from (None: bare)."""

    git_dir: Path
    common_dir: Path
    work_tree: Path | None
    object_format: str = "sha1"
    _reader: ObjectReader = field(default_factory=ObjectReader, repr=False, compare=False)

    @property
    def no_object(self) -> str:
        """The id of all zeros, git's word for "nothing"."""
        return "0" * (64 if self.object_format == "sha256" else 40)

    def run(
        self,
        *arguments: str,
        stdin: bytes | None = None,
        environment: Mapping[str, str] | None = None,
    ) -> bytes:
        """Run one git command and return its standard output.

        Raises:
            GitError: git ended with another status than 0.
        """
        done = self._call(arguments, stdin=stdin, environment=environment)
        if done.returncode:
            raise git_failure(arguments, stderr=done.stderr)
        return done.stdout

    def succeeds(self, *arguments: str, environment: Mapping[str, str] | None = None) -> bool:
        """Say whether one git command ends with status 0."""
        return self._call(arguments, stdin=None, environment=environment).returncode == 0

    def line(self, *arguments: str) -> str | None:
        """Return what a query prints, a branch name perhaps, or None where it fails."""
        done = self._call(arguments, stdin=None, environment=None)
        return None if done.returncode else os.fsdecode(done.stdout).rstrip("\n")

    def identify(self, name: str) -> tuple[str, str] | None:
        """Return id and type of the object with a name such as ``HEAD^{commit}``, if there is one.

        Raises:
            GitError: git cannot tell; the object is damaged, for example.
        """
        found = self._ask("info", name)
        return found and found[:2]

    def read_object(self, name: str) -> Found | None:
        """Return id, type and bytes of the object of this name; raises as the above."""
        return self._ask("contents", name)

    def _ask(self, command: str, name: str) -> Found | None:
        try:
            return self._reader.ask(command, name=name, start=self._start_reader)
        except IncompleteCloneError as err:
            bring(self, [err.missing])
            return self._reader.ask(command, name=name, start=self._start_reader)

    def _start_reader(self) -> subprocess.Popen[bytes]:
        with telling_of_missing_git():
            return subprocess.Popen(  # without the guard of our lock, which it would keep
                self._command(ObjectReader.COMMAND),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                env=clean_environment(),
                cwd=self.work_tree or self.git_dir,
            )

    @contextmanager
    def stream(
        self, *arguments: str, environment: Mapping[str, str] | None = None
    ) -> Iterator[Pipes]:
        """Run one git command with open pipes; it is ended when the block is left early.

        Raises:
            GitError: git ended with another status than 0, though everything was read and written.
        """
        end_readers_before(arguments)
        with telling_of_missing_git():
            process = subprocess.Popen(
                self._command(arguments),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                env=clean_environment() | dict(environment or {}),
                cwd=self.work_tree or self.git_dir,
                close_fds=False,
            )
        requests, answers, words = process.stdin, process.stdout, process.stderr
        assert requests is not None
        assert answers is not None
        assert words is not None
        with requests, answers, words:
            try:
                yield Pipes(requests=requests, answers=answers)
                requests.close()
            except BaseException as err:
                # A broken pipe: git gave up first, and its status and last words say why.
                gave_up = isinstance(err, BrokenPipeError)
                if not gave_up:
                    process.kill()  # before it can take the end of its input for a mishap
                with suppress(BrokenPipeError):
                    requests.close()
                if not gave_up:
                    process.wait()
                    raise
            last_words = words.read()
            if process.wait():
                raise git_failure(arguments, stderr=last_words)

    def start_detached(self, *arguments: str) -> subprocess.Popen[bytes]:
        """Start a git command nobody waits for, in a session of its own and without our locks."""
        return subprocess.Popen(
            self._command(arguments),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env=clean_environment(),
            cwd=self.git_dir,
            start_new_session=True,
        )

    def _call(
        self,
        arguments: tuple[str, ...],
        *,
        stdin: bytes | None,
        environment: Mapping[str, str] | None,
    ) -> subprocess.CompletedProcess[bytes]:
        end_readers_before(arguments)
        # close_fds=False lets the child inherit the guard of our lock (lock.py): an orphan of a
        # killed process keeps it until it has ended.
        with telling_of_missing_git():
            return subprocess.run(
                self._command(arguments),
                input=b"" if stdin is None else stdin,
                capture_output=True,
                check=False,
                env=clean_environment() | dict(environment or {}),
                cwd=self.work_tree or self.git_dir,
                close_fds=False,
            )

    def _command(self, arguments: tuple[str, ...]) -> list[str]:
        place = [f"--git-dir={self.git_dir}"]
        if self.work_tree is not None:
            place.append(f"--work-tree={self.work_tree}")
        return ["git", *GLOBAL_OPTIONS, *place, *arguments]


def git_version() -> tuple[int, int] | None:
    """Ask git for its version, major and minor; None where there is no git."""
    try:
        done = subprocess.run(["git", "--version"], capture_output=True, text=True, check=False)
    except OSError:
        return None
    found = re.search(r"(\d+)\.(\d+)", done.stdout)
    return (int(found[1]), int(found[2])) if found else None


def find_repository(start: Path) -> Repository:
    """Find the repository around `start`, searching upward as git does.

    Raises:
        NotAnArchiveError: there is none, or `start` lies inside a ``.git`` folder.
        GitError: git refuses the one it finds, for instance because of its owner.
    """
    questions = (
        "rev-parse",
        "--path-format=absolute",
        "--git-dir",
        "--git-common-dir",
        "--show-object-format",
        "--is-bare-repository",
        "--show-toplevel",  # last: it fails in a bare repository, after the others have answered
    )
    if not start.is_dir():
        raise NotAnArchiveError("no such folder", where=str(start), hint=_WAY_IN)
    tree = ordinary_work_tree(start)
    if tree is not None:
        return Repository(git_dir=tree / ".git", common_dir=tree / ".git", work_tree=tree)
    with telling_of_missing_git():
        done = subprocess.run(
            ["git", *GLOBAL_OPTIONS, *questions],
            cwd=start,
            env=clean_environment(),
            capture_output=True,
            check=False,
        )
    answers = os.fsdecode(done.stdout).rstrip("\n").split("\n")
    if len(answers) < 4:
        if b"not a git repository" in done.stderr:
            raise NotAnArchiveError(
                "no git repository here or above", where=str(start), hint=_WAY_IN
            )
        raise git_failure(questions, stderr=done.stderr)
    git_dir, common_dir, object_format, bare, *top = answers
    if not top and bare != "true":
        raise NotAnArchiveError(
            "this is the inside of a git folder, not a work tree",
            where=str(start),
            hint="cd to the folder that holds memberarc.yaml",
        )
    return Repository(
        git_dir=Path(git_dir),
        common_dir=Path(common_dir),
        work_tree=Path(top[0]) if top else None,
        object_format=object_format,
    )


def create_repository(directory: Path) -> Repository:
    """Make `directory` an empty repository with the branch ``main``."""
    directory.mkdir(parents=True, exist_ok=True)
    command = ("init", "--quiet", "--initial-branch=main", "--object-format=sha1", ".")
    with telling_of_missing_git():
        done = subprocess.run(
            ["git", *command],
            cwd=directory,
            env=clean_environment(),
            capture_output=True,
            check=False,
        )
    if done.returncode:
        raise git_failure(command, stderr=done.stderr)
    return find_repository(directory)


def decode_path(raw: bytes) -> str | None:
    """Return a path git printed, or None for one that is not ASCII and so no path of an archive."""
    return raw.decode("ascii") if raw.isascii() else None


def is_plain_path(path: str) -> bool:
    """Say whether a path names something inside the tree, and nothing to a protocol of lines."""
    parts = path.split("/")
    return path.isascii() and path.isprintable() and not {"", ".", ".."}.intersection(parts)


def blob_id(content: bytes, *, object_format: str) -> str:
    """Compute the id git gives these bytes, without storing them."""
    digest = hashlib.new(object_format, b"blob %d\0" % len(content), usedforsecurity=False)
    digest.update(content)
    return digest.hexdigest()


def file_blob_id(path: Path, *, object_format: str) -> str:
    """Compute the id git gives the bytes of a file, without holding them at once."""
    size_bytes = path.stat().st_size
    digest = hashlib.new(object_format, b"blob %d\0" % size_bytes, usedforsecurity=False)
    with path.open("rb") as file:
        while block := file.read(1 << 20):
            digest.update(block)
            size_bytes -= len(block)
    if size_bytes:
        raise FileError("the file changed while it was read", where=str(path), hint="try again")
    return digest.hexdigest()
