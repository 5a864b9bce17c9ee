"""Which key list to believe: the one pinned, or one that follows from it (format.md, 6).

Whoever may push could add himself to the access policy and sign a list of his own.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from memberarc.acts.key_chain import KeyChain
from memberarc.archive.layout import KEY_LIST, KEY_LIST_SIGNATURE
from memberarc.errors import KeyListError
from memberarc.sealing.key_list import list_digest, parse_key_list
from memberarc.sealing.key_pin import accept_key_list, read_pin, write_pin

if TYPE_CHECKING:
    from memberarc.acts.opening import Caller
    from memberarc.archive.opened import Archive
    from memberarc.sealing.key_list import KeyList
    from memberarc.sealing.key_pin import Pin


def accepted_key_list(archive: Archive, caller: Caller) -> KeyList:
    """Believe the archive's key list, or refuse it, and pin what was believed.

    Raises:
        KeyListError: unsigned, older than one seen before, or no follower of that one.
    """
    content = _current(archive)
    place = caller.user.key_pin(archive.manifest.archive)
    pin = read_pin(place)
    if pin is None or pin.sha256 != list_digest(content):
        if pin is not None:
            _refuse_older(archive, content, pin=pin)
        write_pin(place, pin=_judge(KeyChain(archive), archive, pin=pin))
    return parse_key_list(content, path=KEY_LIST)


def judge_at_first_sight(chain: KeyChain, archive: Archive) -> None:
    """Judge the key list and its signature as somebody does who has not pinned any.

    Raises:
        KeyListError: whoever sees the archive for the first time will refuse the list.
    """
    _judge(chain, archive, pin=None)


def _judge(chain: KeyChain, archive: Archive, *, pin: Pin | None) -> Pin:
    signature = archive.snapshot.read(KEY_LIST_SIGNATURE) or b""
    return chain.judge(_current(archive), pin=pin, signature=signature)


def _refuse_older(archive: Archive, content: bytes, *, pin: Pin) -> None:
    """Refuse a list for its number alone, whatever its history says."""
    if parse_key_list(content, path=KEY_LIST).number <= pin.number:
        accept_key_list(
            content,
            path=KEY_LIST,
            archive=archive.manifest.archive,
            signature=None,
            signers=(),
            pin=pin,
        )


def _current(archive: Archive) -> bytes:
    content = archive.snapshot.read(KEY_LIST)
    if content is None:
        raise KeyListError("the archive has no key list", where=KEY_LIST)
    return content
