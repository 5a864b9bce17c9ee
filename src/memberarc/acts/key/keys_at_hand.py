"""Open the keys at hand: the accepted key list, the level keys, the vault."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from memberarc.acts.key.level_keys_at_hand import level_keys_at_hand
from memberarc.acts.key.trust import accepted_key_list
from memberarc.archive.layout import KEY_LIST
from memberarc.errors import (
    FileError,
    ForeignVaultError,
    MemberarcError,
    NoIdentityError,
    UnsafeVaultError,
    VaultError,
)
from memberarc.sealing.keys.key_ring import KeyRing
from memberarc.sealing.vault.replica import open_vault
from memberarc.sealing.vault.replicas import AbsentReplica, Replicas

if TYPE_CHECKING:
    from memberarc.acts.opening import Caller
    from memberarc.archive.opened import Archive
    from memberarc.sealing.keys.key_list import KeyList
    from memberarc.sealing.vault.replica import Vault


@dataclass(frozen=True, slots=True, kw_only=True)
class Keys:
    """The ring that seals and opens, the list it rests on, and every replica of the vault."""

    ring: KeyRing
    key_list: KeyList
    replicas: Replicas
    listed: str | None
    caller: Caller

    def at(self, archive: Archive) -> Keys:
        """Return the keys of a later commit: the same, unless keys were changed in between.

        What is sealed under the lock must be sealed under the epochs that are current there.
        """
        if archive.snapshot.blob_of(KEY_LIST) == self.listed:
            return self
        return open_keys(archive, self.caller)

    @property
    def notices(self) -> tuple[str, ...]:
        """Tell of the replicas that did not get what was written to the others."""
        return absence_notices(self.replicas)


@dataclass(frozen=True, slots=True, kw_only=True)
class KeysAtHand:
    """What a reader has: a ring and a vault, or neither with the reason why values stay sealed."""

    ring: KeyRing | None
    replicas: Replicas | None = None
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
    replicas = open_replicas(archive, caller)
    ring = KeyRing(
        archive=archive.manifest.archive,
        level_keys=keys,
        current=key_list.current_epochs(),
        vault=replicas,
    )
    return Keys(
        ring=ring,
        key_list=key_list,
        replicas=replicas,
        listed=archive.snapshot.blob_of(KEY_LIST),
        caller=caller,
    )


def open_keys_at_hand(archive: Archive, caller: Caller) -> KeysAtHand:
    """Open what a reader can; somebody without identity or vault sees the shape of records only.

    A key list that must not be believed is an error for a reader, too.
    """
    try:
        keys = open_keys(archive, caller)
        return KeysAtHand(ring=keys.ring, replicas=keys.replicas)
    except NoIdentityError as err:
        return KeysAtHand(ring=None, reason=f"values stay sealed: {err.message}")
    except VaultError as err:
        told = ": ".join(filter(None, (err.message, err.where)))
        told = "; ".join(filter(None, (told, err.hint)))
        return KeysAtHand(ring=None, reason=f"values stay sealed: {told}")


def open_replicas(archive: Archive, caller: Caller) -> Replicas:
    """Open every replica of the vault that the user's settings name and that is at hand.

    Raises:
        VaultError: none is there, two directories hold the same replica, or one is unsafe.
        FileError: none can be read.
    """
    user, archive_id = caller.user, archive.manifest.archive
    vaults: list[Vault] = []
    unopened: list[AbsentReplica] = []
    failures: list[MemberarcError] = []
    for directory in user.vaults(archive_id):
        try:
            vault = open_vault(directory, archive=archive_id, vault_id=archive.manifest.vault)
        except (ForeignVaultError, UnsafeVaultError):
            raise
        except (VaultError, FileError) as err:
            replica = user.replica_ids(archive_id).get(directory, "")
            unopened.append(
                AbsentReplica(
                    replica=replica,
                    place=str(directory),
                    reason=err.message,
                    at_hand=isinstance(err, FileError),
                )
            )
            failures.append(err)
            continue
        if not any(vault.directory.samefile(other.directory) for other in vaults):
            _refuse_copy(vault, vaults)
            vaults.append(vault)
    if not vaults:
        raise failures[0]
    _refuse_usurpers(vaults, unopened)
    return Replicas(vaults, clock=caller.clock, unopened=unopened)


def absence_notices(replicas: Replicas) -> tuple[str, ...]:
    """Tell in one sentence which replicas of the vault are not at hand; in none, if all are."""
    told = ", ".join(f"{one.place} ({one.reason})" for one in replicas.absent)
    return (f"not every replica of the vault is at hand: {told}",) if told else ()


def _refuse_usurpers(vaults: list[Vault], unopened: list[AbsentReplica]) -> None:
    """Refuse a copy of a replica that is away: whoever takes its place ends the wait for it."""
    places = {one.replica: one.place for one in unopened}
    for vault in vaults:
        if vault.replica in places:
            raise VaultError(
                f"this is a copy of the replica in {places[vault.replica]}, which is away",
                where=str(vault.directory),
                hint="take it out of your settings; vault add-replica takes in the copy",
            )


def _refuse_copy(vault: Vault, others: list[Vault]) -> None:
    for other in others:
        if other.replica == vault.replica:
            raise VaultError(
                f"this is the same replica as the one in {other.directory}",
                where=str(vault.directory),
                hint="name only one of them in your settings; vault add-replica takes in the other",
            )
