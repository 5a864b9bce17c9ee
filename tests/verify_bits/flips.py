"""What verify says when one bit of one file is another, in an archive or its vault.

The parts of verify are called in this process, on the newest commit with that one file changed in
memory: thousands of processes and commits would take hours. That verify is the sum of these parts,
and that a commit with such a file comes to the same, the tests see by real commits, too.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from random import Random

from memberarc.acts.key.chain import KeyChain
from memberarc.acts.key.keys_at_hand import open_keys, open_replicas
from memberarc.acts.key.trust import judge_at_first_sight
from memberarc.acts.opening import Caller
from memberarc.acts.purge.certificate_signers import CertificateSigners
from memberarc.archive.file_source import committed_files
from memberarc.archive.layout import PathKind, path_kind
from memberarc.archive.opened import Archive, open_archive
from memberarc.archive.snapshot import Entry, Snapshot
from memberarc.errors import ForeignVaultError, MemberarcError, VaultError
from memberarc.members.shelves import read_records
from memberarc.review.archive_checks import ArchiveChecks
from memberarc.review.document_checks import DocumentChecks
from memberarc.review.file_checks import FileChecks
from memberarc.review.segment_checks import opened_segment_problems
from memberarc.review.verification import record_problems, tombstone_problems

_RECORDS = (PathKind.MEMBER, PathKind.SCHEMA, PathKind.MANIFEST)
_STONES = (PathKind.TOMBSTONE, PathKind.CERTIFICATE, PathKind.CERTIFICATE_SIGNATURE)


@dataclass(frozen=True, kw_only=True)
class Flip:
    """One bit of one file."""

    path: str
    at: int
    bit: int

    def applied(self, content: bytes) -> bytes:
        changed = bytearray(content)
        changed[self.at] ^= 1 << self.bit
        return bytes(changed)

    def line(self, content: bytes) -> bytes:
        """The line the bit stands in, as it was."""
        start = content.rfind(b"\n", 0, self.at) + 1
        return content[start:].partition(b"\n")[0]


class InMemory(Snapshot):
    """The files of a commit, read once, one of them perhaps changed."""

    def __init__(self, base: Snapshot, contents: dict[str, bytes]) -> None:
        super().__init__(repository=base.repository, commit=base.commit)
        self._base = base
        self.contents = contents

    def entries(self, prefix: str = "") -> list[Entry]:
        return self._base.entries(prefix)

    def find(self, paths: Iterable[str]) -> dict[str, Entry]:
        return self._base.find(paths)

    def read(self, path: str) -> bytes | None:
        return self.contents.get(path)

    def read_many(self, paths: Iterable[str]) -> Iterator[tuple[str, bytes]]:
        yield from ((path, self.contents[path]) for path in paths if path in self.contents)


class Verifier:
    """Verify, prepared for many runs over one archive."""

    def __init__(self, caller: Caller) -> None:
        archive = open_archive(caller.directory)
        contents = dict(archive.snapshot.read_many(one.path for one in archive.snapshot.entries()))
        archive.snapshot.entries()
        self._archive = archive
        self._vaults = tuple(open_replicas(archive, caller))
        self._ring = open_keys(archive, caller).ring
        signers = CertificateSigners(archive, chain=KeyChain(archive))
        self._signers = {
            path: signers.of(path) for path in contents if path_kind(path) is PathKind.CERTIFICATE
        }
        self._caller = caller
        self.contents = contents

    def sees(self, flip: Flip) -> bool:
        """Tell whether anything is said of a flipped bit."""
        changed = {**self.contents, flip.path: flip.applied(self.contents[flip.path])}
        try:
            archive = self._archive.at(InMemory(self._archive.snapshot, changed))
            return any(True for _ in self._problems(archive, path_kind(flip.path)))
        except MemberarcError:
            return True

    def sees_in_vault(self) -> bool:
        """Tell whether anything is said of the vault as it lies on the disk now."""
        try:
            vaults = tuple(open_replicas(self._archive, self._caller))
            found = [problem for vault in vaults for problem in vault.problems()]
            found += tombstone_problems(
                self._archive, vaults=vaults, signers_of=self._signers.__getitem__
            )
            ring = open_keys(self._archive, self._caller).ring
            found += record_problems(read_records(self._archive), archive=self._archive, ring=ring)
        except MemberarcError:
            return True
        return bool(found)

    def _problems(self, archive: Archive, kind: PathKind) -> Iterator[object]:
        archive.require_schemas()
        yield from ArchiveChecks(FileChecks.of(archive)).problems(committed_files(archive.snapshot))
        if kind in _RECORDS:
            yield from record_problems(read_records(archive), archive=archive, ring=self._ring)
        if kind is PathKind.SEGMENT:
            yield from opened_segment_problems(archive, self._ring)
        if kind in (PathKind.DOCUMENT, PathKind.MEMBER):
            yield from DocumentChecks(archive, store=None, ring=self._ring).problems()
        if kind is PathKind.MANIFEST:
            judge_at_first_sight(KeyChain(archive), archive)
            yield from _foreign_vaults(archive, self._caller)
        if kind in _STONES:
            yield from tombstone_problems(
                archive, vaults=self._vaults, signers_of=self._signers.__getitem__
            )


def _foreign_vaults(archive: Archive, caller: Caller) -> Iterator[object]:
    """Say what verify says of a vault that is not this archive's; one that is away is no flaw."""
    try:
        tuple(open_replicas(archive, caller))
    except ForeignVaultError as err:
        yield err
    except VaultError:
        return


def flips_of(contents: dict[str, bytes], *, most: int, seed: int) -> list[Flip]:
    """Choose a bit of each byte of each file; of a file with more bytes than ``most``, of some."""
    chance = Random(seed)
    return [
        Flip(path=path, at=at, bit=chance.randrange(8))
        for path, content in sorted(contents.items())
        for at in sorted(chance.sample(range(len(content)), min(most, len(content))))
    ]
