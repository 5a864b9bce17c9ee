"""The commands ``unlock`` and ``lock``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from memberarc.cli.options import HERE, Directory
from memberarc.output.result import Result, local_time

if TYPE_CHECKING:
    from memberarc.sealing.keys.unlocked import Unlocked


def unlock(
    *,
    directory: Directory = HERE,
    length: Annotated[
        str, typer.Option("--for", metavar="TIME", help="How long: 15m or 2h, at most 12h.")
    ] = "15m",
    status: Annotated[
        bool, typer.Option("--status", help="Tell what is unlocked, and open nothing.")
    ] = False,
) -> Result:
    """Open the level keys once for the commands of the next minutes.

    A passphrase is asked for, or a key touched, once instead of at every command. The level keys
    are kept in memory, for you alone, until the time is over, the machine is restarted, the key
    list changes or you run memberarc lock. Your identity is not kept.

    Example: memberarc unlock --for 1h
    """
    from memberarc.acts.key.unlock import parse_length, unlock, unlocked_now
    from memberarc.cli.calling import caller_at

    span, caller = parse_length(length), caller_at(directory)
    found = unlocked_now(caller) if status else unlock(caller, length=span)
    return Result(
        command="unlock",
        data={
            "unlocked": found is not None,
            "until": f"{found.until:%Y-%m-%dT%H:%M:%SZ}" if found else None,
            "levels": _levels(found),
        },
        text=(
            f"unlocked until {local_time(found.until)}: {', '.join(_levels(found))}"
            if found
            else "locked"
        ),
        next=("memberarc lock",) if found and not status else (),
    )


def lock(*, directory: Directory = HERE) -> Result:
    """Destroy the level keys that unlock has kept, of all your archives and sessions.

    Example: memberarc lock
    """
    from memberarc.acts.key.unlock import lock
    from memberarc.cli.calling import caller_at

    locked = lock(caller_at(directory))
    folders = " and ".join(map(str, locked.looked_in))
    return Result(
        command="lock",
        data={"locked": locked.archives},
        done=("locked" if locked.archives else f"nothing was unlocked: no keys in {folders}",),
    )


def _levels(unlocked: Unlocked | None) -> list[str]:
    return list(dict.fromkeys(key.level for key in unlocked.keys)) if unlocked else []
