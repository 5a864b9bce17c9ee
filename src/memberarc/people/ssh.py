"""Make SSH signatures and check them, by OpenSSH's own ssh-keygen."""

from __future__ import annotations

import os
import re
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from memberarc.errors import DuplicateError, SignatureError
from memberarc.people.private_files import make_private_folder, require_owner_only

if TYPE_CHECKING:
    from collections.abc import Sequence

# No comment and no options: a key is pasted into lines that ssh-keygen reads.
PUBLIC_KEY: Final = re.compile(
    r"(?:ssh-ed25519|ssh-rsa|ecdsa-sha2-nistp(?:256|384|521)|sk-ssh-ed25519@openssh\.com"
    r"|sk-ecdsa-sha2-nistp256@openssh\.com) [A-Za-z0-9+/]+={0,2}"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class AllowedSigner:
    """A person and one public key whose signatures count as that person's."""

    person: str
    public_key: str


def make_signing_key(path: Path) -> str:
    """Make an Ed25519 signing key without a passphrase, and return its public half.

    Raises:
        DuplicateError: there is one already.
    """
    if path.exists():
        raise DuplicateError("there is a signing key already", where=str(path))
    make_private_folder(path.parent)
    _ssh_keygen("-q", "-t", "ed25519", "-N", "", "-C", "memberarc", "-f", str(path))
    return public_key_of(path)


def public_key_of(path: Path) -> str:
    """Return the public half of a signing key as ``type base64``, from the file beside it."""
    public = path if path.suffix == ".pub" else path.with_name(path.name + ".pub")
    try:
        text = public.read_text(encoding="utf-8")
    except OSError as err:
        raise SignatureError(
            "there is no public signing key",
            where=str(public),
            hint=f"ssh-keygen -y -f {path} > {public}",
        ) from err
    key = " ".join(text.split()[:2])
    if not PUBLIC_KEY.fullmatch(key):
        raise SignatureError("not a public SSH key", where=str(public))
    return key


def sign(content: bytes, *, key: Path, namespace: str) -> bytes:
    """Sign for one namespace, and return the armoured signature.

    Args:
        key: a private key, or the public half of one that the user's agent holds.

    Raises:
        SignatureError: there is no key, or ssh-keygen does not sign with it.
        SettingsError: others may read the private key.
    """
    if not key.exists():
        raise SignatureError(
            "there is no signing key", where=str(key), hint="set MEMBERARC_SIGNING_KEY"
        )
    if key.suffix != ".pub":
        require_owner_only(key)
    return _ssh_keygen("-Y", "sign", "-f", str(key), "-n", namespace, content=content)


def verify(
    content: bytes, *, signature: bytes, namespace: str, allowed: Sequence[AllowedSigner]
) -> str:
    """Return who signed exactly this content for this namespace.

    Raises:
        SignatureError: nobody of those allowed did.
    """
    import tempfile

    # mkdtemp makes the folder 0700, so what lies in it is nobody else's to read or swap.
    with tempfile.TemporaryDirectory(prefix="memberarc-") as folder:
        signature_file = Path(folder, "signature")
        signature_file.write_bytes(signature)
        allowed_file = Path(folder, "allowed")
        allowed_file.write_text(
            "".join(f'{one.person} namespaces="{namespace}" {one.public_key}\n' for one in allowed)
        )
        common = ("-s", str(signature_file), "-f", str(allowed_file))
        try:
            person = _ssh_keygen("-Y", "find-principals", *common).decode().split()[0]
            _ssh_keygen("-Y", "verify", "-n", namespace, "-I", person, *common, content=content)
        except SignatureError as err:
            raise SignatureError(
                f"not signed for {namespace} by a person who may ({err.message})"
            ) from err
    return person


def verify_anybody(content: bytes, *, signature: bytes, namespace: str) -> None:
    """Check that somebody signed exactly this content for this namespace, whoever it was.

    Raises:
        SignatureError: nobody did.
    """
    import tempfile

    with tempfile.TemporaryDirectory(prefix="memberarc-") as folder:
        signature_file = Path(folder, "signature")
        signature_file.write_bytes(signature)
        options = ("-n", namespace, "-s", str(signature_file))
        _ssh_keygen("-Y", "check-novalidate", *options, content=content)


def _ssh_keygen(*arguments: str, content: bytes = b"") -> bytes:
    try:
        done = subprocess.run(
            ["ssh-keygen", *arguments],
            input=content,
            capture_output=True,
            check=False,
            env={**os.environ, "LC_ALL": "C"},
        )
    except FileNotFoundError as err:
        raise SignatureError("ssh-keygen is not installed", hint="install OpenSSH") from err
    if done.returncode != 0:
        told = (done.stderr or done.stdout).decode(errors="replace").strip().splitlines()
        raise SignatureError(f"ssh-keygen: {told[-1] if told else 'failed'}")
    return done.stdout
