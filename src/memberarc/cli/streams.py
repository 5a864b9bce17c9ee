"""The two streams: what goes where, in which colour, and what happens when a reader leaves.

stdout carries the answer and nothing else, stderr the talk. Each stream is judged on its own.
Talk begins with the tool's name where something is wrong, in lower case, without a final stop.
"""

from __future__ import annotations

import os
import re
import shutil
import sys
from dataclasses import dataclass
from io import TextIOWrapper
from pathlib import Path
from stat import S_ISREG
from typing import TYPE_CHECKING, Literal, TextIO, TypeAlias

from memberarc.errors import FileError
from memberarc.output.text import safe_text

if TYPE_CHECKING:
    from collections.abc import Mapping

    from memberarc.output.result import Format

ColourChoice: TypeAlias = Literal["auto", "always", "never"]

_RED, _YELLOW, _FAINT, _NORMAL = "\x1b[31m", "\x1b[33m", "\x1b[2m", "\x1b[0m"


class ClosedPipeError(Exception):
    """Nobody reads the stream any more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stream:
    """One stream and how to write to it; ``width_cells`` is None where nothing may be cut."""

    file: TextIO
    is_terminal: bool
    colour: bool
    width_cells: int | None

    def write(self, text: str) -> None:
        """Write text and see that it has gone out.

        Raises:
            ClosedPipeError: the reader has left.
            FileError: the stream cannot be written, because a disk is full, for example.
        """
        rest = memoryview(text.encode("utf-8", "backslashreplace"))
        try:
            while rest:
                # An unbuffered stream (python -u) may take less; a text layer would lose the rest.
                rest = rest[self.file.buffer.write(rest) :]
            self.file.flush()
        except OSError as err:
            _discard_the_rest(self.file)
            if isinstance(err, BrokenPipeError):
                raise ClosedPipeError from None
            raise FileError(
                f"the answer cannot be written: {err.strerror}", where=self.file.name
            ) from err

    def begins_file(self) -> bool:
        """Tell whether what is written now is the beginning of a file, as behind ``>``."""
        try:
            found = os.fstat(self.file.fileno())
        except OSError:  # no stream of the system
            return False
        return S_ISREG(found.st_mode) and found.st_size == 0

    def painted(self, text: str, code: str) -> str:
        """Colour the text if the stream takes colour."""
        return f"{code}{text}{_NORMAL}" if self.colour else text


@dataclass(frozen=True, slots=True, kw_only=True)
class Console:
    """Where one command writes, in which format, and how much it says.

    ``directory`` is where it was told to work, and commands that it names shall work there, too.
    """

    out: Stream
    err: Stream
    form: Format = "table"
    quiet: bool = False
    directory: Path = Path()

    def done(self, sentence: str) -> None:
        """Tell what has changed."""
        if not self.quiet:
            self.err.write(f"{safe_text(sentence)}\n")

    def next(self, command: str) -> None:
        """Name a command that can be run next."""
        if not self.quiet:
            line = f"next: {safe_text(self._there(command))}"
            self.err.write(self.err.painted(line, _FAINT) + "\n")

    def notice(self, sentence: str) -> None:
        """Warn; ``-q`` does not silence it."""
        label = self.err.painted("warning:", _YELLOW)
        self.err.write(f"memberarc: {label} {safe_text(sentence)}\n")

    def error(self, message: str, *, where: str = "", hint: str = "") -> None:
        """Tell what went wrong, where, and what to do."""
        lines = [f"memberarc: {self.err.painted('error:', _RED)} {safe_text(message)}"]
        if where:
            lines.append(f"  at {safe_text(where)}")
        if hint:
            lines.append(f"{self.err.painted('hint:', _FAINT)} {safe_text(self._there(hint))}")
        self.err.write("\n".join([*lines, ""]))

    def _there(self, advice: str) -> str:
        """Have the commands that advice names work where this one was told to."""
        if self.directory == Path():
            return advice
        from shlex import quote

        from memberarc.cli.command_table import COMMANDS

        names = "|".join(entry.name for entry in COMMANDS if entry.name != "init")
        option = f"-C {quote(str(self.directory))}"
        return re.sub(rf"\bmemberarc (?=(?:{names})\b)", lambda _: f"memberarc {option} ", advice)


def open_console(*, form: Format = "table", quiet: bool = False, colour: ColourChoice) -> Console:
    """Look at both streams once."""
    return Console(
        out=_look_at(sys.stdout, colour=colour),
        err=_look_at(sys.stderr, colour=colour),
        form=form,
        quiet=quiet,
    )


def speak_utf8() -> None:
    """Make both streams UTF-8, whatever the locale says: records are, and so is JSON.

    A file name that is no UTF-8 comes out with its odd bytes as ``\\udcff``, which JSON reads.
    """
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(encoding="utf-8", errors="backslashreplace")


def takes_colour(
    *, is_terminal: bool, choice: ColourChoice, environment: Mapping[str, str]
) -> bool:
    """Decide on colour: the option, then NO_COLOR, FORCE_COLOR, TERM=dumb, then the terminal."""
    if choice != "auto":
        return choice == "always"
    if environment.get("NO_COLOR"):
        return False
    if environment.get("FORCE_COLOR"):
        return True
    return is_terminal and environment.get("TERM") != "dumb"


def _look_at(file: TextIO | None, *, colour: ColourChoice) -> Stream:
    if file is None:  # closed before the program began, as by >&-
        file = Path(os.devnull).open("w")  # noqa: SIM115 - as long-lived as the stream it replaces
    is_terminal = file.isatty()
    return Stream(
        file=file,
        is_terminal=is_terminal,
        colour=takes_colour(is_terminal=is_terminal, choice=colour, environment=os.environ),
        width_cells=shutil.get_terminal_size().columns if is_terminal else None,
    )


def _discard_the_rest(file: TextIO) -> None:
    """Send what is still buffered nowhere, or the interpreter would complain of it at its end."""
    with Path(os.devnull).open("wb") as nowhere:
        os.dup2(nowhere.fileno(), file.fileno())
