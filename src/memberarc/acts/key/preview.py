"""Tell what a policy would change before it is put in force, without opening any key."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from memberarc.acts.key.chain import KeyChain
from memberarc.acts.key.trust import believed_key_list
from memberarc.archive.layout import ACCESS_POLICY
from memberarc.errors import ConflictError
from memberarc.people.access import read_policy
from memberarc.people.access_changes import access_changes, level_readers, powers
from memberarc.sealing.keys.key_list import policy_digest

if TYPE_CHECKING:
    from memberarc.acts.opening import Caller
    from memberarc.archive.opened import Archive
    from memberarc.people.access import Access
    from memberarc.people.access_changes import LevelReaders


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyChange:
    """A policy to put in force: what it means, and the digest by which it is meant and no other.

    ``empowers`` says whether somebody will read a level, or administer, by a key that did not.
    """

    digest: str
    before: Access
    after: Access
    changes: tuple[str, ...]
    readers: tuple[LevelReaders, ...]
    empowers: bool


def policy_change(archive: Archive, caller: Caller, *, policy: bytes) -> PolicyChange:
    """Compare a policy with the one in force."""
    before = KeyChain(archive).access_with(believed_key_list(archive, caller))
    after = read_policy(policy)
    return PolicyChange(
        digest=policy_digest(policy),
        before=before,
        after=after,
        changes=access_changes(before, after),
        readers=level_readers(before, after),
        empowers=bool({*powers(after)} - {*powers(before)}),
    )


def require_looked_at(policy: bytes, *, digest: str, hint: str) -> None:
    """Refuse a policy other than the one that was looked at.

    Raises:
        ConflictError: it has changed in between.
    """
    if policy_digest(policy) != digest:
        raise ConflictError(
            "the policy has changed since it was looked at", where=ACCESS_POLICY, hint=hint
        )
