"""The check of the key list with its signature, policy and level keys, without any key."""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING

from memberarc.archive.layout import (
    ACCESS_POLICY,
    KEY_LIST,
    KEY_LIST_SIGNATURE,
    PathKind,
    path_kind,
)
from memberarc.errors import (
    KeyListError,
    LevelKeyError,
    MemberarcError,
    Problem,
    SealingError,
    SignatureError,
    UnsignedKeyListError,
    UnsignedPolicyError,
)
from memberarc.people.access import read_policy, recipients_for_level
from memberarc.people.ssh import verify_anybody
from memberarc.sealing.age.header import read_stanzas, stanza_flaw
from memberarc.sealing.keys.key_list import AFTER_A_MERGE, parse_key_list, policy_digest
from memberarc.sealing.keys.key_pin import KEY_LIST_NAMESPACE

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from memberarc.sealing.keys.key_list import KeyEntry, KeyList


def key_problems(files: Mapping[str, bytes]) -> Iterator[Problem]:
    """Find keys that do not belong together.

    Whether the signer was an administrator when the list was made, history tells: whoever opens a
    key asks it.

    Args:
        files: everything that stands in ``keys/``, and the access policy, by path.
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
        if flaw := key_file_flaw(entry, content=files.get(entry.file)):
            yield _key_problem(entry, flaw, hint=AFTER_A_MERGE)
    yield from _policy_problems(key_list, policy=files.get(ACCESS_POLICY, b""))
    yield from _unlisted(key_list, files)


def key_file_flaw(entry: KeyEntry, *, content: bytes | None) -> str:
    """Say what is wrong with the file of a level key; nothing, if it is as the list says."""
    if content is None:
        return f"{entry.file} is listed but not there"
    if sha256(content).hexdigest() != entry.sha256:
        return f"{entry.file} is not the file that is listed"
    try:
        found = read_stanzas(content, where=entry.file)
    except SealingError as err:
        return f"{entry.file}: {err.message}"
    flaw = stanza_flaw(found, recipients=[one.recipient for one in entry.recipients])
    return f"{entry.file} is not encrypted as listed: {flaw}" if flaw else ""


def _policy_problems(key_list: KeyList, *, policy: bytes) -> Iterator[Problem]:
    if policy_digest(policy) != key_list.access:
        yield Problem(
            path=ACCESS_POLICY,
            rule=UnsignedPolicyError.code,
            message=f"this is not the policy that key list {key_list.number} names",
            hint=f"memberarc key sign shows what changed, and signs it; {AFTER_A_MERGE}",
        )
        return
    try:
        access = read_policy(policy)
    except MemberarcError:
        return  # told with the file itself
    for entry in key_list.keys:
        wanted = {(one.person, one.recipient) for one in recipients_for_level(access, entry.level)}
        if wanted != {(one.person, one.recipient) for one in entry.recipients}:
            yield _key_problem(
                entry,
                f"{entry.file} is listed for other recipients than the policy names",
                hint=f"memberarc key rotate {entry.level}",
            )


def _unlisted(key_list: KeyList, files: Mapping[str, bytes]) -> Iterator[Problem]:
    listed = {entry.file for entry in key_list.keys}
    for path in sorted(files.keys() - listed):
        if path_kind(path) is PathKind.LEVEL_KEY:
            level = path.removeprefix("keys/").partition(".")[0]
            yield Problem(
                path=path,
                rule="unlisted-key",
                message="no key list here names this level key: the list of a branch was given up",
                hint=f"memberarc key rotate {level} takes it in, or git rm {path}",
            )


def _key_problem(entry: KeyEntry, message: str, *, hint: str = "") -> Problem:
    return Problem(
        path=KEY_LIST,
        pointer=f"keys[{entry.id}]",
        rule=LevelKeyError.code,
        message=message,
        hint=hint,
    )


def _signature_flaw(content: bytes, *, signature: bytes | None) -> str:
    if signature is None:
        return "the key list has no signature"
    try:
        verify_anybody(content, signature=signature, namespace=KEY_LIST_NAMESPACE)
    except SignatureError as err:
        return f"the signature is not of this key list: {err.message}"
    return ""
