"""The trial: every key at hand against every version of a purged member."""

from __future__ import annotations

from typing import TYPE_CHECKING

from memberarc.archive.history import walk_history
from memberarc.archive.snapshot import read_objects
from memberarc.disposal.certificate import Trial
from memberarc.disposal.scan import versions_of
from memberarc.errors import SealingError
from memberarc.members.sealed_record import is_sealed
from memberarc.members.shelves import read_record
from memberarc.sealing.age import decrypt

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from memberarc.archive.git import Repository
    from memberarc.formats.schema import RecordSchema
    from memberarc.sealing.age import Identities
    from memberarc.sealing.key_ring import KeyRing


def try_everything(
    repositories: Sequence[Repository],
    uid: str,
    *,
    schema_of: Callable[[str], RecordSchema],
    ring: KeyRing,
    identities: Identities,
) -> Trial:
    """Try to open each value and document of a member in each repository, by every means at hand.

    Args:
        repositories: this one, then other clones, mirrors or unpacked bundles.
        ring: made afresh from the vault as it is now, so that no share lingers in memory.
    """
    versions = values = opened = documents = objects = 0
    for repository in repositories:
        found = versions_of(repository, uid)
        objects += found.objects
        for content in found.records:
            versions += 1
            tried = list(_tries(content, schema_of=schema_of, ring=ring))
            values += len(tried)
            opened += sum(tried)
        for ciphertext in _document_versions(repository, uid):
            documents += 1
            opened += _decrypts(ciphertext, identities=identities)
    return Trial(
        versions=versions,
        values=values,
        opened=opened,
        documents=documents,
        objects_scanned=objects,
        copies=tuple(str(one.work_tree or one.git_dir) for one in repositories[1:]),
    )


def _tries(
    content: bytes, *, schema_of: Callable[[str], RecordSchema], ring: KeyRing
) -> Iterator[bool]:
    record = read_record(content, path="version")
    for path, _, value in schema_of(record.kind).leaves(record.values):
        if is_sealed(value):
            try:
                ring.open(str(value), uid=record.uid, commitment=record.key, path=path)
            except SealingError:
                yield False
            else:
                yield True


def _document_versions(repository: Repository, uid: str) -> Iterator[bytes]:
    history = walk_history(repository, revisions=("--all",), paths=(f"documents/{uid}",))
    blobs = {
        changed.new_blob
        for entry in history
        for changed in entry.paths
        if changed.new_blob is not None
    }
    for _, content in read_objects(repository, sorted(blobs)):
        yield content


def _decrypts(ciphertext: bytes, *, identities: Identities) -> bool:
    try:
        decrypt(ciphertext, identities=identities, where="document")
    except SealingError:
        return False
    return True
