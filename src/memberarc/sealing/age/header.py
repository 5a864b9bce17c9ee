"""Compare without any key to whom an age file is encrypted: the stanzas of its header.

Source: C2SP, age.md, version 1.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
from collections import Counter
from typing import TYPE_CHECKING, Final

from memberarc.errors import SealingError
from memberarc.sealing.age.frame import parse_age_file

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

_GREASE: Final = "-grease"
_SSH: Final = ("ssh-ed25519", "ssh-rsa")
_OWN: Final = {"age": "X25519", "age1pq": "mlkem768x25519"}


def read_stanzas(content: bytes, *, where: str) -> tuple[str, ...]:
    """List the recipient stanzas of an age file: types, and of SSH keys the tag that tells which.

    The empty ones that some programs add, so that readers get used to unknown types, are left out.

    Raises:
        SealingError: it is no age file.
    """
    try:
        stanzas = parse_age_file(content).stanzas
    except ValueError as err:
        raise SealingError(str(err), where=where) from err
    return tuple(
        " ".join(one.arguments[: 2 if one.kind in _SSH else 1])
        for one in stanzas
        if not one.kind.endswith(_GREASE)
    )


def stanza_of(recipient: str) -> str:
    """Say which stanza a recipient leaves in a file; empty for a plugin's, which alone knows."""
    if not recipient.startswith("ssh-"):
        return _OWN.get(recipient.rpartition("1")[0], "")
    kind, encoded = recipient.split(" ")
    try:
        digest = hashlib.sha256(base64.b64decode(encoded)).digest()
    except binascii.Error:
        return kind
    return f"{kind} {base64.b64encode(digest[:4]).decode().rstrip('=')}"


def stanza_flaw(found: Sequence[str], *, recipients: Iterable[str]) -> str:
    """Say how the stanzas of a file differ from what some recipients leave; nothing if not."""
    wanted = [stanza_of(recipient) for recipient in recipients]
    known = Counter(filter(None, wanted))
    if len(found) == len(wanted) and known <= Counter(found):
        return ""
    return f"it has the stanzas [{', '.join(found)}], and {len(wanted)} recipients are listed"
