"""Stories told as a terminal shows them, and played again in a club.

A line that begins with ``$`` is a command. Below it stands what it prints: standard output as it
is, standard error after ``! ``, and an exit status other than 0 as ``[1]``. ``<...>`` stands for
anything within a line. CLUB, VAULT and HOME stand for where these are; in a command they are
variables of the environment. Everything above the first command is the title.
"""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from builders import Club, Outcome, run

_MEMBERARC = 'memberarc() { "$PYTHON" -m memberarc "$@"; }'
_STATUS = re.compile(r"\[(\d+)\]")


@dataclass(frozen=True, kw_only=True)
class Step:
    """One command and what it is told to print."""

    command: str
    stdout: tuple[str, ...]
    stderr: tuple[str, ...]
    status: int

    def with_option(self, option: str) -> Step:
        """The same command with one option more, behind its last word."""
        return replace(self, command=re.sub(r"(\)?)$", rf" {option}\1", self.command, count=1))


@dataclass(frozen=True, kw_only=True)
class Story:
    """A title and the commands of one story."""

    title: str
    steps: tuple[Step, ...]


def read_story(path: Path) -> Story:
    """Read a story's file."""
    title, *commands = re.split(r"(?m)^\$ ", path.read_text(encoding="utf-8"))
    return Story(title=title.strip(), steps=tuple(_step(text) for text in commands))


def play(club: Club, step: Step) -> Outcome:
    """Run one command in the club: memberarc in this process, anything else in a shell."""
    places = {"CLUB": str(club.root), "VAULT": str(club.vault), "HOME": str(club.home)}
    words = shlex.split(step.command)
    if words[0] == "memberarc" and "$(" not in step.command:
        outcome = run(*(_expanded(word, places) for word in words[1:]), cwd=club.root)
    else:
        done = subprocess.run(
            ["bash", "-euo", "pipefail", "-c", f"{_MEMBERARC}\n{step.command}"],
            cwd=club.root,
            env={**os.environ, **places, "PYTHON": sys.executable},
            capture_output=True,
            text=True,
        )
        outcome = Outcome(status=done.returncode, stdout=done.stdout, stderr=done.stderr)
    return Outcome(
        status=outcome.status,
        stdout=_placed(outcome.stdout, places),
        stderr=_placed(outcome.stderr, places),
    )


def agrees(told: str, expected: tuple[str, ...]) -> bool:
    """Tell whether what was printed is what the story says."""
    lines = told.splitlines()
    return len(lines) == len(expected) and all(
        re.fullmatch(".*".join(map(re.escape, pattern.split("<...>"))), line)
        for line, pattern in zip(lines, expected, strict=True)
    )


def shown(outcome: Outcome) -> str:
    """Write what a command printed as a story does."""
    lines = [*outcome.stdout.splitlines(), *(f"! {x}" for x in outcome.stderr.splitlines())]
    return "\n".join([*lines, *([f"[{outcome.status}]"] if outcome.status else [])])


def _step(text: str) -> Step:
    command, *lines = text.rstrip("\n").split("\n")
    status = 0
    if lines and (found := _STATUS.fullmatch(lines[-1])):
        status = int(found[1])
        lines.pop()
    return Step(
        command=command,
        stdout=tuple(line for line in lines if not line.startswith("! ")),
        stderr=tuple(line[2:] for line in lines if line.startswith("! ")),
        status=status,
    )


def _expanded(word: str, places: Mapping[str, str]) -> str:
    return re.sub(r"\$(CLUB|VAULT|HOME)\b", lambda found: places[found[1]], word)


def _placed(text: str, places: Mapping[str, str]) -> str:
    # The vault lies below the home: the longest goes first.
    for name, place in sorted(places.items(), key=lambda one: -len(one[1])):
        text = text.replace(place, name)
    return text
