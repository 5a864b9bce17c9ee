"""Where all records of a commit are, in few bytes, for several processes to read them."""

from __future__ import annotations

from itertools import tee
from typing import TYPE_CHECKING

from memberarc.archive.layout import PathKind, path_kind
from memberarc.archive.snapshot import read_objects
from memberarc.members.packed_rows import PackedTexts

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from memberarc.archive.opened import Archive


class PackedRecords:
    """The records of a commit, each known by its place in the order of paths.

    A forked process that looked paths up in the listing of the commit would copy much of it.
    """

    def __init__(self, archive: Archive) -> None:
        self._repository = archive.repository
        entries = [
            entry
            for entry in archive.snapshot.entries("members/")
            if path_kind(entry.path) is PathKind.MEMBER
        ]
        self._paths = PackedTexts(entry.path for entry in entries)
        self._blobs = PackedTexts(entry.blob for entry in entries)

    def __len__(self) -> int:
        return len(self._paths)

    def path(self, place: int) -> str:
        """Say where a record's file stands."""
        return self._paths[place]

    def read_many(self, places: Iterable[int]) -> Iterator[tuple[str, bytes]]:
        """Yield path and bytes of records.

        Raises:
            GitError: one is missing from the repository.
        """
        ours, theirs = tee(places)
        contents = read_objects(self._repository, (self._blobs[place] for place in theirs))
        for place, (_, content) in zip(ours, contents, strict=True):
            yield self._paths[place], content
