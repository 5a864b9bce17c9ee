"""The check of one file by what its path says it is, without any key."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date
from functools import cached_property
from typing import TYPE_CHECKING, Final

from memberarc.archive.layout import (
    ACCESS_POLICY,
    CATEGORIES_POLICY,
    HOLDS_POLICY,
    KEY_LIST,
    MANIFEST,
    OWNED_FOLDERS,
    REASONS_POLICY,
    PathKind,
    code_of,
    path_kind,
    schema_path,
)
from memberarc.archive.manifest import parse_manifest, time_zone_of
from memberarc.archive.opened import schema_kind
from memberarc.disposal.holds import parse_holds
from memberarc.disposal.tombstone import parse_tombstone
from memberarc.errors import FindingsError, KeyListError, MemberarcError, Problem, SchemaError
from memberarc.formats.schema import load_schema
from memberarc.formats.shipped import GENERAL, KINDS
from memberarc.formats.shipped_levels import level_problems
from memberarc.formats.yaml_file import load_yaml
from memberarc.members.problems import RecordChecks, RecordFacts
from memberarc.members.reasons import parse_reasons
from memberarc.people.access import parse_access
from memberarc.sealing.keys.key_list import (
    key_list_problems,
    known_epochs,
    parse_key_list,
    retired_epochs,
)

# What judges days, saved searches and category rules is imported where one is met: an act that
# writes one record meets none.
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from memberarc.archive.opened import Archive
    from memberarc.formats.schema import RecordSchema
    from memberarc.ledger.day_glance import DayGlance
    from memberarc.sealing.keys.key_list import KeyList

_KIND: Final = re.compile(rb"\nkind:[ ]*[\"']?([A-Za-z]+)[\"']?[ ]*\r?\n")


class FileChecks:
    """The checks of one state of an archive: its schemas and its key list decide.

    Args:
        read: gives a file's bytes in the state that is checked, None where there is none.
    """

    def __init__(self, read: Callable[[str], bytes | None]) -> None:
        self._read = read
        self._records: dict[str, RecordChecks | Problem] = {}

    @classmethod
    def of(cls, archive: Archive) -> FileChecks:
        """Take schemas and key list from the commit an archive is opened at."""
        return cls(archive.snapshot.read)

    def problems(self, path: str, content: bytes) -> list[Problem]:
        """List what is wrong with one file."""
        kind = path_kind(path)
        if kind is PathKind.MEMBER:
            return self.record(path, content)[0]
        if kind is PathKind.LEDGER:
            return list(self.day(path, content)[1])
        if kind is PathKind.OTHER and f"{path}/".startswith(OWNED_FOLDERS):
            return [
                Problem(
                    path=path,
                    rule="stray-file",
                    message="nothing of this name belongs here",
                    hint=f"move it elsewhere: git mv {path} ...",
                )
            ]
        try:
            return self._small_file(path, content, kind=kind)
        except FindingsError as err:
            return list(err.problems)
        except MemberarcError as err:
            return [Problem(path=path, rule=err.code, message=err.message, hint=err.hint)]

    def glance(self, path: str, content: bytes) -> RecordFacts | None:
        """Tell the facts of a record in which all is well, None where it takes a closer look."""
        # The kind is part of what they match, so no other kind's would.
        for checks in self._records.values():
            if isinstance(checks, RecordChecks) and (facts := checks.glance(content, path=path)):
                return facts
        if _kind_of(content) in self._records:
            return None
        self._checks_of(content)
        return self.glance(path, content)

    def sound_uid(self, path: str, content: bytes) -> str | None:
        """Tell the uid of a record in which all is well, and that has no documents."""
        for checks in self._records.values():
            if isinstance(checks, RecordChecks) and (uid := checks.sound_uid(content, path=path)):
                return uid
        return None

    def record(self, path: str, content: bytes) -> tuple[list[Problem], RecordFacts | None]:
        """Judge a record's file, and tell what the rest of the archive refers to in it."""
        checks = self._checks_of(content)
        if isinstance(checks, Problem):
            return [replace(checks, path=path)], None
        return checks.judge(content, path=path)

    def epochs(self, path: str, content: bytes) -> list[Problem]:
        """Find values of a record or saved search under an epoch that the key list has retired.

        Acts write such a record all the same: whoever cannot open a level cannot seal it again.
        """
        if path_kind(path) is PathKind.SEGMENT:
            from memberarc.review.segment_checks import segment_epoch_problems

            return [*segment_epoch_problems(content, path=path, retired=self._retired_epochs)]
        checks = self._checks_of(content)
        return [] if isinstance(checks, Problem) else checks.judge_epochs(content, path=path)

    def day(self, path: str, content: bytes) -> tuple[DayGlance, tuple[Problem, ...]]:
        """Judge one day of the ledger, and tell whom it names."""
        from memberarc.ledger.day_file import read_day
        from memberarc.ledger.day_glance import DayGlance, glance_at_day

        fits = _is_day_path(path)
        glance = glance_at_day(content, day=_day_of(path)) if fits else None
        if glance:
            return glance, ()
        events, problems = read_day(content, path=path)
        if not fits:
            message = "no day has this path: ledger/YYYY/MM/YYYY-MM-DD.csv"
            problems = (Problem(path=path, rule="place", message=message), *problems)
        named = DayGlance([event.member for event in events], [event.ref for event in events])
        return named, problems

    def _small_file(self, path: str, content: bytes, *, kind: PathKind) -> list[Problem]:
        if kind is PathKind.MANIFEST:
            time_zone_of(parse_manifest(load_yaml(content, path=path), path=path))
        elif kind is PathKind.SCHEMA:
            schema = load_schema(content, path=path)
            return level_problems(schema, kind=schema_kind(path), profile=self._profile)
        elif kind is PathKind.KEY_LIST:
            return key_list_problems(parse_key_list(content, path=path), path=path)
        elif kind is PathKind.TOMBSTONE:
            stone = parse_tombstone(load_yaml(content, path=path), path=path)
            if stone.id != code_of(path):
                message = f"the tombstone of {stone.id} stands in the place of another"
                return [Problem(path=path, rule="place", message=message)]
        elif kind is PathKind.POLICY:
            return _policy_problems(path, content)
        elif kind is PathKind.SEGMENT:
            from memberarc.review.segment_checks import segment_problems

            found = segment_problems(content, path=path, schemas=self._schemas, epochs=self._epochs)
            return list(found)
        elif kind in (PathKind.CERTIFICATE, PathKind.REQUEST):
            load_yaml(content, path=path)
        return []

    def _checks_of(self, content: bytes) -> RecordChecks | Problem:
        kind = _kind_of(content)
        if kind not in self._records:
            self._records[kind] = self._checks_for(kind)
        return self._records[kind]

    def _checks_for(self, kind: str) -> RecordChecks | Problem:
        """Make the checks of a kind, or the problem of every record of a kind that has none."""
        path = schema_path(kind)
        content = self._read(path) if kind else None
        if content is None:
            return Problem(
                path="",
                rule="kind",
                message="the record's kind has no schema in this archive",
                hint="kind is individual or organisation",
            )
        try:
            schema = load_schema(content, path=path)
            return RecordChecks(schema, epochs=self._epochs, retired=self._retired_epochs)
        except (SchemaError, KeyListError) as err:
            return Problem(path="", rule=err.code, message=f"cannot be judged: {err.message}")

    @cached_property
    def _schemas(self) -> list[RecordSchema]:
        """The schemas in force for all kinds of record."""
        found = ((path, self._read(path)) for path in map(schema_path, KINDS))
        return [load_schema(content, path=path) for path, content in found if content is not None]

    @cached_property
    def _profile(self) -> str:
        content = self._read(MANIFEST)
        if content is None:
            return GENERAL
        return parse_manifest(load_yaml(content, path=MANIFEST), path=MANIFEST).profile

    @cached_property
    def _epochs(self) -> Mapping[str, tuple[int, ...]]:
        return known_epochs(self._key_list) if self._key_list else {}

    @cached_property
    def _retired_epochs(self) -> Mapping[str, tuple[int, ...]]:
        return retired_epochs(self._key_list) if self._key_list else {}

    @cached_property
    def _key_list(self) -> KeyList | None:
        content = self._read(KEY_LIST)
        return parse_key_list(content, path=KEY_LIST) if content else None


def _is_day_path(path: str) -> bool:
    from memberarc.ledger.day_file import day_path

    try:
        return path == day_path(date.fromisoformat(_day_of(path)))
    except ValueError:
        return False


def _day_of(path: str) -> str:
    return path[-len("2026-11-03.csv") : -len(".csv")]


def _policy_problems(path: str, content: bytes) -> list[Problem]:
    document = load_yaml(content, path=path, comments="keep")
    if path == ACCESS_POLICY:
        parse_access(document, path=path)
    elif path == REASONS_POLICY:
        parse_reasons(document, path=path)
    elif path == HOLDS_POLICY:
        parse_holds(document, path=path)
    elif path == CATEGORIES_POLICY:
        from memberarc.classification.scheme import scheme_problems

        return list(scheme_problems(content, path=path))
    return []


def _kind_of(content: bytes) -> str:
    """Find the kind without parsing, since the kind decides how to parse."""
    match = _KIND.search(content)
    return match[1].decode() if match else ""
