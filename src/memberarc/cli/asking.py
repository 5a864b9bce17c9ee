"""Answer what opening an identity asks: by the person at the terminal, or by a file."""

from __future__ import annotations

import sys
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from memberarc.cli.prompts import ask_hidden, ask_line
from memberarc.errors import SettingsError
from memberarc.output.text import safe_text
from memberarc.people.user_files import PHRASE_FILE_VARIABLE, expanded_path, read_secret

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from memberarc.sealing.age.asking import Asker


def ask_as_told(environ: Mapping[str, str]) -> Asker:
    """Ask at the terminal, unless the environment names a file that holds the passphrase."""
    named = environ.get(PHRASE_FILE_VARIABLE, "")
    return _Person(file=expanded_path(named) if named else None)


@dataclass(slots=True, kw_only=True)
class _Person:
    """Whoever sits at the terminal; a passphrase is asked for once a command."""

    file: Path | None
    given: dict[str, str] = field(default_factory=dict, repr=False)

    def passphrase(self, question: str) -> str | None:
        if question not in self.given:
            answer = _first_line(self.file) if self.file else ask_hidden(question)
            if answer is None:
                return None
            self.given[question] = answer
        return self.given[question]

    def secret(self, question: str) -> str | None:
        return ask_hidden(f"{question}: ")

    def word(self, question: str) -> str | None:
        return ask_line(f"{question}: ")

    def choose(self, question: str, *, yes: str, no: str) -> bool | None:
        answer = ask_line(f"{question} [{yes}/{no}] ")
        chosen = {yes.lower(): True, no.lower(): False}
        return None if answer is None else chosen.get(answer.lower())

    def tell(self, message: str) -> None:
        sys.stderr.write(f"{safe_text(message)}\n")


def _first_line(file: Path) -> str:
    """Read the passphrase; ``/dev/fd/3`` names a pipe that the caller has opened."""
    try:
        line = read_secret(file).decode("utf-8-sig").partition("\n")[0].removesuffix("\r")
    except UnicodeDecodeError as err:
        raise SettingsError("the passphrase is not UTF-8", where=str(file)) from err
    if not line:
        raise SettingsError("the passphrase file begins with an empty line", where=str(file))
    return line
