"""Show a secret on a screen of its own, which the terminal does not keep."""

from __future__ import annotations

import sys
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from memberarc.cli.prompts import ask_line
from memberarc.errors import ConfirmationMissingError

if TYPE_CHECKING:
    from collections.abc import Iterator

# The alternate screen has no scrollback; where a terminal has none, what was written is cleared.
_ENTER, _LEAVE = "\x1b[?1049h\x1b[2J\x1b[H", "\x1b[2J\x1b[H\x1b[?1049l"


def ask_alone(prompt: str, *, hint: str) -> str:
    """Ask for a line; question and answer are gone from the screen afterwards.

    Raises:
        ConfirmationMissingError: there is no terminal.
    """
    with _own_screen():
        answer = ask_line(prompt)
    if answer is None:
        raise ConfirmationMissingError(
            "there is no terminal to ask at; nothing was changed", hint=hint
        )
    return answer


@contextmanager
def _own_screen() -> Iterator[None]:
    with ExitStack() as opened:
        try:
            screen: TextIO = opened.enter_context(Path("/dev/tty").open("w", encoding="utf-8"))
        except OSError:
            screen = sys.stderr
        if not screen or not screen.isatty():
            yield
            return
        screen.write(_ENTER)
        screen.flush()
        try:
            yield
        finally:
            screen.write(_LEAVE)
            screen.flush()
