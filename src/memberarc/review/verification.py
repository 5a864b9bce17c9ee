"""The verification of an archive: history, every version, documents, tombstones and vault."""

from __future__ import annotations

import re
from dataclasses import replace
from hashlib import sha256
from typing import TYPE_CHECKING, Final

from memberarc.archive.history import every_version, walk_history
from memberarc.archive.layout import PathKind, path_kind
from memberarc.archive.opened import schema_kind
from memberarc.archive.snapshot import read_objects
from memberarc.disposal.certificate import NAMESPACE
from memberarc.disposal.tombstone import Tombstone, parse_tombstone, write_tombstone
from memberarc.errors import (
    GitError,
    KeyListError,
    MemberPurgedError,
    Problem,
    SealingError,
    SignatureError,
    VaultError,
)
from memberarc.formats.shipped_levels import shipped_schema
from memberarc.formats.stored import CLEAR_TEXT
from memberarc.formats.yaml_file import load_yaml
from memberarc.members.sealed_record import open_record
from memberarc.people.ssh import verify
from memberarc.review.file_checks import FileChecks

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from memberarc.archive.opened import Archive
    from memberarc.formats.canonical_yaml import Node
    from memberarc.members.record import StoredRecord
    from memberarc.people.ssh import AllowedSigner
    from memberarc.sealing.keys.key_ring import KeyRing
    from memberarc.sealing.vault.fences import Fence
    from memberarc.sealing.vault.replica import Vault

_UID_LINE: Final = re.compile(rb"^uid: *[\"']?([a-z][a-z2-7]{15})\b", re.MULTILINE)


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
    """Find protected values in clear in any version of any record, on every branch.

    A value is protected where the schema in force says so, or the shipped one: a property may have
    been dropped from the archive's schema since.
    """
    shipped = FileChecks(_reader_of_shipped(archive))
    for path, commit, content in every_version(archive.repository, below="members"):
        judged = (*shipped.record(path, content)[0], *checks.record(path, content)[0])
        clear = {problem.pointer: problem for problem in judged if problem.rule == CLEAR_TEXT}
        for problem in clear.values():
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


def vanished_problems(archive: Archive) -> Iterator[Problem]:
    """Find records that were removed without a purge: deleted, and in no other place since."""
    present = {entry.path for entry in archive.snapshot.entries()}
    last: dict[str, str] = {}
    for entry in walk_history(archive.repository, paths=("members",)):
        for changed in entry.paths:
            blob = changed.new_blob or changed.old_blob
            if blob and changed.path not in present and path_kind(changed.path) is PathKind.MEMBER:
                last.setdefault(changed.path, blob)
    if not last:
        return
    accounted = _uids_present(archive)
    contents = dict(read_objects(archive.repository, set(last.values())))
    for path, blob in sorted(last.items()):
        uids = _UID_LINE.findall(contents[blob])
        if accounted.isdisjoint(uids):
            yield Problem(
                path=path,
                rule="vanished",
                message="the record was removed, and no tombstone stands in its place",
                hint=f"git log -- {path}; take the removal back, then memberarc purge",
            )


def tombstone_problems(
    archive: Archive,
    *,
    vaults: Sequence[Vault],
    signers_of: Callable[[str], Sequence[AllowedSigner]],
) -> Iterator[Problem]:
    """Hold tombstones, certificates and the vault's fences against each other.

    A tombstone that arrived by git destroys nothing. Until its certificate verifies and the vault
    has the fence, it is an alarm.

    Args:
        signers_of: who could sign the certificate at a path; it refuses by SignatureError or
            KeyListError when nobody could.
    """
    stones = dict(_tombstones(archive))
    for path, stone in stones.items():
        yield from _certificate_problems(archive, path, stone, signers_of=signers_of)
        for vault in vaults:
            yield from _share_problems(vault, path, stone)
    buried = {stone.uid for stone in stones.values()}
    for vault in vaults:
        yield from _fence_problems(vault.fences(), buried=buried, place=str(vault.directory))


