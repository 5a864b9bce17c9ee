"""The commands ``purge status``, ``purge approve`` and ``purge cancel``."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import typer

from memberarc.cli.change_options import reason_for
from memberarc.cli.completion import complete_member
from memberarc.cli.options import HERE, Directory, DryRun
from memberarc.output.result import Column, Result, Table, local_time

if TYPE_CHECKING:
    from collections.abc import Sequence

    from memberarc.acts.purge.decisions import PurgeStatus
    from memberarc.output.result import JsonValue

_COLUMNS = ("id", "state", "since", "asked_by", "approved_by", "missing", "not_before")


def status(
    members: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[ID]...",
            help="Codes; without any, all that are under way.",
            autocompletion=complete_member,
        ),
    ] = None,
    *,
    directory: Directory = HERE,
) -> Result:
    """Tell how far purges have come, and what they wait for.

    Example: memberarc purge status
    """
    from memberarc.acts.purge.decisions import purge_status
    from memberarc.cli.calling import caller_at

    found = purge_status(caller_at(directory), members=tuple(members or ()))
    return Result(
        command="purge status",
        data=[_data(one) for one in found],
        table=_table(found),
        notices=tuple(sentence for one in found for sentence in _waiting(one)),
        done=() if found else ("no purge under way",),
    )


def approve(
    members: Annotated[
        list[str],
        typer.Argument(metavar="ID...", help="The members' codes.", autocompletion=complete_member),
    ],
    *,
    directory: Directory = HERE,
    dry_run: DryRun = False,
) -> Result:
    """Sign that members shall be purged, beside whoever asked for it.

    Example: memberarc purge approve M2026-000001
    """
    from memberarc.acts.purge.decisions import approve_purges
    from memberarc.cli.calling import caller_at

    found = approve_purges(caller_at(directory), members=tuple(members), dry_run=dry_run)
    ready = [one.code for one in found if not one.missing and one.state != "cooling_off"]
    cools_off = [one.code for one in found if one.state == "cooling_off"]
    following = (
        *((f"memberarc purge resume {' '.join(ready)}",) if ready else ()),
        *((f"memberarc purge status {' '.join(cools_off)}",) if cools_off else ()),
    )
    return Result(
        command="purge approve",
        wrote=True,
        data=[_data(one) for one in found],
        text="",
        done=tuple(
            f"{_verb(one, dry_run=dry_run)} the purge of {one.code},"
            f" request {one.request}, reason {one.reason}"
            for one in found
        ),
        notices=(
            *(
                f"{one.code}: this clone's policy is another than the request's: git pull first"
                for one in found
                if one.other_policy
            ),
            *(sentence for one in found for sentence in _waiting(one)),
        ),
        next=() if dry_run else following,
    )


def _verb(one: PurgeStatus, *, dry_run: bool) -> str:
    if one.unchanged:
        return "nothing changed, as you have already approved"
    return "would approve" if dry_run else "approved"


def cancel(
    members: Annotated[
        list[str],
        typer.Argument(metavar="ID...", help="The members' codes.", autocompletion=complete_member),
    ],
    *,
    reason: Annotated[str, reason_for("cancel_purge", needed=True)] = "",
    directory: Directory = HERE,
    dry_run: DryRun = False,
) -> Result:
    """Take purges back; once the fence of one stands, nothing does.

    Example: memberarc purge cancel M2026-000001 --reason request_withdrawn
    """
    from memberarc.acts.purge.decisions import cancel_purges
    from memberarc.cli.calling import caller_at

    cancelled = cancel_purges(
        caller_at(directory), members=tuple(members), reason=reason, dry_run=dry_run
    )
    verb = "would cancel" if dry_run else "cancelled"
    return Result(
        command="purge cancel",
        wrote=True,
        data={"members": list(cancelled), "reason": reason},
        text="",
        done=tuple(f"{verb} the purge of {code}" for code in cancelled),
    )


def _table(found: Sequence[PurgeStatus]) -> Table:
    return Table(
        columns=tuple(Column(key=key, label=key.replace("_", " ")) for key in _COLUMNS),
        rows=tuple(
            (
                one.code,
                one.state,
                datetime.fromisoformat(one.times[one.state]),
                one.asked_by,
                ", ".join(one.approved_by),
                one.missing,
                datetime.fromisoformat(one.not_before) if one.not_before else "",
            )
            for one in found
        ),
    )


def _waiting(one: PurgeStatus) -> tuple[str, ...]:
    """Say in words what keeps a purge from going on."""
    told = []
    if one.missing:
        people = ", ".join(one.may_approve) or "nobody"
        told.append(f"{one.code} lacks {one.missing} approvals; who can give one: {people}")
    if one.state == "cooling_off":
        end = local_time(datetime.fromisoformat(one.not_before))
        told.append(f"{one.code} cools off until {end}; until then it can be cancelled")
    if one.unconfirmed:
        places = ", ".join(one.unconfirmed)
        told.append(f"{one.code} STILL OPENS where its share is not yet destroyed: {places}")
    return tuple(told)


def _data(one: PurgeStatus) -> dict[str, JsonValue]:
    return {
        "id": one.code,
        "uid": one.uid,
        "request": one.request,
        "state": one.state,
        "times": dict(one.times),
        "asked_by": one.asked_by,
        "reason": one.reason,
        "approved_by": list(one.approved_by),
        "missing": one.missing,
        "may_approve": list(one.may_approve),
        "not_before": one.not_before or None,
        "unconfirmed": list(one.unconfirmed),
    }
