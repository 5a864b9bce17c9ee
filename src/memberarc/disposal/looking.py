"""How far a purge looks: at everything, or at what the members' own traces lead to."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Protocol

from memberarc.archive.snapshot import all_objects, count_objects
from memberarc.disposal.places import loose_files, unsearched
from memberarc.disposal.quick_look import QuickLook
from memberarc.disposal.versions import all_versions

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    from memberarc.archive.git import Repository
    from memberarc.disposal.versions import Sought, Versions
    from memberarc.errors import Problem

OBJECTS_LOOKED_THROUGH: Final = 50_000
"""Up to here looking at everything takes a few seconds, so it is what a purge does unasked."""


class Look(Protocol):
    """What of a repository is looked at; ``left_out`` names what is not."""

    @property
    def name(self) -> str: ...
    @property
    def left_out(self) -> tuple[str, ...]: ...
    def versions(
        self, repository: Repository, records: Sequence[Sought]
    ) -> Mapping[str, Versions]: ...
    def objects(self, repository: Repository) -> Iterable[tuple[str, str, bytes]]: ...
    def files(self, repository: Repository) -> Iterable[tuple[Path, bytes]]: ...
    def unsearched(self, repositories: Sequence[Repository]) -> Iterator[Problem]: ...


class FullLook:
    """Every object, reachable or not, every file of git's own and of every work tree."""

    name = "full"
    left_out: tuple[str, ...] = ()

    def versions(self, repository: Repository, records: Sequence[Sought]) -> Mapping[str, Versions]:
        """Collect members' versions by uid."""
        return all_versions(repository, records)

    def objects(self, repository: Repository) -> Iterable[tuple[str, str, bytes]]:
        """Yield id, kind and bytes of what is searched."""
        return all_objects(repository)

    def files(self, repository: Repository) -> Iterable[tuple[Path, bytes]]:
        """Yield the files beside the objects that are searched."""
        return loose_files(repository)

    def unsearched(self, repositories: Sequence[Repository]) -> Iterator[Problem]:
        """Name what could hold something and cannot be searched."""
        return unsearched(repositories)


def look_at(repositories: Sequence[Repository], *, wanted: str = "") -> Look:
    """Choose how far to look: as wanted, else at everything while there is not too much."""
    if wanted == "full":
        return FullLook()
    if wanted == "quick" or sum(map(count_objects, repositories)) > OBJECTS_LOOKED_THROUGH:
        return QuickLook()
    return FullLook()
