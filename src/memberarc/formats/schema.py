"""A record schema as fields and containers in record order, and what follows from that order."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING, Any, Literal

from memberarc.errors import SchemaError
from memberarc.formats.field_path import item_step, schema_path

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from memberarc.errors import Problem
    from memberarc.formats.canonical_yaml import Node, Scalar
    from memberarc.formats.field_path import FieldPath
    from memberarc.formats.positions import Positions
    from memberarc.formats.schema_problems import Judge


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """One scalar of a schema; the items of an open list of scalars are one field, ``traits[]``."""

    path: FieldPath
    name: str
    kind: Literal["string", "integer", "boolean"]
    level: str
    label_en: str
    label_zh: str
    required: bool
    enum: tuple[Scalar, ...]
    format: str
    pattern: str
    minimum: int | None
    maximum: int | None
    max_length: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Container:
    """A group of fields, or a list of groups or scalars."""

    path: FieldPath
    name: str
    kind: Literal["object", "list"]
    label_en: str
    label_zh: str
    required: bool


class RecordSchema:
    """One schema of records; `document` is its JSON, which nobody changes."""

    def __init__(self, document: dict[str, Any], *, path: str) -> None:
        self.document = document
        self.path = path
        self.kind = str(document.get("x-kind", ""))
        self.version = str(document.get("x-version", ""))
        self._fields: dict[FieldPath, Field] = {}
        self._containers: dict[FieldPath, Container] = {}
        for entry in _entries(document, ()):
            if isinstance(entry, Field):
                self._fields[entry.path] = entry
            else:
                self._containers[entry.path] = entry
        self.fields = tuple(self._fields.values())
        self.containers = tuple(self._containers.values())

    def field(self, path: FieldPath) -> Field | None:
        """Look up the field of a value's path, such as ``("honours", "[h7w2]", "date")``."""
        # Outside lists a value's path is the schema's own, and most values stand outside lists.
        return self._fields.get(path) or self._fields.get(schema_path(path))

    def container(self, path: FieldPath) -> Container | None:
        """Look up the list or group of fields at a path."""
        return self._containers.get(schema_path(path))

    def ordered(self, record: Mapping[str, Any]) -> dict[str, Node]:
        """Put keys in the order of the schema and leave nulls and empty containers out.

        Unknown keys are kept, last, so that validation can name them.
        """
        return _ordered_group(record, self.document)

    def leaves(
        self, record: Mapping[str, Node]
    ) -> Iterator[tuple[FieldPath, Field | None, Scalar]]:
        """Go through a record's scalars in its own order; of unknown ones the field is None."""
        for path, value in _leaves(record):
            yield path, self.field(path), value

    def map_leaves(
        self,
        record: Mapping[str, Node],
        function: Callable[[FieldPath, Field | None, Scalar], Scalar],
    ) -> dict[str, Node]:
        """Make the same record with each scalar replaced by what the function makes of it."""
        return self._mapped_group(record, (), function)

    def _mapped_group(
        self,
        group: Mapping[str, Node],
        path: FieldPath,
        function: Callable[[FieldPath, Field | None, Scalar], Scalar],
    ) -> dict[str, Node]:
        mapped: dict[str, Node] = {}
        for name, node in group.items():
            inner = (*path, name)
            if isinstance(node, (str, int)):
                mapped[name] = function(inner, self.field(inner), node)
            else:
                mapped[name] = self._mapped(node, inner, function)
        return mapped

    def _mapped(
        self,
        node: Node,
        path: FieldPath,
        function: Callable[[FieldPath, Field | None, Scalar], Scalar],
    ) -> Node:
        if isinstance(node, dict):
            return self._mapped_group(node, path, function)
        if isinstance(node, list):
            return [
                self._mapped(item, (*path, item_step(item, index=index)), function)
                for index, item in enumerate(node)
            ]
        return function(path, self.field(path), node)

    def problems_plain(
        self, record: Mapping[str, Node], *, path: str, positions: Positions | None = None
    ) -> list[Problem]:
        """Check a record in clear; see `schema_problems` for the rules."""
        from memberarc.formats.schema_problems import leaf_findings, list_findings, locate

        findings = [*self._judge.findings(record), *list_findings(record)]
        for leaf, value in _leaves(record):
            findings += leaf_findings(leaf, value)
        return locate(findings, path=path, positions=positions)

    def accepts(self, record: Mapping[str, Node]) -> bool:
        """Tell whether the JSON Schema alone accepts a record in clear."""
        return self._judge.accepts(record)

    @cached_property
    def _judge(self) -> Judge:
        from memberarc.formats.schema_problems import Judge

        return Judge(self.document, path=self.path)


