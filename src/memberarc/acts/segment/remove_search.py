"""Remove a saved search for good: its share is destroyed as a member's is, then its file goes."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from memberarc.acts.index.renewal import index_renewed
from memberarc.acts.key.keys_at_hand import open_keys, open_keys_at_hand, open_replicas
from memberarc.acts.writing import commit_act
from memberarc.archive.identifiers import new_uid
from memberarc.archive.layout import UID, segment_path
from memberarc.archive.message import Act
from memberarc.archive.opened import open_archive
from memberarc.archive.snapshot import read_objects
from memberarc.archive.transaction import Change, Plan
from memberarc.disposal.versions import blobs_at
from memberarc.errors import (
    ConflictError,
    InvalidRecordError,
    MemberarcError,
    NoIdentityError,
    NotFoundError,
    PurgePendingError,
    SealingError,
)
from memberarc.sealing.vault.backup_list import listed_backups
from memberarc.sealing.vault.fences import Fence, utc_text
from memberarc.search.saved import open_stored, parse_stored
from memberarc.search.saved_shelf import find_search

if TYPE_CHECKING:
    from collections.abc import Sequence

    from memberarc.acts.opening import Caller
    from memberarc.archive.git import Repository
    from memberarc.archive.opened import Archive
    from memberarc.sealing.keys.key_ring import KeyRing
    from memberarc.sealing.vault.replicas import Replicas
    from memberarc.search.saved import StoredSearch


@dataclass(frozen=True, slots=True, kw_only=True)
class RemovedSearch:
    """What was removed; ``shredded`` says that a share was, or would be, destroyed with it.

    ``backups`` counts the backups of the vault that still hold it, ``until`` is the last day on
    which one may exist. ``commit`` is None after a dry run, and where no file stood any more.
    """

    uid: str
    shredded: bool
    backups: int
    until: str
    commit: str | None


def remove_search(caller: Caller, reference: str, *, dry_run: bool = False) -> RemovedSearch:
    """Destroy the share of a saved search, and commit that its file is gone.

    Killed in between, it is named by its uid and removed again; so is one that somebody deleted by
    hand, and that history still holds, or that a killed save left without a commit.

    Raises:
        NoIdentityError: it does not open here, so nobody here knows what would be removed.
        PurgePendingError: a replica of the vault is away, and there the share still opens.
    """
    archive = open_archive(caller.directory)
    uid = _uid_of(caller, archive, reference)
    replicas = _replicas_with_its_share(caller, archive, uid)
    commit_act(archive, lambda current: _plan(current, uid), dry_run=True)
    backups = [one for one in listed_backups(replicas or ()) if not one.destroyed]
    commit = None
    if not dry_run:
        if replicas is not None:
            # With the share goes that of the index, which must not be made anew for it.
            keys = open_keys_at_hand(archive, caller)
            with index_renewed(archive, caller, keys=keys, without=()):
                _destroy_share(caller, replicas, uid=uid)
        commit = commit_act(archive, lambda current: _plan(current, uid))
        if replicas is not None:
            _advance(caller, replicas, uid=uid, state="committed")
    return RemovedSearch(
        uid=uid,
        shredded=replicas is not None,
        backups=len(backups),
        until=max((one.expires for one in backups), default=""),
        commit=commit,
    )


def _uid_of(caller: Caller, archive: Archive, reference: str) -> str:
    is_uid = UID.fullmatch(reference)
    if is_uid and blobs_at(archive.repository, segment_path(reference)):
        return reference
    ring = open_keys_at_hand(archive, caller).ring
    try:
        return find_search(archive, reference, ring=ring).stored.uid
    except NotFoundError as err:
        if is_uid and _versions(archive, reference):
            return reference
        # The name went with the share: after a kill only the uid leads on.
        if unfinished := _half_removed(archive, caller):
            err.hint = f"a removal was cut short: memberarc segment remove {unfinished[0]}"
        raise


def _half_removed(archive: Archive, caller: Caller) -> list[str]:
    with suppress(MemberarcError):
        fences = open_replicas(archive, caller).fences().values()
        return [fence.uid for fence in fences if fence.unfinished and not fence.of_member]
    return []


def _replicas_with_its_share(caller: Caller, archive: Archive, uid: str) -> Replicas | None:
    """Open the replicas if a share is to be destroyed: of a saved search, and of nobody else.

    Whoever may push can put a member's uid into the name of a file. What opens as a saved search
    was sealed under its uid by somebody who had the keys.

    Raises:
        ConflictError: a record has the uid.
        NoIdentityError: no version of it opens here for want of a key.
    """
    versions = [stored for stored in _versions(archive, uid) if stored.sealed]
    if not versions:
        return None
    _refuse_member(archive, uid)
    replicas = open_replicas(archive, caller)
    fence = replicas.fence_of(uid)
    if fence is not None and fence.reached("fenced"):
        return None if fence.of_member else replicas
    return replicas if _opens(versions, ring=open_keys(archive, caller).ring) else None


def _versions(archive: Archive, uid: str) -> list[StoredSearch]:
    path, found = segment_path(uid), []
    blobs = blobs_at(archive.repository, path) or _unreachable_blobs(archive.repository)
    for _, content in read_objects(archive.repository, sorted(blobs)):
        with suppress(InvalidRecordError):
            found.append(parse_stored(content, path=path))
    return [stored for stored in found if stored.uid == uid]


def _unreachable_blobs(repository: Repository) -> list[str]:
    """Name what no commit leads to: a save may have been killed before its commit was one."""
    options = ("--unreachable", "--connectivity-only", "--no-progress")
    told = repository.line("fsck", *options) or ""
    return [one.split()[2] for one in told.splitlines() if one.startswith("unreachable blob ")]


def _opens(versions: Sequence[StoredSearch], *, ring: KeyRing) -> bool:
    closed: NoIdentityError | None = None
    for stored in versions:
        try:
            open_stored(stored, ring=ring)
        except NoIdentityError as err:
            closed = err
        except SealingError:
            continue
        else:
            return True
    if closed is not None:
        raise closed
    return False


def _refuse_member(archive: Archive, uid: str) -> None:
    words = ("grep", "-l", "-E", f"^uid: {uid}$", archive.snapshot.commit or "", "--", "members")
    if found := archive.repository.line(*words):
        raise ConflictError(
            "the uid of this saved search is that of a member",
            where=found.partition(":")[2],
            hint=f"memberarc log shows who wrote it; git rm {segment_path(uid)}",
        )


def _plan(current: Archive, uid: str) -> Plan | None:
    path = segment_path(uid)
    if current.snapshot.blob_of(path) is None:
        return None
    return Plan(
        changes=(Change(path=path, content=None),),
        act=Act(
            name="segment-remove",
            subject=f"remove segment {uid}",
            policy=current.policy_digest,
        ),
    )


def _destroy_share(caller: Caller, replicas: Replicas, *, uid: str) -> None:
    """Close the uid in every replica, destroy its share there, and read each again.

    Raises:
        PurgePendingError: a replica that counts did not confirm.
    """
    fence = replicas.fence_of(uid)
    if fence is None:
        times = {"fenced": utc_text(caller.now)}
        fence = Fence(uid=uid, request=new_uid(), state="fenced", times=times)
    replicas.put_fence(fence)
    confirmed = {name: time for name, time in replicas.shred(uid).items() if time is not None}
    fence = replicas.put_fence(fence.confirmed(confirmed))
    away = [one for one in replicas.absent if one.replica not in fence.confirmations]
    if away:
        places = ", ".join(f"{one.place} ({one.reason})" for one in away)
        raise PurgePendingError(
            "not removed yet, the share of the saved search STILL OPENS in a replica of the vault"
            f" that is away: {places}",
            hint=f"bring the replica back, then: memberarc segment remove {uid}",
        )
    _advance(caller, replicas, uid=uid, state="shredded")


def _advance(caller: Caller, replicas: Replicas, *, uid: str, state: str) -> None:
    fence = replicas.fence_of(uid)
    assert fence is not None  # nothing advances that was not begun
    replicas.put_fence(fence.advanced(state, now=caller.now))
