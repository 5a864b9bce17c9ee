"""Verify an archive as a whole, with every key at hand."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from memberarc.acts.certificate_signers import CertificateSigners
from memberarc.acts.key_chain import KeyChain
from memberarc.acts.key_trust import judge_at_first_sight
from memberarc.acts.keys import open_keys, open_vaults
from memberarc.archive.opened import open_archive
from memberarc.errors import KeyListError, LevelKeyError, NoIdentityError, Problem, VaultError
from memberarc.members.shelves import read_records
from memberarc.review.archive_checks import ArchiveChecks
from memberarc.review.file_checks import FileChecks
from memberarc.review.verification import (
    document_problems,
    history_problems,
    record_problems,
    tombstone_problems,
    vanished_problems,
    version_problems,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from memberarc.acts.opening import Caller
    from memberarc.archive.opened import Archive


@dataclass(frozen=True, slots=True, kw_only=True)
class Verified:
    """What was looked at, flaw by flaw, and what could not be."""

    problems: tuple[Problem, ...]
    looked_at: tuple[str, ...]
    not_looked_at: tuple[str, ...]


def verify_archive(caller: Caller) -> Verified:
    """Verify history, every version, documents, keys, tombstones and vault of the newest commit."""
    archive = open_archive(caller.directory)
    archive.require_schemas()
    checks = FileChecks.of(archive)
    problems: list[Problem] = []
    looked_at = ["history", "files", "versions", "documents"]
    not_looked_at: list[str] = []
    problems += history_problems(archive)
    problems += ArchiveChecks(checks).problems(_committed(archive))
    problems += version_problems(archive, checks)
    problems += vanished_problems(archive)
    problems += document_problems(archive)
    try:
        vaults = open_vaults(archive, caller)
        problems += [problem for vault in vaults for problem in vault.problems()]
        looked_at.append("vault")
    except VaultError as err:
        vaults = ()
        not_looked_at.append(f"vault: {err.message}")
    chain = KeyChain(archive)
    signers = CertificateSigners(archive, chain=chain)
    problems += tombstone_problems(archive, vaults=vaults, signers_of=signers.of)
    looked_at.append("tombstones")
    try:
        ring = open_keys(archive, caller).ring
        total = len(archive.snapshot.entries("members/"))
        records = caller.watch(read_records(archive), what="opening records", total=total)
        problems += record_problems(records, archive=archive, ring=ring)
        looked_at += ["keys", "values"]
    except (NoIdentityError, VaultError) as err:
        not_looked_at.append(f"values: {err.message}")
    except (LevelKeyError, KeyListError) as err:
        problems.append(Problem(path=err.where, rule=err.code, message=err.message))
    problems += _first_sight_problems(chain, archive, told=problems)
    return Verified(
        problems=tuple(problems),
        looked_at=tuple(looked_at),
        not_looked_at=tuple(not_looked_at),
    )


def _first_sight_problems(
    chain: KeyChain, archive: Archive, *, told: list[Problem]
) -> list[Problem]:
    """Find what this user's pin hides: a list that nobody else would believe any more."""
    try:
        judge_at_first_sight(chain, archive)
    except KeyListError as err:
        if (err.where, err.code) not in {(one.path, one.rule) for one in told}:
            return [Problem(path=err.where, rule=err.code, message=err.message)]
    return []


def _committed(archive: Archive) -> Iterator[tuple[str, bytes]]:
    yield from archive.snapshot.read_many(entry.path for entry in archive.snapshot.entries())
