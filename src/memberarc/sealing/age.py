"""Encrypt to age recipients and decrypt with age identities: small bytes, and streams.

A file that asks for a passphrase is never opened here: passphrases go through another function
of the library, so no hostile file can spend a reader's hours on its work factor.
"""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, Protocol

from memberarc.errors import DocumentError, FileError, NoIdentityError, SealingError, SettingsError
from memberarc.people.private_files import make_private_folder, write_new
from memberarc.people.user_files import IDENTITY_VARIABLE, read_secret

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime
    from pathlib import Path

_INTRO: Final = b"age-encryption.org/v1\n"
_ARMOR: Final = b"-----BEGIN AGE ENCRYPTED FILE-----"
_NO_MATCH: Final = "No matching keys found"


class Readable(Protocol):
    """What a stream is read from."""

    def read(self, size: int = -1, /) -> bytes: ...


class Writable(Protocol):
    """What a stream is written to."""

    def write(self, content: bytes, /) -> int: ...

    def flush(self) -> None: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Identities:
    """The identities of one user; ``recipients`` are the public halves of the X25519 ones."""

    keys: tuple[Any, ...] = field(repr=False)
    recipients: tuple[str, ...] = ()


def generate_identity(path: Path, *, now: datetime) -> str:
    """Write a new identity as age-keygen does, and return its recipient.

    Raises:
        DuplicateError: there is one already.
    """
    from pyrage import x25519

    identity = x25519.Identity.generate()
    recipient = str(identity.to_public())
    text = f"# created: {now:%Y-%m-%dT%H:%M:%SZ}\n# public key: {recipient}\n{identity}\n"
    make_private_folder(path.parent)
    write_new(path, text.encode())
    return recipient


def load_identities(path: Path) -> Identities:
    """Read a file of age and SSH identities.

    Raises:
        NoIdentityError: there is no such file.
        SettingsError: others may read it, or a line of it is no identity.
    """
    if not path.exists():
        raise NoIdentityError(
            "there is no identity file",
            where=str(path),
            hint=f"set {IDENTITY_VARIABLE}, or age-keygen -o {path}",
        )
    return parse_identities(read_secret(path), where=str(path))


def parse_identities(content: bytes, *, where: str) -> Identities:
    """Read age identities, one a line, and SSH private keys; blank lines and comments between."""
    if content.startswith((_INTRO, _ARMOR)):
        raise SettingsError(
            "the identity file is itself encrypted", where=where, hint=f"age -d {where}"
        )
    from pyrage import IdentityError, ssh, x25519

    keys: list[Any] = []
    recipients: list[str] = []
    lines = enumerate(content.splitlines(), start=1)
    for number, line in lines:
        if not line.strip() or line.startswith(b"#"):
            continue
        try:
            if line.startswith(b"-----BEGIN "):
                block = [line]
                while not block[-1].startswith(b"-----END ") and (more := next(lines, None)):
                    block.append(more[1])
                keys.append(ssh.Identity.from_buffer(b"\n".join(block) + b"\n"))
            else:
                keys.append(x25519.Identity.from_str(line.decode().strip()))
                recipients.append(str(keys[-1].to_public()))
        except (IdentityError, UnicodeDecodeError) as err:
            # The library's own words may quote the line, which is a secret.
            raise SettingsError(f"line {number} is not an identity", where=where) from err
    if not keys:
        raise SettingsError("the identity file holds no identity", where=where)
    return Identities(keys=tuple(keys), recipients=tuple(recipients))


def encrypt(content: bytes, *, recipients: Sequence[str]) -> bytes:
    """Encrypt a few bytes to recipients, armoured.

    Raises:
        SealingError: a recipient is not one, or there is none.
    """
    import pyrage

    keys = [_recipient(text) for text in recipients]
    try:
        armoured: bytes = pyrage.encrypt(content, keys, armored=True)
    except pyrage.EncryptError as err:
        raise SealingError(f"cannot encrypt: {_told(err)}") from err
    return armoured


def decrypt(content: bytes, *, identities: Identities, where: str) -> bytes:
    """Decrypt a few bytes, armoured or not.

    Raises:
        NoIdentityError: they are not for any of these identities.
        SealingError: they are damaged, or wait for a passphrase.
    """
    import pyrage

    if _asks_for_passphrase(content):
        raise SealingError("a passphrase stands where keys are expected", where=where)
    try:
        opened: bytes = pyrage.decrypt(content, identities.keys)
    except pyrage.DecryptError as err:
        if str(err) == _NO_MATCH:
            raise NoIdentityError("no identity at hand opens it", where=where) from err
        raise SealingError(f"cannot decrypt: {_told(err)}", where=where) from err
    return opened


def encrypt_stream(source: Readable, target: Writable, *, identity: str) -> None:
    """Encrypt a stream to the recipient of an identity, in constant memory."""
    import pyrage

    recipient = pyrage.x25519.Identity.from_str(identity).to_public()
    try:
        pyrage.encrypt_io(source, target, [recipient])
    except pyrage.EncryptError as err:
        # The recipient is good, so what failed is reading or writing.
        raise FileError(f"cannot encrypt: {_told(err)}") from err


def decrypt_stream(source: Readable, target: Writable, *, identities: Sequence[str]) -> None:
    """Decrypt a stream, in constant memory; on an error what was written is not to be used.

    Raises:
        DocumentError: wrong identities or damaged bytes.
        FileError: reading or writing failed.
    """
    import pyrage

    keys = [pyrage.x25519.Identity.from_str(identity) for identity in identities]
    try:
        pyrage.decrypt_io(source, target, keys)
    except pyrage.DecryptError as err:
        raise DocumentError(f"cannot decrypt: {_told(err)}") from err
    except OSError as err:
        # The library reports damage behind the header as an OSError without a number.
        if err.errno is None:
            raise DocumentError(f"cannot decrypt: {_told(err)}") from err
        raise FileError(f"cannot decrypt: {err.strerror}") from err


def _recipient(text: str) -> Any:
    from pyrage import RecipientError, ssh, x25519

    try:
        if text.startswith("ssh-"):
            return ssh.Recipient.from_str(text)
        return x25519.Recipient.from_str(text)
    except RecipientError as err:
        raise SealingError(f"not a recipient: {text}") from err


def _told(err: Exception) -> str:
    """Return the first line of what the library says; further ones give advice on itself."""
    return str(err).partition("\n")[0].rstrip(".")


def _asks_for_passphrase(content: bytes) -> bool:
    head = content
    if content.startswith(_ARMOR):
        first = content.splitlines()[1:2]
        try:
            head = base64.b64decode(first[0]) if first else b""
        except binascii.Error:
            return False
    return head.startswith(_INTRO + b"-> scrypt ")
