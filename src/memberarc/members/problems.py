"""What is wrong with the file of a record, told without any key."""

from __future__ import annotations

import re
from functools import cached_property
from typing import TYPE_CHECKING, Final, NamedTuple

from memberarc.archive.layout import PathKind, code_of, member_path, path_kind
from memberarc.errors import Problem, SealedValueError
from memberarc.formats.canonical_yaml import (
    RECORD_LIMIT_BYTES,
    NotCanonicalError,
    read_canonical,
)
from memberarc.formats.field_path import item_step, path_text
from memberarc.formats.record_pattern import compile_record_pattern
from memberarc.formats.sealed_text import parse_sealed_text
from memberarc.formats.stored import problems_stored
from memberarc.members.catalogue import OUTSIDE
from memberarc.members.sealed_record import is_sealed

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

    from memberarc.formats.canonical_yaml import Node, Scalar
    from memberarc.formats.positions import Positions
    from memberarc.formats.schema import RecordSchema

RETIRED_EPOCH: Final = "retired-epoch"
# Compiling the expression of a schema takes as long as reading a hundred records one by one.
_FEW_RECORDS: Final = 100
_SUFFIX: Final = ".yaml"
_DOCUMENTS: Final = b"\ndocuments:\n"
_DOCUMENTS_GROUP: Final = re.compile(rb"(?m)^documents:\n(?: .*\n)++")


class RecordFacts(NamedTuple):
    """What the rest of the archive refers to in a record that fits.

    ``documents`` are the item ids of those whose files are kept in git.
    """

    path: str
    code: str
    uid: str
    documents: tuple[str, ...] = ()


class RecordChecks:
    """The checks of one kind of record under the epochs of one key list."""

    def __init__(
        self,
        schema: RecordSchema,
        *,
        epochs: Mapping[str, Collection[int]],
        retired: Mapping[str, Collection[int]],
    ) -> None:
        """Take a schema.

        Args:
            epochs: for each level the epochs in the key list.
            retired: those of them that no value should be of any more.
        """
        self._schema = schema
        self._shelves: set[tuple[str, str, bytes]] = set()
        self._epochs = epochs
        self._retired = retired
        old = "|".join(f"{level}.(?:{'|'.join(map(str, of))})" for level, of in retired.items())
        self._old = re.compile(rf"enc:m1\.(?:{old}):".encode()) if old else None
        self._judged = 0

    @cached_property
    def _pattern(self) -> re.Pattern[bytes]:
        """Match what is in order, if need be under an epoch that was retired."""
        return (
            compile_record_pattern(self._schema, epochs=self._epochs)
            if self._old
            else self._up_to_date
        )

    @cached_property
    def _up_to_date(self) -> re.Pattern[bytes]:
        """Match what is in order and wholly under current epochs."""
        current = {
            level: {*of}.difference(self._retired.get(level, ()))
            for level, of in self._epochs.items()
        }
        return compile_record_pattern(self._schema, epochs=current)

    def glance(self, content: bytes, *, path: str) -> RecordFacts | None:
        """Tell the facts of a record with no flaw at all; None: it takes a closer look."""
        return self._matched(self._up_to_date, content, path=path)

    def sound_uid(self, content: bytes, *, path: str) -> str | None:
        """Tell the uid of a record with no flaw and no documents, as most are."""
        match = self._up_to_date.fullmatch(content)
        if match is None or _DOCUMENTS in content:
            return None
        code, uid, opened = match.group("id", "uid", "opened")
        name = code.decode()
        folder = path[: -len(name) - len(_SUFFIX)]
        if path != f"{folder}{name}{_SUFFIX}" or not name[-2:].isdigit():
            return None
        # All codes that differ in the last two digits only stand in one folder: each is looked at
        # once, and what its path says of one of them holds for the others.
        shelf = (folder, name[:-2], opened)
        if shelf not in self._shelves:
            right = path == member_path(name, opened=int(opened))
            if not right or path_kind(path) is not PathKind.MEMBER:
                return None
            self._shelves.add(shelf)
        return uid.decode()

    def judge(self, content: bytes, *, path: str) -> tuple[list[Problem], RecordFacts | None]:
        """Judge a record's file: quickly when it is canonical, else step by step."""
        self._judged += 1
        facts = (
            self._read(content, path=path)
            if self._judged <= _FEW_RECORDS
            else self._matched(self._pattern, content, path=path)
        )
        return ([], facts) if facts else self._judge_slowly(content, path=path)

    def _read(self, content: bytes, *, path: str) -> RecordFacts | None:
        """Read a canonical record; None: it is none, or has a flaw, whose place is to be told."""
        if len(content) > RECORD_LIMIT_BYTES:
            return None
        try:
            record = read_canonical(content)
        except NotCanonicalError:
            return None
        flawed = problems_stored(self._schema, record, path=path, epochs=self._epochs)
        if flawed or path != _place_of(record) or any(True for _ in self._keyless(record)):
            return None
        return _facts(record, path=path)

    def _matched(
        self, pattern: re.Pattern[bytes], content: bytes, *, path: str
    ) -> RecordFacts | None:
        match = pattern.fullmatch(content)
        if match is None:
            return None
        code, uid, opened = match.group("id", "uid", "opened")
        name = code.decode()
        if path != member_path(name, opened=int(opened)):
            return None
        if _DOCUMENTS not in content:
            return RecordFacts(path, name, uid.decode())
        # Canonical, and so its groups can be read one by one.
        group = _DOCUMENTS_GROUP.search(content)
        listed = read_canonical(group[0]) if group else {}
        if any(True for _ in self._keyless(listed)):
            return None
        return RecordFacts(path, name, uid.decode(), _in_git(listed))

    def judge_epochs(self, content: bytes, *, path: str) -> list[Problem]:
        """Find the levels of which a record has values under an epoch that was retired.

        A rotation seals all values again in one commit. Such a value came by a merge from before
        it, or from somebody who only has the old key.
        """
        if self._old is None:
            return []
        # Whoever would hide a value from a search of the bytes has to escape some of it.
        if b"\\" not in content and not self._old.search(content):
            return []
        from memberarc.formats.strict_yaml import parse_strict

        parsed = parse_strict(content, path=path)
        found: dict[str, Problem] = {}
        for leaf, _, value in self._schema.leaves(parsed.value):
            level, epoch = _level_and_epoch(value)
            if level not in found and epoch in self._retired.get(level, ()):
                line, column = parsed.positions.of(leaf)
                found[level] = Problem(
                    path=path,
                    line=line,
                    column=column,
                    pointer=path_text(leaf),
                    rule=RETIRED_EPOCH,
                    message=f"{path_text(leaf)} is sealed in epoch {epoch}, which is retired",
                    hint=f"memberarc log {code_of(path)} shows who wrote it; if it is right,"
                    f" memberarc encrypt {code_of(path)}",
                )
        return [*found.values()]

    def _judge_slowly(
        self, content: bytes, *, path: str
    ) -> tuple[list[Problem], RecordFacts | None]:
        from memberarc.formats.strict_yaml import parse_strict  # no act of ours writes so

        parsed = parse_strict(content, path=path)
        problems = list(parsed.problems)
        if not problems:
            problems = problems_stored(
                self._schema,
                parsed.value,
                path=path,
                epochs=self._epochs,
                positions=parsed.positions,
            )
        if not problems:
            problems = [
                *_misplaced(parsed.value, path=path, positions=parsed.positions),
                *self._keyless_documents(parsed.value, path=path, positions=parsed.positions),
            ]
        return problems, _facts(parsed.value, path=path)

    def _keyless_documents(
        self, record: Mapping[str, Node], *, path: str, positions: Positions
    ) -> Iterator[Problem]:
        """Tell of documents of an epoch that never was: nobody could ever open them."""
        for entry in self._keyless(record):
            level, epoch = entry.get("level"), entry["epoch"]
            leaf = ("documents", item_step(entry, index=0), "epoch")
            line, column = positions.of(leaf)
            yield Problem(
                path=path,
                line=line,
                column=column,
                pointer=path_text(leaf),
                rule="sealed-value",
                message=f"{path_text(leaf)} is {epoch}, an epoch of {level} that has no key",
                hint=f"memberarc log {code_of(path)} shows who changed it",
            )

    def _keyless(self, record: Mapping[str, Node]) -> Iterator[Mapping[str, Node]]:
        return (
            entry
            for entry in _entries(record)
            if "epoch" in entry
            and entry["epoch"] not in self._epochs.get(str(entry.get("level")), ())
        )


