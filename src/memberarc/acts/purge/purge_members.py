"""Purge members: fence, shred, tombstone, trial, certificate (design.md, section 4).

Each step can be repeated, and the vault's fence says how far a purge came, so running the same
command again, here or on another machine, goes on where it stopped.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TypeAlias

from memberarc.acts.key.keys_at_hand import open_replicas
from memberarc.acts.purge.steps import Purge
from memberarc.archive.opened import open_archive
from memberarc.archive.recovery import recover
from memberarc.disposal.copies import opened_copies
from memberarc.errors import NotFoundError
from memberarc.members.reasons import require_reason
from memberarc.members.shelves import record_path

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from pathlib import Path

    from memberarc.acts.opening import Caller
    from memberarc.archive.opened import Archive
    from memberarc.disposal.certificate import Trial
    from memberarc.sealing.vault.fences import Fence

ScanChoice: TypeAlias = Literal["", "full", "quick"]


@dataclass(frozen=True, slots=True, kw_only=True)
class PurgeRequest:
    """Whom to purge and why; ``copies`` are other clones or mirrors the trial shall try, too.

    Args:
        members: codes; without any, a purge that goes on takes all that can.
        reason: empty when a purge goes on.
        scan: empty means to look at everything while that is little.
        accept_unreadable: go on although some version cannot be opened whole.
    """

    members: tuple[str, ...]
    reason: str = ""
    copies: tuple[Path, ...] = ()
    scan: ScanChoice = ""
    dry_run: bool = False
    accept_unreadable: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class PurgedMember:
    """What became of one member; ``trial`` is None after a dry run."""

    code: str
    uid: str
    certificate: str
    versions: int
    trial: Trial | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Purged:
    """What a purge did; after a dry run only what it would do.

    ``elsewhere`` names places in the organisation's own files that hold a value of a member's
    record, too; ``left_out`` what a quick scan did not look at; ``left_in_store`` what stayed in
    the store of documents under a member's uid; ``away`` the replicas that a purge would wait for.
    """

    members: tuple[PurgedMember, ...]
    objects: int
    scan: str
    left_out: tuple[str, ...]
    second_scan: bool
    replicas: tuple[str, ...]
    elsewhere: tuple[str, ...]
    left_in_store: tuple[str, ...]
    away: tuple[str, ...]
    commit: str | None


def purge_members(
    caller: Caller, request: PurgeRequest, *, confirm: Callable[[Sequence[str]], None]
) -> Purged:
    """Take members' shares out of the vault for ever, and prove it by trying.

    What is refused for one stops all, before anything is destroyed.

    Args:
        confirm: is told of each member who it is, once it is known that nothing stands against the
            purge, and raises what keeps it from being done; not asked before a dry run.

    Raises:
        ClearTextFoundError: a value stands in clear somewhere; nothing was destroyed.
        HeldError: a member is held; nothing was destroyed.
        ApprovalMissingError: others must approve first; the request is noted.
        PurgePendingError: it cools off, or a replica of the vault is away.
        ConflictError: it is not certain who would be destroyed, a repository is not whole, or
            something would be in the way later; nothing was destroyed.
        FindingsError: after the shredding something still opens; no certificate is given.
    """
    archive = _opened(caller, request)
    require_reason(archive, request.reason, act="purge")
    with opened_copies(archive, request.copies) as repositories:
        purge = Purge(
            caller,
            archive,
            members=request.members,
            repositories=repositories,
            scan=request.scan,
        )
        purge.refuse_when_done()
        purge.refuse_obstacles()
        if not request.dry_run:
            confirm(purge.described())
        _look(purge, request)
        if request.dry_run:
            return _report(purge, commit=None)
        purge.request(reason=request.reason)
        return _carry_out(purge)


def resume_purges(caller: Caller, request: PurgeRequest) -> Purged | None:
    """Go on with purges that stopped or had to wait; None when none is left that can go on.

    Raises:
        NotFoundError: nobody has asked for the purge of a member who is named.
    """
    archive = _opened(caller, request)
    members = _unfinished(request.members, fences=open_replicas(archive, caller).fences().values())
    if not request.members:  # another clone may know members of whom this one has not yet heard
        members = [code for code in members if record_path(archive, code)]
    if not members:
        return None
    with opened_copies(archive, request.copies) as repositories:
        purge = Purge(
            caller, archive, members=members, repositories=repositories, scan=request.scan
        )
        if not request.members:
            purge.leave_out_those_that_wait(dry_run=request.dry_run)
        if not purge.subjects:
            return None
        purge.refuse_obstacles()
        _look(purge, request)
        return _report(purge, commit=None) if request.dry_run else _carry_out(purge)


def _opened(caller: Caller, request: PurgeRequest) -> Archive:
    archive = open_archive(caller.directory)
    if not request.dry_run:
        recover(archive.repository)  # or what a killed command left would count as in the way
    return archive


def _look(purge: Purge, request: PurgeRequest) -> None:
    purge.look_for_clear_text(accept_unreadable=request.accept_unreadable)
    purge.refuse_namesakes()


def _carry_out(purge: Purge) -> Purged:
    purge.require_approvals()
    purge.raise_fences()
    purge.shred()
    purge.bury()
    purge.try_all_keys()
    return _report(purge, commit=purge.certify())


def _unfinished(members: Sequence[str], *, fences: Iterable[Fence]) -> list[str]:
    """Name whose purge is not finished, all of them or those that were named."""
    unfinished = sorted(fence.id for fence in fences if fence.of_member and fence.unfinished)
    for member in members:
        if member.upper() not in unfinished:
            raise NotFoundError(f"no purge of {member} is under way", hint="memberarc purge status")
    return [*members] or unfinished


def _report(purge: Purge, *, commit: str | None) -> Purged:
    return Purged(
        members=tuple(
            PurgedMember(
                code=one.record.code,
                uid=one.record.uid,
                certificate=one.certificate_path,
                versions=one.trial.versions if one.trial else one.versions,
                trial=one.trial,
            )
            for one in purge.subjects
        ),
        objects=purge.scan.objects if purge.scan else 0,
        scan=purge.look.name,
        left_out=purge.look.left_out,
        second_scan=purge.second_scan,
        replicas=tuple(
            sorted(
                {name for one in purge.subjects if one.trial for name in one.fence.confirmations}
            )
        )
        or purge.keys.replicas.ids,
        elsewhere=purge.found_in_organisation_files,
        left_in_store=tuple(map(str, purge.left_in_store)),
        away=tuple(f"{one.place} ({one.reason})" for one in purge.keys.replicas.absent),
        commit=commit,
    )
