"""What every act begins with: who calls, which archive, which keys."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from memberarc.archive.layout import ACCESS_POLICY, KEY_LIST, KEY_LIST_SIGNATURE
from memberarc.archive.opened import Archive
from memberarc.errors import KeyListError, PolicyError
from memberarc.formats.yaml_file import load_yaml
from memberarc.people.access import Access, parse_access
from memberarc.people.user_files import UserFiles
from memberarc.sealing.key_list import KeyList, parse_key_list


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """Who calls and when: a directory, the user's own files, the time in UTC."""

    directory: Path
    user: UserFiles
    now: datetime

    def today(self, archive: Archive) -> date:
        """The day it is where the archive is kept."""
        return self.now.astimezone(ZoneInfo(archive.manifest.time_zone)).date()


def read_access(archive: Archive) -> Access:
    """Read who may do what in this archive."""
    content = archive.snapshot.read(ACCESS_POLICY)
    if content is None:
        raise PolicyError("the archive has no access policy", where=ACCESS_POLICY)
    return parse_access(load_yaml(content, path=ACCESS_POLICY, comments="keep"), path=ACCESS_POLICY)


def read_key_list(archive: Archive) -> tuple[bytes, KeyList, bytes | None]:
    """Read the key list with its bytes and its signature, not yet judged."""
    content = archive.snapshot.read(KEY_LIST)
    if content is None:
        raise KeyListError("the archive has no key list", where=KEY_LIST)
    signature = archive.snapshot.read(KEY_LIST_SIGNATURE)
    return content, parse_key_list(content, path=KEY_LIST), signature


def known_epochs(key_list: KeyList) -> Mapping[str, Sequence[int]]:
    """Say which epochs of each level a sealed value may name."""
    epochs: dict[str, list[int]] = {}
    for key in key_list.keys:
        epochs.setdefault(key.level, []).append(key.epoch)
    return {level: tuple(sorted(set(numbers))) for level, numbers in epochs.items()}
