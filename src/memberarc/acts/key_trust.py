"""Which key list to believe: each signed by an administrator of the day before it (format.md, 6).

Whoever may push could add himself to the access policy and sign a list of his own. So a list is
judged under the policy of its parent commit, link by link from the list this user pinned last.
"""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING

from memberarc.archive.history import walk_history
from memberarc.archive.layout import ACCESS_POLICY, KEY_LIST, KEY_LIST_SIGNATURE
from memberarc.archive.snapshot import open_snapshot
from memberarc.errors import KeyListError
from memberarc.formats.yaml_file import load_yaml
from memberarc.people.access import administrators, allowed_signers, parse_access
from memberarc.sealing.key_list import parse_key_list
from memberarc.sealing.key_pin import accept_key_list, read_pin, write_pin

if TYPE_CHECKING:
    from memberarc.acts.opening import Caller
    from memberarc.archive.opened import Archive
    from memberarc.archive.snapshot import Snapshot
    from memberarc.people.ssh import AllowedSigner
    from memberarc.sealing.key_list import KeyList
    from memberarc.sealing.key_pin import Pin


def accepted_key_list(archive: Archive, caller: Caller) -> KeyList:
    """Believe the archive's key list, or refuse it, and pin what was believed.

    Raises:
        KeyListError: unsigned, older than one seen before, or of a history without that one.
    """
    content = archive.snapshot.read(KEY_LIST)
    if content is None:
        raise KeyListError("the archive has no key list", where=KEY_LIST)
    place = caller.user.key_pin(archive.manifest.archive)
    pin = read_pin(place)
    if pin is not None and pin.sha256 == sha256(content).hexdigest():
        return parse_key_list(content, path=KEY_LIST)
    if pin is not None and parse_key_list(content, path=KEY_LIST).number <= pin.number:
        # Refused for its number alone, whatever its history says.
        _accept(archive, archive.snapshot, signers=(), pin=pin)
    for commit, parent in _commits_since(archive, pin=pin):
        listed = open_snapshot(archive.repository, commit)
        policy = open_snapshot(archive.repository, parent) if parent else listed
        pin = _accept(archive, listed, signers=_administrators(policy), pin=pin)
    if pin is None or pin.sha256 != sha256(content).hexdigest():
        raise KeyListError("the key list is not the one its history ends with", where=KEY_LIST)
    write_pin(place, pin=pin)
    return parse_key_list(content, path=KEY_LIST)


def _commits_since(archive: Archive, *, pin: Pin | None) -> list[tuple[str, str | None]]:
    """List the commits that changed the list after the pinned one, oldest first, with parents.

    The founder's list has no parent: it is believed on first use, which is when it gets pinned.
    """
    revision = archive.snapshot.commit or "HEAD"
    found: list[tuple[str, str | None]] = []
    for entry in walk_history(archive.repository, revisions=(revision,), paths=(KEY_LIST,)):
        content = open_snapshot(archive.repository, entry.commit).read(KEY_LIST)
        if content is None:
            continue
        if pin is not None and sha256(content).hexdigest() == pin.sha256:
            return found[::-1]
        earlier = open_snapshot(archive.repository, entry.parents[0]) if entry.parents else None
        has_earlier = earlier is not None and earlier.blob_of(KEY_LIST) is not None
        found.append((entry.commit, entry.parents[0] if has_earlier else None))
    if pin is not None:
        raise KeyListError(
            f"this history does not hold key list {pin.number}, which was seen before",
            where=KEY_LIST,
            hint="fetch the newest commits; if it stays, ask an administrator",
        )
    return found[::-1]


def _accept(
    archive: Archive,
    listed: Snapshot,
    *,
    signers: tuple[AllowedSigner, ...],
    pin: Pin | None,
) -> Pin:
    accepted = accept_key_list(
        listed.read(KEY_LIST) or b"",
        path=KEY_LIST,
        archive=archive.manifest.archive,
        signature=listed.read(KEY_LIST_SIGNATURE),
        signers=signers,
        pin=pin,
    )
    return accepted.pin


def _administrators(policy: Snapshot) -> tuple[AllowedSigner, ...]:
    content = policy.read(ACCESS_POLICY)
    if content is None:
        raise KeyListError("no access policy stands before this key list", where=ACCESS_POLICY)
    document = load_yaml(content, path=ACCESS_POLICY, comments="keep")
    return allowed_signers(administrators(parse_access(document, path=ACCESS_POLICY)))
