"""Every flaw the strict YAML reader knows: a closed list of rules, each with message and hint."""

from __future__ import annotations

from typing import TYPE_CHECKING

from memberarc.errors import Problem
from memberarc.formats.field_path import path_text

if TYPE_CHECKING:
    from memberarc.formats.field_path import FieldPath
    from memberarc.formats.positions import LineColumn

YAML_RULES = {
    # The file as a whole.
    "size": ("the file is larger than {} bytes", "keep papers as documents, not in the record"),
    "encoding": ("these bytes are not UTF-8", "save the file as UTF-8"),
    "bom": ("the file begins with a byte order mark", "save the file as UTF-8 without it"),
    "control": ("the character {} stands here as it is", "write it as {} in double quotes"),
    "tab": ("a tab stands here", "use spaces"),
    "syntax": (
        "not YAML{}",
        "look for an open quote, a missing space after a colon or a wrong indent",
    ),
    "empty": ("the file is empty", "begin with a line such as `format: member/1`"),
    "root": ("the file does not begin with a key", "write lines of `key: value`"),
    "documents": ("a second document begins here", "keep one document in a file"),
    "directive": ("a YAML directive stands here", "take the directive out"),
    "comment": (
        "a comment stands here, which rewriting the file would lose",
        "take the comment out",
    ),
    # Nodes.
    "anchor": ("an anchor stands here", "take the anchor out"),
    "alias": ("an alias stands here", "write the value itself"),
    "tag": ("a tag stands here", "take the tag out"),
    "depth": ("nested deeper than {} levels", "nest less deep"),
    "nested-list": ("a list stands directly in a list", "give the inner list a key"),
    # Keys.
    "key": ("{} cannot be a key", "a key is a lower-case word such as joined_on"),
    "unquoted-key": ("{} could be a number, a date or yes and no", "quote this key"),
    "complex-key": ("a key is not text", "write `key: value`"),
    "merge-key": ("a merge key stands here", "write the keys themselves"),
    "duplicate-key": ("the key {}", "keep one of the two"),
    # Values.
    "null": ("{} has no value", "leave the key out"),
    "unquoted": ("{} could be a number, a date or yes and no", "quote this value"),
}
"""What stands for {} is a key, a field path, a number or the name of a character: never a value."""


def yaml_flaw(
    rule: str, *, path: str, at: LineColumn, pointer: FieldPath = (), subject: str = ""
) -> Problem:
    """Tell of one flaw.

    Args:
        at: line and column from 1, or (0, 0) for the file as a whole.
        subject: what the message is about, where the rule leaves that open.
    """
    message, hint = YAML_RULES[rule]
    return Problem(
        path=path,
        rule=rule,
        message=message.format(subject),
        line=at[0],
        column=at[1],
        pointer=path_text(pointer),
        hint=hint.format(subject),
    )
