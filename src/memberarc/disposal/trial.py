"""The trial: every key at hand against every version of a purged member."""

from __future__ import annotations

from collections import Counter
from contextlib import suppress
from itertools import product
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from memberarc.archive.history import walk_history
from memberarc.archive.snapshot import open_blob
from memberarc.disposal.certificate import Trial
from memberarc.disposal.versions import SEALED_TEXT, parse_version, versions_in_files
from memberarc.errors import NoIdentityError, SealedValueError, SealingError
from memberarc.members.catalogue import documents_of
from memberarc.members.sealed_record import NOTE_PATH, is_sealed
from memberarc.sealing.age.crypt import decrypt, parse_identities
from memberarc.sealing.age.frame import parse_age_file
from memberarc.sealing.age.stream import HEAD_BYTES
from memberarc.sealing.document.documents import document_keys
from memberarc.sealing.keys.key_ring import MemberKeys

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

    from memberarc.archive.git import Repository
    from memberarc.disposal.looking import Look
    from memberarc.disposal.versions import Note, SchemaOf, Sought, Version
    from memberarc.formats.field_path import FieldPath
    from memberarc.formats.schema import RecordSchema
    from memberarc.members.catalogue import DocumentEntry
    from memberarc.members.record import StoredRecord
    from memberarc.sealing.age.crypt import Identities
    from memberarc.sealing.keys.key_ring import KeyRing


def try_everything(
    repositories: Sequence[Repository],
    records: Sequence[Sought],
    *,
    schema_of: SchemaOf,
    ring: KeyRing,
    shares: Mapping[str, Collection[bytes]],
    identities: Identities,
    look: Look,
) -> dict[str, Trial]:
    """Try to open each value, note and document of members everywhere, by every means at hand.

    Args:
        repositories: this one, then other clones, mirrors or unpacked bundles.
        ring: its level keys are tried with each share, and alone.
        shares: by uid, what the vault's files still hold of the member, in spite of a fence.
        look: how far to look for versions.
    """
    tried = {
        record.uid: _Tried(
            [MemberKeys(ring, uid=record.uid, share=share) for share in (b"", *shares[record.uid])]
        )
        for record in records
    }
    for repository in repositories:
        found = look.versions(repository, records)
        lying = versions_in_files(look.files(repository), records)
        for record in records:
            one = tried[record.uid]
            one.objects += found[record.uid].objects
            one.notes += found[record.uid].notes
            known = {version.content for version in found[record.uid].records}
            beside = [version for version in lying[record.uid] if version.content not in known]
            entries = one.versions([*found[record.uid].records, *beside], schema_of=schema_of)
            one.documents(
                _document_versions(repository, record.uid), entries=entries, identities=identities
            )
    copies = tuple(one.line("rev-parse", "HEAD") or "empty" for one in repositories[1:])
    return {uid: one.told(copies) for uid, one in tried.items()}


class _Tried:
    """What came of the trials on one member so far."""

    def __init__(self, members: Sequence[MemberKeys]) -> None:
        self._members = members
        self._unreadable: set[str] = set()
        self._count = Counter[str]()
        self.objects = 0
        self.notes: tuple[Note, ...] = ()

    def versions(
        self, found: Sequence[Version], *, schema_of: SchemaOf
    ) -> dict[str, set[DocumentEntry]]:
        """Try every value of some versions, and return the entries of documents they list."""
        parsed = {one: parse_version(one, schema_of=schema_of) for one in found}
        places = {place: None for one in parsed.values() if one for place in _places(*one)}
        entries: dict[str, set[DocumentEntry]] = {}
        for version, readable in parsed.items():
            if readable is None:
                self._unreadable.add(version.blob)
                texts = _texts(version.content) if places else []
                tried = [*_tries(((text, [*places]) for text in texts), members=self._members)]
            else:
                stored, schema = readable
                tried = [*_tries(_sealed(stored, schema), members=self._members)]
                for entry in documents_of(stored.values):
                    entries.setdefault(entry.id, set()).add(entry)
            self._count["values"] += len(tried)
            self._count["opened"] += sum(tried)
        self._count["versions"] += len(found)
        return entries

    def documents(
        self,
        found: Iterable[tuple[str, bytes]],
        *,
        entries: Mapping[str, Collection[DocumentEntry]],
        identities: Identities,
    ) -> None:
        """Try every version of every document."""
        for item, head in found:
            self._count["documents"] += 1
            self._count["opened"] += any(
                _decrypts(head, identities=one)
                for one in (identities, *_derived(entries.get(item, ()), members=self._members))
            )

    def told(self, copies: tuple[str, ...]) -> Trial:
        """Try the notes, and sum up."""
        notes = ((note.text, [NOTE_PATH]) for note in self.notes)
        return Trial(
            versions=self._count["versions"],
            values=self._count["values"],
            opened=self._count["opened"] + sum(_tries(notes, members=self._members)),
            notes=len(self.notes),
            documents=self._count["documents"],
            objects_scanned=self.objects,
            copies=copies,
            unreadable=tuple(sorted(self._unreadable)),
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
    """Yield item id and first bytes of each version of each document."""
    history = walk_history(repository, revisions=("--all", "--reflog"), paths=(f"documents/{uid}",))
    items = {
        changed.new_blob: PurePosixPath(changed.path).stem
        for entry in history
        for changed in entry.paths
        if changed.new_blob is not None
    }
    for blob, item in sorted(items.items()):
        with open_blob(repository, blob) as stream:
            head = stream.read(HEAD_BYTES)
            while stream.read(HEAD_BYTES):
                pass  # the header is enough, but git takes it for a failure to be left early
        yield item, head


def _derived(
    entries: Collection[DocumentEntry], *, members: Sequence[MemberKeys]
) -> Iterator[Identities]:
    """Derive the identities a document may have been encrypted to, in any of its versions."""
    for entry, member in product(entries, members):
        with suppress(NoIdentityError):
            for key in document_keys(member, item=entry.id, level=entry.level, epoch=entry.epoch):
                yield parse_identities(key.identity.encode(), where=entry.id)


def _decrypts(head: bytes, *, identities: Identities) -> bool:
    """Tell whether a document opens whose header these bytes hold."""
    try:
        parse_age_file(head)
        decrypt(head, identities=identities, where="document")
    except (ValueError, NoIdentityError):
        return False
    except SealingError:
        return len(head) == HEAD_BYTES  # an identity fits; what follows was not read
    return True
