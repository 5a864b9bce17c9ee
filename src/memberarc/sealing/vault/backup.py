"""What a backup of the vault holds, as text that is encrypted whole, and what comes back of it.

Source: format.md, section 7.
"""

from __future__ import annotations

import base64
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from memberarc.archive.layout import UID
from memberarc.errors import VaultError
from memberarc.sealing.derivation import record_commitment
from memberarc.sealing.vault.backup_list import Backup, listed_backups, parse_backup, write_backup
from memberarc.sealing.vault.fences import Fence, parse_fence, write_fence
from memberarc.sealing.vault.register import RegisteredReplica, parse_entry, write_entry
from memberarc.sealing.vault.share_lines import read_share, share_line, uid_of
from memberarc.sealing.vault.upkeep import sound_shares

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping

    from memberarc.sealing.vault.replicas import Replicas

_TITLE: Final = "memberarc-vault-backup m1"


@dataclass(frozen=True, slots=True, kw_only=True)
class VaultContents:
    """All that a backup keeps: shares, fences, which replicas and which backups there are.

    The backup itself is among them, for it was listed first.

    Neither the share of the indexes nor the suppression list: the one a purge replaces, the lines
    of the other have an expiry of their own, and a backup would outlive both.
    """

    archive: str
    vault_id: str
    backup: Backup
    shares: Mapping[str, frozenset[bytes]] = field(repr=False)
    fences: Mapping[str, Fence]
    backups: Mapping[str, Backup]
    replicas: Mapping[str, RegisteredReplica]


@dataclass(frozen=True, slots=True, kw_only=True)
class Restoration:
    """What a backup gives one replica: the shares it lacks, and what is not written.

    ``unclear`` are uids of which there are different shares, and no record says which is right.
    """

    missing: Mapping[str, bytes] = field(repr=False)
    present: int
    purged: tuple[str, ...]
    unclear: tuple[str, ...]


def gather_contents(replicas: Replicas, *, backup: Backup) -> VaultContents:
    """Read shares, fences and list of all replicas; what is fenced is left out.

    The fences are read last: of a purge that runs meanwhile either the fence is seen here, or the
    backup, which was listed before, is seen by the purge.
    """
    nearest = replicas.nearest
    shares: dict[str, set[bytes]] = {}
    for vault in replicas:
        for uid, found in sound_shares(vault).items():
            if UID.fullmatch(uid):
                shares.setdefault(uid, set()).update(found)
    fences = replicas.fences()
    return VaultContents(
        archive=nearest.archive,
        vault_id=nearest.vault_id,
        backup=backup,
        shares={
            uid: frozenset(found)
            for uid, found in shares.items()
            if uid not in fences or not fences[uid].reached("fenced")
        },
        fences=fences,
        backups={**{one.id: one for one in listed_backups(replicas)}, backup.id: backup},
        replicas=replicas.known,
    )


def write_contents(contents: VaultContents) -> bytes:
    """Write the canonical text of a backup."""
    backup = contents.backup
    title = (_TITLE, contents.archive, contents.vault_id, backup.id, backup.made, backup.expires)
    shares = [
        share_line(uid, share=share, archive=contents.archive)
        for uid, found in contents.shares.items()
        for share in found
    ]
    files = [
        *(_file_line("fence", uid, write_fence(one)) for uid, one in contents.fences.items()),
        *(_file_line("backup", name, write_backup(one)) for name, one in contents.backups.items()),
        *(_file_line("replica", name, write_entry(one)) for name, one in contents.replicas.items()),
    ]
    return b"\n".join([" ".join(title).encode(), *sorted(shares), *sorted(files), b""])


def parse_contents(content: bytes, *, where: str) -> VaultContents:
    """Read the text of a backup; only what ``write_contents`` gives is one.

    Raises:
        VaultError: it is something else.
    """
    try:
        contents = _parse(content.splitlines())
        if write_contents(contents) == content:
            return contents
    except (ValueError, LookupError, VaultError):
        pass
    raise VaultError("this is no backup of a vault", where=where)


def plan_restoration(
    contents: VaultContents,
    *,
    standing: Mapping[str, Collection[bytes]],
    purged: Collection[str],
    commitments: Callable[[], Mapping[str, str]],
) -> Restoration:
    """Tell which shares of a backup a replica gets.

    Args:
        standing: the shares the replica has.
        purged: the uids that must never have a share again.
        commitments: the ``key`` of each record, asked for only when shares differ.
    """
    missing: dict[str, bytes] = {}
    unclear: list[str] = []
    kept = [uid for uid in contents.shares if uid not in purged]
    for uid in kept:
        known = {*standing.get(uid, ())}
        choices = known | contents.shares[uid]
        if len(choices) > 1:
            key = commitments().get(uid)
            choices = {share for share in choices if record_commitment(share) == key}
        if not choices:
            unclear.append(uid)
        elif not choices & known:
            missing[uid] = choices.pop()
    return Restoration(
        missing=missing,
        present=len(kept) - len(missing) - len(unclear),
        purged=tuple(sorted(contents.shares.keys() & set(purged))),
        unclear=tuple(sorted(unclear)),
    )


def _parse(lines: list[bytes]) -> VaultContents:
    archive, vault_id, identifier, made, expires = lines[0].decode("ascii").split(" ")[2:]
    shares: dict[str, set[bytes]] = {}
    fences: dict[str, Fence] = {}
    backups: dict[str, Backup] = {}
    replicas: dict[str, RegisteredReplica] = {}
    for line in lines[1:]:
        if line.startswith(b"m1 "):
            uid = uid_of(line)
            share = read_share(line, archive=archive, uid=uid)
            if share is None or not UID.fullmatch(uid):
                raise ValueError("a share is damaged")
            shares.setdefault(uid, set()).add(share)
            continue
        # What the line says of its content besides is judged by writing it again.
        kind, name, encoded = line.decode("ascii").split(" ")
        content = base64.b64decode(encoded, validate=True)
        if kind == "fence":
            fence = parse_fence(content, path=name)
            fences[fence.uid] = fence
        elif kind == "backup":
            listed = parse_backup(content, path=name)
            backups[listed.id] = listed
        else:
            replica = parse_entry(content, path=name)
            replicas[replica.replica] = replica
    backup = backups[identifier]
    if (backup.made, backup.expires) != (made, expires):
        raise ValueError("the title tells of another backup")
    return VaultContents(
        archive=archive,
        vault_id=vault_id,
        backup=backup,
        shares={uid: frozenset(found) for uid, found in shares.items()},
        fences=fences,
        backups=backups,
        replicas=replicas,
    )


def _file_line(kind: str, name: str, content: bytes, /) -> bytes:
    return f"{kind} {name} {base64.b64encode(content).decode()}".encode()
