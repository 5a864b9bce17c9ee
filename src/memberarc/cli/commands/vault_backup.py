"""The commands ``vault backup``, ``backups``, ``backup-destroyed`` and ``restore``."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from memberarc.cli.backup_options import (
    AcceptExpired,
    Days,
    Expires,
    backed_up,
    backup_data,
    backup_notices,
    restored_result,
)
from memberarc.cli.options import HERE, Directory, DryRun, Yes
from memberarc.output.result import Column, Result, Table

_COLUMNS = ("id", "kind", "made", "expires", "state", "purged", "opened_by")


def backup(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="Where to write; must not exist.")],
    *,
    expires: Expires = None,
    days: Days = None,
    recipients: Annotated[
        list[str] | None,
        typer.Option(
            "--recipient",
            metavar="AGE1...",
            help="Who opens it, instead of those for recovery, or the administrators; repeatable.",
        ),
    ] = None,
    directory: Directory = HERE,
    dry_run: DryRun = False,
) -> Result:
    """Encrypt all shares and fences into one age file, and list it in the vault.

    Example: memberarc vault backup ../vault.age --days 90

    Until it is destroyed it opens whoever is purged meanwhile: say when that will be, and attest
    it with `vault backup-destroyed`.
    """
    from memberarc.acts.vault.backups import BackupRequest, back_up_vault
    from memberarc.cli.calling import caller_at

    request = BackupRequest(
        file=file,
        expires=expires.date() if expires else None,
        days=days,
        recipients=tuple(recipients or ()),
        dry_run=dry_run,
    )
    done = back_up_vault(caller_at(directory), request)
    opened_by = ", ".join(done.backup.recipients)
    return Result(
        command="vault backup",
        wrote=True,
        data=backup_data(done, file=file, dry_run=dry_run),
        text="" if dry_run else done.backup.id,
        done=(f"{backed_up(done, dry_run=dry_run)}, opened by {opened_by}",),
        notices=backup_notices(done),
        next=() if dry_run else ("memberarc vault backups",),
    )


def backups(*, directory: Directory = HERE) -> Result:
    """List the backups of the vault, and whom they still open.

    Example: memberarc vault backups
    """
    from memberarc.acts.vault.backups import list_backups
    from memberarc.cli.calling import caller_at
    from memberarc.cli.views import counted

    listed = list_backups(caller_at(directory))
    rows = tuple(
        (
            one.backup.id,
            one.backup.kind,
            datetime.fromisoformat(one.backup.made),
            one.backup.expires,
            "destroyed" if one.backup.destroyed else "overdue" if one.overdue else "standing",
            one.purged,
            f"{one.backup.threshold} of {one.backup.custodians} custodians"
            if one.backup.custodians
            else ", ".join(one.backup.recipients),
        )
        for one in listed
    )
    return Result(
        command="vault backups",
        data={"backups": [dict(zip(_COLUMNS, row, strict=True)) for row in rows]},
        table=Table(columns=tuple(Column(key=key, label=key) for key in _COLUMNS), rows=rows),
        notices=tuple(
            f"{one.backup.id} should be gone since {one.backup.expires}: destroy it, then"
            f" memberarc vault backup-destroyed {one.backup.id}"
            for one in listed
            if one.overdue
        )
        + tuple(
            f"{one.backup.id} still opens {counted(one.purged, 'purged member')}: make a new"
            " one and destroy this"
            for one in listed
            if one.purged and not one.overdue
        ),
    )


def backup_destroyed(
    backup: Annotated[str, typer.Argument(metavar="BACKUP", help="Its id, of `vault backups`.")],
    *,
    yes: Yes = False,
    directory: Directory = HERE,
    dry_run: DryRun = False,
) -> Result:
    """Attest that a backup or an escrow was destroyed, with every copy of it.

    Example: memberarc vault backup-destroyed k5x2w7n3q4v6t2zb --yes
    """
    from memberarc.acts.vault.backups import attest_destroyed
    from memberarc.cli.calling import caller_at
    from memberarc.cli.prompts import confirm

    if not dry_run:
        confirm(f"Do you attest that no copy of backup {backup} is left?", yes=yes)
    attested = attest_destroyed(caller_at(directory), backup, dry_run=dry_run)
    assert attested.destroyed is not None
    day, person = attested.destroyed.day, attested.destroyed.person
    told = f"{person} attests on {day} that {backup} is destroyed"
    return Result(
        command="vault backup-destroyed",
        wrote=True,
        data={
            "id": attested.id,
            "destroyed": {"day": day, "person": person},
            "dry_run": dry_run,
        },
        text="",
        done=(f"would note: {told}" if dry_run else told,),
    )


def restore(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A backup of the vault.")],
    *,
    into: Annotated[
        Path | None,
        typer.Option("--into", metavar="DIR", help="Make a vault there, instead of filling yours."),
    ] = None,
    accept_expired: AcceptExpired = False,
    yes: Yes = False,
    directory: Directory = HERE,
    dry_run: DryRun = False,
) -> Result:
    """Bring back the shares the vault lacks; never one of a purged member.

    Example: memberarc vault restore ../vault.age --into ../vault

    Your identity opens the backup. What is fenced in it or in the vault, or has a tombstone
    anywhere in this clone's history, stays out: fetch first. --yes takes from it fences and retired
    replicas of which nothing here knows: whoever has a public key can write a backup.
    """
    from memberarc.acts.vault.restore import RestoreRequest, restore_vault
    from memberarc.cli.calling import caller_at

    request = RestoreRequest(
        file=file,
        into=into,
        accept_expired=accept_expired,
        accept_fences=yes,
        dry_run=dry_run,
    )
    restored = restore_vault(caller_at(directory), request)
    return restored_result(restored, command="vault restore", dry_run=dry_run)
