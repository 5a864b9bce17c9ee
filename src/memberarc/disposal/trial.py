"""The trial: every key at hand against every version of a purged member."""

from __future__ import annotations

from contextlib import suppress
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from memberarc.archive.history import walk_history
from memberarc.archive.snapshot import read_objects
from memberarc.disposal.certificate import Trial
from memberarc.disposal.scan import versions_of
from memberarc.errors import NoIdentityError, SealedValueError, SealingError
from memberarc.members.catalogue import documents_of
from memberarc.members.sealed_record import is_sealed
from memberarc.members.shelves import read_record
from memberarc.sealing.age import decrypt, parse_identities
from memberarc.sealing.documents import document_keys
from memberarc.sealing.key_ring import MemberKeys

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Sequence

    from memberarc.archive.git import Repository
    from memberarc.formats.field_path import FieldPath
    from memberarc.formats.schema import RecordSchema
    from memberarc.members.catalogue import DocumentEntry
    from memberarc.members.record import StoredRecord
    from memberarc.sealing.age import Identities
    from memberarc.sealing.key_ring import KeyRing


def try_everything(
    repositories: Sequence[Repository],
    uid: str,
    *,
    schema_of: Callable[[str], RecordSchema],
    ring: KeyRing,
    shares: Collection[bytes],
    identities: Identities,
) -> Trial:
    """Try to open each value and document of a member in each repository, by every means at hand.

    Args:
        repositories: this one, then other clones, mirrors or unpacked bundles.
        ring: its level keys are tried with each share, and alone.
        shares: what the vault's files still hold of the member, in spite of a fence.
    """
    members = [MemberKeys(ring, uid=uid, share=share) for share in (b"", *shares)]
    versions = values = opened = documents = objects = 0
    for repository in repositories:
        found = versions_of(repository, uid)
        objects += found.objects
        entries: dict[str, DocumentEntry] = {}
        for content in found.records:
            record = read_record(content, path="version")
            versions += 1
            tried = [*_tries(record, schema=schema_of(record.kind), members=members)]
            values += len(tried)
            opened += sum(tried)
            entries |= {entry.id: entry for entry in documents_of(record.values)}
        for item, ciphertext in _document_versions(repository, uid):
            documents += 1
            opened += any(
                _decrypts(ciphertext, identities=one)
                for one in (identities, *_derived(entries.get(item), members=members))
            )
    return Trial(
        versions=versions,
        values=values,
        opened=opened,
        documents=documents,
        objects_scanned=objects,
        copies=tuple(one.line("rev-parse", "HEAD") or "empty" for one in repositories[1:]),
    )


def _tries(
    record: StoredRecord, *, schema: RecordSchema, members: Sequence[MemberKeys]
) -> Iterator[bool]:
    """Say of each value whether it opened; of one whose level key is not at hand, nothing."""
    for path, _, value in schema.leaves(record.values):
        if is_sealed(value):
            with suppress(NoIdentityError):
                yield any(_opens(str(value), path=path, member=member) for member in members)


def _opens(text: str, *, path: FieldPath, member: MemberKeys) -> bool:
    try:
        member.open(text, path=path)
    except SealedValueError:
        return False
    return True


def _document_versions(repository: Repository, uid: str) -> Iterator[tuple[str, bytes]]:
    history = walk_history(repository, revisions=("--all",), paths=(f"documents/{uid}",))
    items = {
        changed.new_blob: PurePosixPath(changed.path).stem
        for entry in history
        for changed in entry.paths
        if changed.new_blob is not None
    }
    for blob, content in read_objects(repository, sorted(items)):
        yield items[blob], content


def _derived(entry: DocumentEntry | None, *, members: Sequence[MemberKeys]) -> Iterator[Identities]:
    """Derive the identities a document may have been encrypted to."""
    if entry is None:
        return
    for member in members:
        with suppress(NoIdentityError):
            for key in document_keys(member, item=entry.id, level=entry.level, epoch=entry.epoch):
                yield parse_identities(key.identity.encode(), where=entry.id)


def _decrypts(ciphertext: bytes, *, identities: Identities) -> bool:
    try:
        decrypt(ciphertext, identities=identities, where="document")
    except SealingError:
        return False
    return True
