"""Typed reading of a YAML file people write, that finds every fault in one pass.

A value that does not fit is noted with its line and column and read as empty, and so is a key that
is not there: the caller builds what it wants in one straight line, and asks at the end, by
``finish``, whether anything was wrong.
"""

from __future__ import annotations

import difflib
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from memberarc.errors import InvalidRecordError, Problem
from memberarc.formats.field_path import FieldPath, path_text
from memberarc.formats.strict_yaml import parse_strict

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from memberarc.formats.canonical_yaml import Node
    from memberarc.formats.positions import Positions


def open_yaml(content: bytes, *, path: str) -> Cursor:
    """Parse a file, which may hold comments and any text as keys, and stand at its top.

    Raises:
        InvalidRecordError: It is not strict YAML.
    """
    parsed = parse_strict(content, path=path, comments="keep", free_keys=True)
    cursor = Cursor(
        file=path,
        value=parsed.value,
        path=(),
        positions=parsed.positions,
        problems=[*parsed.problems],
    )
    cursor.finish()
    return cursor


def closest(word: str, *, among: Collection[str]) -> str:
    """Hint at the name that was probably meant, else at all there are."""
    match = difflib.get_close_matches(word, list(among), n=1)
    return f"did you mean {match[0]}?" if match else f"one of: {', '.join(among)}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Cursor:
    """A value in a parsed file; None is one that is not there, and reads as empty."""

    file: str
    value: Node | None
    path: FieldPath
    positions: Positions
    problems: list[Problem]

    def __bool__(self) -> bool:
        """Tell whether the value is there."""
        return self.value is not None

    def __getitem__(self, key: str) -> Cursor:
        """Step to the value of a key."""
        value = self.value.get(key) if isinstance(self.value, dict) else None
        return self._step(key, value)

    def __iter__(self) -> Iterator[Cursor]:
        """Step through the items of a list."""
        if isinstance(self.value, list) and self.value:
            yield from (self._step(f"[{at}]", item) for at, item in enumerate(self.value))
        elif self:
            self.note("a list of at least one item must stand here")

    def finish(self) -> None:
        """Raise InvalidRecordError with all that was noted, if anything was."""
        if not self.problems:
            return
        # A value that is read twice is noted twice.
        once = dict.fromkeys(self.problems)
        ordered = sorted(once, key=lambda problem: (problem.line, problem.column))
        first = ordered[0]
        raise InvalidRecordError(
            f"{self.file} cannot be used: {first.message}",
            problems=ordered,
            where=f"{self.file}:{first.line}:{first.column}",
            hint=first.hint,
        )

    def note(self, message: str, *, hint: str = "", at_key: bool = False) -> None:
        """Note what is wrong with this value, or with its key."""
        place = self.positions.key_of if at_key else self.positions.of
        line, column = place(self.path)
        pointer = path_text(self.path)
        self.problems.append(
            Problem(
                path=self.file,
                rule="shape",
                message=f"{pointer}: {message}" if pointer else message,
                line=line,
                column=column,
                pointer=pointer,
                hint=hint,
            )
        )

    def names(self) -> tuple[str, ...]:
        """Read the keys of a group in which they are free."""
        if isinstance(self.value, dict):
            return tuple(self.value)
        if self:
            self.note("keys with values must stand here")
        return ()

    def allow(self, *, required: Collection[str] = (), optional: Collection[str] = ()) -> None:
        """Hold a group to its keys."""
        known = (*required, *optional)
        keys = self.names()
        for key in keys:
            if key not in known:
                self[key].note("no such key here", hint=closest(key, among=known), at_key=True)
        if isinstance(self.value, dict):
            for key in required:
                if key not in keys:
                    self.note(f"{key} must stand here")

    def text(self, pattern: str = r"[\s\S]+", *, means: str = "text") -> str:
        """Read a text of a form that ``means`` puts into words."""
        if isinstance(self.value, str) and re.fullmatch(pattern, self.value, re.ASCII):
            return self.value
        if self:
            quote = isinstance(self.value, int)
            self.note(f"not {means}", hint="quote this value" if quote else "")
        return ""

    def one_of(self, choices: Collection[str], *, default: str = "") -> str:
        """Read one of a few words."""
        if isinstance(self.value, str) and self.value in choices:
            return self.value
        if self:
            hint = closest(str(self.value), among=choices)
            self.note("none of the words that may stand here", hint=hint)
        return default

    def flag(self, *, default: bool = False) -> bool:
        """Read true or false."""
        if isinstance(self.value, bool):
            return self.value
        if self:
            self.note("not true or false")
        return default

    def _step(self, step: str, value: Node | None) -> Cursor:
        return Cursor(
            file=self.file,
            value=value,
            path=(*self.path, step),
            positions=self.positions,
            problems=self.problems,
        )
