"""Check records against JSON Schema, and say in plain words, without values, what is wrong.

A problem names one of these rules:

required          a field is missing
unknown-property  a key the schema does not have
type              text for a number, a list for a group, and so on
enum              none of the values the schema lists
pattern           not of the form the schema gives
format            not a day that exists
length            too few or too many characters
range             too small or too large a number, or one of more than 15 digits
count             too few or too many items or fields
duplicate-value   a list holds a value twice
duplicate-item    two items of a list have the same id
reserved-prefix   clear text that begins with ``enc:``
schema            anything else

Stored records (`stored`) have two more: ``clear-text`` and ``sealed-value``.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Any

from memberarc.errors import Problem, SchemaError
from memberarc.formats.canonical_yaml import MAX_INTEGER
from memberarc.formats.field_path import item_step, path_text
from memberarc.formats.sealed_text import SEALED_PREFIX

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from memberarc.formats.canonical_yaml import Node, Scalar
    from memberarc.formats.field_path import FieldPath
    from memberarc.formats.positions import Positions

_TYPES = {
    "string": "text",
    "integer": "a whole number",
    "boolean": "true or false",
    "object": "a group of fields",
    "array": "a list",
}
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_RULES = {
    "pattern": ("pattern", "must have the form {}"),
    "format": ("format", "must be a day that exists, written like 2026-01-31"),
    "minLength": ("length", "must have at least {} characters"),
    "maxLength": ("length", "must have at most {} characters"),
    "minimum": ("range", "must be at least {}"),
    "maximum": ("range", "must be at most {}"),
    "multipleOf": ("range", "must be a multiple of {}"),
    "minItems": ("count", "must have at least {} items"),
    "maxItems": ("count", "must have at most {} items"),
    "minProperties": ("count", "must have at least {} fields"),
    "maxProperties": ("count", "must have at most {} fields"),
    "uniqueItems": ("duplicate-value", "must not hold a value twice"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """A flaw of a record, by field path; `locate` makes a `Problem` of it."""

    rule: str
    message: str
    path: FieldPath
    hint: str = ""
    at_key: bool = False


class Judge:
    """A JSON Schema that decides at once, and explains where that is needed."""

    def __init__(self, document: dict[str, Any], *, path: str) -> None:
        import jsonschema_rs

        self._document = document
        try:
            self._validator = jsonschema_rs.Draft202012Validator(
                document, validate_formats=True, formats={"date": is_day}
            )
        except ValueError as err:
            raise SchemaError(f"the schema {path} is not valid: {err}", where=path) from err

    def accepts(self, record: Mapping[str, Any]) -> bool:
        """Tell whether a record fits."""
        return bool(self._validator.is_valid(record))

    def findings(self, record: Mapping[str, Any]) -> list[Finding]:
        """Tell what is wrong with a record; most often nothing, in microseconds."""
        if self.accepts(record):
            return []
        found = list(self._explanations(record))
        if not found:
            # Whatever the explainer takes for fitting, the validator's verdict holds.
            places = {
                _field_path(record, error.instance_path): None
                for error in self._validator.iter_errors(record)
            }
            return [
                Finding(
                    rule="schema", message=f"{_subject(path)} does not fit the schema", path=path
                )
                for path in places
            ]
        mistyped = {finding.path for finding in found if finding.rule == "type"}
        return [each for each in found if each.rule == "type" or each.path not in mistyped]

    def _explanations(self, record: Mapping[str, Any]) -> Iterator[Finding]:
        explainer = _explainer()(self._document)
        for error in explainer.iter_errors(record):
            yield from _explain(
                str(error.validator),
                error.validator_value,
                path=_field_path(record, error.absolute_path),
                found=error.instance,
                schema=error.schema,
            )


@cache
def _explainer() -> Callable[[dict[str, Any]], Any]:
    """Make the validator that explains; it asks the one that decides about patterns.

    Python's own expressions can take years over a text, where those of the other stop.
    """
    from functools import partial

    from jsonschema import Draft202012Validator, ValidationError, validators

    def pattern(_: Any, limit: str, found: Any, schema: Any) -> Iterator[ValidationError]:  # noqa: ARG001
        if not _pattern_judge(limit).is_valid(found):
            yield ValidationError("")

    explainer = validators.extend(  # type: ignore[no-untyped-call]
        Draft202012Validator, {"pattern": pattern}
    )
    return partial(explainer, format_checker=Draft202012Validator.FORMAT_CHECKER)


@lru_cache(maxsize=256)
def _pattern_judge(pattern: str) -> Any:
    import jsonschema_rs

    return jsonschema_rs.Draft202012Validator({"pattern": pattern})


def is_day(text: str) -> bool:
    """Tell whether a text is a day that exists, as jsonschema's own checker does."""
    from datetime import date

    try:
        return bool(_DAY.fullmatch(text) and date.fromisoformat(text))
    except ValueError:
        return False


