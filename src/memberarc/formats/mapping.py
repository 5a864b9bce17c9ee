"""Mapping files: which column of somebody's sheet holds which field, and how it is written there.

    format: map/1
    target: members                   # or ledger
    kind: individual                  # of members: what they are, and the field that finds those
    key: registration.number          # that have a record already
    fields:
      name: {column: 姓名, required: true}
      sex: {column: 性别, values: {男: male, 女: female}}
      joined: {column: 入会日期, date: "%Y/%m/%d"}  # or auto

A ledger's mapping has ``source`` and ``member`` in place of ``kind`` and ``key``.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Final

from memberarc.formats.sheets import DELIMITERS, ENCODINGS, SheetOptions
from memberarc.formats.yaml_cursor import Cursor, open_yaml

if TYPE_CHECKING:
    from collections.abc import Mapping as ReadOnlyDict

FORMAT: Final = "map/1"

# A date with the year first, in any spelling that can mean only one.
AUTO: Final = "auto"

# The columns of an event, with the id that its source gave it in place of member and ref.
LEDGER_FIELDS: Final = (
    "date",
    "kind",
    "amount",
    "quantity",
    "item",
    "branch",
    "channel",
    "staff",
    "id",
)

_SHEET_KEYS: Final = ("encoding", "delimiter", "header", "header_row", "columns", "sheet")
_CELL_KEYS: Final = ("remove", "values", "date", "decimal", "default", "required")
_READINGS: Final = ("values", "date", "decimal")
_STEP: Final = r"[a-z][a-z0-9_]*(?:\[\+?[a-z0-9]+\])?"
_PATH: Final = rf"{_STEP}(?:\.{_STEP})*"
_PATH_SIGN: Final = re.compile(r"[.\[\]]")  # what has none of them may be a label
_PATH_MEANS: Final = "a field path such as contact.mobile"
_SAMPLE_DAY: Final = datetime(2003, 11, 22)  # noqa: DTZ001 (a day of the calendar, in no zone)


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldMapping:
    """Where the value of a field comes from, a column or a constant, and how it is written."""

    target: str
    column: str
    constant: str
    remove: str
    values: ReadOnlyDict[str, str]
    date: str
    decimal: str
    default: str
    required: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class MemberMatch:
    """How a ledger row finds its member: a column equals a field, or ``id`` or ``uid``."""

    column: str
    match: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Mapping:
    """A mapping; a ledger's has no ``kind`` and ``key``, and members' no ``source`` and ``member``.

    What it does not have is empty, or None.
    """

    target: str
    options: SheetOptions
    kind: str
    key: str
    source: str
    member: MemberMatch | None
    fields: tuple[FieldMapping, ...]


def parse_mapping(content: bytes, *, path: str) -> Mapping:
    """Read a mapping file.

    Raises:
        InvalidRecordError: With every fault of the file.
    """
    top = open_yaml(content, path=path)
    top["format"].one_of((FORMAT,))
    target = top["target"].one_of(("members", "ledger"))
    fields, key = top["fields"], top["key"].text()
    if target == "ledger":
        top.allow(required=("format", "target", "source", "member", "fields"), optional=_SHEET_KEYS)
        fields.allow(required=("date", "kind"), optional=LEDGER_FIELDS)
        if fields["id"]["value"]:
            fields["id"].note("an id comes from a column")
    else:
        top.allow(required=("format", "target", "kind", "fields"), optional=("key", *_SHEET_KEYS))
        for name in fields.names():
            if _PATH_SIGN.search(name) and not re.fullmatch(_PATH, name):
                fields[name].note(f"not {_PATH_MEANS}", at_key=True)
        if key and not fields[key]:
            top["key"].note("not one of the fields below")
    mapping = Mapping(
        target=target,
        options=_options(top),
        kind=top["kind"].one_of(("individual", "organisation")),
        key=key,
        source=top["source"].text(r"[a-z][a-z0-9_-]{0,15}", means="a code such as shop or cdnow"),
        member=_member(top["member"]) if target == "ledger" else None,
        fields=tuple(_field(fields[name], target=name) for name in fields.names()),
    )
    top.finish()
    return mapping


def _member(entry: Cursor) -> MemberMatch:
    entry.allow(required=("column", "match"))
    return MemberMatch(
        column=entry["column"].text(), match=entry["match"].text(_PATH, means=_PATH_MEANS)
    )


def _options(top: Cursor) -> SheetOptions:
    columns = tuple(column.text() for column in top["columns"])
    if len(set(columns)) < len(columns):
        top["columns"].note("two columns have the same name")
    header = top["header"].flag(default=True)
    if not header and not columns:
        top["header"].note("a sheet without a header needs the names of its `columns`")
    header_row = top["header_row"].value if top["header_row"] else 1
    if not isinstance(header_row, int) or header_row is True or header_row < 1:
        top["header_row"].note("not the number of a row")
        header_row = 1
    elif top["header_row"] and not header:
        top["header_row"].note("a sheet without a header has it in no row")
    return SheetOptions(
        encoding=top["encoding"].one_of(ENCODINGS),
        delimiter=top["delimiter"].one_of(tuple(DELIMITERS), default="comma"),
        header=header,
        header_row=header_row,
        columns=columns,
        sheet=top["sheet"].text(),
    )


def _field(entry: Cursor, *, target: str) -> FieldMapping:
    entry.allow(optional=("column", "value", *_CELL_KEYS))
    if bool(entry["column"]) == bool(entry["value"]):
        entry.note("a `column` or a `value` must stand here, and not both")
    if entry["value"] and any(entry[key] for key in _CELL_KEYS):
        entry["value"].note("a `value` stands alone")
    if sum(bool(entry[key]) for key in _READINGS) > 1:
        entry.note(f"only one of {', '.join(_READINGS)} can stand here")
    required = entry["required"].flag()
    if required and entry["default"]:
        entry["default"].note("what is required has no default")
    values = entry["values"]
    day = entry["date"].text()
    if day not in ("", AUTO) and not _tells_the_day(day):
        entry["date"].note(
            "not a pattern that gives back a day",
            hint='name year, month and day, as in "%Y-%m-%d" or "%d.%m.%y"; or write auto',
        )
    return FieldMapping(
        target=target,
        column=entry["column"].text(),
        constant=entry["value"].text(),
        remove=entry["remove"].text(),
        values={cell: values[cell].text() for cell in values.names()},
        date=day,
        decimal=entry["decimal"].one_of((".", ",")),
        default=entry["default"].text(),
        required=required,
    )


def _tells_the_day(pattern: str) -> bool:
    try:
        return datetime.strptime(_SAMPLE_DAY.strftime(pattern), pattern) == _SAMPLE_DAY  # noqa: DTZ007
    except ValueError:
        return False