@lru_cache(maxsize=64)
def load_schema(content: bytes, *, path: str) -> RecordSchema:
    """Read a record schema; the same bytes give the same object.

    Raises:
        SchemaError: the file is no JSON or no record schema.
    """
    from memberarc.formats.schema_faults import schema_faults

    document = read_document(content, path=path)
    faults = list(schema_faults(document))
    if faults:
        raise SchemaError(
            f"the schema {path} is not a record schema: {'; '.join(faults)}", where=path
        )
    return RecordSchema(document, path=path)


def read_document(content: bytes, *, path: str) -> Any:
    """Read the JSON of a schema, whatever it says.

    Raises:
        SchemaError: it is none, or says something twice.
    """
    try:
        return json.loads(content, object_pairs_hook=_unique_keys)
    except ValueError as err:
        raise SchemaError(f"the schema {path} is not JSON: {err}", where=path) from err
    except RecursionError as err:
        raise SchemaError(f"the schema {path} is nested too deeply", where=path) from err


def _unique_keys(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    keys = dict(pairs)
    if len(keys) < len(pairs):
        raise ValueError("a key stands twice in one object")
    return keys


def _entries(group: Mapping[str, Any], path: FieldPath) -> Iterator[Field | Container]:
    for name, node in group["properties"].items():
        inner = (*path, name)
        required = name in group.get("required", ())
        if node["type"] == "object":
            yield _container(node, inner, kind="object", required=required)
            yield from _entries(node, inner)
        elif node["type"] == "array":
            yield _container(node, inner, kind="list", required=required)
            items = {"x-label": node["x-label"], **node["items"]}
            if items["type"] == "object":
                yield from _entries(items, (*inner, "[]"))
            else:
                yield _field(items, (*inner, "[]"), name=name, required=False)
        else:
            yield _field(node, inner, name=name, required=required)


def _container(
    node: Mapping[str, Any], path: FieldPath, *, kind: Literal["object", "list"], required: bool
) -> Container:
    return Container(
        path=path,
        name=path[-1],
        kind=kind,
        label_en=node["x-label"]["en"],
        label_zh=node["x-label"]["zh"],
        required=required,
    )


def _field(node: Mapping[str, Any], path: FieldPath, *, name: str, required: bool) -> Field:
    return Field(
        path=path,
        name=name,
        kind=node["type"],
        level=node["x-level"],
        label_en=node["x-label"]["en"],
        label_zh=node["x-label"]["zh"],
        required=required,
        enum=(node["const"],) if "const" in node else tuple(node.get("enum", ())),
        format=node.get("format", ""),
        pattern=node.get("pattern", ""),
        minimum=node.get("minimum"),
        maximum=node.get("maximum"),
        max_length=node.get("maxLength"),
    )


def _ordered_group(record: Mapping[str, Any], group: Mapping[str, Any]) -> dict[str, Node]:
    properties = group.get("properties", {})
    names = [name for name in properties if name in record]
    if len(names) < len(record):
        names += [name for name in record if name not in properties]
    ordered: dict[str, Node] = {}
    for name in names:
        value = record[name]
        if isinstance(value, (dict, list)):
            value = _ordered(value, properties.get(name, {}))
        if value is not None:
            ordered[name] = value
    return ordered


def _ordered(node: Any, schema: Mapping[str, Any]) -> Node | None:
    """Put a node in order; None if nothing is left of it."""
    if isinstance(node, dict):
        return _ordered_group(node, schema) or None
    if isinstance(node, list):
        items = [_ordered(item, schema.get("items", {})) for item in node]
        return [item for item in items if item is not None] or None
    return node  # type: ignore[no-any-return]


def _leaves(record: Mapping[str, Node]) -> list[tuple[FieldPath, Scalar]]:
    """Collect scalars with their paths, in a list: nested generators take thrice the time."""
    found: list[tuple[FieldPath, Scalar]] = []
    _collect_leaves(record.items(), (), found)
    return found


def _collect_leaves(
    children: Iterable[tuple[str, Node]], path: FieldPath, found: list[tuple[FieldPath, Scalar]]
) -> None:
    for step, node in children:
        inner = (*path, step)
        if isinstance(node, (str, int)):
            found.append((inner, node))
        elif isinstance(node, dict):
            _collect_leaves(node.items(), inner, found)
        elif isinstance(node, list):
            items = ((item_step(item, index=index), item) for index, item in enumerate(node))
            _collect_leaves(items, inner, found)
