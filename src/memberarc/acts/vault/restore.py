"""Bring shares back from a backup of the vault, and never one of a purged member."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Final

from memberarc.acts.key.keys_at_hand import open_replicas
from memberarc.archive.history import walk_history
from memberarc.archive.opened import open_archive
from memberarc.archive.snapshot import read_objects
from memberarc.errors import (
    ConfirmationMissingError,
    DuplicateError,
    FileError,
    ForeignVaultError,
    UnsafeVaultError,
    VaultError,
)
from memberarc.members.shelves import read_records
from memberarc.sealing.age.crypt import decrypt, load_identities
from memberarc.sealing.vault.backup import Restoration, parse_contents, plan_restoration
from memberarc.sealing.vault.backup_list import listed_backups, put_backup
from memberarc.sealing.vault.fences import joined_fences
from memberarc.sealing.vault.place import require_forgetful_place
from memberarc.sealing.vault.register import joined_register, spread_register
from memberarc.sealing.vault.replica import create_vault, open_vault
from memberarc.sealing.vault.upkeep import sound_shares

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from memberarc.acts.opening import Caller
    from memberarc.archive.opened import Archive
    from memberarc.sealing.age.crypt import Identities
    from memberarc.sealing.vault.backup import VaultContents
    from memberarc.sealing.vault.backup_list import Backup
    from memberarc.sealing.vault.fences import Fence
    from memberarc.sealing.vault.replica import Vault
    from memberarc.sealing.vault.replicas import Replicas

_TOMBSTONES: Final = "tombstones/"
_UID_LINE: Final = re.compile(rb"(?m)^uid: \"?([a-z][a-z2-7]{15})\"?\r?$")


@dataclass(frozen=True, slots=True, kw_only=True)
class RestoreRequest:
    """A backup, and the directory of a vault to restore into; None: every replica there is."""

    file: Path
    into: Path | None = None
    accept_expired: bool = False
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
    fences could not be asked. ``unnamed`` is a new vault that the user's settings do not know.
    """

    backup: Backup
    vaults: tuple[RestoredVault, ...]
    fences: int
    unfenced: tuple[str, ...]
    unreached: tuple[str, ...]
    denied: bool
    unnamed: Path | None


def restore_vault(caller: Caller, request: RestoreRequest) -> Restored:
    """Open a backup with the caller's identity, and restore what the vault lacks of it.

    Raises:
        NoIdentityError: the identity does not open it.
        ConfirmationMissingError: it has expired, and nobody has said that it shall be used.
        ForeignVaultError: it is of another vault.
    """
    identities = load_identities(caller.user.identity, asker=caller.asker)
    return restore_with(caller, request, identities=identities)


def restore_with(caller: Caller, request: RestoreRequest, *, identities: Identities) -> Restored:
    """Restore with the identities given; fences come back first, and purged members never."""
    archive = open_archive(caller.directory)
    contents = _open(caller, archive, request, identities=identities)
    replicas, unreached = _standing(caller, archive, request)
    targets = _targets(archive, request, replicas=replicas)
    standing = [*(replicas or ()), *(vault for vault in targets.values() if vault)]
    fences = _joined(contents.fences, *(vault.fences() for vault in standing))
    fenced = {uid for uid, fence in fences.items() if fence.reached("fenced")}
    purged = fenced | _buried(archive)
    listed = {one.id: one for one in listed_backups(standing)}

    @cache
    def commitments() -> dict[str, str]:
        return {record.uid: str(record.values["key"]) for record in read_records(archive)}

    restored = []
    for directory, vault in targets.items():
        restoration = plan_restoration(
            contents,
            standing=sound_shares(vault) if vault else {},
            purged=purged,
            commitments=commitments,
        )
        restored.append(RestoredVault(directory=directory, restoration=restoration))
        if request.dry_run:
            continue
        target = vault or create_vault(
            directory, archive=contents.archive, vault_id=contents.vault_id
        )
        # What forbids comes before what is forbidden: a crash leaves no share without its fence.
        for fence in fences.values():
            if target.fence_of(fence.uid) != fence:
                target.put_fence(fence)
        for backup in {**contents.backups, **listed}.values():
            put_backup(target, backup)
        known = {**contents.replicas, **joined_register([target, *standing])}
        spread_register(target, known, today=caller.today(archive))
        target.adopt(restoration.missing)
    attested = listed.get(contents.backup.id, contents.backup).destroyed
    named = {place.resolve() for place in caller.user.vaults(contents.archive)}
    return Restored(
        backup=contents.backup,
        vaults=tuple(restored),
        fences=len(fences),
        unfenced=tuple(sorted(contents.shares.keys() & purged - fenced)),
        unreached=unreached,
        denied=attested is not None,
        unnamed=request.into if request.into and request.into.resolve() not in named else None,
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


def _standing(
    caller: Caller, archive: Archive, request: RestoreRequest
) -> tuple[Replicas | None, tuple[str, ...]]:
    """Open the replicas there are; where a new vault is made, all may be lost, which is told."""
    try:
        replicas = open_replicas(archive, caller)
    except (ForeignVaultError, UnsafeVaultError):
        raise
    except VaultError as err:
        if request.into is None:
            hint = f"memberarc vault restore {request.file} --into DIR"
            raise VaultError(err.message, where=err.where, hint=hint) from err
        return None, (f"{err.where}: {err.message}",)
    return replicas, tuple(
        f"{absent.place}: {absent.reason}"
        for absent in replicas.absent
        if absent.place != str(request.into)
    )


def _targets(
    archive: Archive, request: RestoreRequest, *, replicas: Replicas | None
) -> dict[Path, Vault | None]:
    """Tell where to restore; None stands for a vault that is to be made."""
    into = request.into
    if into is None:
        assert replicas is not None
        return {
            vault.directory: vault
            for vault in replicas
            if vault.replica in replicas.ids and not replicas.is_retired(vault.replica)
        }
    if (into / "vault.yaml").exists():
        return {
            into: open_vault(
                into, archive=archive.manifest.archive, vault_id=archive.manifest.vault
            )
        }
    require_forgetful_place(into)
    if into.exists() and any(into.iterdir()):
        raise DuplicateError("a vault needs an empty directory", where=str(into))
    return {into: None}


def _joined(*told: Mapping[str, Fence]) -> dict[str, Fence]:
    uids = sorted({uid for fences in told for uid in fences})
    return {uid: joined_fences([one[uid] for one in told if uid in one]) for uid in uids}


def _buried(archive: Archive) -> set[str]:
    """Collect the uid of every tombstone in the tree or anywhere in history."""
    blobs = {entry.blob for entry in archive.snapshot.entries(_TOMBSTONES)}
    history = walk_history(archive.repository, revisions=("--all", "HEAD"), paths=(_TOMBSTONES,))
    for entry in history:
        blobs.update(path.new_blob for path in entry.paths if path.new_blob is not None)
    return {
        uid.decode("ascii")
        for _, content in read_objects(archive.repository, sorted(blobs))
        for uid in _UID_LINE.findall(content)
    }
