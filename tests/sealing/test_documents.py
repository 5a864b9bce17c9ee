"""Documents: ordinary age files, bound to their place by the record that names them."""

from __future__ import annotations

import hashlib
import hmac
import os
import shutil
import subprocess
import sys
from io import BytesIO
from typing import TYPE_CHECKING

import pytest

from memberarc.errors import DocumentError, DuplicateError, FileError
from memberarc.sealing.document.documents import (
    DocumentKey,
    decrypt_document,
    document_keys,
    encrypt_document,
    export_identity,
    plaintext_digest,
)

if TYPE_CHECKING:
    from pathlib import Path

    from memberarc.sealing.keys.key_ring import KeyRing

UID = "k5x2w7n3q4v6t2zb"
BLOCK = 1 << 20
CONTENT = "入会申请表".encode() * 20_000

needs_age = pytest.mark.skipif(shutil.which("age") is None, reason="age is not installed")


@pytest.fixture
def key(ring: KeyRing, commitment: str) -> DocumentKey:
    return key_of(ring, commitment, item="d4k2")


def key_of(ring: KeyRing, commitment: str, *, item: str, level: str = "internal") -> DocumentKey:
    member = ring.member(UID, commitment=commitment)
    (found,) = document_keys(member, item=item, level=level, epoch=1)
    return found


@pytest.fixture
def source(tmp_path: Path) -> Path:
    path = tmp_path / "form.pdf"
    path.write_bytes(CONTENT)
    return path


def test_a_document_comes_back_as_it_was(tmp_path: Path, source: Path, key: DocumentKey) -> None:
    sealed, opened = tmp_path / "sealed.age", tmp_path / "opened.pdf"

    told = encrypt_document(source, sealed, key=key)
    decrypt_document(
        BytesIO(sealed.read_bytes()),
        opened,
        keys=[key],
        sha256=told.sha256,
        digest=told.digest,
    )

    assert opened.read_bytes() == CONTENT
    assert told.sha256 == hashlib.sha256(sealed.read_bytes()).hexdigest()
    assert told.size_bytes == len(CONTENT)
    assert told.digest == plaintext_digest(source, key=key)
    assert [path.stat().st_mode & 0o777 for path in (sealed, opened)] == [0o600, 0o600]


def test_each_document_member_and_level_has_its_own_identity(
    ring: KeyRing, commitment: str, key: DocumentKey
) -> None:
    others = [
        key_of(ring, commitment, item="e5m3"),
        key_of(ring, commitment, item="d4k2", level="secret"),
    ]

    assert len({key.identity, *(other.identity for other in others)}) == 3
    assert key == key_of(ring, commitment, item="d4k2")
    assert key.identity not in repr(key)


def test_the_keyed_digest_tells_nothing_to_others(
    source: Path, key: DocumentKey, ring: KeyRing, commitment: str
) -> None:
    other = key_of(ring, commitment, item="d4k2", level="secret")

    assert plaintext_digest(source, key=key) != plaintext_digest(source, key=other)
    assert plaintext_digest(source, key=key) != hashlib.sha256(CONTENT).hexdigest()


@needs_age
def test_stock_age_opens_a_document_with_its_exported_identity(
    tmp_path: Path, source: Path, key: DocumentKey
) -> None:
    sealed, identity = tmp_path / "sealed.age", tmp_path / "identity.txt"
    encrypt_document(source, sealed, key=key)
    identity.write_text(export_identity(key))

    done = subprocess.run(["age", "-d", "-i", identity, sealed], capture_output=True)

    assert done.stdout == CONTENT


