"""Rows of a sheet in few bytes, so that a hundred thousand and more wait in memory."""

from __future__ import annotations

import pickle
from array import array
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from memberarc.members.field_values import with_value

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from memberarc.formats.canonical_yaml import Node, Scalar
    from memberarc.formats.field_path import FieldPath

_ROWS_A_PACK: Final = 40


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportRow:
    """One row that may be taken: its number in the sheet, its key, its typed values."""

    number: int
    key: str
    values: tuple[tuple[FieldPath, Scalar], ...]

    def applied_to(self, record: Mapping[str, Node]) -> dict[str, Node]:
        """Copy a record with this row's values set; what the row leaves empty stays as it was."""
        result = dict(record)
        for path, value in self.values:
            result = with_value(result, path, value)
        return result


class PackedRows:
    """Many rows, kept as bytes some at a time.

    They take a tenth of the memory of objects, and a forked process that reads some of them does
    not copy it.
    """

    def __init__(self, rows: Iterable[ImportRow] = ()) -> None:
        self.numbers: array[int] = array("Q")
        self._packs: list[bytes] = []
        self._open: list[ImportRow] = []
        self._unpacked: tuple[int, list[ImportRow]] = (-1, [])
        for row in rows:
            self.append(row)

    def append(self, row: ImportRow) -> None:
        """Add a row at the end."""
        self.numbers.append(row.number)
        self._open.append(row)
        if len(self._open) == _ROWS_A_PACK:
            facts = [(row.number, row.key, row.values) for row in self._open]
            self._packs.append(pickle.dumps(facts, pickle.HIGHEST_PROTOCOL))
            self._open = []

    def __len__(self) -> int:
        return len(self.numbers)

    def __getitem__(self, place: int) -> ImportRow:
        pack, within = divmod(place, _ROWS_A_PACK)
        if pack == len(self._packs):
            return self._open[within]
        if self._unpacked[0] != pack:
            facts = pickle.loads(self._packs[pack])  # noqa: S301  packed by this very object
            rows = [ImportRow(number=one, key=key, values=values) for one, key, values in facts]
            self._unpacked = (pack, rows)
        return self._unpacked[1][within]

    def __iter__(self) -> Iterator[ImportRow]:
        return map(self.__getitem__, range(len(self)))


class PackedTexts:
    """Short ASCII texts without spaces at their ends, as one."""

    def __init__(self, texts: Iterable[str]) -> None:
        known = [*texts]
        self._count = len(known)
        self._width = max(map(len, known), default=0)
        self._text = "".join(text.ljust(self._width) for text in known)

    def __len__(self) -> int:
        return self._count

    def __getitem__(self, place: int) -> str:
        start = place * self._width
        return self._text[start : start + self._width].rstrip()
