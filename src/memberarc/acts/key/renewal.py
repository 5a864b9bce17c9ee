"""Make the next key list: level keys wrapped for whom the policy names, new epochs, a signature."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, field, replace
from itertools import chain as joined
from typing import TYPE_CHECKING, TypeAlias

from memberarc.acts.key.approval_rules import refuse_unmet_approvals
from memberarc.acts.key.chain import KeyChain
from memberarc.acts.key.given_up import keys_given_up, refuse_undone, undone_revocations
from memberarc.acts.key.keys_at_hand import open_replicas
from memberarc.acts.key.level_keys_at_hand import level_keys_at_hand
from memberarc.acts.key.trust import believed_key_list
from memberarc.acts.key.wrapping import Wrapping
from memberarc.acts.purge.approving import executing_administrator
from memberarc.acts.segment.sealing_again import resealed_searches
from memberarc.acts.writing import commit_act
from memberarc.archive.layout import ACCESS_POLICY, KEY_LIST, KEY_LIST_SIGNATURE
from memberarc.archive.message import Act
from memberarc.archive.transaction import Change, Plan
from memberarc.formats.sealed_text import SEALED_LEVELS
from memberarc.members.resealing import resealed
from memberarc.people.access import read_policy
from memberarc.people.ssh import sign
from memberarc.sealing.keys.key_list import (
    RETIRED,
    KeyEntry,
    KeyList,
    list_digest,
    next_key_list,
    policy_digest,
    write_key_list,
)
from memberarc.sealing.keys.key_pin import (
    KEY_LIST_NAMESPACE,
    Pin,
    accept_key_list,
    read_pin,
    write_pin,
)
from memberarc.sealing.keys.key_ring import KeyRing

if TYPE_CHECKING:
    from collections.abc import Mapping

    from memberarc.acts.opening import Caller
    from memberarc.archive.opened import Archive
    from memberarc.people.access import Access
    from memberarc.people.ssh import AllowedSigner
    from memberarc.sealing.keys.level_keys import LevelKey


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What shall change: the policy from now on, and the levels that get a new epoch.

    ``act`` is the name of the act, for the trailer and for what the policy wants of approvals.
    """

    act: str
    subject: str
    policy: bytes
    fresh: Collection[str] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Renewal:
    """The next key list, the one it follows, and everything that is written with it."""

    base: Archive
    chain: KeyChain
    before: KeyList
    content_before: bytes
    access_before: Access
    access: Access
    key_list: KeyList
    pin: Pin
    files: Mapping[str, bytes]
    taken_in: tuple[KeyEntry, ...]
    keys: tuple[LevelKey, ...] = field(repr=False)

    @property
    def rewrapped(self) -> tuple[str, ...]:
        """The files of level keys that were wrapped anew."""
        known = {entry.file for entry in (*self.before.keys, *self.taken_in)}
        return tuple(path for path in self.files if path in known)

    @property
    def new_epochs(self) -> dict[str, int]:
        """The levels that got a new epoch, and which."""
        was, now = self.before.current_epochs(), self.key_list.current_epochs()
        return {level: epoch for level, epoch in now.items() if was.get(level) != epoch}


WishOf: TypeAlias = Callable[["Archive"], "Wish | None"]


def commit_renewal(
    archive: Archive,
    caller: Caller,
    wish: WishOf,
    *,
    adopt: Mapping[str, bytes] | None = None,
    signs_policy: bool = False,
    dry_run: bool = False,
) -> tuple[Renewal | None, str | None]:
    """Commit the next key list with everything that belongs to it, and pin it.

    All is made under the lock from the commit that is the tip then, the new epochs included: of
    two who rotate at once the second goes one epoch further.

    Args:
        wish: asked for each commit that turns out to be the tip; None when there is nothing to do.
        adopt: uncommitted edits that are committed with it.
        signs_policy: the policy may have been changed already, without a list that names it.

    Returns:
        What was made, and the commit; None for a dry run, or when nothing was to be done.
    """
    renewal: Renewal | None = None

    def plan(current: Archive) -> Plan | None:
        nonlocal renewal
        wanted = wish(current)
        renewal = renew(current, caller, wanted) if wanted else None
        if wanted is None or renewal is None:
            return None
        changes = _changes(current, caller, renewal, dry_run=dry_run)
        act = Act(
            name=wanted.act,
            subject=wanted.subject,
            policy=current.policy_digest,
        )
        return Plan(changes=changes, act=act)

    commit = commit_act(archive, plan, adopt=adopt, dry_run=dry_run, signs_policy=signs_policy)
    if commit and renewal:
        write_pin(caller.user.key_pin(archive.manifest.archive), pin=renewal.pin)
    return renewal, commit


