"""The command ``status``."""

from __future__ import annotations

from memberarc.cli.options import HERE, Directory
from memberarc.output.result import Result

_SHOWN = 20


def status(*, directory: Directory = HERE) -> Result:
    """Tell the state of the archive.

    Example: memberarc status
    """
    from memberarc.acts.survey import archive_status
    from memberarc.cli.calling import caller_at
    from memberarc.cli.views import counted, uncommitted_notice

    found = archive_status(caller_at(directory))
    lines = [
        f"{found.name} ({found.archive})",
        f"  on {found.branch}, commit {found.commit[:12]}",
        (
            f"  {counted(found.members, 'member')}, {found.tombstones} purged,"
            f" {counted(found.documents, 'document')},"
            f" {counted(found.ledger_days, 'day')} of ledger"
            + (f", saved searches: {found.saved_searches}" if found.saved_searches else "")
        ),
    ]
    if found.uncommitted:
        edited = counted(len(found.uncommitted), "file")
        lines.append(f"  {edited} edited and not committed:")
        lines += [f"    {path}" for path in found.uncommitted[:_SHOWN]]
    return Result(
        command="status",
        data={
            "name": found.name,
            "archive": found.archive,
            "branch": found.branch,
            "commit": found.commit,
            "members": found.members,
            "tombstones": found.tombstones,
            "documents": found.documents,
            "ledger_days": found.ledger_days,
            "saved_searches": found.saved_searches,
            "uncommitted": list(found.uncommitted),
            "resurrected": list(found.resurrected),
            "purges": [{"id": one.id, "state": one.state} for one in found.purges],
        },
        text="\n".join(lines),
        notices=(
            *found.shortcomings,
            *map(uncommitted_notice, found.edited_rules),
            *(f"{code} was purged and has a record again" for code in found.resurrected),
            *(f"the purge of {one.id} is not finished: {one.state}" for one in found.purges),
        ),
        next=("memberarc check", "memberarc diff") if found.uncommitted else (),
    )
