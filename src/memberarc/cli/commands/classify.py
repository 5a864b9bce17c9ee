"""The command ``classify``."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from memberarc.cli.completion import complete_member
from memberarc.cli.options import HERE, Directory, DryRun
from memberarc.output.result import Column, Result, Table

if TYPE_CHECKING:
    from memberarc.acts.classify_members import Classified
    from memberarc.classification.decide import Decision
    from memberarc.output.result import JsonValue

_SHOWN = 20
_COLUMNS = ("id", "from", "to", "rule", "visits", "spend", "competing")


def classify(
    *,
    year: Annotated[
        int,
        typer.Option(
            "--year", min=1900, max=2999, metavar="Y", help="The year whose events count."
        ),
    ],
    as_of: Annotated[
        datetime | None,
        typer.Option("--as-of", formats=["%Y-%m-%d"], metavar="DATE", help="Ignore later events."),
    ] = None,
    scheme: Annotated[str, typer.Option("--scheme", help="Of policy/categories.yaml.")] = "value",
    explain: Annotated[
        str | None,
        typer.Option(
            "--explain",
            metavar="ID",
            help="Tell rule and figures of one member.",
            autocompletion=complete_member,
        ),
    ] = None,
    propose: Annotated[
        bool, typer.Option("--propose", help="Make a branch with the change, for review.")
    ] = False,
    apply: Annotated[bool, typer.Option("--apply", help="Commit the change.")] = False,
    report: Annotated[
        Path | None,
        typer.Option("--report", metavar="FILE", help="Write the proposal as Markdown."),
    ] = None,
    directory: Directory = HERE,
    dry_run: DryRun = False,
) -> Result:
    """Propose new categories from the ledger, or apply them.

    Example: memberarc classify --year 2026 --report proposal.md

    Without --propose or --apply nothing is changed. No key is needed.
    """
    from memberarc.acts.classify_members import ClassifyRequest, classify_members
    from memberarc.cli.calling import caller_at
    from memberarc.cli.output_file import write_output
    from memberarc.errors import UsageError

    if propose and apply:
        raise UsageError("--propose and --apply exclude each other")
    outcome: Literal["show", "propose", "apply"] = (
        "propose" if propose else "apply" if apply else "show"
    )
    classified = classify_members(
        caller_at(directory),
        ClassifyRequest(
            year=year,
            scheme=scheme,
            as_of=as_of.date() if as_of else None,
            outcome=outcome,
            dry_run=dry_run,
        ),
    )
    if report is not None:
        write_output(report, classified.proposal.encode())
    if explain is not None:
        return _explained(classified, explain)
    return _proposed(classified, wrote=outcome != "show")


def _proposed(classified: Classified, *, wrote: bool) -> Result:
    return Result(
        command="classify",
        wrote=wrote,
        data={
            "year": classified.year,
            "scheme": classified.scheme.id,
            "counts": classified.counts,
            "changes": [_data(decision) for decision in classified.changes],
            "undecided": [d.code for d in classified.decisions if d.needs_decision],
            "commit": classified.commit,
            "branch": classified.branch,
        },
        table=Table(
            columns=tuple(Column(key=key, label=key) for key in _COLUMNS),
            rows=tuple(_row(decision) for decision in classified.changes),
        ),
        text=_overview(classified),
        done=_sentences(classified),
        next=_next(classified),
    )


def _explained(classified: Classified, member: str) -> Result:
    from memberarc.errors import MemberNotFoundError
    from memberarc.members.shelves import HOW_TO_FIND

    for one in classified.decisions:
        if member.upper() == one.code or member == one.uid:
            text = (
                f"{one.code}: {one.previous or 'no category'} -> {one.category}\n"
                f"  rule       {one.rule}\n"
                f"  visits     {one.figures.visits}\n"
                f"  spend      {_money(one)}\n"
                f"  competing  {', '.join(one.competing) or 'none'}"
            )
            return Result(command="classify", data=_data(one), text=text)
    raise MemberNotFoundError(f"no member {member}", hint=HOW_TO_FIND)


def _overview(classified: Classified) -> str:
    """Show the counts and the first changes; every other format has all of them."""
    lines = [f"{category:8} {count:>7}" for category, count in classified.counts.items()]
    lines += [
        f"{decision.code}: {decision.previous or 'none'} -> {decision.category}"
        f"  ({decision.rule}: {decision.figures.visits} visits, {_money(decision)})"
        for decision in classified.changes[:_SHOWN]
    ]
    if (more := len(classified.changes) - _SHOWN) > 0:
        lines.append(f"... and {more} more: --format csv, or --report FILE")
    return "\n".join(lines)


def _money(decision: Decision) -> str:
    """Write a sum with two decimals, or with as many as it needs."""
    spend = decision.figures.spend
    cents = spend.quantize(Decimal("0.01"))
    return str(cents if cents == spend else spend)


def _sentences(classified: Classified) -> tuple[str, ...]:
    from memberarc.cli.views import counted

    counts = ", ".join(f"{category} {count}" for category, count in classified.counts.items())
    changed = len(classified.changes)
    if classified.commit and classified.branch:
        did = f"proposed {changed} changes on branch {classified.branch}"
    elif classified.commit:
        did = f"applied {changed} changes (commit {classified.commit[:7]})"
    else:
        did = f"{changed} members would change"
    waiting = sum(decision.needs_decision for decision in classified.decisions)
    undecided = (
        f"waiting for a decision: {counted(waiting, 'member')}; a number of policy/categories.yaml"
        " is undecided, and --report lists whom it could move"
    )
    return (f"{classified.year}: {counts}", did, *((undecided,) if waiting else ()))


def _next(classified: Classified) -> tuple[str, ...]:
    if classified.branch:
        return (f"memberarc diff HEAD {classified.branch}",)
    if classified.commit:
        return (f"git revert --no-edit {classified.commit[:12]}",)
    if classified.changes:
        return (f"memberarc classify --year {classified.year} --apply",)
    return ()


def _row(decision: Decision) -> tuple[str | int | None, ...]:
    return (
        decision.code,
        decision.previous,
        decision.category,
        decision.rule,
        decision.figures.visits,
        _money(decision),
        ", ".join(decision.competing),
    )


def _data(decision: Decision) -> dict[str, JsonValue]:
    return {
        "id": decision.code,
        "from": decision.previous,
        "to": decision.category,
        "rule": decision.rule,
        "figures": {"visits": decision.figures.visits, "spend": _money(decision)},
        "competing": list(decision.competing),
        "needs_decision": decision.needs_decision,
    }
