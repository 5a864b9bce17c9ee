"""Let a person change text in their own editor, and never lose what they typed."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import signal
import subprocess
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from memberarc.errors import FileError, InvalidRecordError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from memberarc.cli.streams import Console

_NOTE = "# memberarc: "
_NOTES = re.compile(rf"\A(?:{_NOTE}.*\n)+")


@contextmanager
def edit_text(
    initial: str, *, suffix: str, check: Callable[[str], Sequence[str]], console: Console
) -> Iterator[str | None]:
    """Open the editor, and again with the problems on top until the text is right.

    Yields the new text, or None where nothing was changed. What uses the text belongs in the
    ``with`` block: if that fails, the text is kept in a private file and the person is told where.
    So it is when the editor fails, or when the text is left as it was under the problems.

    Args:
        suffix: The end of the file's name, such as ``.yaml``, by which editors know the kind.
        check: Names the problems of a text; their lines are counted in the text it is given.

    Raises:
        InvalidRecordError: the person gave up.
        FileError: the editor cannot be run or failed, or has not left UTF-8.
    """
    folder = Path(tempfile.mkdtemp(prefix="memberarc-", dir=_volatile_folder()))
    path = folder / f"edit{suffix}"
    kept = False
    try:
        yield _edited(path, initial, check=check)
    except BaseException:
        kept = path.exists() and path.read_bytes() != initial.encode()
        if kept:
            path.chmod(0o600)  # some editors replace the file by one of their own
            console.notice(f"your text is kept in {path}")
        raise
    finally:
        if not kept:
            _wipe(folder)


def _edited(path: Path, initial: str, *, check: Callable[[str], Sequence[str]]) -> str | None:
    text = initial
    problems: tuple[str, ...] = ()
    while True:
        _write(path, _as_notes(problems) + text)
        _run_editor(path)
        before, text = text, _read(path)
        _write(path, text)
        if text == initial:
            return None
        if problems and text == before:
            raise InvalidRecordError("given up; nothing was changed")
        problems = tuple(check(text))
        if not problems:
            return text


def _run_editor(path: Path) -> None:
    command = os.environ.get("VISUAL") or os.environ.get("EDITOR") or "vi"
    # Ctrl-C belongs to the editor while it runs; a handler, unlike SIG_IGN, is not inherited.
    previous = signal.signal(signal.SIGINT, lambda *_: None)
    try:
        status = subprocess.run([*shlex.split(command), path], check=False).returncode
    except (OSError, ValueError) as err:
        raise FileError(
            f"the editor cannot be run: {err}", where=command, hint="set VISUAL or EDITOR"
        ) from err
    finally:
        signal.signal(signal.SIGINT, previous)
    if status:
        raise FileError(f"the editor ended with status {status}; nothing was changed")


def _as_notes(problems: Sequence[str]) -> str:
    if not problems:
        return ""
    head = "correct this, or leave it as it is to give up; lines count from below these notes"
    lines = [head, *(line for problem in problems for line in problem.splitlines())]
    return "".join(f"{_NOTE}{line}\n" for line in lines)


def _read(path: Path) -> str:
    try:
        return _NOTES.sub("", path.read_bytes().decode("utf-8-sig"))
    except OSError as err:
        raise FileError(f"the edited text cannot be read: {err.strerror}") from err
    except UnicodeDecodeError as err:
        raise FileError("the edited text is not UTF-8; nothing was changed") from err


def _write(path: Path, text: str) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(text.encode())


def _volatile_folder() -> str | None:
    """Find a folder in memory, private if there is one; else the system's temporary folder."""
    for folder in (os.environ.get("XDG_RUNTIME_DIR", ""), "/dev/shm"):  # noqa: S108
        if folder and os.access(folder, os.W_OK | os.X_OK):
            return folder
    return None


def _wipe(folder: Path) -> None:
    """Overwrite and remove the text and what the editor left beside it."""
    for path in folder.rglob("*"):
        if path.is_file() and not path.is_symlink():
            with path.open("r+b") as file:
                file.write(bytes(path.stat().st_size))
                os.fsync(file.fileno())
    shutil.rmtree(folder)
