"""The text of a YAML file before and around its nodes: encoding, characters, comments."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from memberarc.formats.canonical_yaml import MODELINE
from memberarc.formats.yaml_flaws import yaml_flaw

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from memberarc.errors import Problem
    from memberarc.formats.positions import LineColumn

# The breaks U+0085, U+2028 and U+2029 are line breaks in YAML 1.1 and text in YAML 1.2.
_FORBIDDEN = re.compile(
    "[^\n\x20-\x7e\xa0-\u2027\u202a-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]"
)
_COMMENT = re.compile("#[^\n]*")


class UnreadableError(Exception):
    """A flaw after which the rest of a file cannot be read."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(str(problem))
        self.problem = problem


def decode_text(content: bytes, *, path: str, limit_bytes: int) -> str:
    """Turn bytes into text without tabs, control characters and carriage returns.

    Raises:
        UnreadableError: the bytes are too many, or not such text.
    """
    if len(content) > limit_bytes:
        raise UnreadableError(yaml_flaw("size", path=path, at=(0, 0), subject=str(limit_bytes)))
    try:
        text = content.decode().replace("\r\n", "\n")
    except UnicodeDecodeError as err:
        readable = content[: err.start].decode()
        at = line_column(readable, len(readable))
        raise UnreadableError(yaml_flaw("encoding", path=path, at=at)) from err
    found = _FORBIDDEN.search(text)
    if found:
        special = {"\t": "tab", "\ufeff": "bom" if found.start() == 0 else "control"}
        raise UnreadableError(
            yaml_flaw(
                special.get(found[0], "control"),
                path=path,
                at=line_column(text, found.start()),
                subject=f"\\u{ord(found[0]):04x}",
            )
        )
    return text


def find_comments(text: str, scalars: Sequence[tuple[int, int]]) -> Iterator[LineColumn]:
    """Find the comments outside scalars, but not the modeline, which is always written anew.

    Args:
        scalars: where each scalar begins and ends in the text, in order.
    """
    outside = 0
    for start, end in [*scalars, (len(text), len(text))]:
        for comment in _COMMENT.finditer(text, outside, start):
            if comment.start() > 0 or not MODELINE.fullmatch(comment[0], 2):
                yield line_column(text, comment.start())
        outside = end


def line_column(text: str, index: int) -> LineColumn:
    """Count the line and column of a character, both from 1."""
    return text.count("\n", 0, index) + 1, index - text.rfind("\n", 0, index)
