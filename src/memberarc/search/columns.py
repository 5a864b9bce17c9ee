"""Which values of a member are shown, and in what order the members stand."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Final, TypeAlias

from memberarc.formats.field_path import schema_path
from memberarc.search.conditions import NUMBER
from memberarc.search.fields import fields_by_kind, label_of, role_of
from memberarc.search.folding import folded
from memberarc.search.pinyin import reading_of

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
_ZERO: Final = Decimal(0)
# Telephone numbers and the numbers of papers are text, of so many characters at most.
_LONGEST_WHOLE: Final = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """One column: the name it was asked for by, and its label in the language of that name.

    ``whole`` says that it is of codes, days, numbers or the like, of which a part is of no use.
    """

    key: str
    label: str
    whole: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownValue:
    """One value, and which of its characters answer the query."""

    value: Scalar
    spans: tuple[Span, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownValues:
    """Values of a member in one column; ``closed`` if there are more that stay sealed."""

    values: tuple[ShownValue, ...]
    closed: bool


Cell: TypeAlias = "Scalar | ShownValues | None"
"""What stands in one column: a value of which nothing more is to be told stands for itself."""

SEALED_CELL: Final = ShownValues(values=(), closed=True)


class Columns:
    """The columns that were asked for.

    Raises:
        QuerySyntaxError: one is of a field that no record has.
    """

    def __init__(self, names: Sequence[str], *, kinds: Kinds) -> None:
        self._fields = [fields_by_kind(name, kinds) for name in names]
        # By kind and path the places of the columns that show a field.
        self._places: dict[str, dict[FieldPath, list[int]]] = {
            kind: defaultdict(list) for kind in kinds
        }
        for place, by_kind in enumerate(self._fields):
            for kind, fields in by_kind.items():
                for field in fields:
                    self._places[kind][field.path].append(place)
        self.columns = tuple(
            Column(key=name, label=label_of(name, kinds), whole=_is_whole(by_kind))
            for name, by_kind in zip(names, self._fields, strict=True)
        )

    def wants(self, field: Field, *, kind: str) -> bool:
        """Tell whether a column shows this field, which must be opened for it."""
        return field.path in self._places[kind]

    def single_paths(self) -> tuple[FieldPath, ...] | None:
        """Name the one field of each column, if it has one value at most, the same in all kinds.

        None if a column is of several fields, of a list, or of truths, of which tables keep none.
        """
        paths = []
        for by_kind in self._fields:
            path, *others = {field.path for fields in by_kind.values() for field in fields}
            truths = [one for fields in by_kind.values() for one in fields if one.kind == "boolean"]
            if others or truths or "[]" in path:
                return None
            paths.append(path)
        return tuple(paths)

    def cells(
        self, entry: Entry, *, spans: Mapping[FieldPath, tuple[Span, ...]]
    ) -> tuple[Cell, ...]:
        """Lay out one member."""
        places = self._places[entry.kind]
        found: list[list[tuple[Scalar, tuple[Span, ...]]]] = [[] for _ in self.columns]
        for path, value in entry.leaves:
            for place in places.get(schema_path(path), ()):
                found[place].append((value, spans.get(path, ())))
        closed = {place for path, _ in entry.closed for place in places.get(schema_path(path), ())}
        return tuple(_cell(values, closed=place in closed) for place, values in enumerate(found))


def _is_whole(by_kind: Mapping[str, Sequence[Field]]) -> bool:
    """Tell whether a column holds one short value: what is no prose, or is never long."""
    return all(len({field.path for field in own}) <= 1 for own in by_kind.values()) and all(
        "[]" not in field.path
        and (
            role_of(field) not in ("name", "text")
            or (field.max_length is not None and field.max_length <= _LONGEST_WHOLE)
        )
        for own in by_kind.values()
        for field in own
    )


def _cell(values: Sequence[tuple[Scalar, tuple[Span, ...]]], *, closed: bool) -> Cell:
    if len(values) > 1 or closed or (values and values[0][1]):
        shown = tuple(ShownValue(value=value, spans=spans) for value, spans in values)
        return ShownValues(values=shown, closed=closed)
    return values[0][0] if values else None


class Sorting:
    """The order that was asked for: fields, the first before the next; ``-`` in front is downward.

    Raises:
        QuerySyntaxError: one is a field that no record has.
    """

    def __init__(self, names: Sequence[str], *, kinds: Kinds) -> None:
        # For each name the fields it means, by kind, and how their values are compared.
        self._keys: list[tuple[dict[str, dict[FieldPath, Role]], bool]] = [
            (
                {
                    kind: {field.path: role_of(field) for field in fields}
                    for kind, fields in fields_by_kind(name.removeprefix("-"), kinds).items()
                },
                name.startswith("-"),
            )
            for name in names
        ]

    @property
    def reads_names(self) -> bool:
        """Whether the order depends on how names are read."""
        return any(
            role == "name" for by_kind, _ in self._keys for own in by_kind.values()
            for role in own.values()
        )  # fmt: skip

    def wants(self, field: Field, *, kind: str) -> bool:
        """Tell whether the order depends on this field, which must be opened for it."""
        return any(field.path in by_kind[kind] for by_kind, _ in self._keys)

    def sort(self, found: list[tuple[Entry, Match]]) -> None:
        """Put members in this order; whoever has no such value stands last, up and down."""
        for by_kind, downward in reversed(self._keys):
            extreme = max if downward else min
            keys = {
                entry.code: extreme(own)
                for entry, _ in found
                if (own := [*_sort_keys(entry, by_kind[entry.kind])])
            }
            with_value = [one for one in found if one[0].code in keys]
            without = [one for one in found if one[0].code not in keys]
            with_value.sort(key=lambda one: keys[one[0].code], reverse=downward)
            found[:] = [*with_value, *without]


def _sort_keys(
    entry: Entry, roles: Mapping[FieldPath, Role]
) -> Iterator[tuple[bool, Decimal, str, str]]:
    """Make values comparable: numbers by size, Chinese names by pinyin, others by their letters."""
    for path, value in entry.leaves:
        role = roles.get(schema_path(path))
        if role is None:
            continue
        text = folded(str(value))
        if role == "number" and NUMBER.fullmatch(text):
            yield False, Decimal(text), "", ""
            continue
        reading = reading_of(str(value), entry.readings) if role == "name" else ""
        syllables = (syllable.partition("/")[0] for syllable in reading.split(" ")[1:])
        yield True, _ZERO, " ".join(syllables) or text, text
