"""The log of an archive or of one member."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from memberarc.acts.key.keys_at_hand import open_keys_at_hand
from memberarc.archive.incomplete import shallowness
from memberarc.archive.opened import open_archive
from memberarc.errors import MemberNotFoundError
from memberarc.members.shelves import HOW_TO_FIND, record_path
from memberarc.registers.act_log import archive_log, member_log

if TYPE_CHECKING:
    from collections.abc import Iterator

    from memberarc.acts.opening import Caller
    from memberarc.archive.opened import Archive
    from memberarc.registers.act_log import LoggedAct


@dataclass(frozen=True, slots=True, kw_only=True)
class Log:
    """Acts, newest first, read from history as they are asked for; and what this clone lacks."""

    acts: Iterator[LoggedAct]
    notices: tuple[str, ...]


def read_log(caller: Caller, member: str | None = None) -> Log:
    """Read the acts on the archive, or on one member.

    A purged member's log remains: acts and fields, without values.
    """
    archive = open_archive(caller.directory)
    return Log(
        acts=archive_log(archive) if member is None else _log_of(archive, caller, member=member),
        notices=tuple(f"{one.message}; {one.fix}" for one in shallowness(archive.repository)),
    )


def _log_of(archive: Archive, caller: Caller, *, member: str) -> Iterator[LoggedAct]:
    path = record_path(archive, member)
    if path is None:
        raise MemberNotFoundError(f"no member {member}", hint=HOW_TO_FIND)
    return member_log(archive, path, ring=open_keys_at_hand(archive, caller).ring)
