"""A telephone number typed with spaces, which the language reads as words of their own."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING

from memberarc.search.numbers import dialled, digits_of
from memberarc.search.query_tree import And, Not, Or, Text, both, either

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from memberarc.search.query_tree import Node


def with_whole_numbers(node: Node) -> Node:
    """Let words that make a number together be found as that number, too.

    Each of ``0086 138 1234 5678`` alone would have to stand in a value: 0086 may not.
    """
    if isinstance(node, Or):
        return either([with_whole_numbers(part) for part in node.parts])
    if isinstance(node, Not):
        return Not(part=with_whole_numbers(node.part))
    if isinstance(node, And):
        return both([*_parts(node.parts)])
    return node


def _parts(parts: Sequence[Node]) -> Iterator[Node]:
    for are_digits, run in groupby(parts, key=_is_of_digits):
        words = [*run]
        if not are_digits:
            yield from map(with_whole_numbers, words)
            continue
        number = " ".join(word.value for word in words if isinstance(word, Text))
        if len(words) > 1 and dialled(number):
            yield either([both(words), Text(value=number, form="phrase")])
        else:
            yield from words


def _is_of_digits(node: Node) -> bool:
    return isinstance(node, Text) and node.form == "word" and digits_of(node.value) != ""
