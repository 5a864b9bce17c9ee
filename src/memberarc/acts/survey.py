"""What state an archive and this machine are in: status, doctor, keys and vault."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from shlex import quote
from typing import TYPE_CHECKING, Final

from memberarc.acts.clone_care import clone_findings, shortcoming_notices
from memberarc.acts.document.document_files import require_store
from memberarc.acts.finding import Finding
from memberarc.acts.key.findings import key_findings
from memberarc.acts.key.keys_at_hand import absence_notices, open_replicas
from memberarc.acts.key.level_keys_at_hand import level_keys_at_hand
from memberarc.acts.key.trust import accepted_key_list
from memberarc.acts.opening import read_access
from memberarc.archive.git import git_version
from memberarc.archive.layout import PathKind, code_of, path_kind
from memberarc.archive.opened import open_archive
from memberarc.archive.uncommitted import changed_paths, edited_rules, is_rule
from memberarc.errors import MemberarcError, NoIdentityError
from memberarc.formats.sealed_text import SEALED_LEVELS
from memberarc.people.access import recovery_recipients
from memberarc.review.document_checks import unlisted_files
from memberarc.sealing.age.crypt import load_identities
from memberarc.sealing.age.passphrases import is_protected

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from memberarc.acts.opening import Caller
    from memberarc.archive.opened import Archive
    from memberarc.people.access import Access, Person
    from memberarc.sealing.keys.key_list import KeyEntry
    from memberarc.sealing.vault.fences import Fence
    from memberarc.sealing.vault.replicas import Replicas

OLDEST_GIT: Final = (2, 39)


@dataclass(frozen=True, slots=True, kw_only=True)
class ArchiveStatus:
    """Counts of the newest commit, and what lies uncommitted beside it.

    ``resurrected`` are codes that have a record although they were purged, ``purges`` the fences
    of purges under way that the vault at hand tells of, ``shortcomings`` what this clone lacks.
    """

    name: str
    archive: str
    commit: str
    branch: str
    members: int
    tombstones: int
    documents: int
    ledger_days: int
    saved_searches: int
    uncommitted: tuple[str, ...]
    edited_rules: tuple[str, ...]
    resurrected: tuple[str, ...]
    purges: tuple[Fence, ...]
    shortcomings: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedKey:
    """One level key of the list, the roles by which it is read, and who keeps it in a safe.

    ``at_hand`` says whether the caller's identity opens it.
    """

    entry: KeyEntry
    roles: tuple[str, ...]
    recovery: tuple[str, ...]
    at_hand: bool


def archive_status(caller: Caller) -> ArchiveStatus:
    """Count what the newest commit holds."""
    archive = open_archive(caller.directory)
    paths: dict[PathKind, list[str]] = {kind: [] for kind in PathKind}
    for entry in archive.snapshot.each():
        paths[path_kind(entry.path)].append(entry.path)
    fences = _fences_at_hand(archive, caller)
    bare = archive.repository.work_tree is None
    uncommitted = () if bare else changed_paths(archive.repository)
    return ArchiveStatus(
        name=archive.manifest.name,
        archive=archive.manifest.archive,
        commit=archive.snapshot.commit or "",
        branch=archive.repository.line("symbolic-ref", "--short", "HEAD") or "detached",
        members=len(paths[PathKind.MEMBER]),
        tombstones=len(paths[PathKind.TOMBSTONE]),
        documents=len(paths[PathKind.DOCUMENT]),
        ledger_days=len(paths[PathKind.LEDGER]),
        saved_searches=len(paths[PathKind.SEGMENT]),
        uncommitted=uncommitted,
        edited_rules=tuple(filter(is_rule, uncommitted)),
        resurrected=_resurrected(paths, fences=fences),
        purges=tuple(fence for fence in fences if fence.of_member and fence.unfinished),
        shortcomings=shortcoming_notices(archive),
    )


def _fences_at_hand(archive: Archive, caller: Caller) -> tuple[Fence, ...]:
    try:
        return tuple(open_replicas(archive, caller).fences().values())
    except MemberarcError:
        return ()  # somebody without a vault sees the counts all the same


def _resurrected(
    paths: Mapping[PathKind, Iterable[str]], *, fences: Iterable[Fence]
) -> tuple[str, ...]:
    """Name codes that have a record beside their tombstone, or in spite of a finished purge."""
    buried = {code_of(path) for path in paths[PathKind.TOMBSTONE]}
    buried |= {fence.id for fence in fences if fence.of_member and fence.reached("committed")}
    if not buried:
        return ()
    return tuple(sorted(buried & {code_of(path) for path in paths[PathKind.MEMBER]}))


def list_keys(caller: Caller) -> tuple[ListedKey, ...]:
    """Judge the key list, then tell which keys the caller's identity opens."""
    archive = open_archive(caller.directory)
    key_list = accepted_key_list(archive, caller)
    try:
        keys = level_keys_at_hand(archive, caller, key_list=key_list)
    except NoIdentityError:
        keys = ()
    mine = {key.commitment for key in keys}
    access = read_access(archive)
    safe = {
        level: {one.person for one in recovery_recipients(access, level)} for level in SEALED_LEVELS
    }
    return tuple(
        ListedKey(
            entry=entry,
            roles=tuple(
                role.id
                for role in access.roles
                if entry.level in role.levels
                and any(role.id in person.roles for person in _readers(access, entry))
            ),
            recovery=tuple(
                person.id for person in _readers(access, entry) if person.id in safe[entry.level]
            ),
            at_hand=entry.commitment in mine,
        )
        for entry in key_list.keys
    )


