"""Which key list to believe: the one pinned, or one that follows from it (format.md, 6).

Whoever may push could add himself to the access policy and sign a list of his own.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from memberarc.archive.layout import ACCESS_POLICY, KEY_LIST, KEY_LIST_SIGNATURE, MANIFEST
from memberarc.errors import KeyListError
from memberarc.sealing.keys.key_list import list_digest, parse_key_list, require_named_policy
from memberarc.sealing.keys.key_pin import accept_key_list, read_pin, write_pin

if TYPE_CHECKING:
    from pathlib import Path

    from memberarc.acts.key.chain import KeyChain
    from memberarc.acts.opening import Caller
    from memberarc.archive.git import Repository
    from memberarc.archive.opened import Archive
    from memberarc.archive.snapshot import Snapshot
    from memberarc.sealing.keys.key_list import KeyList
    from memberarc.sealing.keys.key_pin import Pin


@dataclass(frozen=True, slots=True, kw_only=True)
class _Standing:
    """The key list and the access policy that stand in a commit, both unjudged."""

    key_list: bytes
    policy: bytes

    def require_named_policy(self) -> None:
        require_named_policy(
            parse_key_list(self.key_list, path=KEY_LIST), policy=self.policy, path=ACCESS_POLICY
        )


def accepted_key_list(archive: Archive, caller: Caller) -> KeyList:
    """Believe the archive's key list, or refuse it, and see that its policy is in force.

    Raises:
        UnsignedPolicyError: the policy was changed, and no list follows that names it.
        KeyListError: as ``believed_key_list``.
    """
    standing = _standing(archive.snapshot)
    key_list = _believed(archive, caller, content=standing.key_list)
    standing.require_named_policy()
    return key_list


def believed_key_list(archive: Archive, caller: Caller) -> KeyList:
    """Believe the archive's key list, or refuse it, and pin what was believed.

    Raises:
        KeyListError: unsigned, older than one seen before, or no follower of that one.
    """
    return _believed(archive, caller, content=_standing(archive.snapshot).key_list)


def require_signed_policy(snapshot: Snapshot) -> None:
    """Refuse an access policy other than the one that the key list beside it names.

    Raises:
        UnsignedPolicyError: whoever may push can write one; only a signed list puts it in force.
    """
    _standing(snapshot).require_named_policy()


def remember_archive(repository: Repository, archive: str) -> None:
    """Note whose clone this is, unless it is somebody else's that can only be read."""
    place = _memory(repository)
    if not place.exists():
        with suppress(OSError):
            place.parent.mkdir(exist_ok=True)
            place.write_text(f"{archive}\n", encoding="ascii")


def judge_at_first_sight(chain: KeyChain, archive: Archive) -> None:
    """Judge the key list and its signature as somebody does who has not pinned any.

    Raises:
        KeyListError: whoever sees the archive for the first time will refuse the list.
    """
    _judge(chain, archive, content=_standing(archive.snapshot).key_list, pin=None)


def _standing(snapshot: Snapshot) -> _Standing:
    files = dict(snapshot.read_many((KEY_LIST, ACCESS_POLICY)))
    if KEY_LIST not in files:
        raise KeyListError("the archive has no key list", where=KEY_LIST)
    return _Standing(key_list=files[KEY_LIST], policy=files.get(ACCESS_POLICY, b""))


def _believed(archive: Archive, caller: Caller, *, content: bytes) -> KeyList:
    _refuse_other_archive(archive)
    place = caller.user.key_pin(archive.manifest.archive)
    pin = read_pin(place)
    if pin is None or pin.sha256 != list_digest(content):
        if pin is not None:
            _refuse_older(archive, content, pin=pin)
        from memberarc.acts.key.chain import KeyChain

        write_pin(place, pin=_judge(KeyChain(archive), archive, content=content, pin=pin))
    remember_archive(archive.repository, archive.manifest.archive)
    return parse_key_list(content, path=KEY_LIST)


def _refuse_other_archive(archive: Archive) -> None:
    """Refuse a manifest with another archive id than this clone had: no pin would speak for it."""
    place, named = _memory(archive.repository), archive.manifest.archive
    known = (place.exists() and place.read_text(encoding="ascii").strip()) or named
    if known != named:
        raise KeyListError(
            f"this clone was of archive {known}, and now the manifest names {named}",
            where=MANIFEST,
            hint=f"git log -- {MANIFEST} shows who changed it; take that back with git revert",
        )


def _memory(repository: Repository) -> Path:
    return repository.common_dir / "memberarc" / "archive"


def _judge(chain: KeyChain, archive: Archive, *, content: bytes, pin: Pin | None) -> Pin:
    signature = archive.snapshot.read(KEY_LIST_SIGNATURE) or b""
    return chain.judge(content, pin=pin, signature=signature)


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
