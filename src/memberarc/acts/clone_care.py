"""Tell whether this clone is whole and set up for its size, and set it up."""

from __future__ import annotations

from typing import TYPE_CHECKING

from memberarc.acts.finding import Finding
from memberarc.archive.incomplete import shortcomings
from memberarc.archive.opened import open_archive
from memberarc.archive.tuning import MANY_FILES, missing, tune

if TYPE_CHECKING:
    from collections.abc import Iterator

    from memberarc.acts.opening import Caller
    from memberarc.archive.opened import Archive


def tune_clone(caller: Caller) -> tuple[str, ...]:
    """Set git up for many files in this clone, where nobody has decided; return what was set."""
    return tune(open_archive(caller.directory).repository)


def clone_findings(archive: Archive) -> Iterator[Finding]:
    """Find what this clone lacks of the archive, and of the settings that a large one needs."""
    for one in shortcomings(archive.repository):
        yield Finding(subject="clone", verdict="warn", message=one.message, fix=one.fix)
    lacking = missing(archive.repository)
    slow = bool(lacking) and _has_many_files(archive)
    yield Finding(
        subject="git settings",
        verdict="warn" if slow else "ok",
        message=f"missing for so many files: {', '.join(lacking)}"
        if slow
        else "fit for so many files",
        fix="memberarc doctor --fix" if slow else "",
    )


def _has_many_files(archive: Archive) -> bool:
    return sum(1 for _ in archive.snapshot.each()) >= MANY_FILES


def shortcoming_notices(archive: Archive) -> tuple[str, ...]:
    """Tell in which ways the clone is not whole, and what mends it."""
    return tuple(f"{one.message}; {one.fix}" for one in shortcomings(archive.repository))
