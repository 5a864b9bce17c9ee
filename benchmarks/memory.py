"""Sample the memory of a command and of every process below it."""

from __future__ import annotations

import os
import re
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryFile
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from timing import Contender

AIM_MB: Final = 300
_EVERY_S: Final = 0.02
_FIGURE: Final = re.compile(rb"^(Pss|Pss_Anon): +(\d+) kB$", re.MULTILINE)


@dataclass(frozen=True, kw_only=True)
class Peak:
    """The sample of a run in which all processes together had most."""

    work: str
    peak_mb: float
    anonymous_mb: float
    processes: int
    samples: int

    def line(self) -> str:
        """Tell it in one line for a terminal."""
        verdict = "reached" if self.reached else "NOT reached"
        return (
            f"{self.work}: {self.peak_mb:.0f} MB, {self.anonymous_mb:.0f} of them anonymous, in"
            f" {self.processes} processes, {self.samples} samples, aim {AIM_MB} MB: {verdict}"
        )

    def markdown(self) -> str:
        """Write the row for the page."""
        return (
            f"| {self.work} | {self.peak_mb:.0f} MB | {self.anonymous_mb:.0f} MB |"
            f" {self.processes} | at most {AIM_MB} MB | {'yes' if self.reached else 'no'} |"
        )

    @property
    def reached(self) -> bool:
        return self.peak_mb <= AIM_MB


def peak_memory(work: str, contender: Contender) -> Peak:
    """Run a command once and find the peak of its memory.

    Raises:
        RuntimeError: it ended with another status than expected.
    """
    contender.prepare()
    samples = []
    with TemporaryFile() as answers, TemporaryFile() as talk:
        command = subprocess.Popen(
            contender.command,
            env=contender.environment,
            cwd=contender.directory,
            stdin=subprocess.DEVNULL,
            stdout=answers,
            stderr=talk,
            start_new_session=True,
        )
        while command.poll() is None:
            samples.append(_sample(command.pid))
            time.sleep(_EVERY_S)
        if command.returncode not in contender.statuses:
            talk.seek(0)
            raise RuntimeError(f"{work}: status {command.returncode}: {talk.read().decode()}")
    peak_kb, anonymous_kb, processes = max(samples)
    return Peak(
        work=work,
        peak_mb=peak_kb / 1024,
        anonymous_mb=anonymous_kb / 1024,
        processes=processes,
        samples=len(samples),
    )


def _sample(root: int) -> tuple[int, int, int]:
    """Add up PSS, and the anonymous part of it, in kB, and count the processes."""
    total = anonymous = count = 0
    for pid in _family(root):
        try:
            told = dict(_FIGURE.findall(Path(f"/proc/{pid}/smaps_rollup").read_bytes()))
        except OSError:  # it has ended
            continue
        if told:
            total, anonymous = total + int(told[b"Pss"]), anonymous + int(told[b"Pss_Anon"])
            count += 1
    return total, anonymous, count


def _family(root: int) -> set[int]:
    """Find who descends from a process, or was left behind in the session that it leads."""
    parents: dict[int, int] = {}
    family = {root}
    for name in os.listdir("/proc"):  # noqa: PTH208  every 20 ms: Path objects take too long
        if not name.isdigit():
            continue
        try:
            facts = Path(f"/proc/{name}/stat").read_bytes().rpartition(b") ")[2].split()
        except OSError:
            continue
        parents[int(name)] = int(facts[1])
        if int(facts[3]) == root:
            family.add(int(name))
    found = True
    while found:
        found = {pid for pid, parent in parents.items() if parent in family} - family
        family |= found
    return family
