"""The commands ``key grant``, ``key revoke``, ``key rotate`` and ``key sign``."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated

import typer

from memberarc.cli.options import HERE, Confirm, Directory, DryRun, Yes
from memberarc.cli.streams import Console
from memberarc.output.result import Result

Person = Annotated[str, typer.Argument(metavar="PERSON", help="An id of policy/access.yaml.")]


def grant(
    person: Person,
    *,
    role: Annotated[
        list[str] | None, typer.Option("--role", metavar="ROLE", help="May be given again.")
    ] = None,
    recipient: Annotated[
        list[str] | None,
        typer.Option("--recipient", metavar="R", help="age1... or ssh-...: what opens for them."),
    ] = None,
    signing_key: Annotated[
        list[str] | None,
        typer.Option("--signing-key", metavar="FILE|KEY", help="A public SSH key they sign with."),
    ] = None,
    levels: Annotated[
        str, typer.Option("--levels", metavar="L,L", help="What a new role reads.")
    ] = "",
    administrator: Annotated[
        bool, typer.Option("--administrator", help="A new role administers.")
    ] = False,
    recovery: Annotated[
        bool, typer.Option("--recovery", help="The identities of a new role lie in a safe.")
    ] = False,
    confirm: Confirm = None,
    directory: Directory = HERE,
    dry_run: DryRun = False,
) -> Result:
    """Let a person read or sign: one commit with policy, level keys and the next signed list.

    Example: memberarc key grant li --role office --levels internal --recipient age1... --confirm li

    The keys of earlier epochs are wrapped for the person, too: whoever reads a level reads all
    that was ever sealed at it. The person also needs the vault. A new reader or administrator is
    confirmed by the person's id.
    """
    from memberarc.acts.key.grant import GrantRequest, grant, grant_to_confirm
    from memberarc.cli.calling import caller_at
    from memberarc.cli.key_views import granted_result
    from memberarc.cli.prompts import confirm_by_id

    caller = caller_at(directory)
    request = GrantRequest(
        person=person,
        roles=tuple(role or ()),
        recipients=_without_comments(recipient),
        signing_keys=tuple(_public_key(text) for text in signing_key or ()),
        levels=_levels(levels),
        administrator=administrator,
        recovery=recovery,
        dry_run=dry_run,
    )
    if not dry_run:
        change = grant_to_confirm(caller, request)
        request = replace(request, digest=change.digest)
        if change.empowers:
            confirm_by_id("\n".join(change.changes), expected=person, given=confirm)
    return granted_result(grant(caller, request), request)


def revoke(
    person: Person,
    *,
    role: Annotated[
        list[str] | None,
        typer.Option("--role", metavar="ROLE", help="Take only this role; may be given again."),
    ] = None,
    recipient: Annotated[
        list[str] | None,
        typer.Option(
            "--recipient", metavar="R", help="Take only this recipient, such as a lost one."
        ),
    ] = None,
    confirm: Confirm = None,
    directory: Directory = HERE,
    dry_run: DryRun = False,
    console: Console,
) -> Result:
    """Keep a person from what is written from now on: new epochs, every value sealed again.

    Example: memberarc key revoke zhang --confirm zhang

    What the person could read before stays readable for ever wherever copies were kept; the answer
    says what that is.
    """
    from memberarc.acts.key.revoke import RevokeRequest, revocation_to_confirm, revoke
    from memberarc.cli.calling import caller_at
    from memberarc.cli.key_views import revoked_result
    from memberarc.cli.prompts import confirm_by_id
    from memberarc.people.access_changes import unmeetable_rules

    caller = caller_at(directory, console=console)
    request = RevokeRequest(
        person=person,
        roles=tuple(role or ()),
        recipients=_without_comments(recipient),
        dry_run=dry_run,
    )
    if not dry_run:
        change = revocation_to_confirm(caller, request)
        shown = (*change.changes, *unmeetable_rules(change.after))
        confirm_by_id("\n".join(shown), expected=person, given=confirm)
    return revoked_result(revoke(caller, request))


def rotate(
    levels: Annotated[
        list[str] | None, typer.Argument(metavar="[LEVEL]...", help="All levels if none is named.")
    ] = None,
    *,
    directory: Directory = HERE,
    dry_run: DryRun = False,
    console: Console,
) -> Result:
    """Make new keys for levels, and seal every value of theirs again, in one commit.

    Example: memberarc key rotate internal

    It also takes in level keys that a merge of two key lists has left out.
    """
    from memberarc.acts.key.rotate import rotate
    from memberarc.cli.calling import caller_at
    from memberarc.cli.key_views import commit_words, document_notices, epoch_words, extent_words

    rotated = rotate(caller_at(directory, console=console), tuple(levels or ()), dry_run=dry_run)
    epochs = epoch_words(rotated.new_epochs)
    extent = extent_words(rotated.extent)
    done = (
        f"rotated to {epochs}: values of {extent} sealed again ({commit_words(rotated.commit)})"
        if rotated.commit
        else f"would rotate to {epochs}, and seal values of {extent} again"
    )
    return Result(
        command="key rotate",
        wrote=True,
        data={
            "new_epochs": dict(rotated.new_epochs),
            "taken_in": list(rotated.taken_in),
            "members": rotated.extent.members,
            "documents": rotated.extent.documents,
            "saved_searches": rotated.extent.searches,
            "key_list": rotated.key_list,
            "commit": rotated.commit,
        },
        text="",
        done=(
            done,
            *(f"took in {file}" for file in rotated.taken_in),
            *document_notices(rotated.extent.documents),
        ),
    )


def sign(*, yes: Yes = False, directory: Directory = HERE, dry_run: DryRun = False) -> Result:
    """Put in force what was changed in policy/access.yaml by hand, committed or not.

    Example: memberarc key sign

    It shows who could read or sign more or less, and asks. A signature takes no key back: where
    readers were removed it refuses, and key revoke does it.
    """
    from memberarc.acts.key.sign import policy_to_sign, sign_policy
    from memberarc.cli.calling import caller_at
    from memberarc.cli.key_views import commit_words, readers_data, readers_table
    from memberarc.cli.prompts import confirm
    from memberarc.people.access_changes import lasting_rules, unmeetable_rules

    caller = caller_at(directory)
    policy = policy_to_sign(caller)
    if policy is None:
        return Result(
            command="key sign",
            data={"changes": [], "readers": [], "key_list": None, "commit": None},
            text="",
            done=("nothing to sign: the policy is the one the key list names",),
        )
    lasting = (
        *lasting_rules(policy.before, policy.after),
        *unmeetable_rules(policy.after),
    )
    if not dry_run:
        shown = "\n".join((*policy.changes, *lasting)) or "who reads and signs stays the same"
        confirm(f"{shown}\nPut this policy in force?", yes=yes)
    signed = sign_policy(caller, digest=policy.digest, dry_run=dry_run)
    done = (
        f"signed key list {signed.key_list} ({commit_words(signed.commit)})"
        if signed.commit
        else f"would sign key list {signed.key_list}"
    )
    return Result(
        command="key sign",
        wrote=bool(signed.commit),
        data={
            "changes": list(policy.changes),
            "readers": readers_data(policy.readers),
            "rewrapped": list(signed.rewrapped),
            "key_list": signed.key_list,
            "commit": signed.commit,
        },
        table=readers_table(policy.readers),
        done=(*policy.changes, done),
        notices=lasting,
    )


def _without_comments(recipients: list[str] | None) -> tuple[str, ...]:
    """Take recipients as they stand in a public file, less what follows an SSH key."""
    return tuple(" ".join(text.split()[:2]) for text in recipients or ())


def _public_key(text: str) -> str:
    """Take a public key as it is, or from the file of one."""
    from pathlib import Path

    from memberarc.people.ssh import PUBLIC_KEY, public_key_of

    key = " ".join(text.split()[:2])
    return key if PUBLIC_KEY.fullmatch(key) else public_key_of(Path(text).expanduser())


def _levels(text: str) -> tuple[str, ...]:
    from memberarc.errors import UsageError
    from memberarc.formats.sealed_text import SEALED_LEVELS

    levels = tuple(level.strip() for level in text.split(",") if level.strip())
    for level in levels:
        if level not in SEALED_LEVELS:
            raise UsageError(
                f"there is no level {level} to read", hint=f"one of: {', '.join(SEALED_LEVELS)}"
            )
    return levels
