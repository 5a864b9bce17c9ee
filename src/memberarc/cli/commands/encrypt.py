"""The command ``encrypt``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from memberarc.cli.options import HERE, Directory, DryRun
from memberarc.output.result import Result

if TYPE_CHECKING:
    from memberarc.acts.encrypt_values import Encrypted
    from memberarc.output.result import JsonValue


def encrypt(
    targets: Annotated[
        list[str] | None,
        typer.Argument(metavar="[ID|PATH]...", help="Only these members; all if left out."),
    ] = None,
    *,
    directory: Directory = HERE,
    dry_run: DryRun = False,
) -> Result:
    """Seal values that somebody typed in clear into a record, and commit.

    Example: memberarc encrypt M2026-000001

    What is sealed at another level than its field has now, or under a retired key, is sealed again.
    What stood in clear in an earlier commit stays readable there; that is told.
    """
    from memberarc.acts.encrypt_values import encrypt_values
    from memberarc.cli.calling import caller_at

    encrypted = encrypt_values(caller_at(directory), tuple(targets or ()), dry_run=dry_run)
    return Result(
        command="encrypt",
        wrote=True,
        data=_data(encrypted),
        text="",
        done=_sentences(encrypted, dry_run=dry_run),
        notices=_notices(encrypted),
    )


def _data(encrypted: Encrypted) -> dict[str, JsonValue]:
    return {
        "files": [
            {
                "id": one.code,
                "path": one.path,
                "fields": list(one.fields),
                "readable_in_history": list(one.readable_in_history),
            }
            for one in encrypted.files
        ],
        "searches": [
            {
                "uid": one.stored.uid,
                "path": one.stored.path,
                "level": one.level,
                "readable_in_history": one.was_clear,
            }
            for one in encrypted.searches
        ],
        "commit": encrypted.commit,
    }


def _sentences(encrypted: Encrypted, *, dry_run: bool) -> tuple[str, ...]:
    verb = "would seal" if dry_run else "sealed"
    return (
        *(f"{verb} {', '.join(one.fields)} of {one.code}" for one in encrypted.files),
        *(f"{verb} {one.stored.path} at level {one.level}" for one in encrypted.searches),
    ) or ("every value is sealed as it should be",)


def _notices(encrypted: Encrypted) -> tuple[str, ...]:
    """Tell what sealing now does not take back."""
    return (
        *(
            f"{one.code}: {', '.join(one.readable_in_history)} stands in clear in an earlier commit"
            f" and stays readable there: memberarc leak rewrite {one.code} --dry-run"
            for one in encrypted.files
            if one.readable_in_history
        ),
        *(
            f"{one.code}: a clear version was staged, and git keeps it until: git gc --prune=now"
            for one in encrypted.files
            if one.staged
        ),
        *(
            f"{one.stored.path} stands in clear in an earlier commit and stays readable there"
            for one in encrypted.searches
            if one.was_clear
        ),
    )
