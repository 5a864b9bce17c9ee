"""Run the commands in a Markdown page's console blocks in order, and compare what they print.

A line that begins with ``$`` is a command, the lines below it are what it printed, standard error
included. ``python tests/docs/transcript.py PAGE`` runs a page's commands and writes their output
into it.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Self

ROOT = Path(__file__).parents[2]
USER = "/home/ada"
"""Where the home directory of the run stands in the page."""

_BLOCK = re.compile(r"^```console\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_END = "-- end of command --"

# What differs from run to run. The named forms must agree throughout: one id of the page stands for
# one id of the run, wherever it is printed, and a command that names it is run with the latter.
_RANDOM = re.compile(
    r"""
      (?P<time>    \d{4}-\d\d-\d\d[ ]\d\d:\d\d\b(?:[+-]\d\d:\d\d)? )
    | (?P<day>     \b20[2-9]\d-\d\d-\d\d\b )
    | (?P<year>    (?<!\d)20[2-9]\d(?!\d) )
    | (?P<sealed>  (?<=\.1:)[A-Za-z0-9_-]{20,} )
    | (?P<branch>  (?<=proposal/)[0-9a-f]{12} )
    | (?P<digest>  \b[0-9a-f]{64}\b )
    | (?P<commit>  \b[0-9a-f]{40}\b | (?<=commit[ ])[0-9a-f]{7,12}\b
                   | (?<=--no-edit[ ])[0-9a-f]{12}\b )
    | (?P<key>     "?\b[0-9a-f]{16}\b"? )  # in quotes when it begins with a digit
    | (?P<recipient> \bage1[a-z0-9]{58}\b )
    | (?P<archive> \b[a-z2-7]{26}\b )
    | (?P<uid>     \b[a-z][a-z2-7]{15}\b )
    | (?P<item>    ^[a-z][a-z2-7]{3}(?=$|[ ][ ]\w) | (?<=document[ ])[a-z][a-z2-7]{3}\b
                   | (?<=documents\[)[a-z][a-z2-7]{3} | (?<=-000001[ ])[a-z][a-z2-7]{3}\b )
    | (?P<size>    (?<=letter\.md[ ]{2})\d+ )
    """,
    re.VERBOSE | re.MULTILINE,
)
_WORD = re.compile(r"M(?=20\d\d-)|[0-9A-Za-z]+")
# These stand for nothing else: times, ciphertext, and its length, for age adds a random stanza.
_FREE = frozenset({"time", "day", "sealed", "size"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """One command of a page, what the page says it prints, and the line it stands on."""

    text: str
    output: str
    line: int


class DifferenceError(AssertionError):
    """What a command printed is not what the page says."""


def read_commands(page: str) -> list[Command]:
    """Collect the commands of a page in order."""
    commands = []
    for block in _BLOCK.finditer(page):
        line = page.count("\n", 0, block.start(1)) + 1
        for part in re.split(r"^(?=\$ )", block[1], flags=re.MULTILINE):
            if part:
                text, _, output = part.removeprefix("$ ").partition("\n")
                commands.append(Command(text=text, output=output, line=line))
                line += part.count("\n")
    return commands


class Shell:
    """One bash that lives through all commands of a page, in a home of its own."""

    def __init__(self, home: Path) -> None:
        kept = ("PATH", "LANG", "LC_ALL", "TMPDIR")
        environment = {name: os.environ[name] for name in kept if name in os.environ}
        environment["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{environment['PATH']}"
        self._home = home
        self._bash = subprocess.Popen(
            ["bash", "--norc"],
            cwd=ROOT,
            env={**environment, "HOME": str(home), "GIT_CONFIG_NOSYSTEM": "1"},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._bash.communicate("exit\n", timeout=120)

    def run(self, command: str) -> str:
        """Run one command and return what it printed, the home directory written as in a page."""
        assert self._bash.stdin is not None
        assert self._bash.stdout is not None
        self._bash.stdin.write(f"{command}\nprintf '\\n%s\\n' '{_END}'\n")
        self._bash.stdin.flush()
        lines: list[str] = []
        while (line := self._bash.stdout.readline()).rstrip("\n") != _END:
            if not line:
                raise DifferenceError(f"the shell ended in `{command}`")
            lines.append(line)
        # The marker begins on a line of its own, whether or not the command ended its last one.
        text = "".join(lines).removesuffix("\n")
        return text.replace(str(self._home), USER)


class Likeness:
    """Which random word of the page stands for which of the run."""

    def __init__(self) -> None:
        self._known: dict[str, str] = {}

    def translate(self, text: str) -> str:
        """Put the run's ids into a text of the page."""
        return _WORD.sub(lambda match: self._known.get(match[0], match[0]), text)

    def require(self, command: Command, printed: str) -> None:
        """Compare what was printed with what the page says."""
        if _masked(self.translate(command.output)) != _masked(printed):
            raise DifferenceError(
                f"line {command.line}: `{command.text}` printed\n{printed}\nnot\n{command.output}"
            )
        self.learn(command.output, printed, line=command.line)

    def learn(self, page: str, run: str, *, line: int) -> None:
        """Note which word of the page stands for which of the run, in texts otherwise equal."""
        for mine, theirs in zip(_RANDOM.finditer(page), _RANDOM.finditer(run), strict=True):
            if mine.lastgroup in _FREE:
                continue
            word, now = mine[0].strip('"'), theirs[0].strip('"')
            known = self._known.setdefault(word, now)
            if known != now:
                raise DifferenceError(
                    f"line {line}: {word} stood for {known} before, now for {now}"
                )


def _masked(text: str) -> str:
    return _RANDOM.sub(lambda match: f"<{match.lastgroup}>", text)


def rewritten(page: str, *, home: Path) -> str:
    """Return a page with its commands and their output as of now."""
    parts, end, likeness = [], 0, Likeness()
    with Shell(home) as shell:
        for block in _BLOCK.finditer(page):
            parts.append(page[end : block.start(1)])
            for command in read_commands(block[0]):
                text = likeness.translate(command.text)
                printed = shell.run(text)
                for line in printed.splitlines():
                    # What is printed otherwise than before teaches nothing.
                    for old in command.output.splitlines():
                        if _masked(old) == _masked(line):
                            likeness.learn(old, line, line=command.line)
                parts.append(f"$ {text}\n{printed}")
            end = block.end(1)
    return "".join([*parts, page[end:]])


if __name__ == "__main__":
    target = Path(sys.argv[1])
    with tempfile.TemporaryDirectory() as folder:
        target.write_text(rewritten(target.read_text("utf-8"), home=Path(folder)), "utf-8")
