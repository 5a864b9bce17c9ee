"""The commands ``purge`` and ``purge resume``."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final, TypeAlias

import typer

from memberarc.cli.change_options import reason_for
from memberarc.cli.completion import complete_member
from memberarc.cli.options import HERE, Confirm, Directory, DryRun
from memberarc.output.result import Result, local_time

if TYPE_CHECKING:
    from collections.abc import Sequence

    from memberarc.acts.purge.decisions import PurgeStatus
    from memberarc.acts.purge.purge_members import Purged, PurgedMember, ScanChoice
    from memberarc.output.result import JsonValue

_NAMED: Final = 20


def _following(ctx: typer.Context, incomplete: str) -> list[tuple[str, str]]:
    """Offer codes, and the words that may stand in the place of one."""
    from memberarc.cli.command_table import COMMANDS

    entry = next(entry for entry in COMMANDS if entry.name == "purge")
    words = [(one.name, one.help) for one in entry.commands if one.name.startswith(incomplete)]
    return words + [(code, "") for code in complete_member(ctx, incomplete)]


Copies: TypeAlias = Annotated[
    list[Path] | None,
    typer.Option(
        "--copy", metavar="PATH", help="Another clone, mirror or bundle to be tried, too."
    ),
]
Full: TypeAlias = Annotated[
    bool | None,
    typer.Option("--full/--quick", help="Look at every object, or at what may hold a value."),
]
AcceptUnreadable: TypeAlias = Annotated[
    bool,
    typer.Option(
        "--accept-unreadable", help="Go on past versions that cannot be opened, and name them."
    ),
]


def purge(
    members: Annotated[
        list[str] | None,
        typer.Argument(metavar="[ID]...", help="The members' codes.", autocompletion=_following),
    ] = None,
    *,
    reason: Annotated[str, reason_for("purge", needed=True)] = "",
    source: Annotated[
        Path | None,
        typer.Option("--from", metavar="FILE", help="Take the codes from a file, one a line."),
    ] = None,
    copies: Copies = None,
    full: Full = None,
    accept_unreadable: AcceptUnreadable = False,
    confirm: Confirm = None,
    directory: Directory = HERE,
    dry_run: DryRun = False,
) -> Result:
    """Make members unreadable in every version of every copy, for ever.

    Example: memberarc purge M2026-000001 --reason member_request --confirm M2026-000001

    The members' shares are destroyed in the vault; git history stays whole. It stops before that if
    a value of a member stands in clear anywhere, if a member is held, or if others must approve
    first. Several members are purged together or not at all, and confirmed by their number.
    """
    from memberarc.acts.purge.purge_members import PurgeRequest, purge_members
    from memberarc.cli.calling import caller_at

    codes = _codes(members or (), source)
    purged = purge_members(
        caller_at(directory),
        PurgeRequest(
            members=codes,
            reason=reason,
            copies=tuple(copies or ()),
            scan=_scan(full),
            dry_run=dry_run,
            accept_unreadable=accept_unreadable,
        ),
        confirm=lambda described: _ask(described, codes=codes, given=confirm),
    )
    return _result("purge", purged)


def _ask(described: Sequence[str], *, codes: Sequence[str], given: str | None) -> None:
    from memberarc.cli.prompts import confirm_by_id
    from memberarc.cli.views import counted

    last_words = "will be unreadable in every copy, for ever; nothing brings it back"
    if len(codes) == 1:
        confirm_by_id(f"{described[0]} {last_words}", expected=codes[0], given=given)
        return
    listed = [
        *described[:_NAMED],
        *([f"and {more} more"] if (more := len(described) - _NAMED) > 0 else []),
    ]
    members = counted(len(codes), "member")
    confirm_by_id(
        "\n".join([*listed, f"{members} {last_words}"]), expected=str(len(codes)), given=given
    )


def resume(
    members: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[ID]...",
            help="Codes; without any, all that can go on.",
            autocompletion=complete_member,
        ),
    ] = None,
    *,
    copies: Copies = None,
    full: Full = None,
    accept_unreadable: AcceptUnreadable = False,
    directory: Directory = HERE,
    dry_run: DryRun = False,
) -> Result:
    """Go on with purges that were interrupted or had to wait.

    Example: memberarc purge resume M2026-000001

    It signs no approval: what still lacks one or cools off is left alone.
    """
    from memberarc.acts.purge.decisions import purge_status
    from memberarc.acts.purge.purge_members import PurgeRequest, resume_purges
    from memberarc.cli.calling import caller_at

    caller = caller_at(directory)
    purged = resume_purges(
        caller,
        PurgeRequest(
            members=tuple(members or ()),
            copies=tuple(copies or ()),
            scan=_scan(full),
            dry_run=dry_run,
            accept_unreadable=accept_unreadable,
        ),
    )
    if purged is None:
        waiting = tuple(map(_waiting, purge_status(caller)))
        return Result(
            command="purge resume",
            wrote=True,
            data={"members": [], "commit": None},
            text="",
            done=("no purge can go on", *waiting) if waiting else ("no purge is under way",),
            next=("memberarc purge status",) if waiting else (),
        )
    return _result("purge resume", purged)


def _waiting(one: PurgeStatus) -> str:
    if one.missing:
        return f"{one.code} lacks {one.missing} of its approvals"
    if one.state == "cooling_off":
        return f"{one.code} cools off until {local_time(datetime.fromisoformat(one.not_before))}"
    return f"{one.code} is {one.state}; this clone has not heard of it: git pull"


def _codes(members: list[str] | tuple[str, ...], source: Path | None) -> tuple[str, ...]:
    from memberarc.errors import FileError, UsageError

    codes = [*members]
    if source is not None:
        try:
            lines = source.read_text(encoding="utf-8").splitlines()
        except (OSError, UnicodeDecodeError) as err:
            raise FileError("the list of codes cannot be read", where=str(source)) from err
        codes += (line.strip() for line in lines if line.strip())
    if not codes:
        raise UsageError("nobody is named", hint="memberarc purge ID --reason CODE")
    return tuple(dict.fromkeys(code.upper() for code in codes))


def _scan(full: bool | None) -> ScanChoice:  # noqa: FBT001 - as typer gives it
    return "" if full is None else "full" if full else "quick"


def _result(command: str, purged: Purged) -> Result:
    codes = ", ".join(one.code for one in purged.members)
    quick = (
        (
            "a quick scan: it left out "
            + ", ".join(purged.left_out).replace("_", " ")
            + "; --full looks at everything",
        )
        if purged.left_out
        else ()
    )
    done = any(one.trial for one in purged.members)
    return Result(
        command=command,
        wrote=True,
        data={
            "members": [_member_data(one) for one in purged.members],
            "scan": purged.scan,
            "left_out": list(purged.left_out),
            "second_scan": purged.second_scan,
            "replicas": list(purged.replicas),
            "commit": purged.commit,
        },
        text="",
        done=tuple(line for one in purged.members for line in _sentences(one, purged)),
        notices=(
            *quick,
            *(
                f"a replica of the vault is away, and the purge would wait for it: {place}"
                for place in (() if done else purged.away)
            ),
            *(
                f"a value of {codes} also stands in the organisation's own file: {place}"
                for place in purged.elsewhere
            ),
            *(
                f"left in the store, as it is no document or cannot be deleted: {place}"
                for place in purged.left_in_store
            ),
        ),
        next=("memberarc verify",) if done else (),
    )


def _sentences(member: PurgedMember, purged: Purged) -> tuple[str, ...]:
    from memberarc.cli.views import counted

    trial = member.trial
    if trial is None:
        return (
            (
                f"would purge {member.code}: {counted(member.versions, 'version')}, no value of"
                f" it in clear in {counted(purged.objects, 'object')}"
            ),
        )
    return (
        f"purged {member.code}: share destroyed in {counted(len(purged.replicas), 'replica')}",
        (
            f"tried {trial.values} values in {trial.versions} versions and {trial.documents}"
            f" documents: {trial.opened} opened"
        ),
        f"certificate: {member.certificate}",
    )


def _member_data(member: PurgedMember) -> dict[str, JsonValue]:
    trial = member.trial
    return {
        "id": member.code,
        "uid": member.uid,
        "certificate": member.certificate if trial else None,
        "versions": member.versions,
        "trial": None
        if trial is None
        else {
            "versions": trial.versions,
            "values": trial.values,
            "documents": trial.documents,
            "opened": trial.opened,
            "objects_scanned": trial.objects_scanned,
            "copies": list(trial.copies),
        },
    }
