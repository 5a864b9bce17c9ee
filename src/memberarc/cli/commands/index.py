"""The command ``index``."""

from __future__ import annotations

from memberarc.cli.options import HERE, Directory
from memberarc.cli.streams import Console
from memberarc.output.result import Result


def status(*, directory: Directory = HERE) -> Result:
    """Tell of the sealed index that searches and lists answer from.

    It is made on the first search, follows every commit by itself, and is made again when it does
    not open. What your keys do not open is not in it.

    Example: memberarc index status
    """
    from memberarc.acts.index.manage_index import index_status
    from memberarc.cli.calling import caller_at
    from memberarc.cli.views import counted

    found = index_status(caller_at(directory))
    told = found.state if not found.reason else f"{found.state}: {found.reason}"
    lines = [told]
    if found.path:
        lines.append(f"  file      {found.path}")
    if found.records:
        lines += [
            f"  size      {found.size_bytes / 1e6:.1f} MB",
            f"  holds     {counted(found.records, 'record')}",
            f"  levels    {', '.join(found.levels)}",
            f"  commit    {found.commit[:12]}",
        ]
    if found.others:
        lines.append(f"  beside it {counted(found.others, 'index file')} of other keys")
    return Result(
        command="index status",
        data={
            "state": found.state,
            "reason": found.reason,
            "path": str(found.path) if found.path else None,
            "size_bytes": found.size_bytes,
            "records": found.records,
            "commit": found.commit,
            "levels": list(found.levels),
            "unreadable": found.unreadable,
            "left_out": list(found.left_out),
            "others": found.others,
        },
        text="\n".join(lines),
        notices=(found.notice,) if found.notice else (),
    )


def rebuild(*, console: Console, directory: Directory = HERE) -> Result:
    """Make the sealed index anew from every record.

    Nobody has to: an index that does not open, or does not fit the archive, is made again by
    itself.

    Example: memberarc index rebuild
    """
    from memberarc.acts.index.manage_index import rebuild_index
    from memberarc.cli.calling import caller_at
    from memberarc.cli.views import counted

    made = rebuild_index(caller_at(directory, console=console))
    return Result(
        command="index rebuild",
        data={"records": made.records, "path": str(made.path) if made.path else None},
        done=(f"indexed {counted(made.records, 'record')}",),
        notices=(made.notice,) if made.notice else (),
        wrote=True,
    )


def drop(*, directory: Directory = HERE) -> Result:
    """Delete all indexes that lie with this work tree; the next search makes one again.

    Example: memberarc index drop
    """
    from memberarc.acts.index.manage_index import drop_indexes
    from memberarc.cli.calling import caller_at
    from memberarc.cli.views import counted

    dropped = drop_indexes(caller_at(directory))
    return Result(
        command="index drop",
        data={"dropped": dropped},
        done=(f"deleted {counted(dropped, 'index file')}",),
        wrote=True,
    )
