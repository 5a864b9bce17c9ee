"""A query as a tree of conditions."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

Operator: TypeAlias = Literal[":", "=", "!=", ">=", "<=", ">", "<", "..", "begins", "present"]


@dataclass(frozen=True, slots=True, kw_only=True)
class And:
    """All parts hold; there are at least two, and none is itself an ``And``."""

    parts: tuple[Node, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Or:
    """At least one part holds; there are at least two, and none is itself an ``Or``."""

    parts: tuple[Node, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Not:
    """The part does not hold."""

    part: Node


@dataclass(frozen=True, slots=True, kw_only=True)
class Text:
    """A word, the beginning of one (``wang*``) or a phrase in quotation marks, in any field."""

    value: str
    form: Literal["word", "prefix", "phrase"] = "word"


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """What the values of a field must be.

    ``:``, ``=`` and ``!=`` have one value or several, of which one is enough; the comparisons and
    ``begins`` (``name:王*``) have one; ``..`` is from the one value to ``upper``, either of which
    may be empty; ``present`` (``name:*``) has none. ``place`` is where the field stands in the
    text, counted from 1, for messages only.
    """

    field: str
    operator: Operator
    values: tuple[str, ...] = ()
    upper: str = ""
    place: int = dataclasses.field(default=0, compare=False, repr=False)


Node: TypeAlias = And | Or | Not | Text | Condition


@dataclass(frozen=True, slots=True, kw_only=True)
class Query:
    """What is asked; without a root every member answers."""

    root: Node | None = None

    @property
    def fields(self) -> frozenset[str]:
        """The fields named; an empty string where a text looks everywhere."""
        return frozenset(leaf.field if isinstance(leaf, Condition) else "" for leaf in self.leaves)

    @property
    def leaves(self) -> tuple[Text | Condition, ...]:
        """All texts and conditions, from left to right."""
        return tuple(_leaves(self.root)) if self.root else ()


def both(parts: Sequence[Node]) -> Node:
    """Join parts that must all hold."""
    flat = [inner for part in parts for inner in (part.parts if isinstance(part, And) else [part])]
    return And(parts=tuple(flat)) if len(flat) > 1 else flat[0]


def either(parts: Sequence[Node]) -> Node:
    """Join parts of which one must hold."""
    flat = [inner for part in parts for inner in (part.parts if isinstance(part, Or) else [part])]
    return Or(parts=tuple(flat)) if len(flat) > 1 else flat[0]


def _leaves(node: Node) -> Iterator[Text | Condition]:
    if isinstance(node, (And, Or)):
        for part in node.parts:
            yield from _leaves(part)
    elif isinstance(node, Not):
        yield from _leaves(node.part)
    else:
        yield node
