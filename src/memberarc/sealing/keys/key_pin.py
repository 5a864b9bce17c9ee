"""Remember the key list this user last believed, and believe only one that may follow it.

age says nothing of who encrypted a file: whoever may push could put level keys of his own in the
place of the real ones. Source: format.md, section 6.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from memberarc.errors import (
    ChangedCommitmentError,
    KeyListError,
    OlderKeyListError,
    SettingsError,
    SignatureError,
    UnsignedKeyListError,
)
from memberarc.formats.canonical_yaml import read_canonical, write_yaml
from memberarc.people.private_files import make_private_folder
from memberarc.people.private_files import replace as replace_file
from memberarc.sealing.keys.key_list import KeyList, list_digest, parse_key_list
from memberarc.sealing.keys.level_keys import level_key_path

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from memberarc.people.ssh import AllowedSigner

KEY_LIST_NAMESPACE: Final = "memberarc-keys@m1"
PIN_FORMAT: Final = "key-pin/1"


@dataclass(frozen=True, slots=True, kw_only=True)
class Pin:
    """What is remembered of the newest list seen: its number, its digest, its keys.

    ``keys`` are written ``<level>.<epoch>.<commitment>``.
    """

    number: int
    sha256: str
    keys: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Accepted:
    """A list to be believed; ``signer`` is empty when the pin alone vouches for these bytes."""

    key_list: KeyList
    pin: Pin
    signer: str = ""


def accept_key_list(
    content: bytes,
    *,
    path: str,
    archive: str,
    signature: bytes | None,
    signers: Sequence[AllowedSigner],
    pin: Pin | None,
) -> Accepted:
    """Judge a key list by its signature and by what was pinned.

    Args:
        signers: the administrators under the access policy that the list before it stood with.
        pin: None when this user sees the archive for the first time.

    Raises:
        KeyListError: it is no key list, or another archive's.
        OlderKeyListError: its number is lower than the pinned one, or equal with other bytes.
        UnsignedKeyListError: no administrator signed it.
        ChangedCommitmentError: a level, epoch and kid stands for another key than before.
    """
    key_list = parse_key_list(content, path=path)
    if key_list.archive != archive:
        raise KeyListError("the key list of another archive", where=path)
    digest = list_digest(content)
    if pin is not None and pin.sha256 == digest:
        return Accepted(key_list=key_list, pin=pin)
    if pin is not None and key_list.number <= pin.number:
        raise OlderKeyListError(
            f"key list {key_list.number} is older than, or differs from, list {pin.number} seen"
            " before",
            where=path,
            hint="fetch the newest commits; if it stays, ask an administrator",
        )
    signer = _signer(content, path=path, signature=signature, signers=signers)
    keys = _unchanged_keys(key_list, path=path, pinned=pin.keys if pin else ())
    return Accepted(
        key_list=key_list,
        pin=Pin(number=key_list.number, sha256=digest, keys=keys),
        signer=signer,
    )


def read_pin(path: Path) -> Pin | None:
    """Read what was pinned; None when this user has not seen the archive before."""
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        return None
    try:
        document: Any = read_canonical(content)
        pin = Pin(
            number=document["number"], sha256=document["sha256"], keys=tuple(document["keys"])
        )
        if _pin_bytes(pin) == content:
            return pin
    except (ValueError, KeyError, TypeError):
        pass
    raise SettingsError("not a pinned key list", where=str(path))


def write_pin(path: Path, *, pin: Pin) -> None:
    """Remember a list for all clones of the archive."""
    make_private_folder(path.parent)
    replace_file(path, _pin_bytes(pin))


def _pin_bytes(pin: Pin) -> bytes:
    return write_yaml(
        {
            "format": PIN_FORMAT,
            "number": pin.number,
            "sha256": pin.sha256,
            "keys": list(pin.keys),
        }
    )


def _signer(
    content: bytes, *, path: str, signature: bytes | None, signers: Sequence[AllowedSigner]
) -> str:
    if signature is None:
        raise UnsignedKeyListError("the key list is not signed", where=path)
    from memberarc.people.ssh import verify

    try:
        return verify(content, signature=signature, namespace=KEY_LIST_NAMESPACE, allowed=signers)
    except SignatureError as err:
        raise UnsignedKeyListError(
            f"the key list is not signed by an administrator: {err.message}", where=path
        ) from err


def _unchanged_keys(key_list: KeyList, *, path: str, pinned: Sequence[str]) -> tuple[str, ...]:
    """Return the keys to pin, each commitment being the one its level, epoch and kid always had."""
    known = {_file(key): key for key in pinned}
    for entry in key_list.keys:
        key = f"{entry.level}.{entry.epoch}.{entry.commitment}"
        if _file(key) != entry.file or known.setdefault(entry.file, key) != key:
            raise ChangedCommitmentError(
                f"{entry.file} now stands for another key than before", where=path
            )
    return tuple(sorted(known.values()))


def _file(pinned_key: str) -> str:
    """Say which file a pinned key is in: its name ends in the kid, not the whole commitment."""
    level, epoch, commitment = pinned_key.split(".")
    return level_key_path(level, epoch=int(epoch), commitment=commitment)