def _level_and_epoch(value: Scalar) -> tuple[str, int]:
    try:
        sealed = parse_sealed_text(str(value)) if is_sealed(value) else None
    except SealedValueError:
        sealed = None  # told with the record itself
    return (sealed.level, sealed.epoch) if sealed else ("", 0)


def _facts(record: Mapping[str, Node], *, path: str) -> RecordFacts | None:
    """Tell what a record says of itself even if it has flaws, lest they look like many more."""
    code, uid = record.get("id"), record.get("uid")
    if not isinstance(code, str) or not isinstance(uid, str):
        return None
    return RecordFacts(path, code, uid, _in_git(record))


def _in_git(record: Mapping[str, Node]) -> tuple[str, ...]:
    return tuple(
        str(entry.get("id")) for entry in _entries(record) if entry.get("stored") != OUTSIDE
    )


def _entries(record: Mapping[str, Node]) -> list[dict[str, Node]]:
    entries = record.get("documents")
    return [
        entry for entry in (entries if isinstance(entries, list) else ()) if isinstance(entry, dict)
    ]


def _place_of(record: Mapping[str, Node]) -> str:
    return member_path(str(record["id"]), opened=int(str(record["opened"])))


def _misplaced(record: Mapping[str, Node], *, path: str, positions: Positions) -> list[Problem]:
    expected = _place_of(record)
    if path == expected:
        return []
    line, column = positions.of(("id",))
    return [
        Problem(
            path=path,
            line=line,
            column=column,
            pointer="id",
            rule="place",
            message=f"a record with code {record['id']} belongs in {expected}"
            if record["id"] == code_of(path)
            else f"the file is named {code_of(path)}, its code is {record['id']}",
            hint=f"git mv {path} {expected}",
        )
    ]