def _certificate_problems(
    archive: Archive,
    path: str,
    stone: Tombstone,
    *,
    signers_of: Callable[[str], Sequence[AllowedSigner]],
) -> Iterator[Problem]:
    place = path.removesuffix(".yaml") + ".certificate.yaml"
    content, signature = archive.snapshot.read(place), archive.snapshot.read(f"{place}.sig")
    flaw, hint = "", f"memberarc purge {stone.id} goes on with a purge that was interrupted"
    if content is None or signature is None:
        flaw = "the tombstone has no certificate"
    elif sha256(content).hexdigest() != stone.certificate:
        flaw = "the certificate is not the one the tombstone names"
    else:
        try:
            verify(content, signature=signature, namespace=NAMESPACE, allowed=signers_of(place))
        except (SignatureError, KeyListError) as err:
            flaw = f"the certificate is not signed by an administrator: {err.message}"
            hint = (
                "its signer may have been removed before it came; if the purge was meant: git rm"
                f" {place} {place}.sig, commit that, and memberarc purge {stone.id} certifies it"
                " anew"
            )
        else:
            told = load_yaml(content, path=place)
            if (told.get("id"), told.get("uid")) != (stone.id, stone.uid):
                flaw = "the certificate is of another member"
            elif not _is_approved(told, path, stone):
                flaw = "the tombstone is not the one that was approved"
    if flaw:
        yield Problem(
            path=path,
            rule="certificate",
            message=flaw,
            hint=hint,
        )


def _is_approved(told: Mapping[str, Node], path: str, stone: Tombstone) -> bool:
    """Hold a tombstone against the result that every approval in its certificate is of."""
    before = sha256(write_tombstone(replace(stone, certificate=""))).hexdigest()
    result = sha256(f"{path}\0100644\0{before}\0".encode()).hexdigest()
    approvals = told.get("approvals")
    return isinstance(approvals, list) and all(
        isinstance(one, dict) and f"\nresult sha256:{result}\n" in str(one.get("text"))
        for one in approvals
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
        if not fence.reached("fenced") or (fence.reached("certified") and uid in buried):
            continue  # the share still opens, or all has been done
        if not fence.of_member:
            if fence.unfinished:
                yield Problem(
                    path=place,
                    rule="fence",
                    message=f"the removal of the saved search {uid} stopped at {fence.state}",
                    hint=f"memberarc segment remove {uid}",
                )
            continue
        state = "has no tombstone here" if uid not in buried else f"stopped at {fence.state}"
        yield Problem(
            path=place,
            rule="fence",
            message=f"the purge of {uid} {state}",
            hint="run the same memberarc purge again, or fetch the newest commits",
        )


def _reader_of_shipped(archive: Archive) -> Callable[[str], bytes | None]:
    """Read the archive's files, but the shipped schemas in the place of its own."""

    def read(path: str) -> bytes | None:
        if path_kind(path) is PathKind.SCHEMA:
            kind = schema_kind(path)
            shipped = shipped_schema(kind, profile=archive.manifest.profile)
            return shipped or archive.snapshot.read(path)
        return archive.snapshot.read(path)

    return read


def _tombstones(archive: Archive) -> Iterator[tuple[str, Tombstone]]:
    paths = [
        entry.path
        for entry in archive.snapshot.entries("tombstones/")
        if path_kind(entry.path) is PathKind.TOMBSTONE
    ]
    for path, content in archive.snapshot.read_many(paths):
        yield path, parse_tombstone(load_yaml(content, path=path), path=path)


def _uids_present(archive: Archive) -> set[bytes]:
    """Collect the uids that records and tombstones name."""
    paths = [
        entry.path
        for folder in ("members/", "tombstones/")
        for entry in archive.snapshot.entries(folder)
        if path_kind(entry.path) in (PathKind.MEMBER, PathKind.TOMBSTONE)
    ]
    return {
        uid
        for _, content in archive.snapshot.read_many(paths)
        for uid in _UID_LINE.findall(content)
    }
