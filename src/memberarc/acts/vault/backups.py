"""Back up the vault, list its backups, and attest that one was destroyed."""

from __future__ import annotations

from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import TYPE_CHECKING

from memberarc.acts.key.keys_at_hand import open_replicas
from memberarc.acts.key.trust import accepted_key_list
from memberarc.acts.opening import read_access
from memberarc.acts.purge.approving import executing_administrator
from memberarc.acts.vault.returning_members import read_vault_policy
from memberarc.archive.identifiers import new_uid
from memberarc.archive.layout import ACCESS_POLICY, VAULT_POLICY
from memberarc.archive.opened import open_archive
from memberarc.errors import (
    DuplicateError,
    FileError,
    MemberarcError,
    NotFoundError,
    PolicyError,
    UnsafeVaultError,
    UsageError,
)
from memberarc.people.access import administrators, recipients_for_level, recovery_recipients
from memberarc.people.private_files import write_new
from memberarc.sealing.age.crypt import encrypt
from memberarc.sealing.age.frame import parse_age_file
from memberarc.sealing.vault.backup import gather_contents, write_contents
from memberarc.sealing.vault.backup_list import (
    BACKUP,
    Backup,
    Destroyed,
    listed_backups,
    note_backup,
)
from memberarc.sealing.vault.fences import utc_text
from memberarc.sealing.vault.place import require_forgetful_place

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from memberarc.acts.opening import Caller
    from memberarc.archive.opened import Archive
    from memberarc.sealing.vault.replicas import Replicas


@dataclass(frozen=True, slots=True, kw_only=True)
class BackupRequest:
    """Where to write a backup, and until when it may exist: a day, or a number of days.

    ``recipients`` open it; left empty, the identities in the safe do, or else the administrators.
    """

    file: Path
    expires: date | None = None
    days: int | None = None
    recipients: tuple[str, ...] = ()
    dry_run: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class BackedUp:
    """What was written, or would be; ``damaged`` lines of the vault are not in it.

    ``unreached`` tells of replicas that do not list it and whose shares it may lack.
    """

    backup: Backup
    shares: int
    fences: int
    damaged: int
    unreached: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedBackup:
    """A backup, whether it should be gone, and how many purged members it still opens."""

    backup: Backup
    overdue: bool
    purged: int


def back_up_vault(caller: Caller, request: BackupRequest) -> BackedUp:
    """List a backup in every replica of the vault, then encrypt it and write it.

    Raises:
        DuplicateError: the file exists.
        UnsafeVaultError: it would lie where deleted files are kept.
        UsageError: it would live longer than the policy allows.
    """
    archive = open_archive(caller.directory)
    recipients = _recipients(archive, caller, request.recipients)
    # A recipient that is none is met before the backup is on the list.
    encrypt(b"", recipients=[*recipients])
    backup = Backup(
        id=new_uid(),
        kind=BACKUP,
        made=utc_text(caller.now),
        expires=last_day(caller, archive, request).isoformat(),
        recipients=tuple(dict.fromkeys(recipients.values())),
    )
    return write_backup_file(
        open_replicas(archive, caller), request, backup=backup, recipients=[*recipients]
    )


def list_backups(caller: Caller) -> tuple[ListedBackup, ...]:
    """Tell of each backup what has become of it."""
    archive = open_archive(caller.directory)
    replicas = open_replicas(archive, caller)
    fences, today = replicas.fences(), caller.today(archive)
    return tuple(
        ListedBackup(
            backup=backup,
            overdue=backup.destroyed is None and backup.expired(today),
            purged=sum(backup.still_opens(fence) for fence in fences.values()),
        )
        for backup in listed_backups(replicas)
    )


def who_opens_backups(caller: Caller) -> list[str]:
    """Name those for whom the standing backups are encrypted; nobody, where no vault tells."""
    try:
        listed = listed_backups(open_replicas(open_archive(caller.directory), caller))
    except MemberarcError:
        return []
    return sorted({who for one in listed if not one.destroyed for who in one.recipients})


