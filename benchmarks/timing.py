"""Time commands in turn, so that whatever else the machine does meets all of them alike."""

from __future__ import annotations

import os
import statistics
import subprocess
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path


@dataclass(frozen=True, kw_only=True)
class Contender:
    """A command to time; ``prepare`` runs before each round, untimed."""

    name: str
    command: Sequence[str]
    environment: Mapping[str, str]
    directory: Path
    prepare: Callable[[], None] = lambda: None
    statuses: tuple[int, ...] = (0,)


@dataclass(frozen=True, kw_only=True)
class Timing:
    """Seconds of wall clock of each round."""

    name: str
    rounds: tuple[float, ...]

    @property
    def median(self) -> float:
        return statistics.median(self.rounds)

    @property
    def spread(self) -> float:
        """Half the distance between the slowest and the fastest round."""
        return (max(self.rounds) - min(self.rounds)) / 2


def race(contenders: Sequence[Contender], *, rounds: int, warm_up: int = 1) -> list[Timing]:
    """Run each contender once a round, one after the other.

    Raises:
        RuntimeError: a command ended with another status than expected; its figure would lie.
    """
    times: dict[str, list[float]] = {contender.name: [] for contender in contenders}
    for number in range(warm_up + rounds):
        for contender in contenders:
            contender.prepare()
            seconds = _run(contender)
            if number >= warm_up:
                times[contender.name].append(seconds)
    return [Timing(name=name, rounds=tuple(rounds_)) for name, rounds_ in times.items()]


def _run(contender: Contender) -> float:
    start = time.perf_counter()
    done = subprocess.run(
        contender.command,
        env={**os.environ, **contender.environment},
        cwd=contender.directory,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        check=False,
    )
    seconds = time.perf_counter() - start
    if done.returncode not in contender.statuses:
        raise RuntimeError(f"{contender.name}: status {done.returncode}: {done.stderr.decode()}")
    return seconds
