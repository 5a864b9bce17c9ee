"""What records have in common that differ in their values only, found out once for all of them.

In a canonical file each value but those of scalar lists follows a key on its line. So whatever
stands in its place, its path, its field and what opens it follow from the other bytes of the file.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import count
from operator import itemgetter
from typing import TYPE_CHECKING, Final

from memberarc.formats.canonical_yaml import NotCanonicalError, read_canonical
from memberarc.formats.field_path import item_step
from memberarc.formats.sealed_text import read_sealed_head
from memberarc.members.sealed_record import is_sealed
from memberarc.sealing.value import path_bytes, step_bytes

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping, Sequence

    from memberarc.formats.canonical_yaml import Node, Scalar
    from memberarc.formats.field_path import FieldPath
    from memberarc.formats.schema import RecordSchema
    from memberarc.sealing.keys.key_ring import KeyRing

# The head of a sealed value belongs to the shape, as do the comment on line 1, format and kind.
_VALUE: Final = re.compile(
    rb": (?<!-server: )(?<!\$schema: )(?<!\nformat: )(?<!\nkind: )"
    rb"(enc:m1\.[a-z]+\.[0-9]{1,15}:|)([^\n]*+)\n"
)
_IN_SHAPE: Final = (("format",), ("kind",))
_NEEDED: Final = (("id",), ("uid",), ("key",), ("opened",), ("status",))


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemStep:
    """A step through a list item, which each record names otherwise.

    ``path`` tells which of several paths leads through it, ``at`` which of its steps that is, and
    ``item_id`` where the item's id is among the scalars of a record.
    """

    path: int
    at: int
    item_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class LeafPaths:
    """The paths of some leaves, as they are in the record that the shape was learnt from."""

    paths: tuple[FieldPath, ...]
    items: tuple[ItemStep, ...]

    def of(self, scalars: Sequence[Scalar]) -> Sequence[FieldPath]:
        """Return them as they are in the record that has these scalars."""
        if not self.items:
            return self.paths
        paths = [*self.paths]
        for item in self.items:
            path, step = paths[item.path], f"[{scalars[item.item_id]}]"
            paths[item.path] = (*path[: item.at], step, *path[item.at + 1 :])
        return paths


@dataclass(frozen=True, slots=True, kw_only=True)
class SealedGroup:
    """The values that one key opens: their numbers, and the bytes of their paths.

    ``around`` is what stands before and after the bytes of each step of ``items``.
    """

    level: str
    epoch: int
    numbers: tuple[int, ...]
    places: tuple[bytes, ...]
    items: tuple[ItemStep, ...]
    around: tuple[tuple[bytes, bytes], ...]

    def places_of(self, scalars: Sequence[Scalar]) -> Sequence[bytes]:
        """Return the bytes of the paths as they are in the record that has these scalars."""
        if not self.items:
            return self.places
        places = [*self.places]
        for item, (before, after) in zip(self.items, self.around, strict=True):
            places[item.path] = before + step_bytes(f"[{scalars[item.item_id]}]") + after
        return places


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordShape:
    """How to read a record out of its values, each of which has a number.

    A reader collects scalars in this order: code, uid and key, which have the numbers of
    ``identity``; the open values of ``open``, first the year and the status; ``constants``; and the
    opened values of each group. ``order`` puts them into the order of the record.
    """

    kind: str
    value_count: int
    identity: Callable[[Sequence[bytes]], tuple[bytes, ...]]
    open: tuple[int, ...]
    constants: tuple[Scalar, ...]
    groups: tuple[SealedGroup, ...]
    item_ids: tuple[int, ...]
    leaves: LeafPaths
    order: Callable[[Sequence[Scalar]], tuple[Scalar, ...]]
    unopened: tuple[int, ...]
    closed: LeafPaths
    closed_levels: tuple[str, ...]


def part_values(content: bytes) -> tuple[bytes, list[bytes]]:
    """Part a file into what tells its shape, and its values.

    Two canonical files that are told to be alike and have as many values differ in the values only:
    no canonical file has a zero byte.
    """
    parts = _VALUE.split(content)
    values = parts[2::3]
    del parts[2::3]
    return b"\0".join(parts), values


def learn_shape(
    content: bytes, *, kind: str, schema: RecordSchema, ring: KeyRing | None
) -> RecordShape | None:
    """Find out the shape of a record of a kind; None if its like must be read one by one."""
    try:
        leaves = _leaves_of(read_canonical(content))
        heads = [head.decode() for head in _VALUE.split(content)[1::3]]
        return _Learner(leaves, heads=heads, schema=schema, ring=ring).shape(kind)
    except (NotCanonicalError, _RareShapeError):
        return None


class _RareShapeError(Exception):
    """Not worth to be told apart from others here: whoever reads one record knows them all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Leaf:
    """A scalar of a record, with the number of its value if that is parted from the shape.

    ``item`` is given inside a list item: at which step, and which leaf is the item's id.
    """

    path: FieldPath
    value: Scalar
    number: int | None
    item: tuple[int, int] | None