@needs_age
def test_we_open_what_stock_age_encrypts_to_the_same_identity(
    tmp_path: Path, source: Path, key: DocumentKey
) -> None:
    sealed, opened, identity = (tmp_path / name for name in ("sealed.age", "opened", "id.txt"))
    identity.write_text(export_identity(key))
    recipient = subprocess.run(
        ["age-keygen", "-y", identity], capture_output=True, text=True, check=True
    ).stdout.strip()
    subprocess.run(["age", "-r", recipient, "-o", sealed, source], check=True)

    sha256 = hashlib.sha256(sealed.read_bytes()).hexdigest()
    decrypt_document(BytesIO(sealed.read_bytes()), opened, keys=[key], sha256=sha256, digest="")

    assert opened.read_bytes() == CONTENT


@pytest.mark.parametrize("damage", ["cut", "flipped", "extended", "other digest", "empty"])
def test_a_failing_decryption_leaves_no_file(
    tmp_path: Path, source: Path, key: DocumentKey, damage: str
) -> None:
    sealed = tmp_path / "sealed.age"
    told = encrypt_document(source, sealed, key=key)
    content = sealed.read_bytes()
    changed = {
        "cut": content[:-70_000],
        "flipped": content[:150_000] + bytes([content[150_000] ^ 1]) + content[150_001:],
        "extended": content + b"x",
        "other digest": content,
        "empty": b"",
    }[damage]
    sealed.write_bytes(changed)
    sha256 = told.sha256 if damage == "flipped" else hashlib.sha256(changed + b"?").hexdigest()
    before = sorted(tmp_path.rglob("*"))

    with pytest.raises(DocumentError):
        decrypt_document(
            BytesIO(sealed.read_bytes()),
            tmp_path / "opened.pdf",
            keys=[key],
            sha256=sha256,
            digest=told.digest,
        )

    assert sorted(tmp_path.rglob("*")) == before


def test_another_document_of_the_member_is_not_taken_for_this_one(
    tmp_path: Path, source: Path, key: DocumentKey
) -> None:
    old, new = tmp_path / "old.age", tmp_path / "new.age"
    told = encrypt_document(source, new, key=key)
    encrypt_document(source, old, key=key)

    with pytest.raises(DocumentError, match="not the one the record names"):
        decrypt_document(
            BytesIO(old.read_bytes()),
            tmp_path / "opened",
            keys=[key],
            sha256=told.sha256,
            digest=told.digest,
        )


def test_with_two_keys_of_an_epoch_the_right_one_is_found(
    tmp_path: Path, source: Path, key: DocumentKey, ring: KeyRing, commitment: str
) -> None:
    sealed, opened = tmp_path / "sealed.age", tmp_path / "opened"
    told = encrypt_document(source, sealed, key=key)
    other = key_of(ring, commitment, item="e5m3")

    decrypt_document(
        BytesIO(sealed.read_bytes()),
        opened,
        keys=[other, key],
        sha256=told.sha256,
        digest=told.digest,
    )

    assert opened.read_bytes() == CONTENT


def test_an_existing_file_is_never_overwritten(
    tmp_path: Path, source: Path, key: DocumentKey
) -> None:
    taken = tmp_path / "taken"
    taken.write_bytes(b"mine")

    with pytest.raises(DuplicateError):
        encrypt_document(source, taken, key=key)

    assert taken.read_bytes() == b"mine"
    assert sorted(path.name for path in tmp_path.iterdir() if path.is_file()) == [
        "form.pdf",
        "taken",
    ]


def test_a_missing_source_or_folder_is_told(tmp_path: Path, source: Path, key: DocumentKey) -> None:
    with pytest.raises(FileError, match="cannot read"):
        encrypt_document(tmp_path / "none", tmp_path / "sealed.age", key=key)
    with pytest.raises(FileError, match="cannot write"):
        encrypt_document(source, tmp_path / "none" / "sealed.age", key=key)


