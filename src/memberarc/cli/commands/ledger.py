"""The commands ``ledger import`` and ``ledger show``."""

from __future__ import annotations

from typing import Annotated

import typer

from memberarc.cli.completion import complete_member
from memberarc.cli.import_options import (
    AllOrNothing,
    Map,
    Sheet,
    mapping_file,
    shown_problems,
    told_by_row,
)
from memberarc.cli.options import HERE, Directory, DryRun
from memberarc.cli.streams import Console
from memberarc.output.result import Column, Result, Table, problem_table

_COLUMNS = ("date", "kind", "amount", "quantity", "item", "branch", "channel", "staff", "ref")
_NUMBERS = ("amount", "quantity")


def import_events(
    file: Sheet,
    *,
    console: Console,
    mapping: Map = None,
    all_or_nothing: AllOrNothing = False,
    directory: Directory = HERE,
    dry_run: DryRun = False,
) -> Result:
    """Take purchases, payments, visits and other events in.

    Example: memberarc ledger import purchases.csv --map purchases.map.yaml -n

    Example: purchases.map.yaml, where the sheet has the columns 手机, 日期 and 金额
      format: map/1
      target: ledger
      source: shop
      member: {column: 手机, match: contact.mobile}
      fields:
        kind: {value: purchase}
        date: {column: 日期, date: auto}
        amount: {column: 金额, decimal: "."}
    """
    from memberarc.acts.ledger_events import LedgerRequest, import_ledger
    from memberarc.cli.calling import caller_at
    from memberarc.cli.views import counted

    request = LedgerRequest(
        sheet=file,
        mapping=mapping_file(mapping, command="ledger import"),
        all_or_nothing=all_or_nothing,
        dry_run=dry_run,
    )
    with told_by_row(file, console=console):
        imported = import_ledger(caller_at(directory), request)
    would = "would be " if dry_run else ""
    return Result(
        command="ledger import",
        wrote=True,
        data={
            "added": imported.added,
            "unchanged": imported.unchanged,
            "refused": imported.refused,
            "days": imported.days,
            "commit": imported.commit,
        },
        table=problem_table(imported.problems),
        text="",
        done=(
            (
                f"{counted(imported.added, 'event')} {would}added on"
                f" {counted(imported.days, 'day')},"
                f" {imported.unchanged} were there, {imported.refused} refused"
            ),
        ),
        problems=shown_problems(imported.problems, sheet=file, console=console),
        status="findings" if imported.problems else "ok",
    )


def show(
    member: Annotated[
        str,
        typer.Argument(
            metavar="ID", help="The member's code or uid.", autocompletion=complete_member
        ),
    ],
    *,
    directory: Directory = HERE,
) -> Result:
    """Show the events of one member.

    Example: memberarc ledger show M2026-000001
    """
    from memberarc.acts.ledger_events import show_ledger
    from memberarc.cli.calling import caller_at
    from memberarc.cli.views import counted

    ledger = show_ledger(caller_at(directory), member)
    table = Table(
        columns=tuple(
            Column(key=key, label=key, align="right" if key in _NUMBERS else "left")
            for key in _COLUMNS
        ),
        rows=tuple(
            tuple(
                str(value) if key == "kind" else value
                for key in _COLUMNS
                for value in [getattr(event, key)]
            )
            for event in ledger.events
        ),
    )
    return Result(
        command="ledger show",
        data={
            "id": ledger.code,
            "events": [dict(zip(_COLUMNS, row, strict=True)) for row in table.rows],
        },
        table=table,
        done=(f"{counted(len(ledger.events), 'event')} of {ledger.code}",),
    )
