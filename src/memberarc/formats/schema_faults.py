"""The form a record schema must have, so that every scalar of a record has a level and a label."""

from __future__ import annotations

import re
import warnings
from typing import TYPE_CHECKING, Any

from memberarc.formats.canonical_yaml import KEY, RESERVED_WORDS
from memberarc.formats.field_path import path_text
from memberarc.formats.sealed_text import LEVELS

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from memberarc.formats.field_path import FieldPath

MAX_DEPTH = 32
RESERVED_NAMES = frozenset(("seal", "rev"))
FORMATS = frozenset(("date",))
"""Formats that both validators check, and check alike."""
SCALAR_TYPES = {"string": str, "integer": int, "boolean": bool}

_ANYWHERE = frozenset(
    (
        "type",
        "$schema",
        "$id",
        "$comment",
        "title",
        "description",
        "examples",
        "default",
        "deprecated",
    )
)
_KEYWORDS = {
    "object": frozenset(
        (
            "properties",
            "additionalProperties",
            "required",
            "dependentRequired",
            "minProperties",
            "maxProperties",
        )
    ),
    "array": frozenset(("items", "minItems", "maxItems", "uniqueItems")),
    "string": frozenset(("enum", "const", "pattern", "format", "minLength", "maxLength")),
    "integer": frozenset(("enum", "const", "minimum", "maximum", "multipleOf")),
    "boolean": frozenset(("const",)),
}
_FORMS: Mapping[str, tuple[type, str]] = {
    **dict.fromkeys(("required", "enum"), (list, "a list")),
    **dict.fromkeys(("pattern", "format"), (str, "text")),
    **dict.fromkeys(
        (
            *("minLength", "maxLength", "minItems", "maxItems", "minProperties", "maxProperties"),
            *("minimum", "maximum", "multipleOf"),
        ),
        (int, "a whole number"),
    ),
    "uniqueItems": (bool, "true or false"),
    "dependentRequired": (dict, "a group of lists"),
}
"""What those who read a schema take the value of a keyword to be."""


def schema_faults(root: Any) -> Iterator[str]:
    """Tell what is wrong with a schema, each fault with the place of it."""
    if not isinstance(root, dict) or root.get("type") != "object":
        yield "the schema: type must be object"
        return
    yield from _object_faults(root, ())


def _faults(node: Any, path: FieldPath) -> Iterator[str]:
    where = path_text(path)
    if len(path) > MAX_DEPTH:
        yield f"{where}: nested more than {MAX_DEPTH} deep"
        return
    kind = str(node.get("type")) if isinstance(node, dict) else ""
    if kind not in _KEYWORDS:
        yield f"{where}: type must be one of {', '.join(_KEYWORDS)}"
        return
    yield from _label_faults(node, where)
    yield from _FAULTS_OF.get(kind, _scalar_faults)(node, path)


def _scalar_faults(node: Mapping[str, Any], path: FieldPath) -> Iterator[str]:
    where = path_text(path)
    yield from _keyword_faults(node, where)
    if node.get("x-level") not in LEVELS:
        yield f"{where}: x-level must be one of {', '.join(LEVELS)}"
    for value in [*_listed(node.get("enum")), *([node["const"]] if "const" in node else ())]:
        if type(value) is not SCALAR_TYPES[node["type"]]:
            yield f"{where}: enum and const must be of the type {node['type']}"
    if not _compiles(node.get("pattern", "")):
        yield f"{where}: pattern is no regular expression"
    if "format" in node and str(node["format"]) not in FORMATS:
        yield f"{where}: format must be one of {', '.join(FORMATS)}, the others go unchecked"


def _object_faults(node: Mapping[str, Any], path: FieldPath) -> Iterator[str]:
    where = path_text(path) or "the schema"
    yield from _keyword_faults(node, where)
    if "x-level" in node:
        yield f"{where}: x-level stands on scalars only"
    if node.get("additionalProperties") is not False:
        yield f"{where}: additionalProperties must be false"
    properties = node.get("properties")
    if not isinstance(properties, dict) or not properties:
        yield f"{where}: properties are missing"
        return
    for name in _listed(node.get("required", [])):
        if str(name) not in properties:
            yield f"{where}: {name} is required but is no property"
    for name, child in properties.items():
        inner = (*path, name)
        if not KEY.fullmatch(name) or name in RESERVED_WORDS:
            yield f"{path_text(inner)}: the name cannot be a key"
        if name in RESERVED_NAMES:
            yield f"{path_text(inner)}: the name is reserved"
        yield from _faults(child, inner)


def _list_faults(node: Mapping[str, Any], path: FieldPath) -> Iterator[str]:
    where = path_text(path)
    yield from _keyword_faults(node, where)
    if "x-level" in node:
        yield f"{where}: x-level stands on scalars only"
    items = node["items"] if isinstance(node.get("items"), dict) else {}
    kind = str(items.get("type"))
    inner = (*path, "[]")
    if "x-label" in items:
        yield from _label_faults(items, path_text(inner))
    if kind == "object":
        yield from _object_faults(items, inner)
        yield from _item_id_faults(items, where)
    elif kind in SCALAR_TYPES:
        yield from _scalar_faults(items, inner)
        if items.get("x-level") != "open":
            yield f"{where}: a list of scalars must be open; give each item an id and a property"
    else:
        yield f"{where}: items must be scalars or groups of properties"


_FAULTS_OF = {"object": _object_faults, "array": _list_faults}


def _item_id_faults(items: Mapping[str, Any], where: str) -> Iterator[str]:
    """An item's id is its path in what is sealed: it is needed, open, and comes first."""
    properties = items.get("properties") or {}
    item_id = properties.get("id")
    if (
        not isinstance(item_id, dict)
        or next(iter(properties)) != "id"
        or "id" not in _listed(items.get("required", []))
        or item_id.get("type") != "string"
        or item_id.get("x-level") != "open"
        or "pattern" not in item_id
    ):
        yield f"{where}: items need a first property id: required, open, text with a pattern"


def _label_faults(node: Mapping[str, Any], where: str) -> Iterator[str]:
    label = node.get("x-label")
    if not isinstance(label, dict) or not all(
        isinstance(label.get(language), str) and label[language] for language in ("en", "zh")
    ):
        yield f"{where}: x-label must have texts for en and zh"


def _keyword_faults(node: Mapping[str, Any], where: str) -> Iterator[str]:
    """Refuse what would hide fields from those who read the schema as a plain tree."""
    known = _KEYWORDS[node["type"]]
    for keyword, value in node.items():
        if keyword not in known and keyword not in _ANYWHERE and not keyword.startswith("x-"):
            yield f"{where}: {keyword} has no meaning in a record schema"
        form, words = _FORMS.get(keyword, (object, ""))
        if form is not object and type(value) is not form:
            yield f"{where}: {keyword} must be {words}"


def _listed(names: Any) -> list[Any]:
    return names if isinstance(names, list) else []


def _compiles(pattern: Any) -> bool:
    try:
        with warnings.catch_warnings(action="ignore"):  # Python's plans for other expressions
            re.compile(pattern)
    except (re.error, TypeError, OverflowError, RecursionError):
        return False
    return True
