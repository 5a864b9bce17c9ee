"""Bring a sheet of members in: every valid row in one commit, or with all-or-nothing none."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from memberarc.acts.incoming_rows import IncomingRows, Taken
from memberarc.acts.key.keys_at_hand import open_keys
from memberarc.archive.opened import open_archive
from memberarc.errors import ImportRefusedError, UsageError
from memberarc.formats.mapped_sheet import map_sheet
from memberarc.formats.mapping import parse_mapping
from memberarc.formats.sheets import read_sheet
from memberarc.members.import_rows import typed_rows, with_field_paths

if TYPE_CHECKING:
    from pathlib import Path

    from memberarc.acts.index.living_members import Likeness
    from memberarc.acts.opening import Caller
    from memberarc.errors import Problem

_NO_KEY = "this mapping has no key: run again, it adds everybody again"


@dataclass(frozen=True, slots=True, kw_only=True)
class MappingFile:
    """A mapping file as it was read, and its name for messages."""

    name: str
    content: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportRequest:
    """A sheet and the mapping file that explains it.

    ``returning`` says that members who were purged may be among the rows.
    """

    sheet: Path
    mapping: MappingFile
    all_or_nothing: bool = False
    returning: bool = False
    dry_run: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Imported:
    """What became of the rows.

    ``returning`` are the numbers of new rows in which a purged member seems to return, ``alike``
    are new rows that seem to be each other or members; ``notices`` tell of a mapping without a key
    and of replicas of the vault that did not get the shares.
    """

    taken: Taken
    refused: int
    problems: tuple[Problem, ...]
    returning: tuple[int, ...] = ()
    alike: tuple[Likeness, ...] = ()
    notices: tuple[str, ...] = ()


def import_members(caller: Caller, request: ImportRequest) -> Imported:
    """Check every row first, then commit all that fit at once.

    A row whose key belongs to a member already changes what differs, and the sheet wins: a second
    run of the same sheet sets back only what was changed in the archive since.

    Raises:
        ImportRefusedError: rows do not fit and all or nothing was asked for, or a purged member
            seems to return and the request does not say so.
        InvalidRecordError: the mapping file does not fit.
    """
    archive = open_archive(caller.directory)
    mapping = parse_mapping(request.mapping.content, path=request.mapping.name)
    if mapping.target != "members":
        raise UsageError(
            "this mapping is not for members",
            where=request.mapping.name,
            hint="memberarc ledger import FILE --map MAP",
        )
    schema = archive.schema(mapping.kind)
    try:
        mapping = with_field_paths(mapping, schema=schema)
    except UsageError as err:
        raise UsageError(err.message, where=request.mapping.name, hint=err.hint) from err
    sheet = map_sheet(mapping, read_sheet(request.sheet, options=mapping.options))
    rows, flaws = typed_rows(sheet, key=mapping.key, schema=schema)
    sheet = replace(sheet, rows=())  # typed by now, and large
    keys = open_keys(archive, caller)
    incoming = IncomingRows(caller=caller, keys=keys, schema=schema, key=mapping.key)
    fitting, unfit = incoming.judge(archive, rows, sheet=sheet)
    problems = (*flaws, *unfit)
    refused = len({problem.line for problem in problems})
    if problems and request.all_or_nothing:
        raise ImportRefusedError(
            f"{refused} row{'s do' if refused > 1 else ' does'} not fit, so none was taken",
            problems=problems,
            where=sheet.name,
            hint="mend the rows, or leave out --all-or-nothing to take the others",
        )
    returning = incoming.returning(archive, fitting, sheet=sheet, expected=request.returning)
    alike = incoming.alike(archive, fitting)
    if not request.dry_run:
        incoming.provide(archive, fitting)
    taken = incoming.commit(archive, fitting, dry_run=request.dry_run)
    return Imported(
        taken=taken,
        refused=refused,
        problems=problems,
        returning=returning,
        alike=alike,
        notices=(*(() if mapping.key else (_NO_KEY,)), *keys.notices) if taken.added else (),
    )
