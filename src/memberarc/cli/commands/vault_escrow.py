"""The commands ``vault escrow`` and ``vault escrow-open``."""

from __future__ import annotations

from pathlib import Path
from shlex import quote
from typing import TYPE_CHECKING, Annotated

import typer

from memberarc.cli.backup_options import (
    AcceptExpired,
    Days,
    Expires,
    backed_up,
    backup_data,
    backup_notices,
    restored_result,
)
from memberarc.cli.options import HERE, Directory, DryRun, Yes
from memberarc.output.result import Result

if TYPE_CHECKING:
    from memberarc.acts.vault.escrow import HandedWords


def escrow(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="Where to write; must not exist.")],
    *,
    custodians: Annotated[int, typer.Option("--custodians", metavar="N", help="Who get words.")],
    threshold: Annotated[
        int, typer.Option("--threshold", metavar="K", help="How many of them open it together.")
    ],
    words_to: Annotated[
        Path | None,
        typer.Option(
            "--words-to", metavar="DIR", help="Write each one's words to a file in this folder."
        ),
    ] = None,
    expires: Expires = None,
    days: Days = None,
    directory: Directory = HERE,
    dry_run: DryRun = False,
) -> Result:
    """Give a backup of the vault to custodians, some of whom open it together.

    Example: memberarc vault escrow ../e.age --custodians 3 --threshold 2 --days 90 --words-to ../w

    Without --words-to the terminal shows each custodian 33 words, one after the other, to be
    written on paper. Make it again after a purge, and destroy the one before.
    """
    from memberarc.acts.vault.backups import BackupRequest
    from memberarc.acts.vault.escrow import EscrowRequest, make_escrow, words_into
    from memberarc.cli.calling import caller_at

    target = BackupRequest(
        file=file, expires=expires.date() if expires else None, days=days, dry_run=dry_run
    )
    done = make_escrow(
        caller_at(directory),
        EscrowRequest(target=target, custodians=custodians, threshold=threshold),
        hand_out=words_into(words_to) if words_to and not dry_run else _show,
    )
    return Result(
        command="vault escrow",
        wrote=True,
        data=backup_data(done, file=file, dry_run=dry_run),
        text="" if dry_run else done.backup.id,
        done=(
            f"{backed_up(done, dry_run=dry_run)}, opened by {threshold} of {custodians} custodians",
        ),
        notices=(
            *backup_notices(done),
            *((_hand_out(words_to),) if words_to and not dry_run else ()),
        ),
        next=() if dry_run else (f"memberarc vault escrow-open {quote(str(file))} --dry-run",),
    )


def escrow_open(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="An escrow of the vault.")],
    *,
    into: Annotated[
        Path | None,
        typer.Option("--into", metavar="DIR", help="Make a vault there, instead of filling yours."),
    ] = None,
    words: Annotated[
        list[Path] | None,
        typer.Option(
            "--words", metavar="FILE", help="One custodian's words; repeated for each custodian."
        ),
    ] = None,
    accept_expired: AcceptExpired = False,
    yes: Yes = False,
    directory: Directory = HERE,
    dry_run: DryRun = False,
) -> Result:
    """Restore the vault from an escrow, with the words of its custodians.

    Example: memberarc vault escrow-open ../e.age --words one.txt --words three.txt

    Without --words the terminal asks one custodian after the other. With --dry-run it only tries
    whether the words still open it.
    """
    from memberarc.acts.vault.escrow import asked_words, open_escrow, words_in
    from memberarc.acts.vault.restore import RestoreRequest
    from memberarc.cli.calling import caller_at

    request = RestoreRequest(
        file=file,
        into=into,
        accept_expired=accept_expired,
        accept_fences=yes,
        dry_run=dry_run,
    )
    restored = open_escrow(
        caller_at(directory), request, words=words_in(words) if words else asked_words(_ask)
    )
    return restored_result(restored, command="vault escrow-open", dry_run=dry_run)


def _hand_out(folder: Path) -> str:
    return f"hand each custodian one file of {folder}, then delete it: together they open the vault"


def _show(handed: HandedWords) -> None:
    from memberarc.acts.vault.escrow import numbered_words
    from memberarc.cli.own_screen import ask_alone

    ask_alone(
        f"{handed.about}\n\n{numbered_words(handed.words)}\n\n"
        "Write them on paper, and press Enter when that is done; the screen is then cleared. ",
        hint="--words-to DIR",
    )


def _ask(question: str) -> str:
    from memberarc.cli.own_screen import ask_alone

    return ask_alone(question, hint="--words FILE, once for each custodian")
