"""Time commands in turn, so that whatever else the machine does meets all of them alike."""

from __future__ import annotations

import resource
import statistics
import subprocess
import time
from dataclasses import dataclass
from tempfile import TemporaryFile
from typing import IO, TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path


@dataclass(frozen=True, kw_only=True)
class Contender:
    """A command to time, with all of its environment; ``prepare`` runs before each round, untimed.

    Its words are read when it is run: ``prepare`` may put others into the list.
    """

    name: str
    command: Sequence[str]
    environment: Mapping[str, str]
    directory: Path
    prepare: Callable[[], None] = lambda: None
    statuses: tuple[int, ...] = (0,)


@dataclass(frozen=True, kw_only=True)
class Timing:
    """Seconds of wall clock of each round, and of processors, all processes together."""

    name: str
    rounds: tuple[float, ...]
    processor: tuple[float, ...] = ()

    @property
    def median(self) -> float:
        return statistics.median(self.rounds)

    @property
    def spread(self) -> float:
        """Half the distance between the slowest and the fastest round."""
        return (max(self.rounds) - min(self.rounds)) / 2

    @property
    def noise(self) -> float:
        """How far from the median a round usually is; one that was disturbed does not count."""
        return statistics.median(abs(seconds - self.median) for seconds in self.rounds)

    def __str__(self) -> str:
        text = f"{self.median:.3f} s ± {self.spread:.3f}"
        if self.processor:
            text += f", cpu {statistics.median(self.processor):.3f}"
        return text


def race(contenders: Sequence[Contender], *, rounds: int, warm_up: int = 1) -> list[Timing]:
    """Run each contender once a round, each round begun by another one.

    Raises:
        RuntimeError: a command ended with another status than expected; its figure would lie.
    """
    times: dict[str, list[tuple[float, float]]] = {contender.name: [] for contender in contenders}
    for number in range(warm_up + rounds):
        first = number % len(contenders)
        for contender in (*contenders[first:], *contenders[:first]):
            contender.prepare()
            seconds = _seconds(contender)
            if number >= warm_up:
                times[contender.name].append(seconds)
    return [
        Timing(
            name=name, rounds=tuple(wall for wall, _ in told), processor=tuple(c for _, c in told)
        )
        for name, told in times.items()
    ]


def answer_of(contender: Contender) -> str:
    """Run a contender once and return what it writes, to hold it against another's."""
    contender.prepare()
    with TemporaryFile() as answers:
        _run(contender, answers)
        answers.seek(0)
        return answers.read().decode()


def _seconds(contender: Contender) -> tuple[float, float]:
    # A file, as a shell's > makes one: some programs stop at the first hit when it is /dev/null.
    with TemporaryFile() as answers:
        before, start = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
        _run(contender, answers)
        wall, after = time.perf_counter() - start, resource.getrusage(resource.RUSAGE_CHILDREN)
    return wall, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def _run(contender: Contender, answers: IO[bytes]) -> None:
    done = subprocess.run(
        contender.command,
        env=contender.environment,
        cwd=contender.directory,
        stdin=subprocess.DEVNULL,
        stdout=answers,
        stderr=subprocess.PIPE,
        check=False,
    )
    if done.returncode not in contender.statuses:
        raise RuntimeError(f"{contender.name}: status {done.returncode}: {done.stderr.decode()}")
