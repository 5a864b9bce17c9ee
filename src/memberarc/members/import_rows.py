"""Rows of a sheet as members: typed values, each key once, told apart into new and known."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from memberarc.errors import UsageError
from memberarc.formats.field_path import path_text
from memberarc.members.field_names import meant_path, unknown_field
from memberarc.members.field_values import is_new_item, parse_field_name
from memberarc.members.packed_rows import ImportRow, PackedRows
from memberarc.members.plain_values import refuse_protected
from memberarc.members.typed_values import typed_value

if TYPE_CHECKING:
    from collections.abc import Iterable

    from memberarc.errors import Problem
    from memberarc.formats.canonical_yaml import Scalar
    from memberarc.formats.field_path import FieldPath
    from memberarc.formats.mapped_sheet import MappedSheet
    from memberarc.formats.mapping import Mapping
    from memberarc.formats.schema import RecordSchema


def typed_rows(
    sheet: MappedSheet, *, key: str, schema: RecordSchema
) -> tuple[PackedRows, list[Problem]]:
    """Type each row's values; a flaw in any cell keeps its row out.

    Args:
        key: the field path that finds a member who has a record already, or "".
    """
    paths: dict[str, FieldPath] = {}
    taken: dict[str, int] = {}
    good = PackedRows()
    problems: list[Problem] = []
    for row in sheet.rows:
        flaws = list(row.problems)
        values: list[tuple[FieldPath, Scalar]] = []
        for target, text in row.values.items():
            try:
                path = paths.get(target) or paths.setdefault(target, _target(target, schema=schema))
                values.append((path, typed_value(text, path=path, schema=schema)))
            except UsageError as err:
                flaws.append(
                    sheet.problem(
                        row.number, target, rule="value", message=err.message, hint=err.hint
                    )
                )
        row_key = row.values.get(key, "") if key else ""
        if key and not row_key and not flaws:
            flaws.append(
                sheet.problem(row.number, key, rule="key", message=f"the row has no {key}")
            )
        elif row_key and (first := taken.setdefault(row_key, row.number)) != row.number:
            message = f"row {first} has the same {key}"
            flaws.append(sheet.problem(row.number, key, rule="key", message=message))
        problems += flaws
        if not flaws:
            good.append(ImportRow(number=row.number, key=row_key, values=tuple(values)))
    return good, problems


def row_problems(row: ImportRow, flaws: Iterable[Problem], *, sheet: MappedSheet) -> list[Problem]:
    """Retell what a schema says of a row's record as flaws of the row's cells."""
    return [
        sheet.problem(
            row.number, flaw.pointer, rule=flaw.rule, message=flaw.message, hint=flaw.hint
        )
        for flaw in flaws
    ]


def with_field_paths(mapping: Mapping, *, schema: RecordSchema) -> Mapping:
    """Put the path of every field in place of its label.

    Raises:
        UsageError: a name is of no field, or two are of the same.
    """
    named = {
        field.target: path_text(_target(field.target, schema=schema)) for field in mapping.fields
    }
    if twice := [name for name, path in named.items() if [*named.values()].count(path) > 1]:
        raise UsageError(f"{' and '.join(twice)} are the same field")
    fields = (replace(field, target=named[field.target]) for field in mapping.fields)
    return replace(mapping, key=named.get(mapping.key, ""), fields=tuple(fields))


def _target(text: str, *, schema: RecordSchema) -> FieldPath:
    path = meant_path(parse_field_name(text), schema=schema)
    if any(is_new_item(step) for step in path):
        raise UsageError(f"{text}: a sheet that is imported again must name its list items")
    if schema.field(path) is None:
        raise unknown_field(path, schema=schema)
    refuse_protected(path)
    return path
