"""The stored form of a record: what is above open is sealed, and anyone can check that it is."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any, Final

from memberarc.errors import SealedValueError
from memberarc.formats.field_path import path_text
from memberarc.formats.schema_problems import (
    Finding,
    Judge,
    leaf_findings,
    list_findings,
    locate,
)
from memberarc.formats.sealed_text import SEALED_PREFIX, parse_sealed_text

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

    from memberarc.errors import Problem
    from memberarc.formats.canonical_yaml import Node, Scalar
    from memberarc.formats.field_path import FieldPath
    from memberarc.formats.positions import Positions
    from memberarc.formats.schema import Field, RecordSchema

CLEAR_TEXT: Final = "clear-text"
OTHER_LEVEL: Final = "other-level"


def stored_schema(document: Mapping[str, Any]) -> dict[str, Any]:
    """Derive the schema of the stored form, for any JSON Schema tool and without a key."""
    stored = dict(document)
    if "properties" in document:
        stored["properties"] = {
            name: stored_schema(node) for name, node in document["properties"].items()
        }
    if "items" in document:
        stored["items"] = stored_schema(document["items"])
    level = document.get("x-level", "open")
    if level == "open":
        return stored
    kept = {name: document[name] for name in ("x-level", "x-label") if name in document}
    pattern = rf"^enc:m1\.{level}\.[1-9][0-9]*:[A-Za-z0-9_-]+$"
    return {"type": "string", "pattern": pattern, **kept}


def problems_stored(
    schema: RecordSchema,
    record: Mapping[str, Node],
    *,
    path: str,
    epochs: Mapping[str, Collection[int]],
    positions: Positions | None = None,
) -> list[Problem]:
    """Check a stored record without any key; see `schema_problems` for the rules.

    Args:
        epochs: for each level the epochs in the key list.
    """
    findings: list[Finding] = list(list_findings(record))
    protected: set[FieldPath] = set()
    for leaf, field, value in schema.leaves(record):
        if field is None or field.level == "open":
            findings += leaf_findings(leaf, value)
        else:
            protected.add(leaf)
            findings += _sealed_findings(leaf, field, value, path=path, epochs=epochs)
    # Of protected values the findings above say more than a pattern could.
    judged = _stored_judge(schema).findings(record)
    findings += [finding for finding in judged if finding.path not in protected]
    return locate(findings, path=path, positions=positions)


@cache
def _stored_judge(schema: RecordSchema) -> Judge:
    return Judge(stored_schema(schema.document), path=schema.path)


def _sealed_findings(
    leaf: FieldPath,
    field: Field,
    value: Scalar,
    *,
    path: str,
    epochs: Mapping[str, Collection[int]],
) -> Iterator[Finding]:
    if not isinstance(value, str) or not value.startswith(SEALED_PREFIX):
        message = f"{field.label_en} must be sealed: level {field.level}"
        hint = f"memberarc encrypt {path}"
        yield Finding(rule=CLEAR_TEXT, message=message, path=leaf, hint=hint)
        return
    try:
        sealed = parse_sealed_text(value)
    except SealedValueError as err:
        message = f"{path_text(leaf)}: {err.message}"
        yield Finding(rule="sealed-value", message=message, path=leaf)
        return
    if sealed.level != field.level:
        message = f"{path_text(leaf)} is sealed at level {sealed.level}, not {field.level}"
        hint = f"memberarc encrypt {path}"
        yield Finding(rule=OTHER_LEVEL, message=message, path=leaf, hint=hint)
    elif sealed.epoch not in epochs.get(sealed.level, ()):
        message = f"{path_text(leaf)} is sealed in epoch {sealed.epoch}, which has no key"
        yield Finding(rule="sealed-value", message=message, path=leaf)
