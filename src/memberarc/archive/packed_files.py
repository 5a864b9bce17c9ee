"""Paths and blobs of very many files, in little memory."""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from typing import TYPE_CHECKING, TypeAlias, overload

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

File: TypeAlias = tuple[str, str]
"""A path, and the id of the blob that stands there."""


class PackedFiles(Sequence[File]):
    """Files as lines of one text, taken apart when they are asked for.

    As tuples they would take three times the memory, and a process that was forked would copy all
    of it only by counting who refers to them.
    """

    def __init__(self, text: bytes, *, ends: array[int], places: range) -> None:
        """Hold the files at some places of a text; each ends where ``ends`` says, the first 0."""
        self._text = text
        self._ends = ends
        self._places = places

    def __len__(self) -> int:
        return len(self._places)

    @overload
    def __getitem__(self, place: int) -> File: ...
    @overload
    def __getitem__(self, place: slice) -> PackedFiles: ...
    def __getitem__(self, place: int | slice) -> File | PackedFiles:
        if isinstance(place, slice):
            return PackedFiles(self._text, ends=self._ends, places=self._places[place])
        number = self._places[place]
        line = self._text[self._ends[number] : self._ends[number + 1]]
        path, _, blob = line.decode("ascii").partition("\t")
        return path, blob

    def __iter__(self) -> Iterator[File]:
        return (self[place] for place in range(len(self)))


def pack_files(files: Iterable[File]) -> PackedFiles:
    """Take in files, one after the other."""
    text, ends = bytearray(), array("Q", [0])
    for path, blob in files:
        text += f"{path}\t{blob}".encode("ascii")
        ends.append(len(text))
    return PackedFiles(bytes(text), ends=ends, places=range(len(ends) - 1))
