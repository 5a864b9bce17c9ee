"""Encrypt a member's documents as ordinary age files, one identity a document.

Source: format.md, section 8.
"""

from __future__ import annotations

import hashlib
import hmac
import os
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

from memberarc.archive.lock import create_exclusively
from memberarc.errors import DocumentError, DuplicateError, FileError
from memberarc.people.private_files import spare_path
from memberarc.sealing.age import decrypt_stream, encrypt_stream
from memberarc.sealing.bech32 import age_secret_key

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from io import BufferedReader
    from pathlib import Path
    from typing import BinaryIO

    from memberarc.sealing.key_ring import MemberKeys


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
    plain_digest, cipher_digest = hmac.new(key.digest_key, digestmod="sha256"), hashlib.sha256()
    with _opened(source) as plain, _appearing(target) as sealed:
        encrypt_stream(
            _Tapped(plain, plain_digest), _Tapped(sealed, cipher_digest), identity=key.identity
        )
        size_bytes = plain.tell()
    return EncryptedDocument(
        sha256=cipher_digest.hexdigest(), digest=plain_digest.hexdigest(), size_bytes=size_bytes
    )


def decrypt_document(
    source: Path, target: Path, *, keys: Sequence[DocumentKey], sha256: str
) -> None:
    """Decrypt a file into a new one that is there only when all of it was right.

    Args:
        sha256: what the record's entry says of the ciphertext. age itself binds a file to
            nothing: another of the member's documents, or an older one, would open as well.

    Raises:
        DocumentError: it does not open, or is not the one the record names.
        FileError: reading or writing failed.
        DuplicateError: the target exists.
    """
    digest = hashlib.sha256()
    with _opened(source) as sealed, _appearing(target) as plain:
        decrypt_stream(_Tapped(sealed, digest), plain, identities=[key.identity for key in keys])
        if digest.hexdigest() != sha256:
            raise DocumentError("the file is not the one the record names", where=str(source))


def plaintext_digest(source: Path, *, key: DocumentKey) -> str:
    """Return a file's keyed digest, to compare with the one of the document stored last."""
    with _opened(source) as plain:
        digest = hashlib.file_digest(plain, lambda: hmac.new(key.digest_key, digestmod="sha256"))
    return digest.hexdigest()


def export_identity(key: DocumentKey) -> str:
    """Write an identity file by which any age program opens this one document, now and later."""
    return f"# document {key.item} of member {key.uid}, {key.level}\n{key.identity}\n"


class _Digest(Protocol):
    def update(self, content: bytes, /) -> None: ...


class _Tapped:
    """A stream whose bytes also go into a digest."""

    def __init__(self, file: BinaryIO, digest: _Digest) -> None:
        self._file = file
        self._digest = digest

    def read(self, size: int = -1, /) -> bytes:
        content = self._file.read(size)
        self._digest.update(content)
        return content

    def write(self, content: bytes, /) -> int:
        self._digest.update(content)
        return self._file.write(content)

    def flush(self) -> None:
        self._file.flush()


@contextmanager
def _opened(source: Path) -> Iterator[BufferedReader]:
    try:
        with source.open("rb") as file:
            yield file
    except OSError as err:
        raise FileError(f"cannot read: {err.strerror}", where=str(source)) from err


@contextmanager
def _appearing(target: Path) -> Iterator[BinaryIO]:
    """Write a private file under another name; it gets its own when the block has succeeded."""
    spare = spare_path(target)
    try:
        with os.fdopen(os.open(spare, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600), "w+b") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        create_exclusively(target, source=spare)
    except FileExistsError as err:
        raise DuplicateError("the file exists already", where=str(target)) from err
    except OSError as err:
        raise FileError(f"cannot write: {err.strerror}", where=str(target)) from err
    finally:
        spare.unlink(missing_ok=True)
