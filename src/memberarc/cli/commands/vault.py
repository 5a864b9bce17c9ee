"""The command ``vault status``."""

from __future__ import annotations

from memberarc.cli.options import HERE, Directory
from memberarc.output.result import Column, Result, Table

_COLUMNS = ("directory", "replica", "shares", "segments", "shards", "fences", "unfinished")


def status(*, directory: Directory = HERE) -> Result:
    """Tell what each replica of the vault holds.

    Example: memberarc vault status
    """
    from memberarc.acts.survey import vault_status
    from memberarc.cli.calling import caller_at

    found = vault_status(caller_at(directory))
    rows = tuple(
        (
            place,
            one.replica,
            one.shares,
            one.segments,
            one.shards,
            one.fences,
            len(one.unfinished),
        )
        for place, one in found
    )
    return Result(
        command="vault status",
        data={"replicas": [dict(zip(_COLUMNS, row, strict=True)) for row in rows]},
        table=Table(columns=tuple(Column(key=key, label=key) for key in _COLUMNS), rows=rows),
        notices=tuple(
            f"the purge of {uid} is not finished" for _, one in found for uid in one.unfinished
        ),
    )
