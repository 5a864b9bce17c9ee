"""The commands ``hold place``, ``hold release`` and ``hold list``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from memberarc.cli.change_options import reason_for
from memberarc.cli.completion import complete_member
from memberarc.cli.options import HERE, Directory, DryRun
from memberarc.output.result import Column, Result, Table

if TYPE_CHECKING:
    from memberarc.acts.purge.holds import HoldChange
    from memberarc.disposal.holds import Hold
    from memberarc.output.result import JsonValue

_COLUMNS = ("id", "member", "since", "reason")


def place(
    member: Annotated[
        str, typer.Argument(metavar="ID", help="The member's code.", autocompletion=complete_member)
    ],
    *,
    reason: Annotated[str, reason_for("hold", needed=True)] = "",
    directory: Directory = HERE,
    dry_run: DryRun = False,
) -> Result:
    """Keep a member's record from being purged while a case is open.

    Example: memberarc hold place M2026-000001 --reason legal_proceedings
    """
    from memberarc.acts.purge.holds import place_hold
    from memberarc.cli.calling import caller_at

    change = place_hold(caller_at(directory), member, reason=reason, dry_run=dry_run)
    verb = "would hold" if dry_run else "holds"
    return _result("hold place", change, sentence=f"{verb} {change.code}: {change.hold.reason}")


def release(
    member: Annotated[
        str, typer.Argument(metavar="ID", help="The member's code.", autocompletion=complete_member)
    ],
    *,
    reason: Annotated[str, reason_for("release", needed=True)] = "",
    hold: Annotated[
        str, typer.Option("--hold", metavar="HOLD", help="Which one, where several hold.")
    ] = "",
    directory: Directory = HERE,
    dry_run: DryRun = False,
) -> Result:
    """Release a hold once its case is closed.

    Example: memberarc hold release M2026-000001 --reason case_closed
    """
    from memberarc.acts.purge.holds import release_hold
    from memberarc.cli.calling import caller_at

    change = release_hold(caller_at(directory), member, reason=reason, hold=hold, dry_run=dry_run)
    verb = "would release" if dry_run else "released"
    return _result("hold release", change, sentence=f"{verb} {change.code}: {change.hold.reason}")


def list_holds(*, directory: Directory = HERE) -> Result:
    """List the holds, the oldest first.

    Example: memberarc hold list
    """
    from memberarc.acts.purge.holds import holds_listed
    from memberarc.cli.calling import caller_at

    found = holds_listed(caller_at(directory))
    return Result(
        command="hold list",
        data=[{**_data(one.hold), "member": one.code or None} for one in found],
        table=Table(
            columns=tuple(Column(key=key, label=key) for key in _COLUMNS),
            rows=tuple(
                (one.hold.id, one.code or one.hold.member, one.hold.since, one.hold.reason)
                for one in found
            ),
        ),
        done=() if found else ("no member is held",),
    )


def _result(command: str, change: HoldChange, *, sentence: str) -> Result:
    told = f" (commit {change.commit[:7]})" if change.commit else ""
    return Result(
        command=command,
        wrote=True,
        data={**_data(change.hold), "member": change.code, "commit": change.commit},
        text="",
        done=(sentence + told,),
        next=("memberarc hold list",) if change.commit else (),
    )


def _data(hold: Hold) -> dict[str, JsonValue]:
    return {"id": hold.id, "uid": hold.member, "since": hold.since, "reason": hold.reason}
