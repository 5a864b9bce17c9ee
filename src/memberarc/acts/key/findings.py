"""What the doctor finds about keys: the policy in force, who could still open a level, epochs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from memberarc.acts.finding import Finding
from memberarc.acts.key.trust import believed_key_list, require_signed_policy
from memberarc.acts.opening import read_access
from memberarc.archive.layout import ACCESS_POLICY, KEY_LIST
from memberarc.errors import InvalidRecordError, KeyListError, PolicyError, UnsignedPolicyError
from memberarc.formats.sealed_text import SEALED_LEVELS
from memberarc.members.shelves import record_files
from memberarc.people.access import recipients_for_level, recovery_recipients
from memberarc.people.access_changes import unmeetable_rules
from memberarc.review.file_checks import FileChecks
from memberarc.sealing.keys.key_list import key_list_problems, retired_epochs

if TYPE_CHECKING:
    from collections.abc import Iterator

    from memberarc.acts.opening import Caller
    from memberarc.archive.opened import Archive
    from memberarc.people.access import Access

_GRANT: Final = "memberarc key grant PERSON --recipient age1..."
_RESTORE: Final = f"git log -- {ACCESS_POLICY} shows who removed or broke it; take that back"
_APPROVERS: Final = "memberarc key grant PERSON --role ROLE --signing-key FILE"
ENOUGH: Final = 2
"""So many recipients a level needs, for one of them loses an identity some day."""


def key_findings(archive: Archive, caller: Caller) -> Iterator[Finding]:
    """Judge the key list, the policy it names, and whether each level survives a lost identity."""
    try:
        key_list = believed_key_list(archive, caller)
    except KeyListError as err:
        yield Finding(subject="key list", verdict="fail", message=err.message, fix=err.hint)
        return
    yield Finding(subject="key list", verdict="ok", message=f"number {key_list.number}")
    try:
        require_signed_policy(archive.snapshot)
        yield Finding(subject="access policy", verdict="ok", message="the key list names it")
    except UnsignedPolicyError as err:
        yield Finding(
            subject="access policy", verdict="fail", message=err.message, fix="memberarc key sign"
        )
    for problem in key_list_problems(key_list, path=KEY_LIST):
        yield Finding(
            subject="level keys", verdict="warn", message=problem.message, fix=problem.hint
        )
    if retired_epochs(key_list):
        yield from _values_left_behind(archive)
    try:
        access = read_access(archive)
    except (InvalidRecordError, PolicyError) as err:
        yield Finding(subject="access policy", verdict="fail", message=err.message, fix=_RESTORE)
        return
    yield from (_recipients(access, level) for level in SEALED_LEVELS)
    for flaw in unmeetable_rules(access):
        yield Finding(subject="approvals", verdict="fail", message=flaw, fix=_APPROVERS)


def _values_left_behind(archive: Archive) -> Iterator[Finding]:
    """Find records with values under an epoch that was retired, by a merge or by a forger."""
    checks = FileChecks.of(archive)
    found = [
        problem
        for path, content in record_files(archive)
        for problem in checks.epochs(path, content)
    ]
    if found:
        yield Finding(
            subject="level keys",
            verdict="warn",
            message=f"records with values of a retired epoch: {len({one.path for one in found})},"
            f" first {found[0].path}",
            fix=found[0].hint,
        )


def _recipients(access: Access, level: str) -> Finding:
    recipients = recipients_for_level(access, level)
    recovery = len(recovery_recipients(access, level))
    fix = ""
    if not recovery:
        fix = f"{_GRANT} --role {_recovery_role(access, level)}"
    elif len(recipients) < ENOUGH:
        fix = f"{_GRANT} --role {_reading_role(access, level)}"
    return Finding(
        subject=f"level {level}",
        verdict="warn" if fix else "ok",
        message=f"recipients: {len(recipients)}, for recovery: {recovery}",
        fix=fix,
    )


def _recovery_role(access: Access, level: str) -> str:
    known = [role.id for role in access.roles if role.recovery and level in role.levels]
    return known[0] if known else f"recovery --recovery --levels {','.join(SEALED_LEVELS)}"


def _reading_role(access: Access, level: str) -> str:
    return next(role.id for role in access.roles if level in role.levels)
