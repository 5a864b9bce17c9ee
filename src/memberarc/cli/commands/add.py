"""The command ``add``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from memberarc.cli.change_options import Assign, Returning
from memberarc.cli.completion import complete_kind
from memberarc.cli.options import HERE, Directory, DryRun
from memberarc.output.result import Result

_WITHOUT_A_FILE = "memberarc add --set name=NAME"


def add(
    file: Annotated[
        Path | None,
        typer.Argument(metavar="[FILE|-]", help="The member as YAML, or - for standard input."),
    ] = None,
    *,
    assign: Assign = None,
    kind: Annotated[
        str,
        typer.Option("--kind", help="individual or organisation.", autocompletion=complete_kind),
    ] = "individual",
    returning: Returning = False,
    directory: Directory = HERE,
    dry_run: DryRun = False,
) -> Result:
    """Open the record of a new member.

    Example: memberarc add --set name=王小明 --set contact.mobile=13800000000

    A new list item is written [+]: --set honours[+].title=优秀会员
    """
    from memberarc.acts.add_member import AddRequest, add_member
    from memberarc.cli.calling import caller_at, read_input
    from memberarc.cli.views import likeness_notices
    from memberarc.members.plain_values import parse_assignment

    content = read_input(file, what="the member", otherwise=_WITHOUT_A_FILE) if file else None
    added = add_member(
        caller_at(directory),
        AddRequest(
            kind=kind,
            content=content,
            source=str(file or "--set"),
            assign=tuple(parse_assignment(text) for text in assign or ()),
            returning=returning,
            dry_run=dry_run,
        ),
    )
    sentence = (
        f"added {added.code} (commit {added.commit[:7]})"
        if added.commit
        else f"would add {added.code}"
    )
    return Result(
        command="add",
        wrote=True,
        data={
            "id": added.code,
            "uid": added.uid,
            "path": added.path,
            "commit": added.commit,
            "alike": [{"id": one.other, "same": list(one.kinds)} for one in added.alike],
        },
        text=added.code,
        done=(sentence,),
        notices=(
            *(f"a member who was purged had the same {kind}" for kind in added.returning),
            *likeness_notices(added.alike),
            *added.notices,
        ),
        next=(f"memberarc show {added.code}",) if added.commit else (),
    )
