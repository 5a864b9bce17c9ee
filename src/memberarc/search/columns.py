"""Which values of a member are shown, and in what order the members stand."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, TypeAlias

from memberarc.formats.field_path import schema_path
from memberarc.search.conditions import NUMBER
from memberarc.search.fields import fields_by_kind, label_of, role_of
from memberarc.search.folding import folded
from memberarc.search.pinyin import reading_of, readings

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from memberarc.formats.canonical_yaml import Scalar
    from memberarc.formats.field_path import FieldPath
    from memberarc.formats.schema import Field
    from memberarc.search.entry import Entry
    from memberarc.search.fields import Role, SchemaEntry
    from memberarc.search.match import Match
    from memberarc.search.words import Span

Kinds: TypeAlias = "Mapping[str, Sequence[SchemaEntry]]"


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """One column: the name it was asked for by, and its label in the language of that name."""

    key: str
    label: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownValue:
    """One value, and which of its characters answer the query."""

    value: Scalar
    spans: tuple[Span, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """The values of a member in one column; ``closed`` if there are more that stay sealed."""

    values: tuple[ShownValue, ...]
    closed: bool


class _Chosen:
    """Fields that were chosen by a name, in each kind of record."""

    def __init__(self, name: str, *, kinds: Kinds) -> None:
        self.roles: dict[str, dict[FieldPath, Role]] = {
            kind: {field.path: role_of(field) for field in fields}
            for kind, fields in fields_by_kind(name, kinds).items()
        }

    def wants(self, field: Field, *, kind: str) -> bool:
        return field.path in self.roles[kind]

    def leaves(self, entry: Entry) -> Iterator[tuple[FieldPath, Scalar]]:
        chosen = self.roles[entry.kind]
        return (leaf for leaf in entry.leaves if schema_path(leaf[0]) in chosen)

    def is_closed(self, entry: Entry) -> bool:
        chosen = self.roles[entry.kind]
        return any(schema_path(path) in chosen for path, _ in entry.closed)


class Columns:
    """The columns that were asked for.

    Raises:
        QuerySyntaxError: one is of a field that no record has.
    """

    def __init__(self, names: Sequence[str], *, kinds: Kinds) -> None:
        self._chosen = [_Chosen(name, kinds=kinds) for name in names]
        self.columns = tuple(Column(key=name, label=label_of(name, kinds)) for name in names)

    def wants(self, field: Field, *, kind: str) -> bool:
        """Tell whether a column shows this field, which must be opened for it."""
        return any(chosen.wants(field, kind=kind) for chosen in self._chosen)

    def cells(
        self, entry: Entry, *, spans: Mapping[FieldPath, tuple[Span, ...]]
    ) -> tuple[Cell, ...]:
        """Lay out one member."""
        return tuple(
            Cell(
                values=tuple(
                    ShownValue(value=value, spans=spans.get(path, ()))
                    for path, value in chosen.leaves(entry)
                ),
                closed=chosen.is_closed(entry),
            )
            for chosen in self._chosen
        )


class Sorting:
    """The order that was asked for: fields, the first before the next; ``-`` in front is downward.

    Raises:
        QuerySyntaxError: one is a field that no record has.
    """

    def __init__(self, names: Sequence[str], *, kinds: Kinds) -> None:
        self._keys = [
            (_Chosen(name.removeprefix("-"), kinds=kinds), name.startswith("-")) for name in names
        ]

    def wants(self, field: Field, *, kind: str) -> bool:
        """Tell whether the order depends on this field, which must be opened for it."""
        return any(chosen.wants(field, kind=kind) for chosen, _ in self._keys)

    def sort(self, found: list[tuple[Entry, Match]]) -> None:
        """Put members in this order; whoever has no such value stands last, up and down."""
        for chosen, downward in reversed(self._keys):
            extreme = max if downward else min
            keys = {
                entry.code: extreme(own)
                for entry, _ in found
                if (own := [_sort_key(leaf, chosen, entry) for leaf in chosen.leaves(entry)])
            }
            with_value = [one for one in found if one[0].code in keys]
            without = [one for one in found if one[0].code not in keys]
            with_value.sort(key=lambda one: keys[one[0].code], reverse=downward)
            found[:] = [*with_value, *without]


def _sort_key(
    leaf: tuple[FieldPath, Scalar], chosen: _Chosen, entry: Entry
) -> tuple[bool, Decimal, str, str]:
    """Make values comparable: numbers by size, Chinese names by pinyin, others by their letters."""
    path, value = leaf
    role = chosen.roles[entry.kind][schema_path(path)]
    text = folded(str(value))
    if role == "number" and NUMBER.fullmatch(text):
        return False, Decimal(text), "", ""
    # An index gives readings only where the query asks for them; making them takes a moment.
    read = entry.readings or (readings(str(value)) if role == "name" else ())
    reading = reading_of(str(value), read) if role == "name" else ""
    syllables = (syllable.partition("/")[0] for syllable in reading.split(" ")[1:])
    return True, Decimal(0), " ".join(syllables) or text, text
