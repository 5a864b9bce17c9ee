"""Field paths: ``contact.mobile``, ``honours[h7w2].date``.

A path is a tuple of property names and bracketed item ids: ``("honours", "[h7w2]", "date")``.
``[+]`` or ``[+label]`` stands for a new item of a list; one label is one item.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Final

from memberarc.errors import UsageError
from memberarc.formats.canonical_yaml import Node

FieldPath = tuple[str, ...]

_STEP: Final = re.compile(r"([a-z][a-z0-9_]*)((?:\[[a-z0-9+]{1,9}\])?)")


def parse_field_path(text: str) -> FieldPath:
    """Read the text form of a path."""
    steps: list[str] = []
    for part in text.split("."):
        match = _STEP.fullmatch(part)
        if match is None:
            raise UsageError(
                f"not a field path: {text}",
                hint="write names joined by dots, list items in brackets: honours[h7w2].date",
            )
        steps.append(match[1])
        if match[2]:
            steps.append(match[2])
    return tuple(steps)


def format_field_path(path: FieldPath) -> str:
    """Write the text form of a path."""
    text = ""
    for step in path:
        text += step if step.startswith("[") or not text else f".{step}"
    return text


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
            if is_new_item(step):
                step = ids.setdefault((*steps, step), f"[{new_id()}]")
            steps = (*steps, step)
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
