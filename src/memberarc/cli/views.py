"""How members, changes and problems are laid out, alike in every command that shows them."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from memberarc.archive.layout import code_of
from memberarc.formats.field_path import path_text
from memberarc.output.result import Column, Result, Table

if TYPE_CHECKING:
    from collections.abc import Sequence

    from memberarc.acts.index.living_members import Likeness
    from memberarc.acts.update_member import Updated
    from memberarc.errors import Problem
    from memberarc.formats.canonical_yaml import Scalar
    from memberarc.members.changes import FieldChange, Revised
    from memberarc.output.result import JsonValue

SEALED = "(sealed)"
ABSENT = "(none)"
_CODES_SHOWN = 3
_LIKENESSES_SHOWN = 10
_REVISED = (
    Column(key="id", label="id"),
    Column(key="name", label="name"),
    Column(key="value", label="change"),
)


def counted(number: int, noun: str) -> str:
    """Write a number of things: ``1 file``, ``2 files``."""
    return f"{number} {noun}{'' if number == 1 else 's'}"


def alike_together(problems: Sequence[Problem]) -> tuple[Problem, ...]:
    """Tell once what is alike in many records, with their number and the first few codes."""
    return tuple(_together(ones) for ones in _alike(problems))


def rows_together(problems: Sequence[Problem], *, sheet: str) -> tuple[Problem, ...]:
    """Name row and column of a sheet's flaws in words, and tell once what is alike in many rows."""
    others = tuple(one for one in problems if one.path != sheet or not one.line)
    told = []
    for ones in _alike([one for one in problems if one.path == sheet and one.line]):
        first, more = ones[0], len(ones) - 1
        cell = ", ".join(filter(None, (f"row {first.line}", first.pointer)))
        also = f", and {counted(more, 'more row')}" if more else ""
        told.append(replace(first, message=f"{cell}: {first.message}{also}"))
    return (*told, *others)


def likeness_notices(alike: Sequence[Likeness]) -> tuple[str, ...]:
    """Warn of the first few newcomers who seem to be there already, and tell how many others do."""
    told = tuple(
        f"{f'row {one.row}: ' if one.row else ''}the same {', '.join(one.kinds)} as {one.other}"
        for one in alike[:_LIKENESSES_SHOWN]
    )
    more = len(alike) - len(told)
    return (*told, f"and {more} more who are like others") if more else told


def uncommitted_notice(path: str) -> str:
    """Warn of settings or a policy that somebody changed, and that do not count yet."""
    return f"{path} was changed and is not committed; the committed one counts"


def change_line(change: FieldChange) -> str:
    """Tell one field's change in a line: what was, what is."""
    before, after = _side(change.before, change), _side(change.after, change)
    return f"  {path_text(change.path)}: {before} -> {after}"


def change_data(change: FieldChange) -> dict[str, JsonValue]:
    """Give one field's change to machines; closed values as null with ``closed`` true."""
    return {
        "field": path_text(change.path),
        "level": change.level,
        "closed": change.closed,
        "before": None if change.closed else change.before,
        "after": None if change.closed else change.after,
    }


def revised_lines(
    first: Sequence[Revised], *, count: int, width_cells: int | None
) -> tuple[str, ...]:
    """Tell of the first few members of some what changes, and how many there are besides."""
    from memberarc.output.grid import grid_lines

    rows = tuple(
        (
            one.code,
            SEALED if one.name is None else one.name,
            "; ".join(change_line(change).strip() for change in one.changes),
        )
        for one in first
    )
    lines = grid_lines(Table(columns=_REVISED, rows=rows), width_cells=width_cells, colour=False)
    more = count - len(first)
    return (*lines, f"and {more} more") if more else (*lines,)


def revised_data(first: Sequence[Revised]) -> list[JsonValue]:
    """Give what changes of some members to machines."""
    return [
        {
            "id": one.code,
            "name": one.name,
            "changes": [change_data(change) for change in one.changes],
        }
        for one in first
    ]


def update_result(command: str, updated: Updated, *, dry_run: bool) -> Result:
    """Show what an update changed."""
    if not updated.changes:
        sentence = f"nothing changed in {updated.code}"
    elif dry_run:
        sentence = f"would change {counted(len(updated.changes), 'field')} of {updated.code}"
    else:
        sentence = f"updated {updated.code} (commit {(updated.commit or '')[:7]})"
    return Result(
        command=command,
        wrote=True,
        data={
            "id": updated.code,
            "commit": updated.commit,
            "changes": [change_data(change) for change in updated.changes],
        },
        text="\n".join(change_line(change) for change in updated.changes),
        done=(sentence,),
        next=(f"memberarc log {updated.code}",) if updated.commit else (),
    )


def _alike(problems: Sequence[Problem]) -> list[list[Problem]]:
    alike: dict[tuple[str, str, str, str], list[Problem]] = {}
    for one in problems:
        alike.setdefault((one.rule, one.message, one.pointer, one.hint), []).append(one)
    return [*alike.values()]


def _together(ones: Sequence[Problem]) -> Problem:
    first, others = ones[0], len(ones) - 1
    if not others:
        return first
    codes = ", ".join(code_of(one.path) for one in ones[:_CODES_SHOWN])
    more = ", ..." if len(ones) > _CODES_SHOWN else ""
    return replace(first, message=f"{first.message} ({len(ones)} members: {codes}{more})")


def _side(value: Scalar | None, change: FieldChange) -> str:
    if value is None:
        return ABSENT
    if change.closed:
        return SEALED
    return str(value)
