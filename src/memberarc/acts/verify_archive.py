"""Verify an archive as a whole, with every key at hand."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from memberarc.acts.document.document_files import open_store
from memberarc.acts.key.chain import KeyChain
from memberarc.acts.key.keys_at_hand import open_keys, open_replicas
from memberarc.acts.key.trust import judge_at_first_sight
from memberarc.acts.purge.certificate_signers import CertificateSigners
from memberarc.archive.file_source import committed_files
from memberarc.archive.incomplete import shallowness
from memberarc.archive.opened import open_archive
from memberarc.errors import (
    ForeignVaultError,
    KeyListError,
    LevelKeyError,
    NoIdentityError,
    Problem,
    SealingError,
    VaultError,
)
from memberarc.members.shelves import read_records
from memberarc.review.archive_checks import ArchiveChecks
from memberarc.review.document_checks import DocumentChecks, unlisted_files
from memberarc.review.file_checks import FileChecks
from memberarc.review.segment_checks import opened_segment_problems, segment_version_problems
from memberarc.review.verification import (
    history_problems,
    record_problems,
    tombstone_problems,
    vanished_problems,
    version_problems,
)

if TYPE_CHECKING:
    from memberarc.acts.opening import Caller
    from memberarc.archive.opened import Archive


@dataclass(frozen=True, slots=True, kw_only=True)
class Verified:
    """What was looked at, flaw by flaw, and what could not be.

    ``unlisted`` names the files of the store of documents that no version here lists.
    """

    problems: tuple[Problem, ...]
    looked_at: tuple[str, ...]
    not_looked_at: tuple[str, ...]
    unlisted: tuple[str, ...] = ()


def verify_archive(caller: Caller) -> Verified:
    """Verify history, every version, documents, keys, tombstones and vault of the newest commit."""
    archive = open_archive(caller.directory)
    archive.require_schemas()
    checks = FileChecks.of(archive)
    problems: list[Problem] = []
    looked_at = ["history", "files", "versions", "documents"]
    not_looked_at: list[str] = []
    not_looked_at += [f"{one.message}; {one.fix}" for one in shallowness(archive.repository)]
    problems += history_problems(archive)
    problems += ArchiveChecks(checks).problems(committed_files(archive.snapshot))
    problems += version_problems(archive, checks)
    problems += segment_version_problems(archive, checks)
    problems += vanished_problems(archive)
    try:
        vaults = tuple(open_replicas(archive, caller))
        problems += [problem for vault in vaults for problem in vault.problems()]
        looked_at.append("vault")
    except ForeignVaultError as err:
        vaults = ()
        problems.append(Problem(path=err.where, rule=err.code, message=err.message))
    except VaultError as err:
        vaults = ()
        not_looked_at.append(f"vault: {err.message}")
    chain = KeyChain(archive)
    signers = CertificateSigners(archive, chain=chain)
    problems += tombstone_problems(archive, vaults=vaults, signers_of=signers.of)
    looked_at.append("tombstones")
    ring = None
    try:
        ring = open_keys(archive, caller).ring
        total = len(archive.snapshot.entries("members/"))
        records = caller.watch(read_records(archive), what="opening records", total=total)
        problems += record_problems(records, archive=archive, ring=ring)
        problems += opened_segment_problems(archive, ring)
        looked_at += ["keys", "values"]
    except (NoIdentityError, VaultError) as err:
        not_looked_at.append(f"values: {err.message}")
    except (LevelKeyError, KeyListError) as err:
        problems += _unless_told(err, told=problems)
    store = open_store(archive, caller)
    documents = DocumentChecks(archive, store=store, ring=ring)
    problems += documents.problems()
    if documents.not_looked_at:
        not_looked_at.append(f"documents outside git ({documents.not_looked_at}): no store at hand")
    problems += _first_sight_problems(chain, archive, told=problems)
    return Verified(
        problems=tuple(problems),
        looked_at=tuple(looked_at),
        not_looked_at=tuple(not_looked_at),
        unlisted=tuple(str(one.path) for one in unlisted_files(archive, store)) if store else (),
    )


def _first_sight_problems(
    chain: KeyChain, archive: Archive, *, told: list[Problem]
) -> list[Problem]:
    """Find what this user's pin hides: a list that nobody else would believe any more."""
    try:
        judge_at_first_sight(chain, archive)
    except KeyListError as err:
        return _unless_told(err, told=told)
    return []


def _unless_told(err: SealingError, *, told: list[Problem]) -> list[Problem]:
    if (err.where, err.code) in {(one.path, one.rule) for one in told}:
        return []
    return [Problem(path=err.where, rule=err.code, message=err.message, hint=err.hint)]