@pytest.mark.parametrize("size", [0, 1, 65_535, 65_536, 65_537, BLOCK, BLOCK + 1, 2 * BLOCK])
@needs_age
def test_files_of_every_length_open_here_and_with_stock_age(
    tmp_path: Path, key: DocumentKey, size: int
) -> None:
    source, sealed, identity = (tmp_path / name for name in ("plain", "sealed.age", "id.txt"))
    source.write_bytes(os.urandom(size))
    identity.write_text(export_identity(key))

    told = encrypt_document(source, sealed, key=key)

    with sealed.open("rb") as stream:
        decrypt_document(
            stream, tmp_path / "opened", keys=[key], sha256=told.sha256, digest=told.digest
        )
    assert (tmp_path / "opened").read_bytes() == source.read_bytes()
    done = subprocess.run(["age", "-d", "-i", identity, sealed], capture_output=True)
    assert done.stdout == source.read_bytes()


@pytest.mark.parametrize("size", [0, 15, 16, BLOCK - 1, BLOCK, BLOCK + 17])
def test_the_keyed_digest_is_the_one_that_the_format_describes(
    tmp_path: Path, key: DocumentKey, size: int
) -> None:
    source = tmp_path / "plain"
    content = os.urandom(size)
    source.write_bytes(content)

    tags = [
        poly1305(hmac.digest(key.digest_key, b"blocks", "sha256"), content[start : start + BLOCK])
        for start in range(0, size, BLOCK)
    ]

    expected = hmac.new(key.digest_key, b"".join(tags), "sha256").hexdigest()
    assert plaintext_digest(source, key=key) == expected


def poly1305(key: bytes, message: bytes) -> bytes:
    """Compute a tag as RFC 8439, section 2.5, says it."""
    r = int.from_bytes(key[:16], "little") & 0x0FFFFFFC0FFFFFFC0FFFFFFC0FFFFFFF
    total = 0
    for start in range(0, len(message), 16):
        block = message[start : start + 16] + b"\x01"
        total = (total + int.from_bytes(block, "little")) * r % (2**130 - 5)
    return (total + int.from_bytes(key[16:], "little")).to_bytes(17, "little")[:16]


def test_what_opens_to_another_content_is_refused_even_if_the_digest_in_clear_fits(
    tmp_path: Path, source: Path, key: DocumentKey
) -> None:
    old, new = tmp_path / "old.age", tmp_path / "new.age"
    before = encrypt_document(source, old, key=key)
    source.write_bytes(CONTENT + b"!")
    after = encrypt_document(source, new, key=key)

    with pytest.raises(DocumentError, match="another content"):
        decrypt_document(
            BytesIO(old.read_bytes()),
            tmp_path / "opened",
            keys=[key],
            sha256=before.sha256,
            digest=after.digest,
        )

    assert not (tmp_path / "opened").exists()


@pytest.mark.skipif(sys.platform != "linux", reason="/proc tells the peak of memory")
def test_a_large_document_takes_no_more_memory_than_a_small_one(
    tmp_path: Path, key: DocumentKey
) -> None:
    large = tmp_path / "large"
    with large.open("wb") as file:
        for _ in range(64):
            file.write(os.urandom(1 << 20))
    script = (
        "import sys\n"
        "from pathlib import Path\n"
        "from memberarc.sealing.document.documents import *\n"
        f"key = DocumentKey(uid='k', item='d', level='internal', epoch=1,"
        f" identity={key.identity!r}, digest_key=bytes(32))\n"
        "source, sealed, opened = (Path(argument) for argument in sys.argv[1:])\n"
        "told = encrypt_document(source, sealed, key=key)\n"
        "with sealed.open('rb') as source:\n"
        "    decrypt_document(source, opened, keys=[key], sha256=told.sha256, digest=told.digest)\n"
        "print(Path('/proc/self/status').read_text().split('VmHWM:')[1].split()[0])\n"
    )
    names = [large, tmp_path / "large.age", tmp_path / "opened"]

    done = subprocess.run([sys.executable, "-c", script, *names], capture_output=True, text=True)

    assert done.stderr == ""
    assert int(done.stdout) < 48 << 10
    assert large.stat().st_size == (tmp_path / "opened").stat().st_size
