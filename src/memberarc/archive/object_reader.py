"""Ask one running git for objects, where starting a git for each question would take longer."""

from __future__ import annotations

import os
import weakref
from contextlib import ExitStack
from threading import RLock
from typing import TYPE_CHECKING, Final, TypeAlias

from memberarc.archive.git_command import KEEPING_OBJECTS, git_command_name, git_failure

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Callable

_INHERITED: Final[list[subprocess.Popen[bytes]]] = []

Found: TypeAlias = tuple[str, str, bytes]
"""An object's id, type and bytes."""

_READERS: Final[weakref.WeakSet[ObjectReader]] = weakref.WeakSet()


class ObjectReader:
    """One ``git cat-file --batch-command``: begun by the first question, asked one at a time.

    Git goes on reading packs that have been deleted since, and after a purge nobody may. So
    ``end_readers_before`` is asked before each other command; objects, refs and packs that those
    add are found, for git looks again for what it does not know.
    """

    COMMAND: Final = ("cat-file", "--batch-command")

    def __init__(self) -> None:
        _READERS.add(self)
        self._lock = RLock()
        self._process: subprocess.Popen[bytes] | None = None
        self._process_of = 0
        self._end: Callable[[], object] = lambda: None

    def ask(
        self, request: str, *, name: str, start: Callable[[], subprocess.Popen[bytes]]
    ) -> Found | None:
        """Return the object of this name, if there is one.

        Args:
            request: ``contents``, or ``info``, which leaves the bytes out.
            start: begins the command with pipes, if none is running.

        Raises:
            GitError: git died, of an object that is damaged, for example.
        """
        with self._lock, ExitStack() as out_of_step:
            process = self._running(start)
            # Whatever comes between, a signal perhaps: half an answer must not be the next one's.
            out_of_step.callback(self.close)
            found = _asked(process, f"{request} {name}\n")
            out_of_step.pop_all()
            return found

    def close(self) -> None:
        """End git; the next question begins another."""
        with self._lock:
            self._process = None
            self._end()

    def _running(self, start: Callable[[], subprocess.Popen[bytes]]) -> subprocess.Popen[bytes]:
        ours = self._process_of == os.getpid()  # else this is a fork, and git is its parent's
        if self._process is None or not ours or self._process.poll() is not None:
            self.close()
            self._process, self._process_of = start(), os.getpid()
            self._end = weakref.finalize(self, _end, self._process, self._process_of)
        return self._process


def end_readers_before(arguments: tuple[str, ...]) -> None:
    """Let git go on reading beside a command that deletes nothing it may have open, else end it."""
    if git_command_name(arguments) not in KEEPING_OBJECTS:
        # All of this process: two that look at one repository need not be the same Repository.
        for reader in [*_READERS]:
            reader.close()


def _asked(process: subprocess.Popen[bytes], line: str) -> Found | None:
    requests, answers, last_words = process.stdin, process.stdout, process.stderr
    assert requests is not None
    assert answers is not None
    assert last_words is not None
    try:
        requests.write(line.encode())
        requests.flush()
        header = answers.readline()
    except BrokenPipeError:
        header = b""
    if header.endswith((b" missing\n", b" ambiguous\n")):
        return None
    if header:
        identifier, kind, size = header.decode("ascii").split()
        if line.startswith("info "):
            return identifier, kind, b""
        content = answers.read(int(size) + 1)  # with the line feed git adds
        if len(content) > int(size):
            return identifier, kind, content[:-1]
    raise git_failure(ObjectReader.COMMAND, stderr=last_words.read())


def _end(process: subprocess.Popen[bytes], process_of: int) -> None:
    if process_of == os.getpid():
        with process:
            process.kill()  # it only reads
    else:
        # Kept for good: its pipes may be closed already, and their numbers be other files' by now.
        process.returncode = 0
        _INHERITED.append(process)
