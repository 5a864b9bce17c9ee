"""Read a YAML file the quick way if it is canonical, else the strict way."""

from __future__ import annotations

from typing import TYPE_CHECKING

from memberarc.errors import InvalidRecordError
from memberarc.formats.canonical_yaml import (
    RECORD_LIMIT_BYTES,
    NotCanonicalError,
    read_canonical,
)

if TYPE_CHECKING:
    from memberarc.formats.canonical_yaml import Node
    from memberarc.formats.strict_yaml import Comments


def load_yaml(
    content: bytes,
    *,
    path: str,
    comments: Comments = "refuse",
    free_keys: bool = False,
    limit_bytes: int = RECORD_LIMIT_BYTES,
) -> dict[str, Node]:
    """Read a YAML file.

    Raises:
        InvalidRecordError: the file is neither canonical nor acceptable to the strict reader.
    """
    if len(content) <= limit_bytes:
        try:
            return read_canonical(content)
        except NotCanonicalError:
            pass
    from memberarc.formats.strict_yaml import parse_strict

    parsed = parse_strict(
        content, path=path, comments=comments, free_keys=free_keys, limit_bytes=limit_bytes
    )
    if parsed.problems:
        first = parsed.problems[0]
        raise InvalidRecordError(
            f"{path} cannot be read: {first.message}",
            problems=parsed.problems,
            where=f"{path}:{first.line}:{first.column}" if first.line else path,
            hint=first.hint,
        )
    return parsed.value