def _readers(access: Access, entry: KeyEntry) -> list[Person]:
    """Find the people of the policy for whom a level key is wrapped."""
    listed = {one.person for one in entry.recipients}
    return [person for person in access.people if person.id in listed]


def examine(caller: Caller) -> tuple[Finding, ...]:
    """Look for what is missing or unsafe on this machine, and in the archive if there is one."""
    findings = [_git(), _tool("ssh-keygen", "signs and verifies"), *_user_files(caller)]
    try:
        archive = open_archive(caller.directory)
    except MemberarcError as err:
        missing = Finding(subject="archive", verdict="warn", message=err.message, fix=err.hint)
        return (*findings, missing)
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
        place = caller.user.identity
        if is_protected(place):
            return f"under a passphrase at {place}"
        return f"{len(load_identities(place).keys)} at {place}"

    yield _tried("identity", identity)
    key = caller.user.signing_key
    yield Finding(
        subject="signing key",
        verdict="ok" if key.exists() else "warn",
        message=str(key) if key.exists() else f"none at {key}",
        fix="" if key.exists() else f"ssh-keygen -t ed25519 -f {quote(str(key))}",
    )


def _archive_findings(archive: Archive, caller: Caller) -> Iterator[Finding]:
    yield Finding(subject="archive", verdict="ok", message=archive.manifest.name)
    if edited := edited_rules(archive.repository):
        message = f"changed and not committed, so it does not count: {', '.join(edited)}"
        yield Finding(subject="rules", verdict="warn", message=message, fix="memberarc diff")
    yield from clone_findings(archive)
    yield from key_findings(archive, caller)
    yield from _vault(archive, caller)
    yield from _documents(archive, caller)
    yield _textconv_cache(archive)
    author = archive.repository.line("config", "user.email") or ""
    yield Finding(
        subject="author",
        verdict="ok" if author else "warn",
        message=author or "commits have no address",
        fix="" if author else "git config user.email office@example.org",
    )


def _documents(archive: Archive, caller: Caller) -> Iterator[Finding]:
    """Look at the store of large documents, where the user or the archive has one."""
    place = caller.user.documents(archive.manifest.archive)
    if place is None and not archive.manifest.document_limit:
        return
    try:
        store = require_store(archive, caller)
        unlisted = unlisted_files(archive, store)
    except MemberarcError as err:
        yield Finding(subject="documents", verdict="warn", message=err.message, fix=err.hint)
        return
    yield Finding(
        subject="documents",
        verdict="warn" if unlisted else "ok",
        message=f"{len(unlisted)} files that no commit here lists, first: {unlisted[0].path}"
        if unlisted
        else str(store.directory),
        fix="git fetch; what stays unlisted was left by an act that was killed" if unlisted else "",
    )


def _vault(archive: Archive, caller: Caller) -> Iterator[Finding]:
    try:
        replicas = open_replicas(archive, caller)
    except MemberarcError as err:
        message = ": ".join(filter(None, (err.message, err.where)))
        yield Finding(subject="vault", verdict="fail", message=message, fix=err.hint)
        return
    flaws = [problem for vault in replicas for problem in vault.problems()]
    places = ", ".join(str(vault.directory) for vault in replicas)
    yield Finding(
        subject="vault",
        verdict="fail" if flaws else "ok",
        message=f"flaws: {len(flaws)}, first: {flaws[0].message}" if flaws else places,
        fix="memberarc vault status" if flaws else "",
    )
    yield _replicas(replicas)


def _replicas(replicas: Replicas) -> Finding:
    if notices := absence_notices(replicas):
        return Finding(
            subject="replicas", verdict="warn", message=notices[0], fix="memberarc vault status"
        )
    count = len(replicas.counting)
    return Finding(
        subject="replicas",
        verdict="ok" if count > 1 else "warn",
        message=f"at hand: {count}",
        fix="" if count > 1 else "memberarc vault add-replica DIR",
    )


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
