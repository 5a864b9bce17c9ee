"""Where each key and value of a YAML file stands, found by its field path."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from memberarc.formats.field_path import FieldPath

LineColumn: TypeAlias = tuple[int, int]
"""Both counted from 1, the column in characters."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """One node: where it stands, where its key stands, and what it holds.

    A list item is held twice, as ``[0]`` and, if it has an id, as ``[h7w2]``.
    """

    at: LineColumn
    key_at: LineColumn
    children: dict[str, Place] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Positions:
    """All places of one file."""

    root: Place

    def of(self, path: FieldPath) -> LineColumn:
        """Tell where a value stands; of what is not there, the container that should hold it."""
        return self._nearest(path).at

    def key_of(self, path: FieldPath) -> LineColumn:
        """Tell where a value's key stands, and likewise for what is not there."""
        return self._nearest(path).key_at

    def _nearest(self, path: FieldPath) -> Place:
        place = self.root
        for step in path:
            if step not in place.children:
                break
            place = place.children[step]
        return place
