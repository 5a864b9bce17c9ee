"""The command ``purge``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from memberarc.cli.options import HERE, Confirm, Directory, DryRun
from memberarc.output.result import Result

if TYPE_CHECKING:
    from memberarc.acts.purge_member import Purged
    from memberarc.output.result import JsonValue


def purge(
    member: Annotated[str, typer.Argument(metavar="ID", help="The member's code.")],
    *,
    reason: Annotated[
        str, typer.Option("--reason", metavar="CODE", help="A code of policy/reasons.yaml.")
    ],
    copies: Annotated[
        list[Path] | None,
        typer.Option("--copy", metavar="DIR", help="Another clone the trial shall try, too."),
    ] = None,
    accept_unreadable: Annotated[
        bool,
        typer.Option(
            "--accept-unreadable", help="Go on past versions that cannot be opened, and name them."
        ),
    ] = False,
    confirm: Confirm = None,
    directory: Directory = HERE,
    dry_run: DryRun = False,
) -> Result:
    """Make a member unreadable in every version of every copy, for ever.

    Example: memberarc purge M2026-000001 --reason member_request --confirm M2026-000001

    The member's share is destroyed in the vault; git history stays whole. It stops before that if
    a value of the member stands in clear anywhere. Interrupted, the same command goes on.
    """
    from memberarc.acts.purge_member import PurgeRequest, purge_member
    from memberarc.cli.calling import caller_at
    from memberarc.cli.prompts import confirm_by_id

    if not dry_run:
        confirm_by_id(
            f"{member} will be unreadable in every copy, for ever; nothing brings it back",
            expected=member,
            given=confirm,
        )
    purged = purge_member(
        caller_at(directory),
        PurgeRequest(
            member=member,
            reason=reason,
            copies=tuple(copies or ()),
            dry_run=dry_run,
            accept_unreadable=accept_unreadable,
        ),
    )
    return Result(
        command="purge",
        wrote=True,
        data={
            "id": purged.code,
            "uid": purged.uid,
            "certificate": purged.certificate if purged.trial else None,
            "versions": purged.versions,
            "trial": _trial_data(purged),
            "replicas": list(purged.replicas),
            "commit": purged.commit,
        },
        text="",
        done=_sentences(purged),
        notices=tuple(
            f"a value of {purged.code} also stands in the organisation's own file: {place}"
            for place in purged.elsewhere
        ),
        next=("memberarc verify",) if purged.trial else (),
    )


def _sentences(purged: Purged) -> tuple[str, ...]:
    from memberarc.cli.views import counted

    trial = purged.trial
    if trial is None:
        return (
            (
                f"would purge {purged.code}: {counted(purged.versions, 'version')}, no value of"
                f" it in clear in {counted(purged.objects, 'object')}"
            ),
        )
    return (
        f"purged {purged.code}: share destroyed in {counted(len(purged.replicas), 'replica')}",
        (
            f"tried {trial.values} values in {trial.versions} versions and {trial.documents}"
            f" documents: {trial.opened} opened"
        ),
        f"certificate: {purged.certificate}",
    )


def _trial_data(purged: Purged) -> dict[str, JsonValue] | None:
    trial = purged.trial
    if trial is None:
        return None
    return {
        "versions": trial.versions,
        "values": trial.values,
        "documents": trial.documents,
        "opened": trial.opened,
        "objects_scanned": trial.objects_scanned,
        "copies": list(trial.copies),
        "second_scan": purged.second_scan,
    }
