"""The list of an archive's level keys: which there are, which are current, who can open them.

Source: format.md, section 6.
"""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

from memberarc.errors import KeyListError, Problem, UnsignedPolicyError
from memberarc.formats.canonical_yaml import read_canonical, write_yaml
from memberarc.formats.sealed_text import SEALED_LEVELS

if TYPE_CHECKING:
    from memberarc.formats.canonical_yaml import Node
    from memberarc.sealing.keys.level_keys import LevelKey

KEY_LIST_FORMAT: Final = "keys/1"
CURRENT: Final = "current"
RETIRED: Final = "retired"
AFTER_A_MERGE: Final = (
    "after a merge: git checkout HEAD^1 -- keys policy/access.yaml, commit, memberarc key rotate"
)
"""What puts together again what belongs to one list, when git has mixed two branches."""

_COMMITMENT: Final = re.compile(r"[0-9a-f]{32}")
_FILE: Final = re.compile(r"keys/[a-z]+\.[1-9][0-9]*\.[0-9a-f]{8}\.age")
_DIGEST: Final = re.compile(r"sha256:[0-9a-f]{64}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipient:
    """One age or SSH recipient a level key is wrapped to, and whose it is."""

    id: str
    person: str
    recipient: str


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyEntry:
    """One level key; ``state`` is ``current``, or ``retired`` when it only opens older values."""

    id: str
    level: str
    epoch: int
    state: str
    commitment: str
    file: str
    sha256: str
    recipients: tuple[Recipient, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyList:
    """One version of the list; ``previous`` is the digest of the one before, empty in the first.

    ``access`` is the digest of the access policy that is in force with this list: its
    administrators sign the next one.
    """

    archive: str
    number: int
    access: str
    keys: tuple[KeyEntry, ...]
    previous: str = ""

    def current_epochs(self) -> dict[str, int]:
        """Return the epoch under which each level is sealed now."""
        epochs: dict[str, int] = {}
        for entry in self.keys:
            if entry.state == CURRENT:
                epochs[entry.level] = max(entry.epoch, epochs.get(entry.level, 0))
        return epochs


def list_key(
    key: LevelKey, *, entry_id: str, content: bytes, recipients: tuple[Recipient, ...]
) -> KeyEntry:
    """Make the entry of a new level key; ``content`` is its age file."""
    return KeyEntry(
        id=entry_id,
        level=key.level,
        epoch=key.epoch,
        state=CURRENT,
        commitment=key.commitment,
        file=key.path,
        sha256=hashlib.sha256(content).hexdigest(),
        recipients=recipients,
    )


def wrapped_anew(entry: KeyEntry, *, content: bytes, recipients: tuple[Recipient, ...]) -> KeyEntry:
    """Make the entry of a key that was wrapped again, for others; ``content`` is its age file."""
    return replace(entry, sha256=hashlib.sha256(content).hexdigest(), recipients=recipients)


def list_digest(content: bytes) -> str:
    """Return the digest by which a list is pinned and by which the next one names it."""
    return hashlib.sha256(content).hexdigest()


def policy_digest(content: bytes) -> str:
    """Return the digest by which a list names the access policy that is in force with it."""
    return f"sha256:{hashlib.sha256(content).hexdigest()}"


def require_named_policy(key_list: KeyList, *, policy: bytes, path: str) -> None:
    """Refuse an access policy that is not the one a list names.

    Raises:
        UnsignedPolicyError: it is another.
    """
    if policy_digest(policy) != key_list.access:
        raise UnsignedPolicyError(
            f"the access policy is not the one that key list {key_list.number} names",
            where=path,
            hint=f"memberarc key sign shows what changed, and signs it; {AFTER_A_MERGE}",
        )


def next_key_list(
    before: KeyList, *, content: bytes, keys: tuple[KeyEntry, ...], access: str = ""
) -> KeyList:
    """Make the list that follows; ``content`` is the file of the one before.

    Args:
        access: the digest of the policy in force from now on; empty when it stays the same.
    """
    return replace(
        before,
        number=before.number + 1,
        previous=f"sha256:{list_digest(content)}",
        access=access or before.access,
        keys=keys,
    )


def parse_key_list(content: bytes, *, path: str) -> KeyList:
    """Read a key list.

    Only the bytes the tool itself would write are taken: a signed file has one spelling.

    Raises:
        KeyListError: the file is anything else.
    """
    try:
        document: Any = read_canonical(content)
        key_list = KeyList(
            archive=document["archive"],
            number=document["number"],
            previous=document.get("previous", ""),
            access=document["access"],
            keys=tuple(_entry(entry) for entry in document["keys"]),
        )
        if write_key_list(key_list) == content:
            return key_list
    except (ValueError, KeyError, TypeError, AttributeError) as err:
        raise KeyListError(f"not a key list: {err}", where=path) from err
    raise KeyListError("not the bytes of a key list as memberarc writes it", where=path)


def write_key_list(key_list: KeyList) -> bytes:
    """Write the canonical bytes of a key list.

    Raises:
        ValueError: a field has no place in a key list.
    """
    if type(key_list.number) is not int or key_list.number < 1:
        raise ValueError("number is not a number from 1")
    if not _DIGEST.fullmatch(key_list.access):
        raise ValueError("access is not the digest of a policy")
    document: dict[str, Node] = {
        "format": KEY_LIST_FORMAT,
        "archive": key_list.archive,
        "number": key_list.number,
    }
    if key_list.previous:
        document["previous"] = key_list.previous
    document["access"] = key_list.access
    document["keys"] = [_entry_node(entry) for entry in key_list.keys]
    return write_yaml(document)


def known_epochs(key_list: KeyList) -> dict[str, tuple[int, ...]]:
    """Return the epochs of each level that a sealed value may name."""
    epochs: dict[str, set[int]] = {}
    for entry in key_list.keys:
        epochs.setdefault(entry.level, set()).add(entry.epoch)
    return {level: tuple(sorted(numbers)) for level, numbers in epochs.items()}


def retired_epochs(key_list: KeyList) -> dict[str, tuple[int, ...]]:
    """Return the epochs of each level that no value should be of any more.

    Of an epoch that two branches made, one key may be retired and the other current: then it is
    not. A level without any current key, which is told of the list, has none.
    """
    sealing = {(entry.level, entry.epoch) for entry in key_list.keys if entry.state == CURRENT}
    levels = {level for level, _ in sealing}
    return {
        level: retired
        for level, epochs in known_epochs(key_list).items()
        if level in levels
        and (retired := tuple(one for one in epochs if (level, one) not in sealing))
    }


def key_list_problems(key_list: KeyList, *, path: str) -> list[Problem]:
    """Report what a list should not stay like: doubled epochs, a level without a current key."""
    made = Counter((entry.level, entry.epoch) for entry in key_list.keys)
    current = {(entry.level, entry.epoch) for entry in key_list.keys if entry.state == CURRENT}
    currents = Counter(level for level, _ in current)
    flaws = [
        ("doubled-epoch", f"{level} has {count} keys of epoch {epoch}, made on two branches")
        for (level, epoch), count in made.items()
        if count > 1 and (level, epoch) in current
    ]
    flaws += [
        ("current-epoch", f"{level} has {currents[level]} current epochs instead of one")
        for level in dict.fromkeys(level for level, _ in made)
        if currents[level] != 1
    ]
    return [
        Problem(
            path=path,
            rule=rule,
            message=message,
            hint=f"memberarc key rotate {message.partition(' ')[0]}",
        )
        for rule, message in flaws
    ]


def _entry(entry: Any) -> KeyEntry:
    return KeyEntry(
        id=entry["id"],
        level=entry["level"],
        epoch=entry["epoch"],
        state=entry["state"],
        commitment=entry["commit"],
        file=entry["file"],
        sha256=entry["sha256"],
        recipients=tuple(
            Recipient(id=one["id"], person=one["person"], recipient=one["recipient"])
            for one in entry["recipients"]
        ),
    )


def _entry_node(entry: KeyEntry) -> Node:
    if entry.level not in SEALED_LEVELS or entry.state not in (CURRENT, RETIRED):
        raise ValueError(f"unknown level or state in key {entry.id}")
    if type(entry.epoch) is not int or entry.epoch < 1:
        raise ValueError(f"the epoch of key {entry.id} is not a number from 1")
    if not _COMMITMENT.fullmatch(entry.commitment) or not _FILE.fullmatch(entry.file):
        raise ValueError(f"commitment or file of key {entry.id} has another form")
    return {
        "id": entry.id,
        "level": entry.level,
        "epoch": entry.epoch,
        "state": entry.state,
        "commit": entry.commitment,
        "file": entry.file,
        "sha256": entry.sha256,
        "recipients": [
            {"id": one.id, "person": one.person, "recipient": one.recipient}
            for one in entry.recipients
        ],
    }
