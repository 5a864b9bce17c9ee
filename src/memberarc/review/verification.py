"""The verification of an archive: history, every version, documents, tombstones and vault."""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING, Final

from memberarc.archive.history import walk_history
from memberarc.archive.layout import PathKind, document_path, path_kind
from memberarc.archive.snapshot import read_objects
from memberarc.disposal.certificate import NAMESPACE
from memberarc.disposal.tombstone import Tombstone, parse_tombstone
from memberarc.errors import (
    GitError,
    MemberPurgedError,
    Problem,
    SealingError,
    SignatureError,
    VaultError,
)
from memberarc.formats.yaml_file import load_yaml
from memberarc.members.catalogue import documents_of
from memberarc.members.sealed_record import open_record
from memberarc.members.shelves import read_records
from memberarc.people.ssh import verify

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from memberarc.archive.opened import Archive
    from memberarc.members.record import StoredRecord
    from memberarc.people.ssh import AllowedSigner
    from memberarc.review.file_checks import FileChecks
    from memberarc.sealing.fences import Fence
    from memberarc.sealing.key_ring import KeyRing
    from memberarc.sealing.vault import Vault

CLEAR_TEXT: Final = "clear-text"


def history_problems(archive: Archive) -> Iterator[Problem]:
    """Let git judge whether every object is there and is what its id says."""
    try:
        archive.repository.run("fsck", "--full", "--no-dangling", "--no-progress")
    except GitError as err:
        yield Problem(
            path=".git",
            rule="history",
            message=f"history is not whole: {err.message}",
            hint="git fsck --full; fetch what is missing from another clone",
        )


def version_problems(archive: Archive, checks: FileChecks) -> Iterator[Problem]:
    """Find protected values in clear in any version of any record, on every branch."""
    for path, commit, content in _record_versions(archive):
        for problem in checks.record(path, content)[0]:
            if problem.rule == CLEAR_TEXT:
                yield Problem(
                    path=f"{path}@{commit[:12]}",
                    line=problem.line,
                    column=problem.column,
                    pointer=problem.pointer,
                    rule=CLEAR_TEXT,
                    message=f"{problem.pointer} stands in clear in this commit",
                    hint="it stays readable until the history is rewritten",
                )


def record_problems(
    records: Iterable[StoredRecord], *, archive: Archive, ring: KeyRing
) -> Iterator[Problem]:
    """Open every value of every record: a swapped, moved or altered one does not open."""
    for record in records:
        try:
            open_record(record, schema=archive.schema(record.kind), ring=ring)
        except SealingError as err:
            yield Problem(
                path=record.path, rule=err.code, message=f"{err.message} {err.where}".strip()
            )


def document_problems(archive: Archive) -> Iterator[Problem]:
    """Compare each document's bytes with what the record's entry binds it to."""
    expected = {
        document_path(record.uid, entry.id): entry.sha256
        for record in read_records(archive)
        for entry in documents_of(record.values)
    }
    for path, content in archive.snapshot.read_many(sorted(expected)):
        if sha256(content).hexdigest() != expected[path]:
            yield Problem(
                path=path, rule="document", message="not the file that the record's entry names"
            )


def tombstone_problems(
    archive: Archive, *, vaults: Sequence[Vault], signers: Sequence[AllowedSigner]
) -> Iterator[Problem]:
    """Hold tombstones, certificates and the vault's fences against each other.

    A tombstone that arrived by git destroys nothing. Until its certificate verifies and the vault
    has the fence, it is an alarm.
    """
    stones = dict(_tombstones(archive))
    for path, stone in stones.items():
        yield from _certificate_problems(archive, path, stone, signers=signers)
        for vault in vaults:
            yield from _share_problems(vault, path, stone)
    buried = {stone.uid for stone in stones.values()}
    for vault in vaults:
        yield from _fence_problems(vault.fences(), buried=buried, place=str(vault.directory))


def _certificate_problems(
    archive: Archive, path: str, stone: Tombstone, *, signers: Sequence[AllowedSigner]
) -> Iterator[Problem]:
    place = path.removesuffix(".yaml") + ".certificate.yaml"
    content, signature = archive.snapshot.read(place), archive.snapshot.read(f"{place}.sig")
    flaw = ""
    if content is None or signature is None:
        flaw = "the tombstone has no certificate"
    elif sha256(content).hexdigest() != stone.certificate:
        flaw = "the certificate is not the one the tombstone names"
    else:
        try:
            verify(content, signature=signature, namespace=NAMESPACE, allowed=signers)
        except SignatureError as err:
            flaw = f"the certificate is not signed by an administrator: {err.message}"
        else:
            told = load_yaml(content, path=place)
            if (told.get("id"), told.get("uid")) != (stone.id, stone.uid):
                flaw = "the certificate is of another member"
    if flaw:
        yield Problem(
            path=path,
            rule="certificate",
            message=flaw,
            hint=f"memberarc purge {stone.id} goes on with a purge that was interrupted",
        )


def _share_problems(vault: Vault, path: str, stone: Tombstone) -> Iterator[Problem]:
    try:
        vault.shares(stone.uid)
    except MemberPurgedError:
        return
    except VaultError:
        message = "the vault has neither share nor fence of this member"
    else:
        message = (
            "the vault still has the share of this member: the tombstone alone destroys nothing"
        )
    yield Problem(
        path=path,
        rule="tombstone",
        message=message,
        hint="if the purge was meant, an administrator runs it here: memberarc purge --help",
    )


def _fence_problems(
    fences: Mapping[str, Fence], *, buried: set[str], place: str
) -> Iterator[Problem]:
    for uid, fence in fences.items():
        if fence.reached("certified") and uid in buried:
            continue
        state = "has no tombstone here" if uid not in buried else f"stopped at {fence.state}"
        yield Problem(
            path=place,
            rule="fence",
            message=f"the purge of {uid} {state}",
            hint="run the same memberarc purge again, or fetch the newest commits",
        )


def _tombstones(archive: Archive) -> Iterator[tuple[str, Tombstone]]:
    paths = [
        entry.path
        for entry in archive.snapshot.entries("tombstones/")
        if path_kind(entry.path) is PathKind.TOMBSTONE
    ]
    for path, content in archive.snapshot.read_many(paths):
        yield path, parse_tombstone(load_yaml(content, path=path), path=path)


def _record_versions(archive: Archive) -> Iterator[tuple[str, str, bytes]]:
    """Yield path, commit and bytes of every version of every record, each version once."""
    places: dict[str, tuple[str, str]] = {}
    for entry in walk_history(archive.repository, revisions=("--all",), paths=("members",)):
        for changed in entry.paths:
            if changed.new_blob is not None:
                places[changed.new_blob] = (changed.path, entry.commit)
    for blob, content in read_objects(archive.repository, places):
        path, commit = places[blob]
        yield path, commit, content
