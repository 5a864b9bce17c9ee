"""The commands ``vault status``, ``add-replica``, ``sync``, ``move`` and ``retire``."""

from __future__ import annotations

from pathlib import Path
from shlex import quote
from typing import TYPE_CHECKING, Annotated

import typer

from memberarc.cli.options import HERE, Directory, DryRun, Yes
from memberarc.cli.streams import Console
from memberarc.output.result import Column, Result, Section, Table

if TYPE_CHECKING:
    from collections.abc import Iterator

    from memberarc.acts.vault.replicas import AddedReplica
    from memberarc.acts.vault.retirement import RetiredReplica
    from memberarc.acts.vault.survey import VaultReport
    from memberarc.output.result import Cell

_STATUS_COLUMNS = (
    *("directory", "label", "replica", "state", "shares", "missing", "fences", "unfinished"),
    *("rotten", "doubled"),
)
_SYNC_COLUMNS = ("directory", "replica", "shares", "fences", "shredded", "mended", "register")

NewDirectory = Annotated[
    Path, typer.Argument(metavar="DIR", help="New or empty, on a local disk or a file share.")
]


def status(*, console: Console, directory: Directory = HERE) -> Result:
    """Compare the replicas of the vault; exit status 1 when one is away, behind or damaged.

    Example: memberarc vault status
    """
    from memberarc.acts.vault.survey import compare_replicas
    from memberarc.cli.calling import caller_at

    report = compare_replicas(caller_at(directory))
    rows, details = [], []
    for one in report.replicas:
        row = {
            "directory": one.place,
            "label": one.label,
            "replica": one.replica,
            "state": one.state,
            "shares": one.held.shares if one.held else None,
            "missing": one.missing if one.held else None,
            "fences": one.held.fences if one.held else None,
            "unfinished": len(one.held.unfinished) if one.held else None,
            "rotten": one.rotten if one.held else None,
            "doubled": one.doubled if one.held else None,
        }
        rows.append(tuple(row.values()))
        files = {
            "segments": one.held.segments if one.held else None,
            "shards": one.held.shards if one.held else None,
        }
        details.append({**row, **files})
    return Result(
        command="vault status",
        data={"replicas": details, "backups": report.backups},
        table=Table(
            columns=tuple(Column(key=key, label=key) for key in _STATUS_COLUMNS), rows=tuple(rows)
        ),
        sections=tuple(_record(row) for row in rows) if console.out.is_terminal else (),
        notices=tuple(f"the purge of {uid} is not finished" for uid in report.unfinished),
        problems=report.problems,
        next=(
            *_remedies(report),
            *(("memberarc vault backups",) if report.backups else ()),
        ),
        status="findings" if report.problems else "ok",
    )


def _record(row: tuple[Cell, ...]) -> Section:
    """Lay one replica out under its directory: its row is too wide for a terminal."""
    columns = (Column(key="field", label="field"), Column(key="value", label="value"))
    rows = tuple(zip(_STATUS_COLUMNS[1:], row[1:], strict=True))
    return Section(heading=str(row[0]), table=Table(columns=columns, rows=rows))


def _remedies(report: VaultReport) -> Iterator[str]:
    """Name what ends that a replica is behind, or away."""
    if any(problem.rule == "vault-behind" for problem in report.problems):
        yield "memberarc vault sync"
    for one in report.replicas:
        if one.held is None:
            name = quote(one.label or one.replica or one.place)
            yield f"bring {one.place} back, or memberarc vault retire {name}"


def add_replica(
    place: NewDirectory,
    *,
    label: Annotated[
        str,
        typer.Option(
            "--label", metavar="NAME", help="What to call it; by default the directory's name."
        ),
    ] = "",
    yes: Yes = False,
    directory: Directory = HERE,
    dry_run: DryRun = False,
) -> Result:
    """Make another replica of the vault, and write to it from now on.

    Example: memberarc vault add-replica ../safe --label safe

    A replica that lies there already is taken in, and brought up to the others. Where it would
    close members of whom no purge is known, --yes says that this is right.
    """
    from memberarc.acts.vault.replicas import add_replica
    from memberarc.cli.calling import caller_at

    added = add_replica(
        caller_at(directory), place, label=label, accept_fences=yes, dry_run=dry_run
    )
    return _added_result("vault add-replica", added, dry_run=dry_run)


