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
from memberarc.sealing.age.asking import NOBODY
from memberarc.sealing.age.frame import SCRYPT, looks_like_age, parse_age_file
from memberarc.sealing.age.prefixes import HYBRID_IDENTITY, HYBRID_RECIPIENT, PLUGIN_IDENTITY

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime
    from pathlib import Path

    from memberarc.sealing.age.asking import Asker
    from memberarc.sealing.age.frame import AgeFile
    from memberarc.sealing.age.hybrid import HybridIdentity
    from memberarc.sealing.age.plugins import PluginIdentity

_NO_MATCH: Final = "No matching keys found"
_PROTECTED_SSH_KEY: Final = "ssh key must be decrypted first"


@dataclass(frozen=True, slots=True, kw_only=True)
class Identities:
    """The identities of one user; ``recipients`` are the public halves that can be told of them.

    ``keys`` are the library's own.
    """

    keys: tuple[Any, ...] = field(repr=False)
    hybrid: tuple[HybridIdentity, ...] = ()
    of_plugins: tuple[PluginIdentity, ...] = ()
    recipients: tuple[str, ...] = ()


def generate_identity(path: Path, *, now: datetime, post_quantum: bool = False) -> str:
    """Write a new identity as age-keygen does, and return its recipient.

    Raises:
        DuplicateError: there is one already.
        SealingError: a post-quantum one is wanted, and the cipher library cannot make it.
    """
    from pyrage import x25519

    if post_quantum:
        from memberarc.sealing.age import hybrid

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
        from memberarc.sealing.age.passphrases import open_protected

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
    hybrid: list[HybridIdentity] = []
    told: list[str] = []
    of_plugins: list[str] = []
    for number, text in _entries(content):
        try:
            if text.startswith(PLUGIN_IDENTITY):
                of_plugins.append(text)
            elif text.startswith(HYBRID_IDENTITY):
                hybrid.append(_hybrid_identity(text))
                told.append(hybrid[-1].recipient)
            else:
                keys.append(_identity(text, where=where))
                told += _told_recipients(keys[-1])
        except (IdentityError, ValueError) as err:
            # The library's own words may quote the line, which is a secret.
            raise SettingsError(f"line {number} is not an identity", where=where) from err
    try:
        plugins = _plugin_identities(of_plugins, asker=asker) if of_plugins else []
    except IdentityError as err:
        raise SettingsError("a plugin's identity is not one", where=where) from err
    if not (keys or hybrid or plugins):
        raise SettingsError("the identity file holds no identity", where=where)
    return Identities(
        keys=tuple(keys), hybrid=tuple(hybrid), of_plugins=tuple(plugins), recipients=tuple(told)
    )


def encrypt(content: bytes, *, recipients: Sequence[str]) -> bytes:
    """Encrypt a few bytes to recipients, armoured.

    Raises:
        SealingError: a recipient is not one, or there is none, or they cannot share a file.
    """
    import pyrage

    armoured: bytes
    safe = [text for text in recipients if text.startswith(HYBRID_RECIPIENT)]
    if safe and len(safe) < len(recipients):
        raise SealingError(
            "post-quantum recipients and others cannot share a file: the weakest would open it",
            hint=f"give everybody who reads it an {HYBRID_RECIPIENT} recipient, or nobody",
        )
    if safe:
        from memberarc.sealing.age.hybrid import encrypt_hybrid

        armoured = encrypt_hybrid(content, recipients=safe)
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
        if identities.hybrid:
            from memberarc.sealing.age.hybrid import unwrap_hybrid

            file_key = unwrap_hybrid(file, identities=identities.hybrid)
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


def _hybrid_identity(text: str) -> HybridIdentity:
    from memberarc.sealing.age.hybrid import parse_hybrid_identity

    return parse_hybrid_identity(text)


def _plugin_identities(lines: Sequence[str], *, asker: Asker) -> list[PluginIdentity]:
    from memberarc.sealing.age.plugins import plugin_identities

    return plugin_identities(lines, asker=asker)


def _told_recipients(key: Any) -> Iterator[str]:
    from pyrage import x25519

    if isinstance(key, x25519.Identity):
        yield str(key.to_public())


def _decrypt_by_library(file: AgeFile, *, identities: Identities, where: str) -> bytes:
    import pyrage

    keys = [*identities.keys, *(plugin.key for plugin in identities.of_plugins)]
    try:
        opened: bytes = pyrage.decrypt(file.binary, keys)
    except pyrage.DecryptError as err:
        if str(err) == _NO_MATCH:
            raise NoIdentityError("no identity at hand opens it", where=where) from err
        raise SealingError(f"cannot decrypt: {_told(err)}", where=where) from err
    finally:
        for plugin in identities.of_plugins:
            plugin.talk.resume()
    return opened


def _recipient(text: str) -> Any:
    from pyrage import RecipientError, ssh, tag, tagpq, x25519

    readers = {"ssh-": ssh.Recipient, "age1tag1": tag.Recipient, "age1tagpq1": tagpq.Recipient}
    try:
        for start, reader in readers.items():
            if text.startswith(start):
                return reader.from_str(text)
        if text.count("1") > 1 and text.startswith("age1"):
            from memberarc.sealing.age.plugins import plugin_recipient

            return plugin_recipient(text)
        return x25519.Recipient.from_str(text)
    except RecipientError as err:
        raise SealingError(
            f"not a recipient: {text}", hint="age1..., ssh-ed25519 AAAA... or ssh-rsa AAAA..."
        ) from err


def _told(err: Exception) -> str:
    """Return the first line of what the library says; further ones give advice on itself."""
    plain = str(err).translate(dict.fromkeys(map(ord, "\u2068\u2069")))
    return plain.partition("\n")[0].rstrip(".")
