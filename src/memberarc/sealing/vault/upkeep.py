"""Keep a vault in order: compaction, shredding, and what is wrong with it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING

from memberarc.archive.lock import hold_lock
from memberarc.errors import FileError, Problem, VaultError
from memberarc.people import private_files
from memberarc.sealing.vault.fences import parse_fence
from memberarc.sealing.vault.files import list_files, refuse_link, scan_folder
from memberarc.sealing.vault.index_share import destroy_index_share
from memberarc.sealing.vault.place import read_private
from memberarc.sealing.vault.share_lines import (
    holds_share_of,
    read_share,
    shard_name,
    split_lines,
    uid_of,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    from memberarc.sealing.vault.fences import Fence
    from memberarc.sealing.vault.replica import Vault


@dataclass(frozen=True, slots=True, kw_only=True)
class VaultStatus:
    """What a vault holds; ``unfinished`` are the uids of purges that are not yet certified."""

    vault_id: str
    replica: str
    shares: int
    segments: int
    shards: int
    fences: int
    unfinished: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Inventory:
    """Every line of a vault: sound shares by uid, uids that any line names, and lines with rot."""

    shares: Mapping[str, frozenset[bytes]] = field(repr=False)
    named: frozenset[str]
    rotten: Mapping[Path, Sequence[bytes]] = field(repr=False)


def compact(vault: Vault) -> None:
    """Move all lines from segments into shards; a line without the form of one stays where it is.

    The shards are on the disk before the first segment goes, so a crash leaves every share at
    least once.
    """
    with hold_lock(vault.directory):
        segments = {path: read_private(path) for path in vault.share_files(vault.segments)}
        moved: dict[str, set[bytes]] = {}
        odd: dict[Path, list[bytes]] = {}
        for path, content in segments.items():
            for line in split_lines(content):
                uid = uid_of(line)
                if uid:
                    moved.setdefault(shard_name(uid), set()).add(line)
                else:
                    odd.setdefault(path, []).append(line)
        shards = {vault.shards / f"{name}.txt": lines for name, lines in moved.items()}
        for path, lines in shards.items():
            if path.exists():
                lines.update(split_lines(read_private(path)))
        private_files.replace_all({path: _text(sorted(lines)) for path, lines in shards.items()})
        private_files.replace_all({path: _text(lines) for path, lines in odd.items()})
        for path in segments.keys() - odd.keys():
            path.unlink()
        private_files.sync_folder(vault.segments)


def shred(vault: Vault, uid: str) -> None:
    """Destroy every share of a fenced uid, then read every file of the vault to prove it.

    Raises:
        VaultError: the uid is not fenced, or a share of it is still found.
    """
    fence = vault.fence_of(uid)
    if fence is None or not fence.reached("fenced"):
        raise VaultError("a share is only destroyed behind a fence", where=uid)
    left: dict[Path, list[bytes]] = {}
    with hold_lock(vault.directory):
        for folder in (vault.segments, vault.shards):
            names = sorted(entry.name for entry in scan_folder(folder) if not entry.is_dir())
            for path in (folder / name for name in names):
                left[path] = _shred_from(path, vault=vault, uid=uid)
            private_files.sync_folder(folder)
        # Indexes hold values that the share opened, and copies of them may be anywhere.
        destroy_index_share(vault)
        for path in _files(vault.directory):
            lines = _lines_of(path)
            # What is read again as it was left has been judged line by line.
            if path.parent == vault.fence_folder or lines == left.get(path):
                continue
            if any(holds_share_of(line, archive=vault.archive, uid=uid) for line in lines):
                raise VaultError(
                    "a share that was to be destroyed is still there",
                    where=str(path),
                    hint="remove the file by hand if it is a copy, and purge again",
                )


def sound_shares(vault: Vault) -> Mapping[str, frozenset[bytes]]:
    """Read every share of a member whose line fits its check, by uid."""
    return take_inventory(vault).shares


def shares_of(vault: Vault, uid: str) -> set[bytes]:
    """Read every share of one member whose line fits its check, whatever a fence says."""
    start = f"m1 {uid} ".encode()
    found = (line for _, _, line in _lines(vault) if line.startswith(start))
    shares = (read_share(line, archive=vault.archive, uid=uid) for line in found)
    return {share for share in shares if share is not None}


def take_inventory(vault: Vault) -> Inventory:
    """Read every line of a vault."""
    shares: dict[str, frozenset[bytes]] = {}
    named: set[str] = set()
    rotten: dict[Path, list[bytes]] = {}
    for path, _, line in _lines(vault):
        uid = uid_of(line)
        share = read_share(line, archive=vault.archive, uid=uid)
        if share is None:
            rotten.setdefault(path, []).append(line)
        else:
            shares[uid] = shares.get(uid, frozenset()) | {share}
        named.add(uid)
    return Inventory(shares=shares, named=frozenset(named), rotten=rotten)


def drop_lines(vault: Vault, unwanted: Mapping[Path, Collection[bytes]]) -> None:
    """Take lines out of files; a file that has no other goes as a whole."""
    if not unwanted:
        return
    with hold_lock(vault.directory):
        for path, lines in unwanted.items():
            _rewrite(path, [line for line in _lines_of(path) if line not in lines])


def vault_status(vault: Vault) -> VaultStatus:
    """Count what a vault holds; a fence that cannot be read belongs to no finished purge."""
    fences = {uid: _readable(vault, uid) for uid in sorted(vault.fenced_uids())}
    return VaultStatus(
        vault_id=vault.vault_id,
        replica=vault.replica,
        shares=len({uid_of(line) for _, _, line in _lines(vault)} - {""}),
        segments=len(vault.share_files(vault.segments)),
        shards=len(vault.share_files(vault.shards)),
        fences=len(fences),
        unfinished=tuple(uid for uid, fence in fences.items() if fence is None or fence.unfinished),
    )


def _readable(vault: Vault, uid: str) -> Fence | None:
    try:
        return vault.fence_of(uid)
    except VaultError:
        return None


def vault_problems(vault: Vault) -> list[Problem]:
    """Report what is damaged, doubled, left over, or too open to others."""
    problems = []
    for path in _files(vault.directory):
        if private_files.is_open_to_others(path):
            problems.append(_problem(path, "vault-permissions", "other users may read the file"))
        if path.suffix == ".tmp":
            hint = f"when no memberarc is at work: rm {path}"
            told = "half written by a killed process"
            problems.append(Problem(path=str(path), rule="vault-leftover", message=told, hint=hint))
    fences: dict[str, Fence] = {}
    for path in list_files(vault.fence_folder, "[!.]*.yaml"):
        try:
            fences[path.stem] = parse_fence(read_private(path), path=str(path))
        except VaultError:
            problems.append(_problem(path, "vault-fence", "the fence cannot be read"))
    problems += _paper_problems(vault)
    found: dict[str, bytes] = {}
    for path, number, line in _lines(vault):
        uid = uid_of(line)
        share = read_share(line, archive=vault.archive, uid=uid)
        if share is None:
            flaw = ("vault-rotten-line", "the line does not fit its own check")
        elif found.setdefault(uid, share) != share:
            flaw = ("vault-two-shares", f"{uid} has another share elsewhere")
        elif uid in fences and fences[uid].reached("shredded"):
            flaw = ("vault-share-returned", f"{uid} was purged and has a share again")
        else:
            continue
        problems.append(_problem(path, *flaw, line=number))
    return problems


def _paper_problems(vault: Vault) -> Iterator[Problem]:
    """Report what is damaged of the register, the list of backups and the suppression list."""
    from memberarc.sealing.vault.backup_list import listed_backups
    from memberarc.sealing.vault.register import read_register
    from memberarc.sealing.vault.suppression import Suppressed

    papers: tuple[Callable[[], object], ...] = (
        lambda: read_register(vault),
        lambda: listed_backups([vault]),
        lambda: Suppressed([vault], today=date.min),
    )
    for read in papers:
        try:
            read()
        except VaultError as err:
            yield Problem(path=err.where, rule="vault-paper", message=err.message, hint=err.hint)


def _problem(path: Path, rule: str, message: str, *, line: int = 0) -> Problem:
    return Problem(path=str(path), rule=rule, message=message, line=line)


def _shred_from(path: Path, *, vault: Vault, uid: str) -> list[bytes]:
    """Take a share's lines out of one file, and return the others; a half-written file goes whole.

    No act has relied on what is half written: a share counts from its segment's rename on.
    """
    refuse_link(path)
    lines = _lines_of(path)
    kept = [line for line in lines if not holds_share_of(line, archive=vault.archive, uid=uid)]
    if len(kept) < len(lines):
        kept = [] if path.suffix == ".tmp" else kept
        _rewrite(path, kept)
    return kept


def _rewrite(path: Path, lines: Sequence[bytes]) -> None:
    if lines:
        private_files.replace(path, _text(lines))
    else:
        path.unlink(missing_ok=True)
        private_files.sync_folder(path.parent)


def _lines_of(path: Path) -> list[bytes]:
    try:
        return split_lines(path.read_bytes())
    except FileNotFoundError:
        return []  # a process that provisions has just renamed it
    except OSError as err:
        raise FileError(f"cannot read: {err.strerror}", where=str(path)) from err


def _lines(vault: Vault) -> Iterator[tuple[Path, int, bytes]]:
    for folder in (vault.segments, vault.shards):
        for path in vault.share_files(folder):
            for number, line in enumerate(_lines_of(path), start=1):
                yield path, number, line


def _files(directory: Path) -> list[Path]:
    paths = []
    for entry in scan_folder(directory):
        if entry.is_dir() and not entry.is_symlink():
            paths += _files(directory / entry.name)
        elif entry.is_file():
            paths.append(directory / entry.name)
    return sorted(paths)


def _text(lines: Iterable[bytes]) -> bytes:
    return b"".join(line + b"\n" for line in lines)
