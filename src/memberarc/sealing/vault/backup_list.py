"""The list of backups that a vault keeps: each is noted before it is handed out.

A backup holds shares that a later purge destroys everywhere else. The list says until when.
Source: format.md, section 7.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, Any, Final

from memberarc.archive.layout import UID
from memberarc.errors import VaultError
from memberarc.formats.canonical_yaml import Node, read_canonical, write_yaml
from memberarc.people import private_files
from memberarc.sealing.vault.files import list_files
from memberarc.sealing.vault.place import read_private

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from memberarc.sealing.vault.fences import Fence
    from memberarc.sealing.vault.replica import Vault
    from memberarc.sealing.vault.replicas import Replicas

BACKUP_FORMAT: Final = "backup/1"
BACKUP, ESCROW = "backup", "escrow"
_MOMENT: Final = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")


@dataclass(frozen=True, slots=True, kw_only=True)
class Destroyed:
    """On which day somebody attested that a backup was destroyed, and who."""

    day: str
    person: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Backup:
    """One backup: when it was made (UTC), the last day it may exist, and who opens it.

    Of an escrow, ``threshold`` of ``custodians`` open it together.
    """

    id: str
    kind: str
    made: str
    expires: str
    recipients: tuple[str, ...] = ()
    custodians: int = 0
    threshold: int = 0
    destroyed: Destroyed | None = None

    def expired(self, today: date) -> bool:
        """Tell whether the last day it may exist is over."""
        return self.expires < today.isoformat()

    def still_opens(self, fence: Fence) -> bool:
        """Tell whether it may hold the share of a member whose purge has come to the fence.

        It was read from the replicas at hand then, and one that was away may not have had the
        fence: only a backup made after the share was destroyed everywhere holds none for certain.
        """
        holds = self.made <= fence.times.get("shredded", self.made)
        return self.destroyed is None and fence.reached("fenced") and holds


def note_backup(replicas: Replicas, backup: Backup) -> None:
    """Note a backup, or that it was destroyed, in every replica that can be written.

    Raises:
        FileError: there is none.
    """
    replicas.write(lambda vault: put_backup(vault, backup))


def put_backup(vault: Vault, backup: Backup) -> None:
    """Note a backup in one replica, or that it was destroyed where it is noted already."""
    path = _folder(vault) / f"{backup.id}.yaml"
    private_files.make_private_folder(path.parent)
    standing = _read(path) if path.exists() else None
    if standing is None or (backup.destroyed and not standing.destroyed):
        private_files.replace(path, write_backup(backup))


def listed_backups(vaults: Iterable[Vault]) -> tuple[Backup, ...]:
    """Read what the replicas list, oldest first; a vault without a list has no backups.

    Raises:
        VaultError: a file of the list is damaged.
    """
    found: dict[str, Backup] = {}
    for vault in vaults:
        for path in list_files(_folder(vault), "[!.]*.yaml"):
            backup = _read(path)
            if backup.destroyed or backup.id not in found:
                found[backup.id] = backup
    return tuple(sorted(found.values(), key=lambda backup: (backup.made, backup.id)))


def standing_backups(vaults: Iterable[Vault], *, made_by: str, today: date) -> tuple[Backup, ...]:
    """Return the backups that still hold a share which was destroyed at a moment (UTC)."""
    return tuple(one for one in _holding(vaults, made_by=made_by) if not one.expired(today))


def overdue_backups(vaults: Iterable[Vault], *, made_by: str, today: date) -> tuple[Backup, ...]:
    """Return those that should be gone, of which nobody attested that they are."""
    return tuple(one for one in _holding(vaults, made_by=made_by) if one.expired(today))


def write_backup(backup: Backup) -> bytes:
    """Write the canonical bytes of an entry."""
    document: dict[str, Node] = {
        "format": BACKUP_FORMAT,
        "id": backup.id,
        "kind": backup.kind,
        "made": backup.made,
        "expires": backup.expires,
    }
    if backup.kind == ESCROW:
        document |= {"custodians": backup.custodians, "threshold": backup.threshold}
    else:
        document["recipients"] = list(backup.recipients)
    if backup.destroyed:
        document["destroyed"] = {
            "day": backup.destroyed.day,
            "person": backup.destroyed.person,
        }
    return write_yaml(document)


def parse_backup(content: bytes, *, path: str) -> Backup:
    """Read an entry; only the bytes that ``write_backup`` gives are one.

    Raises:
        VaultError: they are others.
    """
    try:
        document: Any = read_canonical(content)
        destroyed = document.get("destroyed")
        backup = Backup(
            id=document["id"],
            kind=document["kind"],
            made=document["made"],
            expires=document["expires"],
            recipients=tuple(document.get("recipients", ())),
            custodians=document.get("custodians", 0),
            threshold=document.get("threshold", 0),
            destroyed=Destroyed(**destroyed) if destroyed else None,
        )
        texts = [*backup.recipients, *([backup.destroyed.person] if backup.destroyed else [])]
        days = [backup.expires, *([backup.destroyed.day] if backup.destroyed else [])]
        if (
            UID.fullmatch(backup.id)
            and backup.kind in (BACKUP, ESCROW)
            and _MOMENT.fullmatch(backup.made)
            and datetime.fromisoformat(backup.made)
            and all(date.fromisoformat(day).isoformat() == day for day in days)
            and all(isinstance(text, str) for text in texts)
            and write_backup(backup) == content
        ):
            return backup
    except (ValueError, KeyError, TypeError, AttributeError):
        pass
    raise VaultError(
        "not an entry of the list of backups",
        where=path,
        hint="restore the file from another replica of the vault",
    )


def _holding(vaults: Iterable[Vault], *, made_by: str) -> list[Backup]:
    listed = listed_backups(vaults)
    return [backup for backup in listed if not backup.destroyed and backup.made <= made_by]


def _folder(vault: Vault) -> Path:
    return vault.backup_folder


def _read(path: Path) -> Backup:
    backup = parse_backup(read_private(path), path=str(path))
    if backup.id != path.stem:
        raise VaultError(
            "the entry of another backup", where=str(path), hint="remove the file if it is a copy"
        )
    return backup
