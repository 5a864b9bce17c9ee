"""Kill a command line before each of its steps in turn, always beginning with the same state."""

from __future__ import annotations

import json
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import groupby
from pathlib import Path
from typing import TextIO, TypeVar

import pytest

from builders import Club

MOST_STEPS = 400

T = TypeVar("T")


class Killer:
    """Runs command lines that are killed before their n-th step; ``told`` gets what they tell."""

    def __init__(self, told: TextIO) -> None:
        self._told = told
        self._process = subprocess.Popen(
            [sys.executable, Path(__file__).with_name("killed_command.py")],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=told,
            text=True,
        )

    def kills(self, club: Club, number: int, *words: str) -> bool:
        """Tell whether a command line had so many steps that it was killed; else it succeeded."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        print(json.dumps([str(club.root), number, *words]), file=self._process.stdin, flush=True)
        status = self._process.stdout.readline().strip()
        if status not in ("0", f"{-signal.SIGKILL}"):
            self._told.seek(0)
            pytest.fail(f"{status}: {self._told.read()}")
        return status != "0"

    def states(
        self, club: Club, *words: str, safe: Path, every: int = 1
    ) -> Iterator[tuple[int, Club]]:
        """Yield what a kill before each step of a command line leaves: its number, and the club.

        Archive, home and a replica of the vault elsewhere are as they were before each kill.

        Args:
            safe: where the replica lies; nothing, if there is no other.
            every: try the first of so many steps only.
        """
        kept = safe.with_name("kept")
        begun = {club.home: kept / "home", safe: kept / "safe"}
        club.git("config", "maintenance.auto", "false")
        for place, copy in begun.items():
            if place.exists():
                shutil.copytree(place, copy)
        for number in range(1, MOST_STEPS, every):
            for place, copy in begun.items():
                shutil.rmtree(place, ignore_errors=True)
                if copy.exists():
                    shutil.copytree(copy, place)
            one = replace(club, root=kept / f"club-{number}")
            shutil.copytree(club.root, one.root, symlinks=True)
            if not self.kills(one, number, *words):
                return
            yield number, one
        pytest.fail("the command never came to its end")

    def close(self) -> None:
        """End the process that runs them."""
        self._process.communicate()


def flaws(club: Club) -> list[str]:
    """Name what the checks find, once the vault's own advice on what a kill left was followed."""
    told = club.problems("vault", "status")
    for one in told:
        if one["rule"] == "vault-leftover":
            Path(one["hint"].split(": rm ")[1]).unlink()
        if one["hint"] == "memberarc vault sync":
            club.run("vault", "sync")
    found = [*club.problems("check"), *(club.problems("vault", "status") if told else ())]
    return [f"{one['path']}: {one['rule']}: {one['message']}" for one in found]


def stages(seen: Iterable[T]) -> list[T]:
    """Leave out what is as it was a step before."""
    return [one for one, _ in groupby(seen)]
