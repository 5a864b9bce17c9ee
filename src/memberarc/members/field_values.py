"""Read and change single values of a record, by field path.

``[+]`` or ``[+label]`` in a path stands for a new item of a list; one label is one item.
"""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING, Final

from memberarc.errors import UsageError
from memberarc.formats.field_path import FieldPath, parse_path

# No sign of a path stands in it, but something that stands in no path.
_LABEL: Final = re.compile(r"(?=.*[^a-z0-9_])[^.\[\]]+")

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from memberarc.formats.canonical_yaml import Node


def parse_field_path(text: str) -> FieldPath:
    """Read a path that a person typed.

    Raises:
        UsageError: the text is no field path.
    """
    try:
        return parse_path(text)
    except ValueError as err:
        raise UsageError(
            f"{text}: {err}", hint="memberarc show ID lists a record's fields"
        ) from err


def parse_field_name(text: str) -> FieldPath:
    """Read a path, or a label as a path of one step; which field it is the label of, schemas know.

    Raises:
        UsageError: the text is neither.
    """
    if _LABEL.fullmatch(text):
        return (unicodedata.normalize("NFC", text),)
    return parse_field_path(text)


def is_new_item(step: str) -> bool:
    """Tell whether a step asks for a new list item."""
    return step.startswith("[+")


def name_new_items(paths: list[FieldPath], *, new_id: Callable[[], str]) -> list[FieldPath]:
    """Give each ``[+label]`` an id, the same for the same label of the same list."""
    ids: dict[FieldPath, str] = {}
    named = []
    for path in paths:
        steps: FieldPath = ()
        for step in path:
            new = is_new_item(step)
            steps = (*steps, ids.setdefault((*steps, step), f"[{new_id()}]") if new else step)
        named.append(steps)
    return named


def value_at(record: Mapping[str, Node], path: FieldPath) -> Node | None:
    """Find the value or container at a path, None where there is none."""
    node: Node | None = dict(record)
    for step in path:
        if isinstance(node, list) and step.startswith("["):
            node = next((item for item in node if _is_item(item, step)), None)
        elif isinstance(node, dict):
            node = node.get(step)
        else:
            return None
    return node


def with_value(record: Mapping[str, Node], path: FieldPath, value: Node) -> dict[str, Node]:
    """Copy a record with one value set, making the containers it needs."""
    copy = dict(record)
    copy[path[0]] = _set(copy.get(path[0]), path[1:], value)
    return copy


def without(record: Mapping[str, Node], path: FieldPath) -> dict[str, Node]:
    """Copy a record with a value, container or list item left out."""
    copy = dict(record)
    kept = _unset(copy.get(path[0]), path[1:])
    if kept is None:
        copy.pop(path[0], None)
    else:
        copy[path[0]] = kept
    return copy


def _is_item(node: Node, step: str) -> bool:
    return isinstance(node, dict) and f"[{node.get('id')}]" == step


def _set(node: Node | None, steps: FieldPath, value: Node) -> Node:
    if not steps:
        return value
    step, rest = steps[0], steps[1:]
    if step.startswith("["):
        items = list(node) if isinstance(node, list) else []
        for index, item in enumerate(items):
            if _is_item(item, step):
                items[index] = _set(item, rest, value)
                return items
        return [*items, _set({"id": step[1:-1]}, rest, value)]
    mapping = dict(node) if isinstance(node, dict) else {}
    mapping[step] = _set(mapping.get(step), rest, value)
    return mapping


def _unset(node: Node | None, steps: FieldPath) -> Node | None:
    if not steps:
        return None
    step, rest = steps[0], steps[1:]
    if isinstance(node, list) and step.startswith("["):
        kept = [_unset(item, rest) if _is_item(item, step) else item for item in node]
        return [item for item in kept if item is not None]
    if isinstance(node, dict) and step in node:
        inner = _unset(node[step], rest)
        copy = {key: value for key, value in node.items() if key != step or inner is not None}
        if inner is not None:
            copy[step] = inner
        return copy
    return node