def renew(archive: Archive, caller: Caller, wish: Wish) -> Renewal:
    """Make the list that follows an archive's, signed by the caller.

    Every key is wrapped for whom the policy names now; a file whose recipients stay, stays.

    Raises:
        ApprovalMissingError: the caller does not administer by the policy in force, or that
            policy wants more than one signature for what changes.
        PolicyError: nobody could read a level any more, or a merge has undone a revocation.
        NoIdentityError: a key that must be wrapped anew is not at hand.
    """
    content = archive.snapshot.read(KEY_LIST) or b""
    before = believed_key_list(archive, caller)
    chain = KeyChain(archive)
    access_before, access = chain.access_with(before), read_policy(wish.policy)
    executing_administrator(caller, access_before)
    refuse_unmet_approvals(caller, access_before, access, act=wish.act)
    lists = chain.given_up(content)
    undone = undone_revocations(chain, content, lists=lists, access=access)
    refuse_undone(
        undone_revocations(chain, content, lists=lists, access=access_before), after=undone
    )
    taken_in = keys_given_up(archive, content, lists=lists)
    whole = replace(before, keys=(*before.keys, *taken_in))
    wrapping = Wrapping(
        archive.manifest.archive,
        access=access,
        keys=level_keys_at_hand(archive, caller, key_list=whole),
        withheld={one.power for one in undone},
    )
    wrapping.require_readers(dict.fromkeys(entry.level for entry in whole.keys))
    for entry in whole.keys:
        wrapping.keep(replace(entry, state=RETIRED) if entry.level in wish.fresh else entry)
    for level in SEALED_LEVELS:
        if level in wish.fresh:
            wrapping.add(level)
    key_list = next_key_list(
        before, content=content, keys=tuple(wrapping.entries), access=policy_digest(wish.policy)
    )
    signed, pin = _signed(caller, key_list, signers=chain.administrators_with(list_digest(content)))
    return Renewal(
        base=archive,
        chain=chain,
        before=before,
        content_before=content,
        access_before=access_before,
        access=access,
        key_list=key_list,
        pin=pin,
        files={**signed, ACCESS_POLICY: wish.policy, **wrapping.files},
        taken_in=taken_in,
        keys=tuple(wrapping.keys.values()),
    )


def _signed(
    caller: Caller, key_list: KeyList, *, signers: tuple[AllowedSigner, ...]
) -> tuple[dict[str, bytes], Pin]:
    """Sign a list, and accept it as whoever reads it next will."""
    written = write_key_list(key_list)
    signature = sign(written, key=caller.user.signing_key, namespace=KEY_LIST_NAMESPACE)
    accepted = accept_key_list(
        written,
        path=KEY_LIST,
        archive=key_list.archive,
        signature=signature,
        signers=signers,
        pin=read_pin(caller.user.key_pin(key_list.archive)),
    )
    return {KEY_LIST: written, KEY_LIST_SIGNATURE: signature}, accepted.pin


def _changes(
    current: Archive, caller: Caller, renewal: Renewal, *, dry_run: bool
) -> Iterator[Change]:
    """Yield the files of the keys, the list first, then what is sealed again."""
    files = (Change(path=path, content=content) for path, content in renewal.files.items())
    if dry_run or not renewal.new_epochs:
        return files
    ring = KeyRing(
        archive=current.manifest.archive,
        level_keys=renewal.keys,
        current=renewal.key_list.current_epochs(),
        vault=open_replicas(current, caller),
    )
    records = resealed(current, before=ring, after=ring, levels=renewal.new_epochs)
    searches = resealed_searches(current, ring=ring, levels=renewal.new_epochs)
    return joined(files, searches, records)
