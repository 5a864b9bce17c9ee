"""What state an archive and this machine are in: status, doctor, keys and vault."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

from memberarc.acts.key_trust import accepted_key_list
from memberarc.acts.keys import open_vaults
from memberarc.acts.opening import read_access
from memberarc.archive.git import git_version
from memberarc.archive.layout import PathKind, path_kind
from memberarc.archive.opened import open_archive
from memberarc.archive.uncommitted import changed_paths
from memberarc.errors import MemberarcError, NoIdentityError
from memberarc.people.access import recipients_for_level
from memberarc.sealing.age import load_identities
from memberarc.sealing.level_keys import open_level_keys

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from memberarc.acts.opening import Caller
    from memberarc.archive.opened import Archive
    from memberarc.sealing.key_list import KeyEntry
    from memberarc.sealing.vault_upkeep import VaultStatus

OLDEST_GIT: Final = (2, 39)


@dataclass(frozen=True, slots=True, kw_only=True)
class ArchiveStatus:
    """Counts of the newest commit, and what lies uncommitted beside it."""

    name: str
    archive: str
    commit: str
    branch: str
    members: int
    tombstones: int
    documents: int
    ledger_days: int
    uncommitted: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedKey:
    """One level key of the list; ``at_hand`` says whether the caller's identity opens it."""

    entry: KeyEntry
    at_hand: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One line of the doctor's; ``fix`` is a runnable step."""

    subject: str
    verdict: Literal["ok", "warn", "fail"]
    message: str
    fix: str = ""


def archive_status(caller: Caller) -> ArchiveStatus:
    """Count what the newest commit holds."""
    archive = open_archive(caller.directory)
    kinds = [path_kind(entry.path) for entry in archive.snapshot.entries()]
    bare = archive.repository.work_tree is None
    return ArchiveStatus(
        name=archive.manifest.name,
        archive=archive.manifest.archive,
        commit=archive.snapshot.commit or "",
        branch=archive.repository.line("symbolic-ref", "--short", "HEAD") or "detached",
        members=kinds.count(PathKind.MEMBER),
        tombstones=kinds.count(PathKind.TOMBSTONE),
        documents=kinds.count(PathKind.DOCUMENT),
        ledger_days=kinds.count(PathKind.LEDGER),
        uncommitted=() if bare else changed_paths(archive.repository),
    )


def list_keys(caller: Caller) -> tuple[ListedKey, ...]:
    """Judge the key list, then tell which keys the caller's identity opens."""
    archive = open_archive(caller.directory)
    key_list = accepted_key_list(archive, caller)
    try:
        keys = open_level_keys(
            key_list,
            read=archive.snapshot.read,
            identities=load_identities(caller.user.identity),
        )
    except NoIdentityError:
        keys = ()
    mine = {key.commitment for key in keys}
    return tuple(
        ListedKey(entry=entry, at_hand=entry.commitment in mine) for entry in key_list.keys
    )


def vault_status(caller: Caller) -> tuple[tuple[str, VaultStatus], ...]:
    """Count what each replica of the vault holds, by its directory."""
    archive = open_archive(caller.directory)
    return tuple((str(vault.directory), vault.status()) for vault in open_vaults(archive, caller))


def examine(caller: Caller) -> tuple[Finding, ...]:
    """Look for what is missing or unsafe on this machine, and in the archive if there is one."""
    findings = [_git(), _tool("ssh-keygen", "signs and verifies"), *_user_files(caller)]
    try:
        archive = open_archive(caller.directory)
    except MemberarcError as err:
        return (*findings, Finding(subject="archive", verdict="warn", message=err.message))
    return (*findings, *_archive_findings(archive, caller))


def _git() -> Finding:
    version = git_version()
    if version is None:
        return Finding(subject="git", verdict="fail", message="not found", fix="install git")
    told = ".".join(map(str, version))
    if version < OLDEST_GIT:
        return Finding(
            subject="git", verdict="warn", message=f"{told} is older than what was tried"
        )
    return Finding(subject="git", verdict="ok", message=told)


def _tool(name: str, purpose: str) -> Finding:
    if shutil.which(name):
        return Finding(subject=name, verdict="ok", message=purpose)
    return Finding(
        subject=name, verdict="fail", message="not found", fix="install the OpenSSH client"
    )


def _user_files(caller: Caller) -> Iterator[Finding]:
    def identity() -> str:
        return f"{len(load_identities(caller.user.identity).keys)} at {caller.user.identity}"

    yield _tried("identity", identity)
    key = caller.user.signing_key
    yield Finding(
        subject="signing key",
        verdict="ok" if key.exists() else "warn",
        message=str(key) if key.exists() else f"none at {key}",
        fix="" if key.exists() else "memberarc init makes one, or set MEMBERARC_SIGNING_KEY",
    )


def _archive_findings(archive: Archive, caller: Caller) -> Iterator[Finding]:
    yield Finding(subject="archive", verdict="ok", message=archive.manifest.name)
    yield _tried("key list", lambda: f"number {accepted_key_list(archive, caller).number}")
    yield _tried("vault", lambda: _replicas(archive, caller))
    yield from _recipients(archive)
    yield _textconv_cache(archive)
    author = archive.repository.line("config", "user.email") or ""
    yield Finding(
        subject="author",
        verdict="ok" if author else "warn",
        message=author or "commits have no address",
        fix="" if author else "git config user.email office@example.org",
    )


def _recipients(archive: Archive) -> Iterator[Finding]:
    access = read_access(archive)
    for level in ("internal", "confidential", "secret"):
        count = len(recipients_for_level(access, level))
        yield Finding(
            subject=f"level {level}",
            verdict="ok" if count > 1 else "warn",
            message=f"recipients: {count}",
            fix="" if count > 1 else "a second recipient must be able to open what one loses",
        )


def _replicas(archive: Archive, caller: Caller) -> str:
    vaults = open_vaults(archive, caller)
    flaws = [problem for vault in vaults for problem in vault.problems()]
    if flaws:
        raise MemberarcError(f"{len(flaws)} flaws, first: {flaws[0].message}")
    return ", ".join(str(vault.directory) for vault in vaults)


def _textconv_cache(archive: Archive) -> Finding:
    """A textconv cache would keep opened values in git's notes, and a push would publish them."""
    cached = archive.repository.line("config", "--get-regexp", r"^diff\..*\.cachetextconv$")
    notes = archive.repository.line("for-each-ref", "refs/notes/textconv")
    if cached or notes:
        return Finding(
            subject="textconv cache",
            verdict="fail",
            message="git keeps opened values in notes",
            fix="unset diff.*.cachetextconv, delete refs/notes/textconv, git gc --prune=now",
        )
    return Finding(subject="textconv cache", verdict="ok", message="off")


def _tried(subject: str, look: Callable[[], str]) -> Finding:
    try:
        return Finding(subject=subject, verdict="ok", message=look())
    except MemberarcError as err:
        return Finding(subject=subject, verdict="fail", message=err.message, fix=err.hint)
