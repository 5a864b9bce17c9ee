"""Look into age files without any key: to how many recipients of which kind they are encrypted."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from memberarc.archive.layout import KEY_LIST
from memberarc.archive.opened import open_archive
from memberarc.errors import FileError, KeyListError, NotFoundError
from memberarc.review.key_checks import key_file_flaw
from memberarc.sealing.age.header import read_stanzas
from memberarc.sealing.keys.key_list import KeyList, parse_key_list

if TYPE_CHECKING:
    from pathlib import Path

    from memberarc.acts.opening import Caller
    from memberarc.archive.opened import Archive
    from memberarc.sealing.keys.key_list import KeyEntry

_EPOCH: Final = re.compile(r"([a-z]+)\.([1-9][0-9]*)")
_HEADER_BYTES: Final = 1 << 16
"""So much of a file is read: the header stands in it, and no document is loaded whole."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Inspected:
    """One age file; ``listed`` are the people the key list names for it, ``flaw`` the difference.

    ``listed`` is None for a file that is no level key of the list.
    """

    file: str
    stanzas: tuple[str, ...]
    listed: tuple[str, ...] | None
    flaw: str


def inspect(caller: Caller, target: str = "") -> tuple[Inspected, ...]:
    """Inspect all level keys of the newest commit, those of ``LEVEL.EPOCH``, or one file.

    Nothing is believed for it and nothing pinned: the list is taken as it stands, for CI.

    Raises:
        NotFoundError: there is no such key or file.
        SealingError: the file is no age file.
    """
    archive = open_archive(caller.directory)
    key_list = _key_list(archive)
    wanted = [entry for entry in key_list.keys if _is_named(entry, target)]
    if wanted:
        return tuple(_of_entry(archive, entry) for entry in wanted)
    content = archive.snapshot.read(target) or _head_of(caller.directory / target)
    if content is None:
        raise NotFoundError(
            f"there is no level key and no file {target}", hint="memberarc key list"
        )
    return (
        Inspected(file=target, stanzas=read_stanzas(content, where=target), listed=None, flaw=""),
    )


def _key_list(archive: Archive) -> KeyList:
    content = archive.snapshot.read(KEY_LIST)
    if content is None:
        raise KeyListError("the archive has no key list", where=KEY_LIST)
    return parse_key_list(content, path=KEY_LIST)


def _is_named(entry: KeyEntry, target: str) -> bool:
    epoch = _EPOCH.fullmatch(target)
    if epoch:
        return (entry.level, str(entry.epoch)) == epoch.groups()
    return target in ("", entry.file)


def _of_entry(archive: Archive, entry: KeyEntry) -> Inspected:
    content = archive.snapshot.read(entry.file)
    return Inspected(
        file=entry.file,
        stanzas=read_stanzas(content, where=entry.file) if content else (),
        listed=tuple(one.person for one in entry.recipients),
        flaw=key_file_flaw(entry, content=content),
    )


def _head_of(path: Path) -> bytes | None:
    if not path.is_file():
        return None  # neither is a pipe, which would be waited for
    try:
        with path.open("rb") as file:
            return file.read(_HEADER_BYTES)
    except OSError as err:
        raise FileError(f"cannot read: {err.strerror}", where=str(path)) from err
