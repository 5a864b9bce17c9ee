"""What is wrong with the file of a record, told without any key."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from memberarc.archive.layout import code_of, member_path
from memberarc.errors import Problem
from memberarc.formats.record_pattern import compile_record_pattern
from memberarc.formats.stored import problems_stored
from memberarc.formats.strict_yaml import parse_strict
from memberarc.members.catalogue import OUTSIDE

if TYPE_CHECKING:
    import re
    from collections.abc import Collection, Mapping

    from memberarc.formats.canonical_yaml import Node
    from memberarc.formats.positions import Positions
    from memberarc.formats.schema import RecordSchema


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordFacts:
    """What the rest of the archive refers to in a record that fits.

    ``documents`` are the item ids of those whose files are kept in git.
    """

    path: str
    code: str
    uid: str
    documents: tuple[str, ...] = ()


class RecordChecks:
    """The checks of one kind of record under the epochs of one key list."""

    def __init__(self, schema: RecordSchema, *, epochs: Mapping[str, Collection[int]]) -> None:
        self._schema = schema
        self._epochs = epochs
        self._pattern: re.Pattern[bytes] = compile_record_pattern(schema, epochs=epochs)

    def judge(self, content: bytes, *, path: str) -> tuple[list[Problem], RecordFacts | None]:
        """Judge a record's file: by one expression when it is canonical, else step by step."""
        match = self._pattern.fullmatch(content)
        if match is not None and b"\ndocuments:\n" not in content:
            code, opened = match["id"].decode(), int(match["opened"])
            if path == member_path(code, opened=opened):
                return [], RecordFacts(path=path, code=code, uid=match["uid"].decode())
        return self._judge_slowly(content, path=path)

    def _judge_slowly(
        self, content: bytes, *, path: str
    ) -> tuple[list[Problem], RecordFacts | None]:
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
            problems = _misplaced(parsed.value, path=path, positions=parsed.positions)
        return problems, _facts(parsed.value, path=path)


def _facts(record: Mapping[str, Node], *, path: str) -> RecordFacts | None:
    """Tell what a record says of itself even if it has flaws, lest they look like many more."""
    code, uid, documents = (record.get(name) for name in ("id", "uid", "documents"))
    if not isinstance(code, str) or not isinstance(uid, str):
        return None
    entries = documents if isinstance(documents, list) else []
    ids = [
        entry.get("id")
        for entry in entries
        if isinstance(entry, dict) and entry.get("stored") != OUTSIDE
    ]
    return RecordFacts(path=path, code=code, uid=uid, documents=tuple(map(str, ids)))


def _misplaced(record: Mapping[str, Node], *, path: str, positions: Positions) -> list[Problem]:
    expected = member_path(str(record["id"]), opened=int(str(record["opened"])))
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
