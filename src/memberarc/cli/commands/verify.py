"""The command ``verify``."""

from __future__ import annotations

from memberarc.cli.options import HERE, Directory
from memberarc.cli.streams import Console
from memberarc.output.result import Result, problem_table


def verify(*, console: Console, directory: Directory = HERE) -> Result:
    """Verify history, every version of every record, documents, keys, tombstones and the vault.

    Example: memberarc verify
    """
    from memberarc.acts.verify_archive import verify_archive
    from memberarc.cli.calling import caller_at
    from memberarc.cli.views import counted

    verified = verify_archive(caller_at(directory, console=console))
    looked_at = ", ".join(verified.looked_at)
    outcome = counted(len(verified.problems), "problem") if verified.problems else "all well"
    return Result(
        command="verify",
        data={
            "looked_at": list(verified.looked_at),
            "not_looked_at": list(verified.not_looked_at),
            "unlisted_files": list(verified.unlisted),
            "problems": len(verified.problems),
        },
        table=problem_table(verified.problems),
        text="",
        done=(f"{looked_at}: {outcome}",),
        notices=(
            *(f"not verified: {one}" for one in verified.not_looked_at),
            *(f"no commit here lists {one}" for one in verified.unlisted),
        ),
        problems=verified.problems,
        status="findings" if verified.problems else "ok",
    )
