"""The command ``key list``."""

from __future__ import annotations

from memberarc.cli.options import HERE, Directory
from memberarc.output.result import Column, Result, Table

_COLUMNS = ("level", "epoch", "state", "kid", "recipients", "at_hand")


def list_keys(*, directory: Directory = HERE) -> Result:
    """List the level keys, who can open them, and whether you can.

    Example: memberarc key list
    """
    from memberarc.acts.survey import list_keys
    from memberarc.cli.calling import caller_at

    rows = tuple(
        (
            key.entry.level,
            key.entry.epoch,
            key.entry.state,
            key.entry.commitment[:8],
            ", ".join(recipient.person for recipient in key.entry.recipients),
            key.at_hand,
        )
        for key in list_keys(caller_at(directory))
    )
    return Result(
        command="key list",
        data={"keys": [dict(zip(_COLUMNS, row, strict=True)) for row in rows]},
        table=Table(columns=tuple(Column(key=key, label=key) for key in _COLUMNS), rows=rows),
    )