def sync(*, directory: Directory = HERE, dry_run: DryRun = False) -> Result:
    """Bring the replicas of the vault together: all shares, but none of a purged member.

    Example: memberarc vault sync

    Repeating it is safe. With -q it says nothing when all replicas are at hand, as cron wants it.
    """
    from memberarc.acts.vault.replicas import sync_replicas
    from memberarc.cli.calling import caller_at
    from memberarc.cli.views import counted

    done = sync_replicas(caller_at(directory), dry_run=dry_run)
    rows = tuple(
        (
            str(one.vault.directory),
            one.vault.replica,
            len(one.shares),
            len(one.fences),
            len(one.shredded),
            one.mended,
            len(one.register),
        )
        for one in done.synced
    )
    would = "would get" if dry_run else "got"
    sentences = tuple(
        f"{row[0]} {would} {counted(row[2], 'share')} and {counted(row[3], 'fence')},"
        f" {counted(row[4], 'share')} destroyed, {counted(row[5], 'damaged line')} mended"
        for row, one in zip(rows, done.synced, strict=True)
        if one.changed
    )
    return Result(
        command="vault sync",
        wrote=True,
        data={"replicas": [dict(zip(_SYNC_COLUMNS, row, strict=True)) for row in rows]},
        table=Table(columns=tuple(Column(key=key, label=key) for key in _SYNC_COLUMNS), rows=rows),
        text="",
        done=sentences or ("nothing to do",),
        notices=done.notices,
    )


def move(
    place: NewDirectory, *, yes: Yes = False, directory: Directory = HERE, dry_run: DryRun = False
) -> Result:
    """Move the nearest replica of the vault to another directory.

    Example: memberarc vault move ../vault

    The old one is deleted once the new one is complete. Interrupted, the same command goes on.
    """
    from memberarc.acts.vault.retirement import move_vault
    from memberarc.cli.calling import caller_at

    added = move_vault(caller_at(directory), place, accept_fences=yes, dry_run=dry_run)
    return _added_result("vault move", added, dry_run=dry_run)


def retire(
    replica: Annotated[
        str, typer.Argument(metavar="REPLICA", help="Its id, its label or its directory.")
    ],
    *,
    yes: Yes = False,
    directory: Directory = HERE,
    dry_run: DryRun = False,
) -> Result:
    """Give up a replica of the vault: one at hand is deleted, a lost one is waited for no more.

    Example: memberarc vault retire safe --yes

    A lost replica goes on opening, together with the level keys, whom it holds: members who are
    purged from now on, too. Their certificates name it.
    """
    from memberarc.acts.vault.retirement import retire_replica
    from memberarc.cli.calling import caller_at
    from memberarc.cli.prompts import confirm

    retired = retire_replica(caller_at(directory), replica, dry_run=True)
    name = retired.label or retired.replica or str(retired.directory)
    if not dry_run:
        confirm(_retiring(retired, name=name), yes=yes)
        reference = retired.replica or str(retired.directory)
        retired = retire_replica(caller_at(directory), reference)
    would = "would be " if dry_run else ""
    kept = (
        f"{name} may still hold shares: whoever finds it and has the level keys reads the members"
        " in it, those purged from now on, too"
    )
    return Result(
        command="vault retire",
        wrote=True,
        data={
            "replica": retired.replica,
            "label": retired.label,
            "directory": str(retired.directory) if retired.directory else None,
            "deleted": retired.at_hand and not dry_run,
        },
        text="",
        done=(f"{name} {would}{'deleted' if retired.at_hand else 'given up'}",),
        notices=() if retired.at_hand else (kept,),
    )


def _retiring(retired: RetiredReplica, *, name: str) -> str:
    """Ask for what is about to happen, by the directory that it happens to."""
    if retired.at_hand:
        return f"{name} will be deleted: {retired.directory}. Go on?"
    place = retired.directory or "the settings here do not name it"
    return (
        f"{name} is not at hand ({place}): no purge will wait for it any more, and it keeps the"
        " shares it holds. Go on?"
    )


def _added_result(command: str, added: AddedReplica, *, dry_run: bool) -> Result:
    from memberarc.cli.views import counted

    holds = f"{counted(added.shares, 'share')} and {counted(added.fences, 'fence')}"
    sentences = [f"{added.directory} {'would hold' if dry_run else 'holds'} {holds}"]
    if added.destroyed:
        told = counted(added.destroyed, "purged member")
        would = "would be destroyed" if dry_run else "destroyed"
        sentences.append(f"shares of {told} {would}")
    if added.removed:
        sentences.append(f"{added.removed} {'would be' if dry_run else 'is'} deleted")
    return Result(
        command=command,
        wrote=True,
        data={
            "replica": added.replica or None,
            "directory": str(added.directory),
            "shares": added.shares,
            "fences": added.fences,
            "destroyed": added.destroyed,
            "removed": str(added.removed) if added.removed else None,
        },
        text="",
        done=tuple(sentences),
        notices=added.notices,
        next=() if dry_run else ("memberarc vault status",),
    )
