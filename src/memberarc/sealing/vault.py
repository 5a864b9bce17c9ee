"""The vault: the half of every member's key that can be destroyed, kept outside git.

Source: format.md, section 7.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any, Final

from memberarc.archive.layout import UID
from memberarc.errors import (
    DuplicateError,
    ForeignVaultError,
    MemberPurgedError,
    ShareMissingError,
    ShareRottenError,
    VaultError,
)
from memberarc.formats.canonical_yaml import read_canonical, write_yaml
from memberarc.people import private_files
from memberarc.sealing.derivation import KEY_BYTES, record_commitment
from memberarc.sealing.fences import Fence, FenceApproval, FenceFolder, utc_text
from memberarc.sealing.share_lines import ShareText, read_share, shard_name, share_line
from memberarc.sealing.vault_files import list_files, require_private_folder
from memberarc.sealing.vault_place import read_private, require_forgetful_place

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import datetime
    from pathlib import Path

    from memberarc.errors import Problem
    from memberarc.sealing.vault_upkeep import VaultStatus

VAULT_FORMAT: Final = "vault/1"
SEGMENT_LIMIT: Final = 64
"""Above so many segments a compaction is due."""


def create_vault(directory: Path, *, archive: str, vault_id: str = "") -> Vault:
    """Make an empty vault, or an empty replica of the vault whose id is given.

    Raises:
        DuplicateError: the directory holds something.
        UnsafeVaultError: it lies where deleted files are kept.
    """
    from memberarc.archive.identifiers import new_long_id

    if directory.exists() and any(directory.iterdir()):
        raise DuplicateError("a vault needs an empty directory", where=str(directory))
    require_forgetful_place(directory)
    private_files.make_private_folder(directory)
    directory.chmod(0o700)
    vault = Vault(
        directory, archive=archive, vault_id=vault_id or new_long_id(), replica=new_long_id()
    )
    for folder in (vault.segments, vault.shards, vault.fence_folder):
        folder.mkdir(mode=0o700)
    # The manifest comes last: without it a half-made folder is no vault.
    private_files.write_new(
        directory / "vault.yaml",
        write_yaml(
            {
                "format": VAULT_FORMAT,
                "vault": vault.vault_id,
                "archive": archive,
                "replica": vault.replica,
            }
        ),
    )
    private_files.sync_folder(directory.parent)
    return vault


def open_vault(directory: Path, *, archive: str, vault_id: str) -> Vault:
    """Open a vault, and refuse any other than the one the archive's manifest names.

    Raises:
        VaultError: there is no vault.
        ForeignVaultError: it belongs to another archive, or is another vault of it.
        UnsafeVaultError: others may read it, or it lies where deleted files are kept.
    """
    manifest = directory / "vault.yaml"
    require_forgetful_place(directory)
    try:
        document: Any = read_canonical(read_private(manifest))
    except FileNotFoundError as err:
        raise VaultError(
            "there is no vault here",
            where=str(directory),
            hint="set MEMBERARC_VAULT to the directory of the vault",
        ) from err
    except ValueError as err:
        raise VaultError(f"not a vault's manifest: {err}", where=str(manifest)) from err
    if document.get("format") != VAULT_FORMAT:
        raise VaultError(f"not a vault of format {VAULT_FORMAT}", where=str(manifest))
    if (document.get("archive"), document.get("vault")) != (archive, vault_id):
        raise ForeignVaultError("this is the vault of another archive", where=str(directory))
    vault = Vault(
        directory, archive=archive, vault_id=vault_id, replica=str(document.get("replica"))
    )
    for folder in (directory, vault.segments, vault.shards, vault.fence_folder):
        require_private_folder(folder)
    return vault


class Vault:
    """One replica of an archive's vault; a file is read when a share in it is asked for."""

    def __init__(self, directory: Path, *, archive: str, vault_id: str, replica: str) -> None:
        self.directory = directory
        self.archive = archive
        self.vault_id = vault_id
        self.replica = replica
        self.segments = directory / "segments"
        self.shards = directory / "shards"
        self.fence_folder = directory / "fences"
        self._fences = FenceFolder(self.fence_folder)
        self._recent: ShareText | None = None
        self._recent_files: list[Path] = []
        self._shards: dict[str, ShareText] = {}

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
        from memberarc.archive.identifiers import new_long_id

        if not shares:
            return
        for uid in shares:
            if not UID.fullmatch(uid):
                raise ValueError(f"not a uid: {uid}")
            if uid in self._fences.uids():
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
        if self._fences.closes(uid):
            raise MemberPurgedError("the member was purged", where=uid)
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

    def fence(
        self,
        uid: str,
        *,
        request: str,
        state: str,
        times: Mapping[str, datetime],
        approvals: Sequence[FenceApproval] = (),
    ) -> Fence:
        """Fence a uid for ever, or return the fence that stands for the same request.

        Raises:
            DuplicateError: another request has fenced it.
        """
        if not UID.fullmatch(uid):
            raise ValueError(f"not a uid: {uid}")
        return self._fences.create(
            Fence(
                uid=uid,
                request=request,
                state=state,
                times={name: utc_text(moment) for name, moment in times.items()},
                approvals=tuple(approvals),
            )
        )

    def advance_fence(self, uid: str, state: str, *, now: datetime) -> Fence:
        """Note that a purge has reached a state; noting it again changes nothing."""
        return self._fences.advance(uid, state, now=now)

    def approve_again(self, uid: str, *, approval: FenceApproval, now: datetime) -> Fence:
        """Put a new approval into a fence whose approval ran out before the share was destroyed."""
        return self._fences.approve_again(uid, approval=approval, now=now)

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
        from memberarc.sealing.vault_upkeep import compact

        compact(self)
        self._forget()

    def shred(self, uid: str) -> None:
        """Destroy every share of a fenced uid, and read all files again to see that it is gone."""
        from memberarc.sealing.vault_upkeep import shred

        shred(self, uid)
        self._forget()

    def problems(self) -> list[Problem]:
        """Report what is damaged, doubled, left over, or too open to others."""
        from memberarc.sealing.vault_upkeep import vault_problems

        return vault_problems(self)

    def status(self) -> VaultStatus:
        """Count what the vault holds."""
        from memberarc.sealing.vault_upkeep import vault_status

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
        return list(dict.fromkeys(self._recent.lines_for(uid) + shard.lines_for(uid)))

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
