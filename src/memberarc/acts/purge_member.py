"""Purge one member: fence, shred, tombstone, trial, certificate (design.md, section 4).

Each step can be repeated, and the vault's fence says how far a purge came, so running the same
command again, here or on another machine, goes on where it stopped.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from memberarc.acts.purge_steps import Purge
from memberarc.archive.opened import open_archive
from memberarc.members.reasons import require_reason

if TYPE_CHECKING:
    from pathlib import Path

    from memberarc.acts.opening import Caller
    from memberarc.disposal.certificate import Trial


@dataclass(frozen=True, slots=True, kw_only=True)
class PurgeRequest:
    """Whom to purge and why; ``copies`` are other clones or mirrors the trial shall try, too.

    ``accept_unreadable`` goes on although some version cannot be opened whole.
    """

    member: str
    reason: str
    copies: tuple[Path, ...] = ()
    dry_run: bool = False
    accept_unreadable: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Purged:
    """What a purge did; after a dry run only what it would do.

    ``trial`` is None after a dry run. ``elsewhere`` names places in the organisation's own files
    that hold a value the member's record held, too.
    """

    code: str
    uid: str
    certificate: str
    versions: int
    objects: int
    trial: Trial | None
    second_scan: bool
    replicas: tuple[str, ...]
    elsewhere: tuple[str, ...]
    commit: str | None


def purge_member(caller: Caller, request: PurgeRequest) -> Purged:
    """Take a member's share out of the vault for ever, and prove it by trying.

    Raises:
        ClearTextFoundError: a value stands in clear somewhere; nothing was destroyed.
        ApprovalMissingError: the caller is no administrator, or the policy wants more than one.
        ConflictError: it is not certain who would be destroyed, a repository is not whole, or
            something would be in the way later; nothing was destroyed.
        FindingsError: after the shredding something still opens; no certificate is given.
    """
    archive = open_archive(caller.directory)
    require_reason(archive, request.reason, act="purge")
    purge = Purge(
        caller, archive, member=request.member, reason=request.reason, copies=request.copies
    )
    purge.refuse_when_done()
    purge.refuse_obstacles()
    if purge.fence is None:
        purge.look_for_clear_text(accept_unreadable=request.accept_unreadable)
    if request.dry_run:
        return _report(purge, commit=None)
    purge.raise_fence()
    purge.shred()
    purge.bury()
    purge.try_all_keys()
    return _report(purge, commit=purge.certify())


def _report(purge: Purge, *, commit: str | None) -> Purged:
    return Purged(
        code=purge.record.code,
        uid=purge.record.uid,
        certificate=purge.certificate_path,
        versions=purge.trial.versions if purge.trial else purge.versions,
        objects=purge.scan.objects if purge.scan else 0,
        trial=purge.trial,
        second_scan=purge.second_scan,
        replicas=purge.keys.replicas,
        elsewhere=purge.found_in_organisation_files,
        commit=commit,
    )
