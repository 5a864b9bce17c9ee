"""The check of the key list with its signature and the level keys' files, without any key."""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING

from memberarc.archive.layout import KEY_LIST, KEY_LIST_SIGNATURE
from memberarc.errors import (
    KeyListError,
    LevelKeyError,
    Problem,
    SignatureError,
    UnsignedKeyListError,
)
from memberarc.people.ssh import verify_anybody
from memberarc.sealing.key_list import parse_key_list
from memberarc.sealing.key_pin import KEY_LIST_NAMESPACE

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping


def key_problems(files: Mapping[str, bytes]) -> Iterator[Problem]:
    """Find keys that do not belong together.

    Whether the signer was an administrator when the list was made, history tells: whoever opens a
    key asks it.

    Args:
        files: everything that stands in ``keys/``, by path.
    """
    content = files.get(KEY_LIST)
    if content is None:
        yield Problem(path=KEY_LIST, rule=KeyListError.code, message="the archive has no key list")
        return
    try:
        key_list = parse_key_list(content, path=KEY_LIST)
    except KeyListError:
        return  # told with the file itself
    if flaw := _signature_flaw(content, signature=files.get(KEY_LIST_SIGNATURE)):
        yield Problem(path=KEY_LIST, rule=UnsignedKeyListError.code, message=flaw)
    for entry in key_list.keys:
        wrapped = files.get(entry.file)
        if wrapped is None:
            message = f"{entry.file} is listed but not there"
        elif sha256(wrapped).hexdigest() != entry.sha256:
            message = f"{entry.file} is not the file that is listed"
        else:
            continue
        yield Problem(
            path=KEY_LIST, pointer=f"keys[{entry.id}]", rule=LevelKeyError.code, message=message
        )


def _signature_flaw(content: bytes, *, signature: bytes | None) -> str:
    if signature is None:
        return "the key list has no signature"
    try:
        verify_anybody(content, signature=signature, namespace=KEY_LIST_NAMESPACE)
    except SignatureError as err:
        return f"the signature is not of this key list: {err.message}"
    return ""
