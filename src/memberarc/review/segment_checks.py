"""The check of saved searches: without keys what stands in clear, with keys what is sealed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from memberarc.archive.history import every_version
from memberarc.errors import (
    InvalidRecordError,
    MemberPurgedError,
    NoIdentityError,
    Problem,
    QuerySyntaxError,
    SealedValueError,
    SealingError,
)
from memberarc.formats.sealed_text import LEVELS, parse_sealed_text
from memberarc.formats.stored import CLEAR_TEXT, OTHER_LEVEL
from memberarc.members.problems import RETIRED_EPOCH
from memberarc.search.saved import checked_name, open_stored, parse_stored, required_level
from memberarc.search.saved_shelf import stored_searches

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence

    from memberarc.archive.opened import Archive
    from memberarc.formats.schema import RecordSchema
    from memberarc.review.file_checks import FileChecks
    from memberarc.sealing.keys.key_ring import KeyRing
    from memberarc.search.saved import SavedSearch


def segment_problems(
    content: bytes,
    *,
    path: str,
    schemas: Sequence[RecordSchema],
    epochs: Mapping[str, Collection[int]],
) -> Iterator[Problem]:
    """List what is wrong with the file of a saved search.

    Args:
        epochs: for each level the epochs in the key list.

    Raises:
        FindingsError, UsageError: it is none, or its query or name cannot be read.
    """
    stored = parse_stored(content, path=path)
    if stored.path != path:
        message = f"the saved search {stored.uid} stands in the place of another"
        yield Problem(path=path, rule="place", message=message)
    if stored.clear is not None:
        yield from _clear_problems(stored.clear, path=path, schemas=schemas)
        return
    sealed = parse_sealed_text(stored.sealed)
    if sealed.epoch not in epochs.get(sealed.level, ()):
        message = f"the search is sealed in epoch {sealed.epoch}, which has no key"
        yield Problem(path=path, pointer="search", rule="sealed-value", message=message)


def segment_epoch_problems(
    content: bytes, *, path: str, retired: Mapping[str, Collection[int]]
) -> Iterator[Problem]:
    """Find a saved search under an epoch that the key list has retired."""
    try:
        sealed = parse_sealed_text(parse_stored(content, path=path).sealed)
    except (InvalidRecordError, SealedValueError):
        return  # told with the file itself, or in clear
    if sealed.epoch in retired.get(sealed.level, ()):
        yield Problem(
            path=path,
            pointer="search",
            rule=RETIRED_EPOCH,
            message=f"the search is sealed under {sealed.level} {sealed.epoch}, which was retired",
            hint=f"memberarc encrypt {path}",
        )


def opened_segment_problems(archive: Archive, ring: KeyRing) -> Iterator[Problem]:
    """Open every saved search: one that was altered does not open, and fields may have risen."""
    schemas = [archive.schema(kind) for kind in archive.kinds]
    for stored in stored_searches(archive):
        try:
            search = open_stored(stored, ring=ring)
        except NoIdentityError:
            continue
        except MemberPurgedError:
            yield Problem(
                path=stored.path,
                rule="fence",
                message="a fence has closed it, and its file still stands",
                hint=f"if it was meant to go: memberarc segment remove {stored.uid}",
            )
            continue
        except SealingError as err:
            told = f"{err.message} {err.where}".strip()
            yield Problem(path=stored.path, rule=err.code, message=told)
            continue
        try:
            required = required_level(search, schemas=schemas)
        except QuerySyntaxError as err:
            yield Problem(path=stored.path, rule=err.code, message="its query cannot be read")
            continue
        if stored.sealed and LEVELS.index(stored.level) < LEVELS.index(required):
            yield Problem(
                path=stored.path,
                rule=OTHER_LEVEL,
                message=f"it names a field of level {required} and is sealed at {stored.level}",
                hint=f"memberarc encrypt {stored.path}",
            )


def segment_version_problems(archive: Archive, checks: FileChecks) -> Iterator[Problem]:
    """Find saved searches that stand in clear in some version, on any branch, and should not."""
    for path, commit, content in every_version(archive.repository, below="segments"):
        if any(problem.rule == CLEAR_TEXT for problem in checks.problems(path, content)):
            yield Problem(
                path=f"{path}@{commit[:12]}",
                rule=CLEAR_TEXT,
                message="a saved search that must be sealed stands in clear in this commit",
                hint="it stays readable until the history is rewritten",
            )


def _clear_problems(
    search: SavedSearch, *, path: str, schemas: Sequence[RecordSchema]
) -> Iterator[Problem]:
    if checked_name(search.name) != search.name:
        yield Problem(path=path, pointer="name", rule="segment", message="not a name as it is kept")
    if (level := required_level(search, schemas=schemas)) != "open":
        yield Problem(
            path=path,
            rule=CLEAR_TEXT,
            message=f"it names what is not open, or is not written in codes: it must be {level}",
            hint=f"memberarc encrypt {path}",
        )
