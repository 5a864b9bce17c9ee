"""What every act begins with: who calls, which archive, which keys."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol, TypeVar

from memberarc.archive.layout import ACCESS_POLICY
from memberarc.archive.manifest import time_zone_of
from memberarc.errors import PolicyError
from memberarc.sealing.age.asking import NOBODY

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from datetime import date, datetime
    from pathlib import Path

    from memberarc.archive.opened import Archive
    from memberarc.people.access import Access
    from memberarc.people.user_files import UserFiles
    from memberarc.sealing.age.asking import Asker


_Item = TypeVar("_Item")


class Watch(Protocol):
    """Hand items on one by one, and show somebody who waits how far it has come."""

    def __call__(self, items: Iterable[_Item], *, what: str, total: int) -> Iterator[_Item]: ...


def unwatched(items: Iterable[_Item], *, what: str, total: int) -> Iterator[_Item]:  # noqa: ARG001
    """Hand items on for nobody to see."""
    return iter(items)


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """Who calls and when: a directory, the user's own files, a clock that tells UTC.

    ``asker`` asks for the passphrase of the identity; by default there is nobody to ask.
    """

    directory: Path
    user: UserFiles
    clock: Callable[[], datetime]
    watch: Watch = unwatched
    asker: Asker = NOBODY

    @property
    def now(self) -> datetime:
        """The time as the clock tells it at this moment."""
        return self.clock()

    def today(self, archive: Archive) -> date:
        """The day it is where the archive is kept."""
        return day_in(archive, self.now)


def day_in(archive: Archive, moment: datetime) -> date:
    """Tell which day a moment belongs to where the archive is kept."""
    return moment.astimezone(time_zone_of(archive.manifest)).date()


def read_policy_text(archive: Archive) -> bytes:
    """Read the bytes of the access policy."""
    content = archive.snapshot.read(ACCESS_POLICY)
    if content is None:
        raise PolicyError("the archive has no access policy", where=ACCESS_POLICY)
    return content


def read_access(archive: Archive) -> Access:
    """Read who may do what in this archive."""
    from memberarc.people.access import read_policy

    return read_policy(read_policy_text(archive))