def leaf_findings(path: FieldPath, value: Scalar) -> Sequence[Finding]:
    """Check what the formats ask of any clear value, whatever its schema says."""
    if isinstance(value, str):
        if not value.startswith(SEALED_PREFIX):
            return ()
        message = f"{path_text(path)} begins with {SEALED_PREFIX}, which marks sealed values"
        hint = "begin the text with something else"
        return (Finding(rule="reserved-prefix", message=message, path=path, hint=hint),)
    if abs(value) <= MAX_INTEGER:
        return ()
    message = f"{path_text(path)} has more than 15 digits"
    return (Finding(rule="range", message=message, path=path, hint="quote this value"),)


def list_findings(node: Node | Mapping[str, Node], path: FieldPath = ()) -> Iterator[Finding]:
    """Find items of one list that share an id: what is sealed in them could not be told apart."""
    if isinstance(node, dict):
        for key, child in node.items():
            if isinstance(child, (dict, list)):
                yield from list_findings(child, (*path, key))
    elif isinstance(node, list):
        seen = set()
        for index, item in enumerate(node):
            step = item_step(item, index=index)
            inner = (*path, step)
            if step in seen:
                message = f"{path_text(inner)} stands twice"
                hint = "give one of the two another id"
                place = (*path, f"[{index}]")
                yield Finding(rule="duplicate-item", message=message, path=place, hint=hint)
            seen.add(step)
            yield from list_findings(item, inner)


def locate(findings: Iterable[Finding], *, path: str, positions: Positions | None) -> list[Problem]:
    """Turn findings into problems of a file, in the order of their places, each one once."""
    problems = []
    for finding in dict.fromkeys(findings):
        line, column = 0, 0
        if positions is not None:
            place = positions.key_of if finding.at_key else positions.of
            line, column = place(finding.path)
        problems.append(
            Problem(
                path=path,
                rule=finding.rule,
                message=finding.message,
                line=line,
                column=column,
                pointer=path_text(finding.path),
                hint=finding.hint,
            )
        )
    return sorted(problems, key=lambda problem: (problem.line, problem.column))


def _explain(
    keyword: str, limit: Any, *, path: FieldPath, found: Any, schema: Mapping[str, Any]
) -> Iterator[Finding]:
    subject = _subject(path)
    if keyword == "required":
        yield from (_missing((*path, name)) for name in limit if name not in found)
    elif keyword == "dependentRequired":
        yield from (
            _missing((*path, name), why=f", as {given} is given")
            for given, needed in limit.items()
            if given in found
            for name in needed
            if name not in found
        )
    elif keyword == "additionalProperties":
        known = schema.get("properties", {})
        yield from (_unknown((*path, name), known) for name in found if name not in known)
    elif keyword == "type":
        hint = "quote this value" if limit == "string" and isinstance(found, int) else ""
        message = f"{subject} must be {_TYPES.get(limit, limit)}"
        yield Finding(rule="type", message=message, path=path, hint=hint)
    elif keyword in ("enum", "const"):
        allowed = ", ".join(str(value) for value in ([limit] if keyword == "const" else limit))
        words = "must be" if keyword == "const" else "must be one of"
        yield Finding(rule="enum", message=f"{subject} {words} {allowed}", path=path)
    else:
        rule, words = _RULES.get(keyword, ("schema", "does not fit the schema"))
        yield Finding(rule=rule, message=f"{subject} {words.format(limit)}", path=path)


def _missing(path: FieldPath, *, why: str = "") -> Finding:
    message = f"{path_text(path)} is missing{why}"
    return Finding(rule="required", message=message, path=path, at_key=True)


def _unknown(path: FieldPath, known: Iterable[str]) -> Finding:
    from difflib import get_close_matches

    close = get_close_matches(path[-1], known, n=1)
    return Finding(
        rule="unknown-property",
        message=f"{path_text(path)} is no field of this record",
        path=path,
        hint=f"did you mean {close[0]}?" if close else "",
        at_key=True,
    )


def _subject(path: FieldPath) -> str:
    return path_text(path) or "the record"


def _field_path(record: Any, steps: Iterable[str | int]) -> FieldPath:
    path: list[str] = []
    node = record
    for step in steps:
        node = node[step]
        path.append(item_step(node, index=step) if isinstance(step, int) else step)
    return tuple(path)
