"""Compare the replicas of a vault: who is there, what each lacks, and what is damaged."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from memberarc.acts.key.keys_at_hand import open_replicas
from memberarc.acts.vault.buried import keys_of_shares
from memberarc.archive.opened import open_archive
from memberarc.errors import Problem, VaultError
from memberarc.sealing.derivation import record_commitment
from memberarc.sealing.vault.backup_list import listed_backups
from memberarc.sealing.vault.sync import plan_sync, unite

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date

    from memberarc.acts.opening import Caller
    from memberarc.archive.opened import Archive
    from memberarc.sealing.vault.replica import Vault
    from memberarc.sealing.vault.replicas import Replicas
    from memberarc.sealing.vault.sync import Union
    from memberarc.sealing.vault.upkeep import VaultStatus


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplicaStatus:
    """One replica; of one that is away only the id, if it is known, and why.

    ``missing`` are shares that others hold, ``rotten`` damaged lines, ``doubled`` members with more
    than one share.
    """

    replica: str
    label: str
    place: str
    state: str
    held: VaultStatus | None = None
    missing: int = 0
    rotten: int = 0
    doubled: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class VaultReport:
    """All replicas, what there is to do, and the purges that are not finished."""

    replicas: tuple[ReplicaStatus, ...]
    problems: tuple[Problem, ...]
    unfinished: tuple[str, ...]
    backups: int


def compare_replicas(caller: Caller) -> VaultReport:
    """Read every replica at hand, and tell what is not as it should be."""
    archive = open_archive(caller.directory)
    replicas = open_replicas(archive, caller)
    union = unite(replicas)
    return VaultReport(
        replicas=(*_at_hand(replicas, union), *_away(replicas)),
        problems=(
            *_problems(replicas, today=caller.today(archive)),
            *_half_removed(union, place=str(replicas.nearest.directory)),
            *_undecided(archive, union, place=str(replicas.nearest.directory)),
        ),
        unfinished=tuple(
            uid
            for uid in sorted(union.closed | union.fences.keys())
            if uid not in union.fences
            or (union.fences[uid].of_member and union.fences[uid].unfinished)
        ),
        backups=_standing_backups(replicas),
    )


def _standing_backups(replicas: Replicas) -> int:
    """Count the backups nobody has attested as destroyed; a damaged list is among the problems."""
    found: set[str] = set()
    gone: set[str] = set()
    for vault in replicas:
        with suppress(VaultError):
            for one in listed_backups([vault]):
                (gone if one.destroyed else found).add(one.id)
    return len(found - gone)


def _at_hand(replicas: Replicas, union: Union) -> Iterator[ReplicaStatus]:
    unwritten = {one.replica: one.reason for one in replicas.absent}
    for vault in replicas:
        entry, inventory = replicas.known[vault.replica], union.inventories[vault.replica]
        state = unwritten.get(vault.replica, "at hand")
        yield ReplicaStatus(
            replica=vault.replica,
            label=entry.label,
            place=str(vault.directory),
            state=f"retired {entry.retired}" if entry.retired else state,
            held=vault.status(),
            missing=len(union.missing(vault)),
            rotten=sum(map(len, inventory.rotten.values())),
            doubled=sum(len(shares) > 1 for shares in inventory.shares.values()),
        )


def _away(replicas: Replicas) -> Iterator[ReplicaStatus]:
    at_hand = {vault.replica for vault in replicas}
    for one in replicas.absent:
        if one.replica not in at_hand:
            entry = replicas.known.get(one.replica)
            yield ReplicaStatus(
                replica=one.replica,
                label=entry.label if entry else "",
                place=one.place,
                state=one.reason,
            )


def _problems(replicas: Replicas, *, today: date) -> Iterator[Problem]:
    for absent in replicas.absent:
        lost = f"if it is lost for good: memberarc vault retire {absent.replica}"
        yield Problem(
            path=absent.place,
            rule="vault-away",
            message=f"a replica is not written: {absent.reason}",
            hint=lost if absent.replica else "if it is lost for good, take it out of your settings",
        )
    for synced in plan_sync(replicas, today=today).replicas:
        if synced.shares or synced.fences:
            yield Problem(
                path=str(synced.vault.directory),
                rule="vault-behind",
                message=f"lacks shares: {len(synced.shares)}, fences: {len(synced.fences)}",
                hint="memberarc vault sync",
            )
    for vault in replicas:
        yield from _own_problems(vault, replicas)


def _own_problems(vault: Vault, replicas: Replicas) -> Iterator[Problem]:
    if replicas.is_retired(vault.replica):
        yield Problem(
            path=str(vault.directory),
            rule="vault-retired",
            message="the replica was retired and is at hand all the same",
            hint=f"delete it: memberarc vault retire {vault.replica}",
        )
    # Of two shares the records tell which one counts.
    yield from (one for one in vault.problems() if one.rule != "vault-two-shares")


def _undecided(archive: Archive, union: Union, *, place: str) -> Iterator[Problem]:
    """Tell of the members of whose several shares the record names none."""
    doubled = {uid: shares for uid, shares in union.shares.items() if len(shares) > 1}
    keys = keys_of_shares(archive) if doubled else {}
    for uid, shares in sorted(doubled.items()):
        if keys.get(uid) not in {record_commitment(share) for share in shares}:
            yield Problem(
                path=place,
                rule="vault-two-shares",
                message=f"{uid} has {len(shares)} shares, and no record here names one of them",
            )


def _half_removed(union: Union, *, place: str) -> Iterator[Problem]:
    """Tell of the saved searches whose share is not destroyed everywhere yet."""
    for uid, fence in union.fences.items():
        if not fence.of_member and fence.unfinished:
            yield Problem(
                path=place,
                rule="vault-removal",
                message=f"the removal of the saved search {uid} is not finished",
                hint=f"memberarc segment remove {uid}",
            )
