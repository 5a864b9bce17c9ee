"""The entry point, and the one place where an error becomes an exit status."""

from __future__ import annotations

import gc
import os
import signal
import sys
from contextlib import redirect_stdout, suppress
from io import StringIO
from itertools import pairwise
from typing import TYPE_CHECKING, NoReturn

from memberarc import __version__

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from memberarc.cli.command_table import CommandEntry
    from memberarc.cli.streams import Console
    from memberarc.errors import InternalError, MemberarcError
    from memberarc.output.result import Format, Result

# A command makes few cycles. Python's 700 has it look at all that was imported time and again.
_OBJECTS_BETWEEN_COLLECTIONS = 50_000
INTERRUPTED, CLOSED_PIPE, TERMINATED = 130, 141, 143


class TerminatedError(BaseException):
    """SIGTERM has come; what is under way ends in order, as it does on Ctrl-C."""


def main() -> None:
    """Run memberarc on the arguments of the process."""
    if sys.argv[1:] == ["--version"]:  # asked often, by scripts: not worth importing typer
        sys.stdout.write(f"memberarc {__version__}\n")
        return
    gc.set_threshold(_OBJECTS_BETWEEN_COLLECTIONS)
    try:
        from memberarc.cli.command_table import COMMANDS
        from memberarc.cli.core_dumps import forbid_core_dumps

        forbid_core_dumps()
        sys.exit(run(sys.argv[1:], commands=COMMANDS))
    except KeyboardInterrupt:  # while the program was still being loaded
        sys.exit(INTERRUPTED)
    finally:
        if "duckdb" not in sys.modules:  # which complains of whatever is left at the end
            gc.freeze()  # the rest ends with the process, and need not be looked through first


def run(argv: Sequence[str], *, commands: Sequence[CommandEntry]) -> int:
    """Run one command line and return its exit status."""
    from memberarc.cli.streams import ClosedPipeError, speak_utf8
    from memberarc.errors import FileError

    speak_utf8()
    for number in (signal.SIGTERM, signal.SIGHUP):  # a closed terminal ends things in order, too
        signal.signal(number, _terminate)
    try:
        return _run(argv, commands)
    except ClosedPipeError:
        return CLOSED_PIPE
    except FileError as error:  # told while another error was being told
        with suppress(OSError):
            sys.stderr.write(f"memberarc: error: {error.message}\n")
        return error.status


def _run(argv: Sequence[str], commands: Sequence[CommandEntry]) -> int:
    from memberarc.cli.app import named_command, read_command_line
    from memberarc.cli.streams import ClosedPipeError, open_console
    from memberarc.errors import MemberarcError

    if "_MEMBERARC_COMPLETE" in os.environ:
        return _complete(argv, commands)
    console = open_console(form=_form_in(argv), colour="auto")
    command = ""
    try:
        _refuse_broken_text(argv)
        invocation = read_command_line(argv, commands=commands)
        if isinstance(invocation, int):
            return invocation
        console, command = invocation.console, invocation.command
        return _show(invocation.call(), console)
    except MemberarcError as error:
        command = command or named_command(argv, commands=commands)
        return _tell(error, console, command=command)
    except KeyboardInterrupt:
        if console.err.is_terminal:
            console.err.write("\n")  # it has written ^C where the cursor was
        console.error("interrupted", hint="run memberarc status")
        return INTERRUPTED
    except TerminatedError:
        console.error("terminated", hint="run memberarc status")
        return TERMINATED
    except ClosedPipeError:
        raise
    except Exception as error:  # noqa: BLE001 - the one place: a defect must not show values
        return _tell(_as_defect(error, command=command), console, command=command)


def _complete(argv: Sequence[str], commands: Sequence[CommandEntry]) -> int:
    """Offer words to the shell; where that fails, say nothing into the line being typed."""
    from memberarc.cli.app import read_command_line
    from memberarc.cli.completion import rejoin_words

    # Typer has rich render the help of each word as markup, unless rich cannot be found.
    sys.modules["rich"] = None  # type: ignore[assignment]
    offered = StringIO()
    insertable: Callable[[str], str] = str
    try:
        with suppress(Exception), redirect_stdout(offered):
            insertable = rejoin_words()
            read_command_line(argv, commands=commands)
    finally:
        sys.stdout.write(
            "".join(f"{insertable(word)}\n" for word in offered.getvalue().splitlines())
        )
    return 0


def _show(result: Result, console: Console) -> int:
    """Write the answer to stdout and the talk to stderr."""
    from memberarc.output.render import problem_text, render
    from memberarc.output.result import PROBLEM_COLUMNS
    from memberarc.output.text import safe_text

    form, out = console.form, console.out
    if console.quiet and result.wrote and form == "table":
        text = problem_text(result.problems)
    else:
        text = render(result, form=form, width_cells=out.width_cells, colour=out.colour)
    if form in ("csv", "tsv") and out.is_terminal:
        text = "\t".join(safe_text(part) for part in text.split("\t"))
    if form == "csv" and out.begins_file():
        text = f"\ufeff{text}"  # without it, Excel reads what is not ASCII in another encoding
    out.write(text)
    told = form in ("table", "json", "yaml") or (
        result.table is not None and result.table.columns == PROBLEM_COLUMNS
    )
    if not told:
        console.err.write(problem_text(result.problems))
    for sentence in result.notices:
        console.notice(sentence)
    for sentence in result.done:
        console.done(sentence)
    for command in result.next:
        console.next(command)
    if result.error:
        error = result.error
        console.error(error.message, where=error.where, hint=error.hint)
        return error.status
    return 1 if result.status == "findings" else 0


def _tell(error: MemberarcError, console: Console, *, command: str) -> int:
    """Tell an error: the problems first, and last, where it is seen, what went wrong."""
    from memberarc.errors import FindingsError

    if console.form in ("json", "yaml"):
        from memberarc.output.envelope import envelope_text, error_envelope

        envelope = error_envelope(error, command=command)
        console.out.write(envelope_text(envelope, form=console.form))
    elif isinstance(error, FindingsError):
        from memberarc.output.render import problem_text

        stream = console.out if console.form == "table" else console.err
        stream.write(problem_text(error.problems))
    console.error(error.message, where=error.where, hint=error.hint)
    return error.status


def _as_defect(error: Exception, *, command: str) -> InternalError:
    """Keep what helps to mend a defect in a file, and tell no more than its kind."""
    from datetime import UTC, datetime

    from memberarc.cli.crash_log import write_crash_log
    from memberarc.errors import InternalError

    kind = type(error).__name__
    try:
        path = write_crash_log(error, command=command, now=datetime.now(UTC))
    except OSError as err:
        return InternalError(f"unexpected {kind}; its details cannot be kept: {err.strerror}")
    return InternalError(f"unexpected {kind}; details, without any value, are in {path}")


def _form_in(argv: Sequence[str]) -> Format:
    """Find out whether JSON was asked for, even by a command line that cannot be read."""
    words = " ".join(argv).partition(" -- ")[0].replace("--format=", "--format ").split()
    return "json" if ("--format", "json") in pairwise(words) else "table"


def _refuse_broken_text(argv: Sequence[str]) -> None:
    """Refuse words that are no UTF-8, which would end up in a record."""
    from memberarc.errors import UsageError

    for place, word in enumerate(argv, 1):
        try:
            word.encode()
        except UnicodeEncodeError:
            raise UsageError(
                f"word {place} of the command line is not UTF-8", hint="rename the file, or retype"
            ) from None


def _terminate(*_: object) -> NoReturn:
    raise TerminatedError
