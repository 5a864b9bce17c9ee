"""A figure beside its peer's, and the page that holds them all."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from timing import Timing


@dataclass(frozen=True, kw_only=True)
class Row:
    """One comparison; ``ratio`` is ours to theirs, or theirs to ours where ``faster`` is set."""

    work: str
    ours: Timing
    theirs: Timing
    ratio: float
    aim: str
    reached: bool
    note: str = ""
    faster: bool = False

    def line(self) -> str:
        """Tell the row in one line for a terminal."""
        word = "times faster" if self.faster else "times"
        verdict = "reached" if self.reached else "NOT reached"
        return (
            f"{self.work}: {_seconds(self.ours)} beside {_seconds(self.theirs)},"
            f" {self.ratio:.2f} {word}, aim {self.aim}: {verdict}"
        )

    def markdown(self) -> str:
        """Write the row for the page."""
        word = "times faster" if self.faster else "times"
        mark = "yes" if self.reached else "no"
        return (
            f"| {self.work} | {_seconds(self.ours)} | {self.theirs.name}: {_seconds(self.theirs)} |"
            f" {self.ratio:.2f} {word} | {self.aim} | {mark} |"
        )


def write_page(page: Path, rows: list[Row], *, facts: list[str]) -> None:
    """Write the page of all figures."""
    notes = [f"- **{row.work}**: {row.note}" for row in rows if row.note]
    lines = [
        "# Performance",
        "",
        "Written by `make bench`: each figure stands beside a peer's on the same machine and data,",
        "the two run in turn. Seconds of wall clock, median and half the spread of all rounds.",
        "Folders are fresh, the install is compiled.",
        "",
        *(f"- {fact}" for fact in facts),
        "",
        "| work | memberarc | peer | ratio | aim | reached |",
        "| --- | --- | --- | --- | --- | --- |",
        *(row.markdown() for row in rows),
        "",
        *notes,
        "",
    ]
    page.write_text("\n".join(lines), encoding="utf-8")


def _seconds(timing: Timing) -> str:
    return f"{timing.median:.3f} s ± {timing.spread:.3f}"
