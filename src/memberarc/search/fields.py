"""Which fields a name in a query means, and how the values of a field are compared."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, Final, Literal, TypeAlias

from memberarc.errors import QuerySyntaxError
from memberarc.formats.schema import Container, Field
from memberarc.formats.written_dates import is_date
from memberarc.search.folding import folded

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from memberarc.formats.field_path import FieldPath

SchemaEntry: TypeAlias = Field | Container
Role: TypeAlias = Literal["name", "text", "code", "choice", "date", "number", "truth"]

_NAMES: Final = ("name", "other_names", "short_name", "person")
_CODES: Final = ("id", "uid", "key", "branch", "location")
# What memberarc itself wrote is random, or alike everywhere: a word would hit it by chance.
_WRITTEN_BY_MEMBERARC: Final = (
    "format", "uid", "key", "kind", "opened", "epoch", "sha256", "digest", "media_type",
)  # fmt: skip
_GAPS: Final = re.compile(r"[ _-]+")


def meant_fields(
    name: str, kinds: Mapping[str, Sequence[SchemaEntry]]
) -> dict[str, tuple[Field, ...]]:
    """Find the fields that a name means in each kind of record.

    A name is the end of a path, each step of it by its key or either label; a whole path goes
    before the end of a longer one. What is a field or container of its own in one kind is meant in
    all kinds: 姓名 is ``name`` also where that is labelled 单位名称, and no name inside another
    container. The name of a container means all fields in it, without the ids of its items.

    Args:
        kinds: for each kind the fields of its schema; of containers, only the labels are known from
            here.
    """
    meant = {kind: _meant_paths(name, entries) for kind, entries in kinds.items()}
    outermost = {path for paths in meant.values() for path in paths if len(path) == 1}
    return {
        kind: tuple(
            field
            for field in entries
            if isinstance(field, Field)
            and any(_is_meant(field, path) for path in outermost or meant[kind])
        )
        for kind, entries in kinds.items()
    }


def fields_by_kind(
    name: str, kinds: Mapping[str, Sequence[SchemaEntry]], *, place: int = 0
) -> dict[str, tuple[Field, ...]]:
    """Find the fields that a name means in each kind of record.

    Args:
        place: where the name stands in a query, for the message.

    Raises:
        QuerySyntaxError: no record has such a field.
    """
    found = meant_fields(name, kinds)
    if not any(found.values()):
        every = [entry for entries in kinds.values() for entry in entries]
        raise unknown_field(name, entries=every, place=place)
    return found


def unknown_field(name: str, *, entries: Iterable[SchemaEntry], place: int = 0) -> QuerySyntaxError:
    """Tell that no record has a field of this name, and which names are like it."""
    from difflib import get_close_matches

    known: dict[str, None] = {}
    begin: dict[str, None] = {}
    for entry in entries:
        keys = _keys(entry.path)
        begin[keys[0]] = None
        known |= dict.fromkeys((keys[-1], ".".join(keys), entry.label_en, entry.label_zh))
    near = get_close_matches(name.casefold(), known, n=3, cutoff=0.6)
    told = (
        f"did you mean {' or '.join(near)}?" if near else f"fields begin with: {', '.join(begin)}"
    )
    return QuerySyntaxError(f"no record has a field {name}", place=place, hint=told)


def label_of(name: str, kinds: Mapping[str, Sequence[SchemaEntry]]) -> str:
    """Give the heading of a column: a label of what the name means, in the language of the name."""
    for kind, entries in kinds.items():
        paths = {field.path for field in meant_fields(name, {kind: entries})[kind]}
        for entry in entries:
            if {entry.path} == paths or _steps(name)[-1] in (
                _spelt(entry.label_en),
                _spelt(entry.label_zh),
            ):
                return entry.label_en if name.isascii() else entry.label_zh
    return name


def role_of(field: Field) -> Role:
    """Tell how values of a field are compared."""
    if field.kind == "boolean":
        return "truth"
    if is_date(field):
        return "date"
    if field.kind == "integer" or _is_number(field):
        return "number"
    if field.enum:
        return "choice"
    if field.path[0] == "categories" or field.name in _CODES:
        return "code"
    return "name" if field.name in _NAMES and "[]" not in field.path else "text"


def answers_words(field: Field) -> bool:
    """Tell whether a word that names no field looks into this one."""
    return field.name not in _WRITTEN_BY_MEMBERARC and not _is_item_id(field)


def _is_item_id(field: Field) -> bool:
    return field.name == "id" and len(field.path) > 1


def _is_meant(field: Field, path: tuple[str, ...]) -> bool:
    keys = _keys(field.path)
    return keys == path or (keys[: len(path)] == path and not _is_item_id(field))


def _is_number(field: Field) -> bool:
    return bool(field.pattern and re.search(field.pattern, "1.50")) and not re.search(
        field.pattern, "A"
    )


def _meant_paths(name: str, entries: Sequence[SchemaEntry]) -> list[tuple[str, ...]]:
    """Find the paths, without list steps, that a name means in one kind of record."""
    steps = _steps(name)
    spellings = _spellings(entries)
    meant = [
        path
        for path, last in spellings.items()
        if steps[-1] in last  # which few are
        and len(path) >= len(steps)
        and all(
            step in spellings[path[: len(path) - back]] for back, step in enumerate(reversed(steps))
        )
    ]
    whole = [path for path in meant if len(path) == len(steps)]
    return whole or meant


def _steps(name: str) -> tuple[str, ...]:
    first, *rest = (_spelt(step) for step in name.split("."))
    if first == "category":
        return ("categories", *(rest or ["value"]))
    return ("id" if first == "code" and not rest else first, *rest)


def _spellings(entries: Sequence[SchemaEntry]) -> dict[tuple[str, ...], set[str]]:
    """Map each path, without list steps, to the spellings of its last step."""
    found: dict[tuple[str, ...], set[str]] = {}
    for entry in entries:
        keys = _keys(entry.path)
        for end in range(1, len(keys) + 1):
            found.setdefault(keys[:end], {keys[end - 1]})
        found[keys] |= {_spelt(entry.label_en), _spelt(entry.label_zh)}
    return found


@lru_cache(maxsize=4096)
def _keys(path: FieldPath) -> tuple[str, ...]:
    return tuple(step for step in path if step != "[]")


@lru_cache(maxsize=4096)  # every column asks for all keys and labels again
def _spelt(name: str) -> str:
    return _GAPS.sub("_", folded(name).strip())
