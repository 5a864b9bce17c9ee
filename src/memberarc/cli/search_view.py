"""How the answer of ``search`` and ``list`` is shown."""

from __future__ import annotations

from typing import TYPE_CHECKING

from memberarc.cli.views import counted, member_data, member_table
from memberarc.output.result import Result

if TYPE_CHECKING:
    from memberarc.acts.search_members import SearchReport


def search_result(command: str, report: SearchReport) -> Result:
    """Show the members found, and what could not be looked into."""
    notices = []
    if report.notice:
        notices.append(report.notice)
    if report.unreadable:
        notices.append(
            f"{counted(report.unreadable, 'record')} could not be opened; memberarc vault status"
            " tells why"
        )
    notices += [f"{path} is no record; memberarc check tells why" for path in report.left_out]
    return Result(
        command=command,
        data={
            "members": [member_data(member) for member in report.members],
            "found": len(report.members),
            "searched": report.searched,
        },
        table=member_table(report.members),
        done=(f"{len(report.members)} of {report.searched} members",),
        notices=tuple(notices),
    )
