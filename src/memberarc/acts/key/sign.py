"""Put in force what a person changed in the access policy by hand, after it was looked at."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from memberarc.acts.key.preview import policy_change, require_looked_at
from memberarc.acts.key.renewal import Wish, commit_renewal
from memberarc.acts.key.trust import believed_key_list
from memberarc.acts.opening import read_policy_text
from memberarc.archive.layout import ACCESS_POLICY
from memberarc.archive.opened import open_archive
from memberarc.archive.uncommitted import read_work_tree_file
from memberarc.errors import PolicyError
from memberarc.people.access_changes import lost_recipients, removal_hint
from memberarc.sealing.keys.key_list import policy_digest

if TYPE_CHECKING:
    from memberarc.acts.key.preview import PolicyChange
    from memberarc.acts.opening import Caller
    from memberarc.archive.opened import Archive
    from memberarc.people.access import Access


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicySigned:
    """The list that names the policy now; ``commit`` is None after a dry run."""

    key_list: int
    rewrapped: tuple[str, ...]
    commit: str | None


def policy_to_sign(caller: Caller) -> PolicyChange | None:
    """Tell what would be put in force; None when the policy in force is what stands there.

    Raises:
        PolicyError: readers were removed, which takes new keys.
    """
    archive = open_archive(caller.directory)
    key_list = believed_key_list(archive, caller)
    policy = _edited(archive)[0]
    if policy_digest(policy) == key_list.access:
        return None
    change = policy_change(archive, caller, policy=policy)
    _refuse_lost_readers(change.before, change.after)
    return change


def sign_policy(caller: Caller, *, digest: str, dry_run: bool = False) -> PolicySigned:
    """Sign a list that names the policy, and wrap the level keys for readers it adds.

    Args:
        digest: that of the policy which was looked at.

    Raises:
        ConflictError: another policy stands there by now.
    """
    archive = open_archive(caller.directory)
    policy, adopt = _edited(archive)

    def wish(current: Archive) -> Wish:
        wanted = policy if adopt else read_policy_text(current)
        require_looked_at(wanted, digest=digest, hint="memberarc key sign shows it again")
        return Wish(act="key-sign", subject="sign the access policy", policy=wanted)

    renewal, commit = commit_renewal(
        archive, caller, wish, adopt=adopt, signs_policy=True, dry_run=dry_run
    )
    assert renewal is not None  # a wish is always made here
    return PolicySigned(
        key_list=renewal.key_list.number, rewrapped=renewal.rewrapped, commit=commit
    )


def _edited(archive: Archive) -> tuple[bytes, dict[str, bytes]]:
    """Read the policy as it lies in the work tree, and the edit to adopt if it is not committed."""
    committed = read_policy_text(archive)
    repository = archive.repository
    lying = repository.work_tree and read_work_tree_file(repository, ACCESS_POLICY)
    if not lying or lying == committed:
        return committed, {}
    return lying.replace(b"\r\n", b"\n"), {ACCESS_POLICY: lying}


def _refuse_lost_readers(before: Access, after: Access) -> None:
    lost = lost_recipients(before, after)
    if not lost:
        return
    people = sorted({person for gone in lost.values() for person in gone})
    raise PolicyError(
        f"{', '.join(people)} would lose {', '.join(lost)}: a signature alone takes no key back",
        where=ACCESS_POLICY,
        hint=f"put that back by hand, then {removal_hint(before, after, people[0])}",
    )
