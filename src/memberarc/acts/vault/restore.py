"""Bring shares back from a backup of the vault, and never one of a purged member.

Whoever knows a recipient can write a backup: it is encrypted, and not signed. So what one says of
fences and retired replicas is asked about before it closes what is open here.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cache
from shlex import quote
from typing import TYPE_CHECKING

from memberarc.acts.key.keys_at_hand import open_replicas
from memberarc.acts.vault.backups import who_opens_backups
from memberarc.acts.vault.buried import buried_uids, keys_of_shares, named, refuse_closing
from memberarc.acts.vault.newcomer import admit, find_newcomer
from memberarc.archive.opened import open_archive
from memberarc.errors import (
    ConfirmationMissingError,
    FileError,
    ForeignVaultError,
    NoIdentityError,
    UnsafeVaultError,
    VaultError,
)
from memberarc.people.user_files import IDENTITY_VARIABLE
from memberarc.sealing.age.crypt import decrypt, load_identities
from memberarc.sealing.vault.backup import Restoration, parse_contents, plan_restoration
from memberarc.sealing.vault.backup_list import listed_backups, put_backup
from memberarc.sealing.vault.fences import joined_fences
from memberarc.sealing.vault.sync import adopt_unfenced, follow, register_replicas
from memberarc.sealing.vault.upkeep import sound_shares

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from memberarc.acts.opening import Caller
    from memberarc.acts.vault.newcomer import Newcomer
    from memberarc.archive.opened import Archive
    from memberarc.sealing.age.crypt import Identities
    from memberarc.sealing.vault.backup import VaultContents
    from memberarc.sealing.vault.backup_list import Backup
    from memberarc.sealing.vault.fences import Fence
    from memberarc.sealing.vault.replica import Vault
    from memberarc.sealing.vault.replicas import Replicas


@dataclass(frozen=True, slots=True, kw_only=True)
class RestoreRequest:
    """A backup, and the directory of a vault to restore into; None: every replica there is.

    ``accept_fences``: do what it says of fences and retired replicas, though nothing here does.
    """

    file: Path
    into: Path | None = None
    accept_expired: bool = False
    accept_fences: bool = False
    dry_run: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class RestoredVault:
    """What one replica got."""

    directory: Path
    restoration: Restoration


@dataclass(frozen=True, slots=True, kw_only=True)
class Restored:
    """What was restored; ``denied`` says that this backup had been attested as destroyed.

    ``unfenced`` are uids that stay out for a tombstone alone. ``unreached`` tells of replicas whose
    fences could not be asked. ``into`` is a directory that thereby becomes a replica, ``unnamed``
    one that MEMBERARC_VAULT keeps out of sight.
    """

    backup: Backup
    vaults: tuple[RestoredVault, ...]
    fences: int
    unfenced: tuple[str, ...]
    unreached: tuple[str, ...]
    denied: bool
    into: Path | None
    unnamed: Path | None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Fencing:
    """What the backup and the replicas tell of purges, together.

    ``closed`` are the uids behind a fence, be it one that nobody can read; ``purged`` those with a
    tombstone, too.
    """

    fences: Mapping[str, Fence]
    closed: frozenset[str]
    purged: frozenset[str]


def restore_vault(caller: Caller, request: RestoreRequest) -> Restored:
    """Open a backup with the caller's identity, and restore what the vault lacks of it.

    Raises:
        NoIdentityError: the identity does not open it.
        ConfirmationMissingError: it has expired, or closes members of whom no purge is known.
        ForeignVaultError: it is of another vault.
    """
    try:
        identities = load_identities(caller.user.identity, asker=caller.asker)
        return restore_with(caller, request, identities=identities)
    except NoIdentityError as err:
        people = ", ".join(who_opens_backups(caller))
        told = f"; the list of backups names, as who opens one: {people}" if people else ""
        hint = f"{IDENTITY_VARIABLE}=FILE memberarc vault restore {quote(str(request.file))}{told}"
        raise NoIdentityError(err.message, where=err.where, hint=hint) from err


def restore_with(caller: Caller, request: RestoreRequest, *, identities: Identities) -> Restored:
    """Restore with the identities given; fences come back first, and purged members never."""
    archive = open_archive(caller.directory)
    contents = _open(caller, archive, request, identities=identities)
    newcomer = None
    if request.into is not None:
        newcomer = find_newcomer(caller, archive, request.into.expanduser().resolve())
    replicas = newcomer.all if newcomer else _standing(caller, archive, request)
    if not request.accept_fences:
        refuse_closing(
            archive, contents.fences.values(), standing=replicas, source=str(request.file)
        )
        _refuse_retiring(contents, replicas, source=str(request.file))
    fencing = _fencing(archive, contents, replicas)
    listed = {one.id: one for one in listed_backups(replicas)}
    if not request.dry_run:
        replicas, newcomer = _register(caller, archive, contents, replicas, newcomer=newcomer)
    restored = _plan(archive, contents, replicas, newcomer=newcomer, fencing=fencing)
    if not request.dry_run:
        for vault in _targets(replicas, newcomer=newcomer):
            restoration = restored[vault.directory]
            _carry_out(vault, restoration, contents=contents, listed=listed, fencing=fencing)
    attested = contents.backup.destroyed or (
        contents.backup.id in listed and listed[contents.backup.id].destroyed
    )
    chosen = caller.user.chosen_vaults
    into = newcomer.directory if newcomer else None
    return Restored(
        backup=contents.backup,
        vaults=tuple(
            RestoredVault(directory=directory, restoration=restoration)
            for directory, restoration in restored.items()
        ),
        fences=len(fencing.fences),
        unfenced=tuple(sorted(contents.shares.keys() & fencing.purged - fencing.closed)),
        unreached=tuple(
            f"{absent.place}: {absent.reason}"
            for absent in replicas.absent
            if absent.place != str(into)
        ),
        denied=bool(attested),
        into=into,
        unnamed=into if chosen and into not in {place.resolve() for place in chosen} else None,
    )


def _open(
    caller: Caller, archive: Archive, request: RestoreRequest, *, identities: Identities
) -> VaultContents:
    where = str(request.file)
    try:
        sealed = request.file.read_bytes()
    except OSError as err:
        raise FileError(f"cannot read: {err.strerror}", where=where) from err
    contents = parse_contents(decrypt(sealed, identities=identities, where=where), where=where)
    if (contents.archive, contents.vault_id) != (archive.manifest.archive, archive.manifest.vault):
        raise ForeignVaultError("this is a backup of another vault", where=where)
    if contents.backup.expired(caller.today(archive)) and not request.accept_expired:
        raise ConfirmationMissingError(
            f"the backup should have been destroyed after {contents.backup.expires}",
            where=where,
            hint="fetch, so that every purge since is known here, and repeat with --accept-expired",
        )
    return contents


def _standing(caller: Caller, archive: Archive, request: RestoreRequest) -> Replicas:
    """Open the replicas there are."""
    try:
        return open_replicas(archive, caller)
    except (ForeignVaultError, UnsafeVaultError):
        raise
    except VaultError as err:
        hint = f"memberarc vault restore {request.file} --into DIR"
        raise VaultError(err.message, where=err.where, hint=hint) from err


def _refuse_retiring(contents: VaultContents, replicas: Replicas, *, source: str) -> None:
    """Refuse that replicas which count here are waited for no more because a file says so."""
    retiring = [
        entry.label or entry.replica
        for entry in contents.replicas.values()
        if entry.retired and entry.replica in replicas.known
        if not replicas.is_retired(entry.replica)
    ]
    if retiring:
        raise ConfirmationMissingError(
            f"it says that {named(retiring)} was retired, and no replica here knows of that",
            where=source,
            hint="if that is right, repeat with --yes",
        )


def _fencing(archive: Archive, contents: VaultContents, replicas: Replicas) -> _Fencing:
    told = {uid: [fence] for uid, fence in contents.fences.items()}
    damaged: set[str] = set()
    for vault in replicas:
        for uid in vault.fenced_uids():
            try:
                fence = vault.fence_of(uid)
            except VaultError:
                damaged.add(uid)
            else:
                told.setdefault(uid, []).extend([fence] if fence else [])
    joined = {uid: joined_fences(fences) for uid, fences in sorted(told.items()) if fences}
    # A damaged fence may have been further than one that leaves the member open.
    fences = {
        uid: fence for uid, fence in joined.items() if uid not in damaged or fence.reached("fenced")
    }
    fenced = {uid for uid, fence in fences.items() if fence.reached("fenced")}
    closed = frozenset(fenced | damaged)
    return _Fencing(fences=fences, closed=closed, purged=closed | buried_uids(archive))


def _register(
    caller: Caller,
    archive: Archive,
    contents: VaultContents,
    replicas: Replicas,
    *,
    newcomer: Newcomer | None,
) -> tuple[Replicas, Newcomer | None]:
    """Note in every replica which ones there are, the new one among them, before any share."""
    entries = [*contents.replicas.values()]
    if newcomer is None:
        replicas = replicas.changed(entries=entries)
        register_replicas(replicas, today=caller.today(archive))
        return replicas, None
    replicas, vault = admit(caller, archive, newcomer, entries=entries)
    return replicas, replace(newcomer, vault=vault)


def _targets(replicas: Replicas, *, newcomer: Newcomer | None) -> list[Vault]:
    if newcomer is not None:
        return [newcomer.vault] if newcomer.vault else []
    return [vault for vault in replicas.counting if vault.replica in replicas.ids]


def _plan(
    archive: Archive,
    contents: VaultContents,
    replicas: Replicas,
    *,
    newcomer: Newcomer | None,
    fencing: _Fencing,
) -> dict[Path, Restoration]:
    """Tell by directory what comes back; one that is to be made holds nothing yet."""

    @cache
    def commitments() -> dict[str, str]:
        return keys_of_shares(archive)

    held = {vault.directory: sound_shares(vault) for vault in _targets(replicas, newcomer=newcomer)}
    if newcomer is not None:
        held.setdefault(newcomer.directory, {})
    return {
        directory: plan_restoration(
            contents, standing=shares, purged=fencing.purged, commitments=commitments
        )
        for directory, shares in held.items()
    }


def _carry_out(
    vault: Vault,
    restoration: Restoration,
    *,
    contents: VaultContents,
    listed: Mapping[str, Backup],
    fencing: _Fencing,
) -> None:
    # What forbids comes before what is forbidden: a crash leaves no share without its fence.
    for fence in fencing.fences.values():
        follow(vault, fence)
    for backup in (*contents.backups.values(), *listed.values()):
        put_backup(vault, backup)
    adopt_unfenced(vault, [*restoration.missing.items()])
