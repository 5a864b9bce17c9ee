"""Read age and SSH identities; encrypt a few bytes to recipients and decrypt with identities.

A file is taken apart to the letter of the specification first. One that asks for a passphrase is
not opened here, so no hostile file can spend a reader's hours on its work factor.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from memberarc.errors import NoIdentityError, SealingError, SettingsError
from memberarc.people.private_files import make_private_folder, write_new
from memberarc.people.user_files import IDENTITY_VARIABLE, read_secret
from memberarc.sealing.age import hybrid, plugins
from memberarc.sealing.age.asking import NOBODY
from memberarc.sealing.age.frame import looks_like_age, parse_age_file
from memberarc.sealing.age.passphrases import SCRYPT, open_protected

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime
    from pathlib import Path

    from memberarc.sealing.age.asking import Asker
    from memberarc.sealing.age.frame import AgeFile

_NO_MATCH: Final = "No matching keys found"
_PROTECTED_SSH_KEY: Final = "ssh key must be decrypted first"


@dataclass(frozen=True, slots=True, kw_only=True)
class Identities:
    """The identities of one user; ``recipients`` are the public halves that can be told of them.

    A key is the library's own, or one it does not know: a ``HybridIdentity``, a ``PluginIdentity``.
    """

    keys: tuple[Any, ...] = field(repr=False)
    recipients: tuple[str, ...] = ()


def generate_identity(path: Path, *, now: datetime, post_quantum: bool = False) -> str:
    """Write a new identity as age-keygen does, and return its recipient.

    Raises:
        DuplicateError: there is one already.
        SealingError: a post-quantum one is wanted, and the cipher library cannot make it.
    """
    from pyrage import x25519

    if post_quantum:
        identity = hybrid.new_hybrid_identity()
        recipient = hybrid.parse_hybrid_identity(identity).recipient
    else:
        key = x25519.Identity.generate()
        identity, recipient = str(key), str(key.to_public())
    text = f"# created: {now:%Y-%m-%dT%H:%M:%SZ}\n# public key: {recipient}\n{identity}\n"
    make_private_folder(path.parent)
    write_new(path, text.encode())
    return recipient


def load_identities(path: Path, *, asker: Asker = NOBODY) -> Identities:
    """Read a file of age and SSH identities, which may itself be encrypted under a passphrase.

    Raises:
        NoIdentityError: there is no such file, or nobody to ask for its passphrase.
        PassphraseError: it is another passphrase.
        SettingsError: others may read it, or a line of it is no identity.
        SealingError: a line needs a program or a library that is not here.
    """
    if not path.exists():
        raise NoIdentityError(
            "there is no identity file",
            where=str(path),
            hint=f"set {IDENTITY_VARIABLE}, or age-keygen -o {path}",
        )
    content = read_secret(path)
    if looks_like_age(content):
        content = open_protected(content, asker=asker, where=str(path))
    return parse_identities(content, where=str(path), asker=asker)


def parse_identities(content: bytes, *, where: str, asker: Asker = NOBODY) -> Identities:
    """Read identities, one a line, and SSH private keys; blank lines and comments between."""
    if looks_like_age(content):
        raise SettingsError(
            "the identity file is encrypted once more", where=where, hint=f"age -d {where}"
        )
    from pyrage import IdentityError

    keys: list[Any] = []
    of_plugins: list[str] = []
    for number, text in _entries(content):
        try:
            if text.startswith(plugins.IDENTITY_START):
                of_plugins.append(text)
            else:
                keys.append(_identity(text, where=where))
        except (IdentityError, ValueError) as err:
            # The library's own words may quote the line, which is a secret.
            raise SettingsError(f"line {number} is not an identity", where=where) from err
    try:
        keys += plugins.plugin_identities(of_plugins, asker=asker)
    except IdentityError as err:
        raise SettingsError("a plugin's identity is not one", where=where) from err
    if not keys:
        raise SettingsError("the identity file holds no identity", where=where)
    return Identities(keys=tuple(keys), recipients=tuple(_told_recipients(keys)))


def encrypt(content: bytes, *, recipients: Sequence[str]) -> bytes:
    """Encrypt a few bytes to recipients, armoured.

    Raises:
        SealingError: a recipient is not one, or there is none, or they cannot share a file.
    """
    import pyrage

    armoured: bytes
    safe = [text for text in recipients if text.startswith(hybrid.RECIPIENT_START)]
    if safe and len(safe) < len(recipients):
        raise SealingError(
            "post-quantum recipients and others cannot share a file: the weakest would open it",
            hint=f"give everybody who reads it an {hybrid.RECIPIENT_START} recipient, or nobody",
        )
    if safe:
        armoured = hybrid.encrypt_hybrid(content, recipients=safe)
    else:
        keys = [_recipient(text) for text in recipients]
        try:
            armoured = pyrage.encrypt(content, keys, armored=True)
        except pyrage.EncryptError as err:
            raise SealingError(f"cannot encrypt: {_told(err)}") from err
    try:
        parse_age_file(armoured)
    except ValueError as err:
        raise SealingError(
            f"a file for {len(recipients)} recipients could not be opened again: {err}"
        ) from err
    return armoured


def decrypt(content: bytes, *, identities: Identities, where: str) -> bytes:
    """Decrypt a few bytes, armoured or not.

    Raises:
        NoIdentityError: they are not for any of these identities.
        SealingError: they are damaged, or wait for a passphrase.
    """
    try:
        file = parse_age_file(content)
        if any(stanza.kind == SCRYPT for stanza in file.stanzas):
            raise SealingError("a passphrase stands where keys are expected", where=where)
        own = [key for key in identities.keys if isinstance(key, hybrid.HybridIdentity)]
        file_key = hybrid.unwrap_hybrid(file, identities=own)
        if file_key is not None:
            return file.open(file_key)
    except ValueError as err:
        raise SealingError(f"cannot decrypt: {err}", where=where) from err
    return _decrypt_by_library(file, identities=identities, where=where)


def _entries(content: bytes) -> Iterator[tuple[int, str]]:
    """Go through the identities of a file, each with the number of its first line."""
    lines = enumerate(content.decode("utf-8", "replace").splitlines(), start=1)
    for number, line in lines:
        if not line.strip() or line.startswith("#"):
            continue
        block = [line]
        if line.startswith("-----BEGIN "):
            while not block[-1].startswith("-----END ") and (more := next(lines, None)):
                block.append(more[1])
        yield number, "\n".join(block).strip()


def _identity(text: str, *, where: str) -> Any:
    from pyrage import IdentityError, ssh, x25519

    if text.startswith(hybrid.IDENTITY_START):
        return hybrid.parse_hybrid_identity(text)
    if not text.startswith("-----BEGIN "):
        return x25519.Identity.from_str(text)
    try:
        return ssh.Identity.from_buffer(f"{text}\n".encode())
    except IdentityError as err:
        if str(err) != _PROTECTED_SSH_KEY:
            raise
        raise SettingsError(
            "an SSH key with a passphrase of its own cannot be opened here",
            where=where,
            hint="memberarc wants an age identity instead: age-keygen | age -p",
        ) from err


def _told_recipients(keys: Sequence[Any]) -> Iterator[str]:
    from pyrage import x25519

    for key in keys:
        if isinstance(key, hybrid.HybridIdentity):
            yield key.recipient
        elif isinstance(key, x25519.Identity):
            yield str(key.to_public())


def _decrypt_by_library(file: AgeFile, *, identities: Identities, where: str) -> bytes:
    import pyrage

    talks = [key.talk for key in identities.keys if isinstance(key, plugins.PluginIdentity)]
    keys = [
        key.key if isinstance(key, plugins.PluginIdentity) else key
        for key in identities.keys
        if not isinstance(key, hybrid.HybridIdentity)
    ]
    try:
        opened: bytes = pyrage.decrypt(file.binary, keys)
    except pyrage.DecryptError as err:
        if str(err) == _NO_MATCH:
            raise NoIdentityError("no identity at hand opens it", where=where) from err
        raise SealingError(f"cannot decrypt: {_told(err)}", where=where) from err
    finally:
        for talk in talks:
            talk.resume()
    return opened


def _recipient(text: str) -> Any:
    from pyrage import RecipientError, ssh, tag, tagpq, x25519

    readers = {"ssh-": ssh.Recipient, "age1tag1": tag.Recipient, "age1tagpq1": tagpq.Recipient}
    try:
        for start, reader in readers.items():
            if text.startswith(start):
                return reader.from_str(text)
        if text.count("1") > 1 and text.startswith("age1"):
            return plugins.plugin_recipient(text)
        return x25519.Recipient.from_str(text)
    except RecipientError as err:
        raise SealingError(
            f"not a recipient: {text}", hint="age1..., ssh-ed25519 AAAA... or ssh-rsa AAAA..."
        ) from err


def _told(err: Exception) -> str:
    """Return the first line of what the library says; further ones give advice on itself."""
    plain = str(err).translate(dict.fromkeys(map(ord, "\u2068\u2069")))
    return plain.partition("\n")[0].rstrip(".")
