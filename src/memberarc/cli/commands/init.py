"""The command ``init``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from memberarc.cli.options import DryRun
from memberarc.output.result import Result

if TYPE_CHECKING:
    from memberarc.acts.initialise import Started


def init(
    target: Annotated[Path, typer.Argument(metavar="DIR", help="A new or empty directory.")],
    *,
    name: Annotated[str, typer.Option("--name", help="The organisation's name.")],
    profile: Annotated[
        str, typer.Option("--profile", metavar="P", help="The sector: association, shop, general.")
    ] = "association",
    person: Annotated[
        str,
        typer.Option("--person", metavar="ID", help="Your id in the access policy, not a name."),
    ] = "admin",
    vault: Annotated[
        Path | None,
        typer.Option("--vault", metavar="DIR", help="Where the vault shall lie, outside git."),
    ] = None,
    identity: Annotated[
        Path | None,
        typer.Option("--identity", metavar="FILE", help="An age identity you have already."),
    ] = None,
    role_address: Annotated[
        str,
        typer.Option(
            "--role-address",
            metavar="MAIL",
            help="Author of your commits here: an office's address, since names stay for ever.",
        ),
    ] = "",
    time_zone: Annotated[
        str, typer.Option("--time-zone", metavar="TZ", help="Where days begin and end.")
    ] = "Asia/Shanghai",
    currency: Annotated[str, typer.Option("--currency", help="Of all amounts.")] = "CNY",
    country: Annotated[str, typer.Option("--country", help="Where it is kept.")] = "CN",
    dry_run: DryRun = False,
) -> Result:
    """Start an archive.

    Example: memberarc init club --name 东区商会 --role-address office@example.org

    Makes an age identity and a signing key for you if you have none, and tells where they lie.
    """
    from dataclasses import replace

    from memberarc.acts.initialise import InitRequest, start_archive
    from memberarc.cli.calling import caller_at

    caller = caller_at(target)
    if identity is not None:
        caller = replace(caller, user=replace(caller.user, identity=identity))
    started = start_archive(
        caller,
        InitRequest(
            name=name,
            profile=profile,
            person=person,
            vault=vault,
            role_address=role_address,
            time_zone=time_zone,
            currency=currency,
            country=country,
            dry_run=dry_run,
        ),
    )
    places = {
        "identity": started.identity,
        "signing_key": started.signing_key,
        "vault": started.vault,
    }
    if started.commit is None:
        return _result(started, places, done=f"would start the archive of {name}")
    notices = [
        "keep a copy of these three elsewhere, apart from each other; without them nobody reads"
        " the archive: " + ", ".join(str(path) for path in places.values())
    ]
    if not role_address:
        notices.append(
            "commits carry your git name, which no purge can remove; use an office's address:"
            f" git -C {target} config user.email office@example.org"
        )
    return _result(
        started,
        places,
        done=f"started the archive of {name} (commit {started.commit[:7]})",
        notices=tuple(notices),
        next_commands=(
            f"memberarc -C {target} add --set name=王小明",
            f"memberarc -C {target} vault add-replica DIR",
        ),
    )


def _result(
    started: Started,
    places: dict[str, Path],
    *,
    done: str,
    notices: tuple[str, ...] = (),
    next_commands: tuple[str, ...] = (),
) -> Result:
    made = {"identity": started.made_identity, "signing_key": started.made_signing_key}
    lines = [f"archive      {started.directory}"]
    lines += [
        f"{name.replace('_', ' '):12} {place}{' (new)' if made.get(name, True) else ''}"
        for name, place in places.items()
    ]
    return Result(
        command="init",
        wrote=True,
        data={
            "archive": started.archive,
            "directory": str(started.directory),
            "commit": started.commit,
            **{name: str(path) for name, path in places.items()},
        },
        text="\n".join(lines),
        done=(done,),
        notices=notices,
        next=next_commands,
    )
