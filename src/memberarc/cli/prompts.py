"""Questions to the person at the terminal, and to nobody else.

An answer is read from the terminal itself and never from a pipe: ``echo y |`` confirms nothing.
"""

from __future__ import annotations

import sys
from contextlib import ExitStack
from pathlib import Path
from typing import TextIO

from memberarc.errors import ConfirmationMissingError
from memberarc.output.text import safe_text

_TERMINAL = Path("/dev/tty")


def confirm(question: str, *, yes: bool, flag: str = "--yes") -> None:
    """Ask for a yes, unless the flag has said it.

    Raises:
        ConfirmationMissingError: the answer is no, or there is nobody to ask.
    """
    if yes:
        return
    answer = _ask(f"{question} [y/N] ", hint=f"repeat with {flag}")
    if answer.lower() not in ("y", "yes"):
        raise ConfirmationMissingError("not confirmed; nothing was changed")


def confirm_by_id(
    warning: str,
    *,
    expected: str,
    given: str | None,
    flag: str = "--confirm",
    otherwise: str = "the id does not match",
) -> None:
    """Ask for the id of what is about to be lost, unless the flag has named it.

    Raises:
        ConfirmationMissingError: another id was given, or there is nobody to ask.
    """
    hint = f"repeat with {flag} {expected}"
    if given is None:
        given = _ask(f"{warning}\nType {expected} to go on: ", hint=hint)
    if given != expected:
        raise ConfirmationMissingError(f"{otherwise}; nothing was changed", hint=hint)


def ask_line(prompt: str) -> str | None:
    """Ask for a line; None where there is no terminal."""
    with ExitStack() as opened:
        try:
            reader: TextIO = opened.enter_context(_TERMINAL.open(encoding="utf-8"))
            writer: TextIO = opened.enter_context(_TERMINAL.open("w", encoding="utf-8"))
        except OSError:  # no controlling terminal, as in some containers
            reader, writer = sys.stdin, sys.stderr
            # What is shown may be a secret, and must not end up in a log.
            if not (_is_terminal(reader) and _is_terminal(writer)):
                return None
        writer.write(safe_text(prompt))
        writer.flush()
        answer = reader.readline()
        if not answer.endswith("\n"):
            writer.write("\n")
        return answer.strip()


def ask_hidden(prompt: str) -> str | None:
    """Ask for what nobody may see while it is typed; None where there is no terminal, or Ctrl-D."""
    import getpass

    try:
        _TERMINAL.open("rb").close()
    except OSError:
        if not _is_terminal(sys.stdin):  # getpass would read a pipe
            return None
    try:
        return getpass.getpass(safe_text(prompt))
    except EOFError:
        return None


def _is_terminal(stream: TextIO | None) -> bool:
    return stream is not None and stream.isatty()


def _ask(prompt: str, *, hint: str) -> str:
    answer = ask_line(prompt)
    if answer is None:
        raise ConfirmationMissingError(
            "there is no terminal to ask at; nothing was changed", hint=hint
        )
    return answer