def _leaves_of(record: Mapping[str, Node]) -> list[_Leaf]:
    leaves: list[_Leaf] = []
    numbers = count()

    def enter(group: Mapping[str, Node], path: FieldPath, item: tuple[int, int] | None) -> None:
        for name, node in group.items():
            inner = (*path, name)
            if isinstance(node, dict):
                enter(node, inner, item)
            elif isinstance(node, list):
                for index, child in enumerate(node):
                    step = (*inner, item_step(child, index=index))
                    if isinstance(child, (str, int)):
                        leaves.append(_Leaf(path=step, value=child, number=None, item=item))
                    elif isinstance(child, dict) and item is None:
                        enter(child, step, (len(inner), len(leaves)))
                    else:
                        raise _RareShapeError
            else:
                number = None if inner in _IN_SHAPE else next(numbers)
                leaves.append(_Leaf(path=inner, value=node, number=number, item=item))

    enter(record, (), None)
    return leaves


class _Learner:
    """Sorts the leaves of a record by what a reader has to do with them."""

    def __init__(
        self,
        leaves: Sequence[_Leaf],
        *,
        heads: Sequence[str],
        schema: RecordSchema,
        ring: KeyRing | None,
    ) -> None:
        if sum(leaf.number is not None for leaf in leaves) != len(heads):
            raise _RareShapeError
        self._leaves = leaves
        self._heads = heads
        self._ring = ring
        self._open: list[int] = []
        self._constant: list[int] = []
        self._sealed: dict[tuple[str, int], list[int]] = {}
        self._closed: dict[int, str] = {}
        for index, leaf in enumerate(leaves):
            self._sort(index, leaf, schema=schema)
        first = self._find_needed()
        others = [index for index in self._open if index not in first]
        opened = [index for group in self._sealed.values() for index in group]
        told = [*first, *others, *self._constant, *opened]
        self._rank = {index: rank for rank, index in enumerate(told)}

    def _sort(self, index: int, leaf: _Leaf, *, schema: RecordSchema) -> None:
        if leaf.number is None:
            if is_sealed(leaf.value):
                raise _RareShapeError
            self._constant.append(index)
            return
        text = self._heads[leaf.number]
        if not text:
            self._open.append(index)
            return
        head, field = read_sealed_head(text.removesuffix(":")), schema.field(leaf.path)
        if head is None or field is None:
            raise _RareShapeError
        if self._ring is not None and head in self._ring.held:
            self._sealed.setdefault(head, []).append(index)
        else:
            self._closed[index] = field.level

    def _find_needed(self) -> list[int]:
        where = {self._leaves[index].path: index for index in self._open}
        if not where.keys() >= set(_NEEDED):
            raise _RareShapeError
        return [where[path] for path in _NEEDED]

    def shape(self, kind: str) -> RecordShape:
        """Return the shape; raises ``_RareShapeError``."""
        told = sorted(self._rank)
        opens = [index for index in self._rank if index in self._open]
        return RecordShape(
            kind=kind,
            value_count=len(self._heads),
            identity=itemgetter(*self._numbers(opens[:3])),
            open=self._numbers(opens[3:]),
            constants=tuple(self._leaves[index].value for index in self._constant),
            groups=tuple(self._group(*head, indexes) for head, indexes in self._sealed.items()),
            item_ids=self._item_ids(),
            leaves=self._paths(told),
            order=itemgetter(*(self._rank[index] for index in told)),
            unopened=self._numbers(self._closed),
            closed=self._paths(self._closed),
            closed_levels=tuple(self._closed.values()),
        )

    def _numbers(self, indexes: Iterable[int]) -> tuple[int, ...]:
        numbers = (self._leaves[index].number for index in indexes)
        return tuple(number for number in numbers if number is not None)

    def _paths(self, indexes: Collection[int]) -> LeafPaths:
        paths = tuple(self._leaves[index].path for index in indexes)
        return LeafPaths(paths=paths, items=self._items(indexes))

    def _items(self, indexes: Iterable[int]) -> tuple[ItemStep, ...]:
        items = ((place, self._leaves[index].item) for place, index in enumerate(indexes))
        return tuple(
            ItemStep(path=place, at=item[0], item_id=self._rank[item[1]])
            for place, item in items
            if item is not None
        )

    def _item_ids(self) -> tuple[int, ...]:
        items = sorted({leaf.item for leaf in self._leaves if leaf.item is not None})
        for at, index in items:
            leaf = self._leaves[index]
            is_id = leaf.path[at + 1 :] == ("id",) and isinstance(leaf.value, str)
            if not is_id or index not in self._open:
                raise _RareShapeError
        return tuple(self._rank[index] for _, index in items)

    def _group(self, level: str, epoch: int, indexes: Sequence[int]) -> SealedGroup:
        paths = [self._leaves[index].path for index in indexes]
        items = self._items(indexes)
        return SealedGroup(
            level=level,
            epoch=epoch,
            numbers=self._numbers(indexes),
            places=tuple(path_bytes(path) for path in paths),
            items=items,
            around=tuple(_around(paths[item.path], at=item.at) for item in items),
        )


def _around(path: FieldPath, *, at: int) -> tuple[bytes, bytes]:
    """Return what stands before and after one step in the bytes of a path."""
    whole = path_bytes(path)
    after = b"".join(step_bytes(step) for step in path[at + 1 :])
    end = len(whole) - len(after)
    return whole[: end - len(step_bytes(path[at]))], after
