"""Field paths: where a value stands in a record, as steps and as people write it."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TypeAlias

FieldPath: TypeAlias = tuple[str, ...]
"""Property names and, for list items, ``[h7w2]``; ``[+]`` and ``[+label]`` for one to be made. In a
schema, where no item is meant, ``[]``."""

_NAME = r"[a-z][a-z0-9_]*"
_ITEM = r"\[(?:[a-z0-9]+|\+[a-z0-9]*)\]"
_TEXT = re.compile(rf"{_NAME}(?:{_ITEM})?(?:\.{_NAME}(?:{_ITEM})?)*")
_STEP = re.compile(rf"{_NAME}|{_ITEM}")


def path_text(path: FieldPath) -> str:
    """Write a path as people do: ``honours[h7w2].date``."""
    return "".join(
        step if step.startswith("[") or not place else f".{step}" for place, step in enumerate(path)
    )


def parse_path(text: str) -> FieldPath:
    """Read a path that people wrote.

    Raises:
        ValueError: the text is not a field path.
    """
    if not _TEXT.fullmatch(text):
        raise ValueError("a field path looks like contact.mobile or honours[h7w2].date")
    return tuple(_STEP.findall(text))


@lru_cache(maxsize=4096)
def schema_path(path: FieldPath) -> FieldPath:
    """Replace each list item by ``[]``, the step a schema knows; cached, for most have no list."""
    return tuple("[]" if step.startswith("[") else step for step in path)


def item_step(item: object, *, index: int) -> str:
    """Name a list item: by its id if it has one, else by its place."""
    item_id = item.get("id") if isinstance(item, dict) else None
    return f"[{item_id}]" if isinstance(item_id, str) else f"[{index}]"
