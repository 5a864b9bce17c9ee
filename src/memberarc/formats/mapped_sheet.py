"""Apply a mapping to a sheet: rows as field and text.

A cell, trimmed by the reader, loses the characters to ``remove`` and is then translated by
``values``, or read as a ``date`` or a ``decimal``. An empty cell is absent, unless the mapping
gives a ``default``, which stands as it is written.
"""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass, replace
from datetime import datetime
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from memberarc.errors import ImportRefusedError, Problem
from memberarc.formats.mapping import AUTO
from memberarc.formats.sheets import HEADER_HINT
from memberarc.formats.written_dates import narrow, undoubted_date

if TYPE_CHECKING:
    from collections.abc import Collection
    from collections.abc import Mapping as ReadOnlyDict

    from memberarc.formats.mapping import FieldMapping, Mapping
    from memberarc.formats.sheets import Sheet

# Of a ledger row: the text that finds its member, and the id that its source gave it.
MEMBER: Final = "member"
ID: Final = "id"

_ISO_DAY: Final = re.compile(r"(\d{4}-\d\d-\d\d)(?:T[\d:.]+)?", re.ASCII)
_NUMBERS: Final = {
    mark: re.compile(
        rf"([+-]?)(\d{{1,3}}(?:([{other}'\u0020\u00a0\u202f])\d{{3}}(?:\3\d{{3}})*)?|\d+)(?:\{mark}(\d+))?",
        re.ASCII,
    )
    for mark, other in ((".", ","), (",", "."))
}


@dataclass(frozen=True, slots=True, kw_only=True)
class MappedRow:
    """A row as target and text; with problems, what they concern is missing."""

    number: int
    values: ReadOnlyDict[str, str]
    problems: tuple[Problem, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class MappedSheet:
    """All rows of a sheet; ``columns`` tells for each target the column it is read from."""

    name: str
    rows: tuple[MappedRow, ...]
    columns: ReadOnlyDict[str, tuple[int, str]]

    def problem(
        self, number: int, target: str, *, rule: str, message: str, hint: str = ""
    ) -> Problem:
        """Place a flaw of a row's value at the cell it was read from."""
        column, title = self.columns.get(target, (0, target))
        return Problem(
            path=self.name,
            rule=rule,
            message=message,
            line=number,
            column=column + 1,
            pointer=title,
            hint=hint,
        )


def map_sheet(mapping: Mapping, sheet: Sheet) -> MappedSheet:
    """Map each row of a sheet; a problem never repeats a cell.

    Raises:
        ImportRefusedError: The mapping names a column that the sheet does not have.
    """
    titles = {field.target: field.column for field in mapping.fields if field.column}
    if mapping.member is not None:
        titles[MEMBER] = mapping.member.column
    _check_columns(titles.values(), sheet=sheet)
    columns = {target: (sheet.columns.index(title), title) for target, title in titles.items()}
    empty = MappedSheet(name=sheet.name, rows=(), columns=columns)
    noted: defaultdict[int, list[Problem]] = defaultdict(list)
    for problem in sheet.problems:
        if not problem.pointer or problem.pointer in titles.values():
            noted[problem.line].append(problem)
    rows = []
    for row in sheet.rows:
        values: dict[str, str] = {}
        problems = noted.get(row.number, [])
        if columns and all(row.cells[at] == title for at, title in columns.values()):
            told = "holds the column titles once more"
            flaw = empty.problem(row.number, "", rule="header", message=told)
            rows.append(MappedRow(number=row.number, values={}, problems=(*problems, flaw)))
            continue
        for field in mapping.fields:
            cell = row.cells[columns[field.target][0]] if field.column else field.constant
            text, fault = _read(field, cell)
            if text:
                values[field.target] = text
            elif fault:
                problems.append(empty.problem(row.number, field.target, rule="cell", message=fault))
        if MEMBER in columns and (text := row.cells[columns[MEMBER][0]]):
            values[MEMBER] = text
        rows.append(MappedRow(number=row.number, values=values, problems=tuple(problems)))
    return replace(empty, rows=tuple(rows))


def _check_columns(titles: Collection[str], *, sheet: Sheet) -> None:
    unknown = [title for title in dict.fromkeys(titles) if title not in sheet.columns]
    if unknown:
        # The titles found are not told: of a sheet without a header they are a member's own data.
        raise ImportRefusedError(
            f"none of the sheet's {len(sheet.columns)} columns is called {' or '.join(unknown)}",
            where=sheet.name,
            hint=f"compare them with the mapping; {HEADER_HINT}",
        )


def _read(field: FieldMapping, cell: str) -> tuple[str, str]:
    """Read a cell as its text, or as empty and what is wrong with it."""
    for character in field.remove:
        cell = cell.replace(character, "")
    cell = cell.strip()
    if not cell:
        return field.default, "empty, but required" if field.required else ""
    if field.values:
        return field.values.get(cell, ""), "none of the values that the mapping translates"
    if field.date:
        written = "2024-03-05, 2024年3月5日 or so" if field.date == AUTO else field.date
        return _day(cell, field.date), f"not a day written as {written}"
    if field.decimal:
        return _decimal(cell, field.decimal), f"not a number with decimals after {field.decimal}"
    return cell, ""


@lru_cache(maxsize=4096)  # a sheet of purchases has few days and many rows
def _day(cell: str, pattern: str) -> str:
    # The cells that Excel itself holds as days arrive in this form, whatever the others look like.
    iso = _ISO_DAY.fullmatch(cell)
    if pattern == AUTO and not iso:
        return undoubted_date(cell)
    try:
        day = datetime.strptime(iso[1], "%Y-%m-%d") if iso else datetime.strptime(cell, pattern)  # noqa: DTZ007
    except ValueError:
        return ""
    return day.date().isoformat()


def _decimal(cell: str, mark: str) -> str:
    match = _NUMBERS[mark].fullmatch(narrow(cell))
    if match is None:
        return ""
    sign, whole, _, decimals = match.groups()
    digits = re.sub(r"\D", "", whole).lstrip("0") or "0"
    return f"{'-' if sign == '-' else ''}{digits}{'.' + decimals if decimals else ''}"
