"""A figure beside its peer's, and the page that holds them all."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from memory import Peak
    from timing import Timing


@dataclass(frozen=True, kw_only=True)
class Row:
    """One comparison; ``ratio`` is ours to theirs, or theirs to ours where ``faster`` is set.

    Args:
        raw: whole against whole, where something was taken off before the ratio was made.
        limit: the ratio is only known to be at least as good, ours being lost in the noise.
        note: how the figure came about.
        bounds: what bounds it, from a profile.
    """

    work: str
    ours: Timing
    theirs: Timing
    ratio: float
    aim: str
    reached: bool
    note: str = ""
    faster: bool = False
    raw: float | None = None
    limit: bool = False
    bounds: str = ""

    def line(self) -> str:
        """Tell the row in one line for a terminal."""
        verdict = "reached" if self.reached else "NOT reached"
        raw = "" if self.raw is None else f" (raw {self.raw:.2f})"
        return (
            f"{self.work}: {self.ours} beside {self.theirs.name}: {self.theirs},"
            f" {self._ratio()}{raw}, aim {self.aim}: {verdict}"
        )

    def markdown(self) -> str:
        """Write the row for the page."""
        raw = self.ratio if self.raw is None else self.raw
        return (
            f"| {self.work} | {self.ours} | {self.theirs.name}: {self.theirs} |"
            f" {self._ratio()} | {raw:.2f} | {self.aim} | {'yes' if self.reached else 'no'} |"
        )

    def _ratio(self) -> str:
        limit = ("at least " if self.faster else "at most ") if self.limit else ""
        return f"{limit}{self.ratio:.2f} times{' faster' if self.faster else ''}"


def beside(
    work: str,
    timings: Sequence[Timing],
    *,
    at_most: float | None = None,
    faster: float | None = None,
    note: str = "",
    bounds: str = "",
) -> Row:
    """Compare ours with theirs and, where a third is given, take it off ours first.

    The third is the hello-world: the price of Python, which has a row of its own. A difference
    within the noise of the two counts as that noise, so that nothing shines by luck.

    Args:
        at_most: the aim, as ours to theirs.
        faster: the aim, as theirs to ours; without either, the row is told for comparison.
    """
    ours, theirs, *hello = timings
    own = ours.median - sum(start.median for start in hello)
    noise = sum(timing.noise for timing in (ours, *hello)) if hello else 0.0
    limit, own = own < noise, max(own, noise)
    ratio, raw = own / theirs.median, ours.median / theirs.median
    if faster is not None:
        ratio, raw = 1 / ratio, 1 / raw
    return Row(
        work=work,
        ours=ours,
        theirs=theirs,
        ratio=ratio,
        raw=raw if hello else None,
        limit=limit,
        faster=faster is not None,
        aim=_aim(at_most=at_most, faster=faster),
        reached=ratio >= faster if faster is not None else at_most is None or ratio <= at_most,
        note=note,
        bounds=bounds,
    )


def _aim(*, at_most: float | None, faster: float | None) -> str:
    if faster is not None:
        return f"at least {faster:g} times faster"
    return "none: told for comparison" if at_most is None else f"at most {at_most:g} times"


def write_page(
    page: Path,
    rows: Sequence[Row],
    *,
    peaks: Sequence[Peak],
    facts: Sequence[str],
    growth: Sequence[str],
) -> None:
    """Write the page of all figures.

    Args:
        growth: lines of the table behind the chart.
    """
    lines = [
        "# Performance",
        "",
        "Written by `make bench`: each figure stands beside a peer's on the same machine and data,",
        "the two run in turn, another one beginning each round. Seconds of wall clock, median and",
        "half the distance between slowest and fastest round; cpu is what all processes of the",
        "command used of all processors. Folders are fresh, the install is compiled, files are in",
        "the page cache, answers go to a file.",
        "",
        *(f"- {fact}" for fact in facts),
        "",
        "Where the peer is git or ripgrep, the time of a typer hello-world, measured in the same",
        "rounds, is taken off ours before the ratio: it is the price of Python, and has a row of",
        "its own. The column *raw* is whole against whole. *At least* and *at most*: what is left",
        "of ours is within the noise of the two, and that noise is counted in its place.",
        "",
        "| work | memberarc | peer | ratio | raw | aim | reached |",
        "| --- | --- | --- | --- | --- | --- | --- |",
        *(row.markdown() for row in rows),
        "",
        *(f"- **{row.work}**: {row.note}" for row in rows if row.note),
        "",
        "## What bounds each figure",
        "",
        "From profiles with py-spy, perf and strace.",
        "",
        *(f"- **{row.work}**: {row.bounds}" for row in rows if row.bounds),
        "",
        *_memory(peaks),
        *_growth(growth),
    ]
    page.write_text("\n".join(lines), encoding="utf-8")


def _memory(peaks: Sequence[Peak]) -> list[str]:
    if not peaks:
        return []
    return [
        "## Memory at the peak",
        "",
        "Runs of their own, apart from the timed ones. Every 20 ms the proportional set size (PSS,",
        "`/proc/*/smaps_rollup`) of the command and all processes below it, git among them, is",
        "added up: what is shared counts once. *Anonymous* is the part no file stands behind; the",
        "rest are programs and git's packs, which the kernel takes back at need. A process that",
        "lives less than 20 ms may be missed.",
        "",
        "| command | peak | anonymous | processes | aim | reached |",
        "| --- | --- | --- | --- | --- | --- |",
        *(peak.markdown() for peak in peaks),
        "",
    ]


def _growth(table: Sequence[str]) -> list[str]:
    if not table:
        return []
    return [
        "## Growth",
        "",
        "![Seconds of each command by the number of members, both axes logarithmic](growth.svg)",
        "",
        "Whole commands, start of Python included; beside them ripgrep over the same records in",
        "clear. Up to 100,000 members with a work tree, above in a bare repository.",
        "",
        *table,
        "",
    ]
