"""Open the keys at hand: the accepted key list, the level keys, the vault."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from memberarc.acts.key_trust import accepted_key_list
from memberarc.errors import NoIdentityError, VaultError
from memberarc.sealing.age import load_identities
from memberarc.sealing.derivation import record_commitment
from memberarc.sealing.fences import FenceApproval
from memberarc.sealing.key_ring import KeyRing
from memberarc.sealing.level_keys import open_level_keys
from memberarc.sealing.vault import open_vault
from memberarc.sealing.vault_upkeep import sound_shares

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from memberarc.acts.opening import Caller
    from memberarc.archive.opened import Archive
    from memberarc.disposal.certificate import Approval
    from memberarc.sealing.fences import Fence
    from memberarc.sealing.key_list import KeyList
    from memberarc.sealing.vault import Vault


@dataclass(frozen=True, slots=True, kw_only=True)
class Keys:
    """The ring that seals and opens, the list it rests on, and every replica of the vault."""

    ring: KeyRing
    key_list: KeyList
    vaults: tuple[Vault, ...]

    @property
    def replicas(self) -> tuple[str, ...]:
        """The replica ids of the vault."""
        return tuple(vault.replica for vault in self.vaults)

    def provision(self, uids: Sequence[str]) -> Mapping[str, str]:
        """Put a new share for each uid into every replica, and return the records' ``key``."""
        shares = self.vaults[0].provision(uids)
        for replica in self.vaults[1:]:
            replica.adopt(shares)
        for vault in self.vaults:
            if vault.needs_compaction():
                vault.compact()
        return {uid: record_commitment(share) for uid, share in shares.items()}

    def fences(self, uid: str) -> list[Fence]:
        """Read the fences of a uid, one of each replica that has one."""
        return [fence for vault in self.vaults if (fence := vault.fence_of(uid))]

    def fence(self, uid: str) -> Fence | None:
        """Find the fence of a uid in any replica, the one that came furthest."""
        return max(
            self.fences(uid),
            key=lambda fence: (len(fence.times), fence.times.get("approved", "")),
            default=None,
        )

    def raise_fence(self, uid: str, *, request: str, approval: Approval, now: datetime) -> Fence:
        """Fence a uid in every replica."""
        signed = _fence_approval(approval)
        times = dict.fromkeys(("approved", "fenced"), now)
        fences = [
            vault.fence(uid, request=request, state="fenced", times=times, approvals=[signed])
            for vault in self.vaults
        ]
        return fences[0]

    def approve_again(self, uid: str, *, approval: Approval, now: datetime) -> Fence:
        """Put a new approval in the place of one that ran out, in every replica."""
        signed = _fence_approval(approval)
        fences = [vault.approve_again(uid, approval=signed, now=now) for vault in self.vaults]
        return fences[0]

    def is_purged(self, uid: str) -> bool:
        """Tell whether every replica knows the purge of a uid as certified."""
        fences = [vault.fence_of(uid) for vault in self.vaults]
        return all(fence is not None and fence.reached("certified") for fence in fences)

    def spread_fence(self, fence: Fence) -> None:
        """Bring every replica as far as one is: a purge can stop between two of them."""
        times = {state: datetime.fromisoformat(time) for state, time in fence.times.items()}
        for vault in self.vaults:
            if vault.fence_of(fence.uid) is None:
                vault.fence(
                    fence.uid,
                    request=fence.request,
                    state=fence.state,
                    times=times,
                    approvals=fence.approvals,
                )
            for state, time in times.items():
                vault.advance_fence(fence.uid, state, now=time)

    def advance_fence(self, uid: str, *, state: str, now: datetime) -> Fence:
        """Note in every replica how far a purge has come."""
        fences = [vault.advance_fence(uid, state, now=now) for vault in self.vaults]
        return fences[0]

    def shares_left(self, uid: str) -> set[bytes]:
        """Collect what the replicas' files hold of a uid, whatever their fences say."""
        return {share for vault in self.vaults for share in sound_shares(vault).get(uid, ())}

    def shred(self, uid: str) -> None:
        """Destroy a fenced uid's shares in every replica, each read again afterwards."""
        for vault in self.vaults:
            vault.shred(uid)


def _fence_approval(approval: Approval) -> FenceApproval:
    return FenceApproval(
        person=approval.person,
        role=approval.role,
        text=approval.text,
        signature=approval.signature,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class KeysAtHand:
    """What a reader has: a ring, or None with the reason why values stay sealed."""

    ring: KeyRing | None
    reason: str = ""


def open_keys(archive: Archive, caller: Caller) -> Keys:
    """Open every level key the caller's identities open, and the vault.

    Raises:
        NoIdentityError: there is no identity, or it opens no level at all.
        KeyListError: the list is unsigned, older than one seen before, or another.
        VaultError: there is no vault where the settings say.
    """
    key_list = accepted_key_list(archive, caller)
    identities = load_identities(caller.user.identity)
    keys = open_level_keys(key_list, read=archive.snapshot.read, identities=identities)
    if not keys:
        raise NoIdentityError(
            "your identity opens no level of this archive",
            where=str(caller.user.identity),
            hint="memberarc key list shows whose identities do",
        )
    vaults = open_vaults(archive, caller)
    ring = KeyRing(
        archive=archive.manifest.archive,
        level_keys=keys,
        current=key_list.current_epochs(),
        vault=vaults[0],
    )
    return Keys(ring=ring, key_list=key_list, vaults=vaults)


def open_keys_at_hand(archive: Archive, caller: Caller) -> KeysAtHand:
    """Open what a reader can; somebody without identity or vault sees the shape of records only.

    A key list that must not be believed is an error for a reader, too.
    """
    try:
        return KeysAtHand(ring=open_keys(archive, caller).ring)
    except (NoIdentityError, VaultError) as err:
        return KeysAtHand(ring=None, reason=f"values stay sealed: {err.message}")


def open_vaults(archive: Archive, caller: Caller) -> tuple[Vault, ...]:
    """Open every replica that the user's settings name."""
    return tuple(
        open_vault(directory, archive=archive.manifest.archive, vault_id=archive.manifest.vault)
        for directory in caller.user.vaults(archive.manifest.archive)
    )
