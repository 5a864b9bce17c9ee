"""Read one folder of a commit as git stores it: the running git answers, and none is started."""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING, NamedTuple

from memberarc.archive.git import decode_path

if TYPE_CHECKING:
    from collections.abc import Iterator

    from memberarc.archive.git import Repository


class TreeEntry(NamedTuple):
    """What stands in a folder: its whole path, git's octal mode, the id of its bytes or tree."""

    path: str
    mode: str
    identifier: str


def read_folder(repository: Repository, *, commit: str, folder: str) -> Iterator[TreeEntry]:
    """Yield what stands in a folder itself under an ASCII name, in git's order; "" is the root."""
    _, kind, content = repository.read_object(f"{commit}:{folder}") or ("", "", b"")
    if kind != "tree":
        return
    lead = f"{folder}/" if folder else ""
    id_bytes = len(repository.no_object) // 2
    for mode, name, identifier in _entries_with(id_bytes).findall(content):
        path = decode_path(name)
        if path is not None:
            yield TreeEntry(lead + path, mode.decode("ascii").zfill(6), identifier.hex())


@cache
def _entries_with(id_bytes: int) -> re.Pattern[bytes]:
    return re.compile(rb"([0-7]+) ([^\0]+)\0(.{%d})" % id_bytes, re.DOTALL)
