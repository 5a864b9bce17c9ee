"""What the commands about backups and escrows of the vault share."""

from __future__ import annotations

from datetime import datetime
from shlex import quote
from typing import TYPE_CHECKING, Annotated, TypeAlias

import typer

from memberarc.cli.views import counted
from memberarc.output.result import Result

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from memberarc.acts.vault.backups import BackedUp
    from memberarc.acts.vault.restore import Restored, RestoredVault
    from memberarc.output.result import JsonValue

Expires: TypeAlias = Annotated[
    datetime | None,
    typer.Option(
        "--expires", formats=["%Y-%m-%d"], metavar="DAY", help="The last day it may exist."
    ),
]
Days: TypeAlias = Annotated[
    int | None, typer.Option("--days", metavar="N", help="How many days it may exist.")
]
AcceptExpired: TypeAlias = Annotated[
    bool, typer.Option("--accept-expired", help="Use it although it should be gone by now.")
]


def backup_data(done: BackedUp, *, file: Path, dry_run: bool) -> dict[str, JsonValue]:
    """Tell machines what was written, or would be."""
    backup = done.backup
    return {
        "id": None if dry_run else backup.id,
        "kind": backup.kind,
        "file": str(file),
        "made": backup.made,
        "expires": backup.expires,
        "recipients": list(backup.recipients),
        "custodians": backup.custodians,
        "threshold": backup.threshold,
        "shares": done.shares,
        "fences": done.fences,
        "damaged": done.damaged,
    }


def backed_up(done: BackedUp, *, dry_run: bool) -> str:
    """Tell people what was written, or would be."""
    would = "would write" if dry_run else "wrote"
    return f"{would} {counted(done.shares, 'share')} until {done.backup.expires}"


def backup_notices(done: BackedUp) -> tuple[str, ...]:
    """Warn of what a backup could not take, and of replicas that know nothing of it."""
    damaged = (f"damaged in the vault: {counted(done.damaged, 'line')}; memberarc verify",)
    return (*(damaged if done.damaged else ()), *unreached_notices(done.unreached))


def unreached_notices(unreached: Sequence[str]) -> tuple[str, ...]:
    """Warn of replicas that were not asked, or not written."""
    return tuple(f"not every replica was reached: {place}" for place in unreached)


def restored_result(restored: Restored, *, command: str, dry_run: bool) -> Result:
    """Tell what came back, what was left out, and what nobody could decide."""
    return Result(
        command=command,
        wrote=True,
        data={
            "backup": restored.backup.id,
            "made": restored.backup.made,
            "fences": restored.fences,
            "unfenced": list(restored.unfenced),
            "vaults": [_vault_data(one) for one in restored.vaults],
            "dry_run": dry_run,
        },
        text="",
        done=_sentences(restored, dry_run=dry_run),
        notices=_notices(restored, dry_run=dry_run),
        next=() if dry_run else ("memberarc vault sync", "memberarc vault status"),
    )


def _vault_data(one: RestoredVault) -> dict[str, JsonValue]:
    restoration = one.restoration
    return {
        "directory": str(one.directory),
        "restored": len(restoration.missing),
        "present": restoration.present,
        "purged": len(restoration.purged),
        "unclear": list(restoration.unclear),
    }


def _sentences(restored: Restored, *, dry_run: bool) -> tuple[str, ...]:
    would = "would restore" if dry_run else "restored"
    told = [
        (
            f"{would} {counted(len(one.restoration.missing), 'share')} in {one.directory}:"
            f" {one.restoration.present} were there,"
            f" {len(one.restoration.purged)} of purged members left out"
        )
        for one in restored.vaults
    ]
    if restored.unnamed and not dry_run:
        told.append(f"MEMBERARC_VAULT is set and does not name {restored.unnamed}")
    return tuple(told)


def _notices(restored: Restored, *, dry_run: bool) -> tuple[str, ...]:
    notices = [
        f"there are different shares for {uid}, and no record says which is right: left as it is"
        for uid in sorted({uid for one in restored.vaults for uid in one.restoration.unclear})
    ]
    notices += [
        f"{uid} stays out for its tombstone alone: memberarc verify judges its certificate"
        for uid in restored.unfenced
    ]
    if restored.into:
        notices.append(
            f"{restored.into} {'would be' if dry_run else 'is'} a replica from now on: every purge"
            f" waits for it; to end that: memberarc vault retire {quote(str(restored.into))}"
        )
    notices += unreached_notices(restored.unreached)
    if restored.denied:
        notices.append(f"somebody attested that backup {restored.backup.id} was destroyed")
    return tuple(notices)
