"""Open the keys at hand: the accepted key list, the level keys, the vault."""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING

from memberarc.acts.opening import read_access
from memberarc.archive.layout import KEY_LIST, KEY_LIST_SIGNATURE
from memberarc.errors import KeyListError, LevelKeyError, NoIdentityError, VaultError
from memberarc.people.access import administrators, allowed_signers
from memberarc.sealing.age import load_identities
from memberarc.sealing.derivation import record_commitment
from memberarc.sealing.fences import FenceApproval
from memberarc.sealing.key_pin import accept_key_list, read_pin, write_pin
from memberarc.sealing.key_ring import KeyRing
from memberarc.sealing.level_keys import unwrap_level_key
from memberarc.sealing.vault import open_vault

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from memberarc.acts.opening import Caller
    from memberarc.archive.opened import Archive
    from memberarc.disposal.certificate import Approval
    from memberarc.sealing.fences import Fence
    from memberarc.sealing.key_list import KeyList
    from memberarc.sealing.level_keys import LevelKey
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

    def fence(self, uid: str) -> Fence | None:
        """Find the fence of a uid in any replica, the one that came furthest."""
        fences = [fence for vault in self.vaults if (fence := vault.fence_of(uid))]
        return max(fences, key=lambda fence: len(fence.times), default=None)

    def raise_fence(self, uid: str, *, request: str, approval: Approval, now: datetime) -> Fence:
        """Fence a uid in every replica."""
        signed = FenceApproval(
            person=approval.person,
            role=approval.role,
            text=approval.text,
            signature=approval.signature,
        )
        times = dict.fromkeys(("approved", "fenced"), now)
        fences = [
            vault.fence(uid, request=request, state="fenced", times=times, approvals=[signed])
            for vault in self.vaults
        ]
        return fences[0]

    def advance_fence(self, uid: str, *, state: str, now: datetime) -> Fence:
        """Note in every replica how far a purge has come."""
        return next(vault.advance_fence(uid, state, now=now) for vault in self.vaults)

    def shred(self, uid: str) -> None:
        """Destroy a fenced uid's shares in every replica, each read again afterwards."""
        for vault in self.vaults:
            vault.shred(uid)


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
    keys = level_keys_at_hand(archive, caller, key_list=key_list)
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


def accepted_key_list(archive: Archive, caller: Caller) -> KeyList:
    """Judge the archive's key list by its signature and what this user saw before, and pin it."""
    content = archive.snapshot.read(KEY_LIST)
    if content is None:
        raise KeyListError("the archive has no key list", where=KEY_LIST)
    place = caller.user.key_pin(archive.manifest.archive)
    pin = read_pin(place)
    accepted = accept_key_list(
        content,
        path=KEY_LIST,
        archive=archive.manifest.archive,
        signature=archive.snapshot.read(KEY_LIST_SIGNATURE),
        signers=allowed_signers(administrators(read_access(archive))),
        pin=pin,
    )
    if accepted.pin != pin:
        write_pin(place, pin=accepted.pin)
    return accepted.key_list


def level_keys_at_hand(
    archive: Archive, caller: Caller, *, key_list: KeyList
) -> tuple[LevelKey, ...]:
    """Open the level keys wrapped for the caller; those for others are left out."""
    identities = load_identities(caller.user.identity)
    keys = []
    for entry in key_list.keys:
        content = archive.snapshot.read(entry.file)
        if content is None or sha256(content).hexdigest() != entry.sha256:
            raise LevelKeyError("the level key's file is not the one listed", where=entry.file)
        try:
            key = unwrap_level_key(
                content,
                archive=archive.manifest.archive,
                level=entry.level,
                epoch=entry.epoch,
                commitment=entry.commitment,
                identities=identities,
            )
        except NoIdentityError:
            continue
        keys.append(key)
    return tuple(keys)
