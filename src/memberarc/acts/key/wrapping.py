"""Wrap level keys for whom the access policy names, and list them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from memberarc.archive.identifiers import new_item_id
from memberarc.archive.layout import ACCESS_POLICY
from memberarc.errors import NoIdentityError, PolicyError
from memberarc.people.access import recipients_for_level
from memberarc.sealing.keys.key_list import Recipient, list_key, wrapped_anew
from memberarc.sealing.keys.level_keys import new_level_key, wrap_level_key

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from memberarc.people.access import Access
    from memberarc.people.access_changes import Power
    from memberarc.sealing.keys.key_list import KeyEntry
    from memberarc.sealing.keys.level_keys import LevelKey


class Wrapping:
    """Collects the entries of the next list, and the files of keys that are wrapped anew."""

    def __init__(
        self,
        archive: str,
        *,
        access: Access,
        keys: tuple[LevelKey, ...],
        withheld: Collection[Power] = (),
    ) -> None:
        """Begin with no entry.

        Args:
            withheld: what the policy gives and no key is wrapped for, unless one was already.
        """
        self._archive = archive
        self._access = access
        self._withheld = withheld
        self.keys = {(key.path, key.commitment): key for key in keys}
        self.entries: list[KeyEntry] = []
        self.files: dict[str, bytes] = {}

    def require_readers(self, levels: Iterable[str]) -> None:
        """Refuse to go on where a level would be left without anybody who reads it.

        Raises:
            PolicyError: a level would.
        """
        for level in levels:
            wanted = recipients_for_level(self._access, level)
            if {(one.person, one.recipient) for one in wanted} <= self._withheld_at(level):
                raise PolicyError(
                    f"nobody could read level {level} any more",
                    where=ACCESS_POLICY,
                    hint="memberarc key grant somebody else first",
                )

    def keep(self, entry: KeyEntry) -> None:
        """Take an entry over, its key wrapped anew where its recipients change."""
        recipients = self._recipients(entry.level, known=entry.recipients)
        if recipients != entry.recipients:
            key = self.keys.get((entry.file, entry.commitment))
            if key is None:
                raise NoIdentityError(
                    f"no key at hand opens level {entry.level}, epoch {entry.epoch}, which must be"
                    " wrapped anew",
                    where=entry.file,
                    hint="an administrator whom memberarc key list names for it must do this",
                )
            content = self._wrap(key, recipients)
            entry = wrapped_anew(entry, content=content, recipients=recipients)
        self.entries.append(entry)

    def add(self, level: str) -> None:
        """Make a key of a level for the epoch after all there were."""
        epoch = 1 + max((one.epoch for one in self.entries if one.level == level), default=0)
        key = new_level_key(level, epoch=epoch, archive=self._archive)
        self.keys[key.path, key.commitment] = key
        recipients = self._recipients(level, known=())
        content = self._wrap(key, recipients)
        self.entries.append(
            list_key(key, entry_id=self._new_id(), content=content, recipients=recipients)
        )

    def _recipients(self, level: str, *, known: tuple[Recipient, ...]) -> tuple[Recipient, ...]:
        """List whom the policy names, under the ids they have already, in the order they had."""
        wanted = [(one.person, one.recipient) for one in recipients_for_level(self._access, level)]
        kept = tuple(one for one in known if (one.person, one.recipient) in wanted)
        here = {(one.person, one.recipient) for one in kept}
        here |= self._withheld_at(level)
        ids = {one.id for one in kept}
        added = []
        for person, recipient in wanted:
            if (person, recipient) not in here:
                added.append(Recipient(id=_unused_id(ids), person=person, recipient=recipient))
                ids.add(added[-1].id)
        return (*kept, *added)

    def _withheld_at(self, level: str) -> set[tuple[str, str]]:
        return {(one.person, one.key) for one in self._withheld if one.level == level}

    def _wrap(self, key: LevelKey, recipients: tuple[Recipient, ...]) -> bytes:
        content = wrap_level_key(
            key, archive=self._archive, recipients=[one.recipient for one in recipients]
        )
        self.files[key.path] = content
        return content

    def _new_id(self) -> str:
        return _unused_id({entry.id for entry in self.entries})


def _unused_id(taken: Collection[str]) -> str:
    return next(one for one in iter(new_item_id, "") if one not in taken)
