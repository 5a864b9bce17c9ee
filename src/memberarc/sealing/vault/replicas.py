"""All replicas of one vault together: written to everywhere, read where something is found.

Source: format.md, section 7.
"""

from __future__ import annotations

import os
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property, partial
from typing import TYPE_CHECKING, Final

from memberarc.errors import (
    FileError,
    LockedError,
    MemberarcError,
    MemberPurgedError,
    UnsafeVaultError,
    VaultError,
)
from memberarc.sealing.derivation import KEY_BYTES, record_commitment

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from datetime import datetime

    from memberarc.sealing.vault.fences import Fence
    from memberarc.sealing.vault.register import RegisteredReplica
    from memberarc.sealing.vault.replica import Vault

UNREACHABLE: Final = (FileError, LockedError, OSError)
"""What keeps one replica from being written; the others go on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AbsentReplica:
    """A replica that counts but was not written: what a purge destroys may live on there.

    ``replica`` is empty where the settings name a directory and nobody knows which replica it held.
    One that is ``at_hand`` is there, and cannot be read or written: it counts even when retired.
    """

    replica: str
    place: str
    reason: str
    at_hand: bool = False


class Replicas:
    """The replicas of a vault that are at hand, nearest first, and what is known of the others."""

    def __init__(
        self,
        vaults: Sequence[Vault],
        *,
        clock: Callable[[], datetime],
        unopened: Sequence[AbsentReplica] = (),
        entries: Sequence[RegisteredReplica] = (),
    ) -> None:
        """Hold replicas.

        Args:
            unopened: what the settings name and could not be opened.
            entries: what is to be registered.
        """
        self._vaults = tuple(vaults)
        self._unopened = tuple(unopened)
        self._clock = clock
        self._entries = tuple(entries)
        self._unwritten = {
            vault.replica: "it cannot be written" for vault in vaults if not vault.is_writable()
        }

    def __iter__(self) -> Iterator[Vault]:
        return iter(self._vaults)

    @property
    def nearest(self) -> Vault:
        """The first replica that counts."""
        return (self.counting or self._vaults)[0]

    @property
    def counting(self) -> tuple[Vault, ...]:
        """The replicas that get new shares: those at hand that are not retired."""
        return tuple(vault for vault in self._vaults if not self.is_retired(vault.replica))

    @property
    def ids(self) -> tuple[str, ...]:
        """The replica ids of those at hand that took whatever was written so far."""
        return tuple(
            vault.replica for vault in self._vaults if vault.replica not in self._unwritten
        )

    @cached_property
    def known(self) -> Mapping[str, RegisteredReplica]:
        """Every replica there is or was, by id, as the replicas at hand know it."""
        from memberarc.sealing.vault.register import joined_register

        return joined_register(self._vaults, entries=self._entries)

    @property
    def absent(self) -> tuple[AbsentReplica, ...]:
        """The replicas that count and were not written, now or at the last attempt."""
        away = (*self._not_opened(), *self._not_named(), *self._not_written())
        return tuple(one for one in away if one.at_hand or not self.is_retired(one.replica))

    def _not_opened(self) -> list[AbsentReplica]:
        """The directories of the settings that hold none of the replicas at hand."""
        at_hand = {vault.replica for vault in self._vaults}
        places = {str(vault.directory) for vault in self._vaults}
        return [
            one for one in self._unopened if one.replica not in at_hand and one.place not in places
        ]

    def _not_named(self) -> list[AbsentReplica]:
        """The registered replicas that no directory of the settings holds."""
        named = {vault.replica for vault in self._vaults}
        named |= {one.replica for one in self._unopened}
        return [
            AbsentReplica(
                replica=entry.replica,
                place=entry.label or entry.replica,
                reason="the settings here do not name it",
            )
            for entry in self.known.values()
            if entry.replica not in named
        ]

    def _not_written(self) -> list[AbsentReplica]:
        """The replicas at hand that did not take what was written."""
        return [
            AbsentReplica(
                replica=vault.replica,
                place=str(vault.directory),
                reason=self._unwritten[vault.replica],
                at_hand=True,
            )
            for vault in self._vaults
            if vault.replica in self._unwritten
        ]

    def is_retired(self, replica: str) -> bool:
        """Tell whether a replica counts no more."""
        entry = self.known.get(replica)
        return entry is not None and entry.retired != ""

    def changed(
        self,
        *,
        vaults: Sequence[Vault] | None = None,
        entries: Sequence[RegisteredReplica] = (),
    ) -> Replicas:
        """Return the same with other replicas at hand, or with more entries to be registered."""
        return Replicas(
            self._vaults if vaults is None else vaults,
            clock=self._clock,
            unopened=self._unopened,
            entries=(*self._entries, *entries),
        )

    def provision(self, uids: Sequence[str]) -> dict[str, str]:
        """Provide for new members as ``provide`` does, and return the records' ``key``."""
        return {uid: record_commitment(share) for uid, share in self.provide(uids).items()}

    def provide(self, uids: Sequence[str]) -> dict[str, bytes]:
        """Put a new share for each uid into every replica, and return the shares.

        Raises:
            MemberPurgedError: a uid is fenced.
            FileError: no replica could be written.
        """
        for vault in self._vaults:
            for uid in vault.closed_among(uids):
                vault.refuse_purged(uid)
        shares = {uid: os.urandom(KEY_BYTES) for uid in uids}
        self.write(lambda vault: vault.adopt(shares), to=self.counting)
        self.compact()
        return shares

    def compact(self) -> None:
        """Compact the replicas in which many segments have gathered."""
        for vault in self.counting:
            # All shares are safe as they are; what hinders now may be gone for the next process.
            with suppress(*UNREACHABLE):
                if vault.needs_compaction():
                    vault.compact()

    def share(self, uid: str, *, commitment: str) -> bytes:
        """Return the share a record was sealed with, from the nearest replica that has it.

        Raises:
            MemberPurgedError: some replica has a fence that closes the uid.
            ShareMissingError, ShareRottenError: no replica has it; the nearest one's word.
        """
        for vault in self._vaults:
            vault.refuse_purged(uid)
        failures: list[MemberarcError] = []
        for vault in self._vaults:
            try:
                return vault.share(uid, commitment=commitment)
            except (MemberPurgedError, UnsafeVaultError):
                raise
            except (VaultError, FileError) as err:
                failures.append(err)
        raise failures[0]

    def fence_of(self, uid: str) -> Fence | None:
        """Read the fence of a uid, joined from all replicas; None when no replica has one.

        Raises:
            VaultError: one is damaged, and no other says that the uid is closed.
        """
        from memberarc.sealing.vault.fences import joined_fences

        fences: list[Fence] = []
        damage: list[VaultError] = []
        for vault in self._vaults:
            try:
                fence = vault.fence_of(uid)
            except VaultError as err:
                damage.append(err)
            else:
                fences += [fence] if fence else []
        joined = joined_fences(fences) if fences else None
        # A damaged fence may have closed the uid: only one that closes it, too, can stand for it.
        if damage and not (joined and joined.reached("fenced")):
            raise damage[0]
        return joined

    def fences(self) -> dict[str, Fence]:
        """Read all fences, by uid, each joined from all replicas; raises as ``fence_of``."""
        uids = sorted(self.fenced_uids())
        return {uid: fence for uid in uids if (fence := self.fence_of(uid))}

    def fenced_uids(self) -> frozenset[str]:
        """Tell which uids have a fence in some replica, in whatever state."""
        return frozenset[str]().union(*(vault.fenced_uids() for vault in self._vaults))

    def put_fence(self, fence: Fence) -> Fence:
        """Write a fence in every replica, or bring the one that stands there as far as this.

        Raises:
            VaultError: the fence in one replica is damaged; ``vault sync`` mends it.
            FileError: no replica could be written.
        """
        from memberarc.sealing.vault.fences import joined_fences

        standing = self.fence_of(fence.uid)
        joined = joined_fences([standing, fence]) if standing else fence
        self.write(lambda vault: vault.put_fence(joined))
        return joined

    def shares_left(self, uid: str) -> set[bytes]:
        """Collect what the replicas' files hold of a uid, whatever their fences say."""
        from memberarc.sealing.vault.upkeep import shares_of

        return {share for vault in self._vaults for share in shares_of(vault, uid)}

    def shred(self, uid: str) -> dict[str, datetime | None]:
        """Destroy a fenced uid's shares in every replica, each read again afterwards.

        Returns:
            When it was seen that the share is gone, by replica id; None for one not written.

        Raises:
            VaultError: the uid is not fenced, or a share is still found in a replica.
        """
        counting = [one for one in self.known if not self.is_retired(one)]
        confirmed: dict[str, datetime | None] = dict.fromkeys(counting)
        for vault in self._vaults:
            if vault.replica in self.ids and self.attempt(vault, partial(vault.shred, uid)):
                confirmed[vault.replica] = self._clock()
        return confirmed

    def write(self, work: Callable[[Vault], object], *, to: Sequence[Vault] | None = None) -> None:
        """Do something in every replica; where it cannot be done, that one is absent from then on.

        Raises:
            FileError: it could be done nowhere.
        """
        chosen = self._vaults if to is None else to
        at_hand = [vault for vault in chosen if vault.replica in self.ids]
        if not [vault for vault in at_hand if self.attempt(vault, partial(work, vault))]:
            reasons = ", ".join(dict.fromkeys(self._unwritten.values())) or "all are retired"
            raise FileError(
                f"no replica of the vault could be written: {reasons}",
                where=str(self.nearest.directory),
                hint="memberarc vault status",
            )

    def attempt(self, vault: Vault, work: Callable[[], object]) -> bool:
        """Do something in one replica, and tell whether it could be done."""
        try:
            work()
        except UNREACHABLE as err:
            told = err.message if isinstance(err, MemberarcError) else err.strerror
            self._unwritten[vault.replica] = str(told)
            return False
        return True