def attest_destroyed(caller: Caller, identifier: str, *, dry_run: bool = False) -> Backup:
    """Note that an administrator says of a backup that no copy of it is left.

    Raises:
        NotFoundError: no such backup is listed.
        DuplicateError: it was attested before.
        ApprovalMissingError: the caller is no administrator.
    """
    archive = open_archive(caller.directory)
    replicas = open_replicas(archive, caller)
    backup = next((one for one in listed_backups(replicas) if one.id == identifier), None)
    if backup is None:
        raise NotFoundError(
            "the vault lists no such backup", where=identifier, hint="memberarc vault backups"
        )
    if backup.destroyed:
        raise DuplicateError(
            f"{backup.destroyed.person} attested its destruction on {backup.destroyed.day}",
            where=identifier,
        )
    accepted_key_list(archive, caller)
    person = executing_administrator(caller, read_access(archive))
    day = caller.today(archive).isoformat()
    attested = replace(backup, destroyed=Destroyed(day=day, person=person))
    if not dry_run:
        note_backup(replicas, attested)
    return attested


def last_day(caller: Caller, archive: Archive, request: BackupRequest) -> date:
    """Tell until when a backup may exist.

    Raises:
        UsageError: nobody has said it, it is over, or it is later than the policy allows.
    """
    if (request.expires is None) == (request.days is None):
        raise UsageError("say how long the backup may exist", hint="--days 90")
    today = caller.today(archive)
    limit = read_vault_policy(archive).backup_days
    latest = today + timedelta(days=limit)
    if request.expires is not None:
        day = request.expires
    else:
        day = today + timedelta(days=min(request.days or 0, limit + 1))
    if not today < day <= latest:
        raise UsageError(
            f"a backup may exist from tomorrow to {latest}, {limit} days from now",
            where=VAULT_POLICY,
            hint="--days 90",
        )
    return day


def write_backup_file(
    replicas: Replicas, request: BackupRequest, *, backup: Backup, recipients: Sequence[str]
) -> BackedUp:
    """List a backup, read the vault, and write its file for those recipients.

    Raises:
        MemberarcError: whatever stopped it; the hint says what to do if it is on the list by then.
    """
    refuse_place(request.file)
    # Damage that would stop it is met before it is on the list.
    flaws = [flaw for vault in replicas for flaw in vault.problems()]
    replicas.fences()
    listed_backups(replicas)
    if not request.dry_run:
        note_backup(replicas, backup)
    with nullcontext() if request.dry_run else _listed_already(backup):
        contents = gather_contents(replicas, backup=backup)
        sealed = parse_age_file(encrypt(write_contents(contents), recipients=recipients)).binary
        if not request.dry_run:
            write_new(request.file, sealed)
    return BackedUp(
        backup=backup,
        shares=len(contents.shares),
        fences=len(contents.fences),
        damaged=sum(flaw.rule == "vault-rotten-line" for flaw in flaws),
        unreached=tuple(f"{absent.place}: {absent.reason}" for absent in replicas.absent),
    )


@contextmanager
def _listed_already(backup: Backup) -> Iterator[None]:
    """Say of whatever goes wrong that the backup is on the list, and how it gets off."""
    hint = f"it is listed already: memberarc vault backup-destroyed {backup.id}"
    try:
        yield
    except MemberarcError as err:
        err.hint = "; ".join(filter(None, (err.hint, hint)))
        raise
    except KeyboardInterrupt as err:
        raise FileError("the backup was interrupted", hint=hint) from err


def refuse_place(file: Path) -> None:
    """Refuse a place that is taken, that is not there, or that keeps what is deleted."""
    try:
        require_forgetful_place(file.parent)
    except UnsafeVaultError as err:
        raise UnsafeVaultError(
            "this place keeps what is deleted, and a backup must be able to go for ever",
            where=err.where,
            hint="choose a place outside of git and of synchronised folders",
        ) from err
    if file.exists():
        raise DuplicateError("the file exists already", where=str(file))
    if not file.parent.is_dir():
        raise FileError("there is no such folder", where=str(file.parent))


def _recipients(archive: Archive, caller: Caller, given: Sequence[str]) -> dict[str, str]:
    """Map each recipient to the person it belongs to, or to itself.

    Unless others are named, those in the safe open a backup; where there are none, those who
    administer, so that a stolen backup is of use to as few as possible.
    """
    # Whoever may push can write a policy, and would be the next recipient.
    accepted_key_list(archive, caller)
    access = read_access(archive)
    if given:
        owners = {one: person.id for person in access.people for one in person.recipients}
        return {one: owners.get(one, one) for one in given}
    office = {one.id for one in administrators(access)}
    openers = recovery_recipients(access, "secret") or [
        one for one in recipients_for_level(access, "secret") if one.person in office
    ]
    found = {one.recipient: one.person for one in openers}
    if not found:
        raise PolicyError(
            "no administrator may read what is secret, so nobody could open the backup",
            where=ACCESS_POLICY,
            hint="name who shall open it with --recipient",
        )
    return found
