"""Encrypt a member's documents as ordinary age files, one identity a document.

Source: format.md, section 8.
"""

from __future__ import annotations

import os
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, Protocol

from memberarc.archive.lock import create_exclusively
from memberarc.errors import DocumentError, DuplicateError, FileError
from memberarc.people.private_files import spare_path
from memberarc.sealing.age.bech32 import age_secret_key
from memberarc.sealing.age.stream import BLOCK_BYTES, decrypt_stream, encrypt_stream
from memberarc.sealing.document.content_digests import PlaintextDigest, ciphertext_digest

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from io import BufferedReader
    from pathlib import Path
    from typing import BinaryIO

    from memberarc.sealing.age.stream import Readable, Writable
    from memberarc.sealing.keys.key_ring import MemberKeys


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentKey:
    """What opens one document of one member: an age identity that nothing stores."""

    uid: str
    item: str
    level: str
    epoch: int
    identity: str = field(repr=False)
    digest_key: bytes = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class EncryptedDocument:
    """What the record keeps of a document.

    ``sha256`` is of the ciphertext, ``size_bytes`` of the plaintext. ``digest`` is of the
    plaintext, too, and keyed: it tells an unchanged document without telling anything to those
    who have not the key.
    """

    sha256: str
    digest: str
    size_bytes: int


def document_keys(
    member: MemberKeys, *, item: str, level: str, epoch: int
) -> tuple[DocumentKey, ...]:
    """Derive the key of a document; two, where a level's epoch was made on two branches."""
    identities = member.derive(level, epoch, purpose="document", item=item)
    digest_keys = member.derive(level, epoch, purpose="digest")
    return tuple(
        DocumentKey(
            uid=member.uid,
            item=item,
            level=level,
            epoch=epoch,
            identity=age_secret_key(scalar),
            digest_key=digest_key,
        )
        for scalar, digest_key in zip(identities, digest_keys, strict=True)
    )


def encrypt_document(source: Path, target: Path, *, key: DocumentKey) -> EncryptedDocument:
    """Encrypt a file into a new one, in constant memory.

    Raises:
        FileError: reading or writing failed; nothing is left of the target.
        DuplicateError: the target exists.
    """
    digest = PlaintextDigest(key.digest_key)
    with _opened(source) as plain, _appearing(target) as sealed, ciphertext_digest() as sha256:
        encrypt_stream(_Tapped(plain, digest), _Tapped(sealed, sha256), identity=key.identity)
        return EncryptedDocument(
            sha256=sha256.hexdigest(), digest=digest.hexdigest(), size_bytes=plain.tell()
        )


def decrypt_document(
    source: Readable, target: Path, *, keys: Sequence[DocumentKey], sha256: str, digest: str
) -> None:
    """Decrypt a document into a new file that is there only when all of it was right.

    Args:
        sha256: what the record's entry says of the ciphertext. age itself binds a file to
            nothing: another of the member's documents, or an older one, would open as well.
        digest: what the entry says of the plaintext, sealed. ``sha256`` stands in clear, so
            whoever may push can change it to that of an older ciphertext. Empty for whoever may
            open the document, but not that.

    Raises:
        DocumentError: it does not open, or is not the one the record names.
        FileError: reading or writing failed.
        DuplicateError: the target exists.
    """
    with _appearing(target) as plain:
        check_document(source, plain, keys=keys, sha256=sha256, digest=digest)


def check_document(
    source: Readable,
    target: Writable,
    *,
    keys: Sequence[DocumentKey],
    sha256: str,
    digest: str,
) -> None:
    """Decrypt a document into a stream whose content counts only when this returns.

    Raises:
        DocumentError: it does not open, or is not the one the record names.
        FileError: reading or writing failed.
    """
    digests = [PlaintextDigest(key.digest_key) for key in keys]
    for one in digests:
        target = _Tapped(target, one)
    failure: DocumentError | None = None
    with ciphertext_digest() as found:
        sealed = _Tapped(source, found)
        try:
            decrypt_stream(sealed, target, identities=[key.identity for key in keys])
        except DocumentError as err:
            failure = err
        while sealed.read(BLOCK_BYTES):
            pass  # another file's digest tells more than its failure to open
        if found.hexdigest() != sha256:
            raise DocumentError("the file is not the one the record names") from failure
    if failure:
        raise failure
    if digest and digest not in [one.hexdigest() for one in digests]:
        raise DocumentError("the file opens, but to another content than the record names")


def plaintext_digest(source: Path, *, key: DocumentKey) -> str:
    """Return a file's keyed digest, to compare with the one of the document stored last."""
    digest = PlaintextDigest(key.digest_key)
    with _opened(source) as plain:
        while block := plain.read(BLOCK_BYTES):
            digest.update(block)
    return digest.hexdigest()


def export_identity(key: DocumentKey) -> str:
    """Write an identity file by which any age program opens this one document, now and later."""
    return f"# document {key.item} of member {key.uid}, {key.level}\n{key.identity}\n"


class _Digest(Protocol):
    def update(self, content: bytes | memoryview, /) -> None: ...


class _Tapped:
    """A stream whose bytes also go into a digest."""

    def __init__(self, stream: Any, digest: _Digest) -> None:
        self._stream = stream
        self._digest = digest

    def read(self, size: int = -1, /) -> bytes:
        content: bytes = self._stream.read(size)
        self._digest.update(content)
        return content

    def write(self, content: bytes | memoryview, /) -> int:
        self._digest.update(content)
        written: int = self._stream.write(content)
        return written


@contextmanager
def _opened(source: Path) -> Iterator[BufferedReader]:
    try:
        with source.open("rb") as file:
            yield file
    except OSError as err:
        raise FileError(f"cannot read: {err.strerror}", where=str(source)) from err


class _WrittenEarly:
    """A file that goes to the disk while more of it is made, so that the end need not wait."""

    _PART_BYTES: Final = 32 << 20

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._begun = 0

    def write(self, content: bytes | memoryview, /) -> int:
        count = self._file.write(content)
        end = self._file.tell()
        if end - self._begun >= self._PART_BYTES and hasattr(os, "posix_fadvise"):
            self._file.flush()
            # Linux begins to write what it is told will not be needed.
            os.posix_fadvise(
                self._file.fileno(), self._begun, end - self._begun, os.POSIX_FADV_DONTNEED
            )
            self._begun = end
        return count

    def flush(self) -> None:
        self._file.flush()


@contextmanager
def _appearing(target: Path) -> Iterator[Writable]:
    """Write a private file under another name; it gets its own when the block has succeeded."""
    spare = spare_path(target)
    try:
        with os.fdopen(os.open(spare, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600), "w+b") as file:
            yield _WrittenEarly(file)
            file.flush()
            os.fsync(file.fileno())
        create_exclusively(target, source=spare)
    except FileExistsError as err:
        raise DuplicateError("the file exists already", where=str(target)) from err
    except OSError as err:
        raise FileError(f"cannot write: {err.strerror}", where=str(target)) from err
    finally:
        spare.unlink(missing_ok=True)
