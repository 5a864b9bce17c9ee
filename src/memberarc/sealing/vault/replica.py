"""The vault: the half of every member's key that can be destroyed, kept outside git.

Source: format.md, section 7.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Final

from memberarc.archive.identifiers import new_long_id
from memberarc.archive.layout import UID
from memberarc.errors import (
    FileError,
    MemberPurgedError,
    ShareMissingError,
    ShareRottenError,
)
from memberarc.people import private_files
from memberarc.sealing.derivation import KEY_BYTES, record_commitment
from memberarc.sealing.vault.fence_folder import FenceFolder
from memberarc.sealing.vault.files import (
    BACKUPS,
    FENCES,
    FOLDERS,
    REGISTER,
    SEGMENTS,
    SHARDS,
    SUPPRESSION,
    list_files,
    require_empty_folder,
    require_private_folder,
)
from memberarc.sealing.vault.manifest import read_replica_id, write_manifest
from memberarc.sealing.vault.place import read_private, require_forgetful_place, require_private
from memberarc.sealing.vault.share_lines import ShareText, read_share, shard_name, share_line

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from memberarc.errors import Problem
    from memberarc.sealing.vault.fences import Fence
    from memberarc.sealing.vault.upkeep import VaultStatus

SEGMENT_LIMIT: Final = 64
"""Above so many segments a compaction is due."""


def create_vault(directory: Path, *, archive: str, vault_id: str = "") -> Vault:
    """Make an empty vault, or an empty replica of the vault whose id is given.

    Raises:
        DuplicateError: the directory holds something.
        UnsafeVaultError: it lies where deleted files are kept.
        FileError: it cannot be made.
    """
    require_forgetful_place(directory)
    vault = Vault(
        directory, archive=archive, vault_id=vault_id or new_long_id(), replica=new_long_id()
    )
    try:
        require_empty_folder(directory)
        private_files.make_private_folder(directory)
        directory.chmod(0o700)
        for name in FOLDERS:
            (directory / name).mkdir(mode=0o700, exist_ok=True)
        # The manifest comes last: without it a half-made folder is no vault.
        write_manifest(vault)
        private_files.sync_folder(directory.parent)
    except OSError as err:
        raise FileError(f"cannot write: {err.strerror}", where=str(directory)) from err
    return vault


def open_vault(directory: Path, *, archive: str, vault_id: str) -> Vault:
    """Open a vault, and refuse any other than the one the archive's manifest names.

    Raises:
        VaultError: there is no vault.
        ForeignVaultError: it belongs to another archive, or is another vault of it.
        UnsafeVaultError: others may read it, or it lies where deleted files are kept.
    """
    require_forgetful_place(directory)
    replica = read_replica_id(directory, archive=archive, vault_id=vault_id)
    vault = Vault(directory, archive=archive, vault_id=vault_id, replica=replica)
    require_private(directory)
    for folder in (vault.segments, vault.shards, vault.fence_folder):
        require_private_folder(folder)
    if vault.register_folder.exists():  # a vault made before there was one has none
        require_private_folder(vault.register_folder)
    return vault


class Vault:
    """One replica of an archive's vault; a file is read when a share in it is asked for."""

    def __init__(self, directory: Path, *, archive: str, vault_id: str, replica: str) -> None:
        self.directory = directory
        self.archive = archive
        self.vault_id = vault_id
        self.replica = replica
        self.segments = directory / SEGMENTS
        self.shards = directory / SHARDS
        self.fence_folder = directory / FENCES
        self.register_folder = directory / REGISTER
        self.backup_folder = directory / BACKUPS
        self.suppression_folder = directory / SUPPRESSION
        self._fences = FenceFolder(self.fence_folder)
        self._recent: ShareText | None = None
        self._recent_files: list[Path] = []
        self._shards: dict[str, ShareText] = {}

    def is_writable(self) -> bool:
        """Tell whether shares can be put here, as far as permissions go."""
        folders = (self.directory, self.segments, self.shards, self.fence_folder)
        return all(os.access(folder, os.W_OK) for folder in folders)

    def provision(self, uids: Iterable[str]) -> dict[str, bytes]:
        """Make a share for each uid; they are on the disk when this returns.

        Raises:
            MemberPurgedError: a uid is fenced; a person who returns gets a new one.
        """
        shares = {uid: os.urandom(KEY_BYTES) for uid in uids}
        self.adopt(shares)
        return shares

    def adopt(self, shares: Mapping[str, bytes]) -> None:
        """Write shares as one new segment, as provisioning and another replica give them.

        Raises:
            MemberPurgedError: a uid is fenced.
        """
        if not shares:
            return
        for uid in shares:
            if not UID.fullmatch(uid):
                raise ValueError(f"not a uid: {uid}")
        for uid in self.closed_among(shares):
            raise MemberPurgedError(
                "a purged uid is never provided again", where=uid, hint="use a new uid"
            )
        lines = [
            share_line(uid, share=share, archive=self.archive)
            for uid, share in sorted(shares.items())
        ]
        # Renamed when complete: a compaction or a reader never sees half a segment.
        private_files.replace(self.segments / f"{new_long_id()}.txt", b"\n".join([*lines, b""]))
        self._forget()

    def shares(self, uid: str) -> tuple[bytes, ...]:
        """Return every share there is for a uid; of two, the record's ``key`` decides.

        Raises:
            MemberPurgedError: the uid is fenced.
            ShareMissingError: there is none.
            ShareRottenError: none of its lines is sound.
        """
        self.refuse_purged(uid)
        lines = self._lines(uid)
        if not lines and self._recent_files != self.share_files(self.segments):
            self._forget()
            lines = self._lines(uid)
        if not lines:
            raise ShareMissingError(
                "the vault holds no share for this member",
                where=uid,
                hint="memberarc vault status",
            )
        read = [read_share(line, archive=self.archive, uid=uid) for line in lines]
        shares = tuple(share for share in read if share is not None)
        if not shares:
            raise ShareRottenError(
                "the share of this member is damaged",
                where=uid,
                hint="restore it from another replica of the vault",
            )
        return shares

    def refuse_purged(self, uid: str) -> None:
        """Refuse a uid whose fence closes it.

        Raises:
            MemberPurgedError: it does.
            FileError: the fences cannot be read.
        """
        if self.closes(uid):
            raise MemberPurgedError("the member was purged", where=uid)

    def closes(self, uid: str) -> bool:
        """Tell whether a fence closes a uid; one that cannot be read does."""
        return uid in self.fenced_uids() and self._fences.closes(uid)

    def closed_among(self, uids: Iterable[str]) -> list[str]:
        """Find in one look at the fences those of some uids that one closes, in order."""
        return sorted(filter(self._fences.closes, self.fenced_uids().intersection(uids)))

    def fenced_uids(self) -> frozenset[str]:
        """Tell which uids have a fence, in whatever state.

        Raises:
            FileError: the folder cannot be read.
        """
        try:
            return self._fences.uids()
        except OSError as err:
            raise FileError(f"cannot read: {err.strerror}", where=str(self.fence_folder)) from err

    def share(self, uid: str, *, commitment: str) -> bytes:
        """Return the share a record was sealed with; raises as ``shares`` does."""
        for share in self.shares(uid):
            if record_commitment(share) == commitment:
                return share
        raise ShareMissingError(
            "the vault's share is not the one this record was sealed with",
            where=uid,
            hint="compare with another replica of the vault",
        )

    def put_fence(self, fence: Fence) -> Fence:
        """Fence a uid for ever, or bring the fence that stands as far as this one.

        Raises:
            DuplicateError: another request has fenced it.
        """
        if not UID.fullmatch(fence.uid):
            raise ValueError(f"not a uid: {fence.uid}")
        return self._fences.put(fence)

    def fence_of(self, uid: str) -> Fence | None:
        """Read the fence of a uid, if it has one."""
        return self._fences.get(uid)

    def fences(self) -> dict[str, Fence]:
        """Read all fences, by uid."""
        return self._fences.all()

    def needs_compaction(self) -> bool:
        """Tell whether so many segments have gathered that reading them costs time."""
        return len(self.share_files(self.segments)) > SEGMENT_LIMIT

    def compact(self) -> None:
        """Move all shares from segments into shards."""
        from memberarc.sealing.vault.upkeep import compact

        compact(self)
        self._forget()

    def shred(self, uid: str) -> None:
        """Destroy every share of a fenced uid, and read all files again to see that it is gone."""
        from memberarc.sealing.vault.upkeep import shred

        shred(self, uid)
        self._forget()

    def problems(self) -> list[Problem]:
        """Report what is damaged, doubled, left over, or too open to others."""
        from memberarc.sealing.vault.upkeep import vault_problems

        return vault_problems(self)

    def status(self) -> VaultStatus:
        """Count what the vault holds."""
        from memberarc.sealing.vault.upkeep import vault_status

        return vault_status(self)

    def share_files(self, folder: Path) -> list[Path]:
        """List the files of lines in one folder, without those half written."""
        return list_files(folder, "[!.]*.txt")

    def _lines(self, uid: str) -> list[bytes]:
        if not UID.fullmatch(uid):
            return []
        if self._recent is None:
            self._recent = self._read_segments()
        name = shard_name(uid)
        shard = self._shards.get(name)
        if shard is None:
            path = self.shards / f"{name}.txt"
            shard = ShareText([read_private(path)] if path.exists() else [])
            self._shards[name] = shard
        lines = [*self._recent.lines_for(uid), *shard.lines_for(uid)]
        return list(dict.fromkeys(lines)) if len(lines) > 1 else lines

    def _read_segments(self) -> ShareText:
        while True:
            self._recent_files = self.share_files(self.segments)
            try:
                return ShareText([read_private(path) for path in self._recent_files])
            except FileNotFoundError:
                # A compaction moved it into the shards while it was being read.
                self._shards.clear()

    def _forget(self) -> None:
        self._recent = None
        self._shards.clear()
