"""The trial: every key at hand against every version of a purged member."""

from __future__ import annotations

from contextlib import suppress
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from memberarc.archive.history import walk_history
from memberarc.archive.snapshot import read_objects
from memberarc.disposal.certificate import Trial
from memberarc.disposal.versions import SEALED_TEXT, parse_version, versions_of
from memberarc.errors import NoIdentityError, SealedValueError, SealingError
from memberarc.members.catalogue import documents_of
from memberarc.members.sealed_record import NOTE_PATH, is_sealed
from memberarc.sealing.age import decrypt, parse_identities
from memberarc.sealing.documents import document_keys
from memberarc.sealing.key_ring import MemberKeys

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Sequence

    from memberarc.archive.git import Repository
    from memberarc.disposal.versions import SchemaOf
    from memberarc.formats.field_path import FieldPath
    from memberarc.formats.schema import RecordSchema
    from memberarc.members.catalogue import DocumentEntry
    from memberarc.members.record import StoredRecord
    from memberarc.sealing.age import Identities
    from memberarc.sealing.key_ring import KeyRing


def try_everything(
    repositories: Sequence[Repository],
    record: StoredRecord,
    *,
    schema_of: SchemaOf,
    ring: KeyRing,
    shares: Collection[bytes],
    identities: Identities,
) -> Trial:
    """Try to open each value, note and document of a member everywhere, by every means at hand.

    Args:
        repositories: this one, then other clones, mirrors or unpacked bundles.
        ring: its level keys are tried with each share, and alone.
        shares: what the vault's files still hold of the member, in spite of a fence.
    """
    uid = record.uid
    members = [MemberKeys(ring, uid=uid, share=share) for share in (b"", *shares)]
    versions = values = opened = notes = documents = objects = 0
    unreadable: set[str] = set()
    for repository in repositories:
        found = versions_of(repository, record)
        objects += found.objects
        versions += len(found.records)
        notes += len(found.notes)
        parsed = {one: parse_version(one, schema_of=schema_of) for one in found.records}
        places = {place: None for one in parsed.values() if one for place in _places(*one)}
        entries: dict[str, DocumentEntry] = {}
        for version, readable in parsed.items():
            if readable is None:
                unreadable.add(version.blob)
                texts = _texts(version.content) if places else []
                tried = [*_tries(((text, [*places]) for text in texts), members=members)]
            else:
                stored, schema = readable
                tried = [*_tries(_sealed(stored, schema), members=members)]
                entries |= {entry.id: entry for entry in documents_of(stored.values)}
            values += len(tried)
            opened += sum(tried)
        opened += sum(_tries(((one.text, [NOTE_PATH]) for one in found.notes), members=members))
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
        notes=notes,
        documents=documents,
        objects_scanned=objects,
        copies=tuple(one.line("rev-parse", "HEAD") or "empty" for one in repositories[1:]),
        unreadable=tuple(sorted(unreadable)),
    )


def _places(stored: StoredRecord, schema: RecordSchema) -> list[FieldPath]:
    return [path for path, _, _ in schema.leaves(stored.values)]


def _sealed(
    stored: StoredRecord, schema: RecordSchema
) -> Iterator[tuple[str, Sequence[FieldPath]]]:
    for path, _, value in schema.leaves(stored.values):
        if is_sealed(value):
            yield str(value), [path]


def _texts(content: bytes) -> list[str]:
    """Take the sealed values out of bytes that are no record."""
    return [text.decode() for text in SEALED_TEXT.findall(content)]


def _tries(
    values: Iterable[tuple[str, Sequence[FieldPath]]], *, members: Sequence[MemberKeys]
) -> Iterator[bool]:
    """Say of each value whether it opened at one of its places; without its level key, nothing."""
    for text, places in values:
        with suppress(NoIdentityError):
            yield any(
                _opens(text, path=path, member=member) for path in places for member in members
            )


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
