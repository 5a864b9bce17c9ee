"""The command line as typer sees it, with commands that are imported only when they are run."""

from __future__ import annotations

import re
import sys
from dataclasses import dataclass, replace
from functools import partial
from importlib import import_module
from inspect import Parameter, Signature, getdoc, signature
from typing import TYPE_CHECKING, Annotated, Any

import typer
import typer.main
from typer.core import TyperCommand, TyperGroup

from memberarc import __version__
from memberarc.cli.options import HERE, Directory, console_from
from memberarc.cli.streams import ClosedPipeError, Console
from memberarc.errors import InternalError, UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from memberarc.cli.command_table import CommandEntry
    from memberarc.output.result import Result

PROGRAM = "memberarc"  # typer derives from it the variable by which a shell asks to complete
_CONTEXT = {"help_option_names": ["-h", "--help"]}
_TAKING_A_QUERY = (f"{PROGRAM} search", f"{PROGRAM} segment save")
_SHORT_OPTION = re.compile("no such option: -[^-]")
_UNKNOWN_COMMAND = re.compile("no such command '(.*?)'")
_LEFT = f"{PROGRAM} update ID --set status=left, when somebody leaves; {PROGRAM} purge, for ever"
_CALLED_OTHERWISE = {
    "undo": f"git revert COMMIT; {PROGRAM} log names the commits",
    "export": f"{PROGRAM} list --format csv",
    "delete": _LEFT,
    "remove": _LEFT,
    "find": f"{PROGRAM} search",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Invocation:
    """A command line that has been read: what to call, and where to show what it returns."""

    command: str
    console: Console
    call: Callable[[], Result]


class LoadedCommand(TyperCommand):
    """A command with its options; it completes a value that begins with ``-``, too."""

    read: Sequence[str] = ()

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        self.read = (*args,)
        return super().parse_args(ctx, args)

    def shell_complete(self, ctx: Any, incomplete: str) -> list[Any]:
        for one in self.params:
            if self.read[-1:] and self.read[-1] in one.opts and not getattr(one, "is_flag", False):
                return one.shell_complete(ctx, incomplete)
        return super().shell_complete(ctx, incomplete)


class LazyCommand(TyperCommand):
    """What stands for a command in help and completion until it is run."""

    def __init__(self, entry: CommandEntry, *, words: str) -> None:
        super().__init__(
            entry.name, help=entry.help, rich_markup_mode=None, rich_help_panel=entry.panel
        )
        self.target = entry.target
        self.words = words
        self.following = entry.commands

    def load(self) -> TyperCommand:
        """Import the command's module and read its options off its function."""
        module, _, name = self.target.partition(":")
        try:
            function = getattr(import_module(module), name)
        except (ImportError, AttributeError) as err:
            raise InternalError(f"the command {self.words} cannot be loaded: {err}") from err
        app = typer.Typer(
            add_completion=False, rich_markup_mode=None, pretty_exceptions_enable=False
        )
        app.command(
            self.name,
            cls=LoadedCommand,
            help=_help_of(function, self.following),
            context_settings=_CONTEXT,
        )(_reader(function, command=self.words))
        command = typer.main.get_command(app)
        assert isinstance(command, TyperCommand)
        return command


class LazyGroup(TyperGroup):
    """A group that loads a command when it is run or when its own help is asked for.

    ``own`` is what the group's name does by itself, when none of its commands follows. The context
    is typer's, whose class is not public: hence ``Any``.
    """

    own: LazyCommand | None = None

    def resolve_command(self, ctx: Any, args: list[str]) -> tuple[str | None, Any, list[str]]:
        name, command, rest = super().resolve_command(ctx, args)
        if isinstance(command, LazyGroup) and not (rest and rest[0] in command.commands):
            command = command.own or command
        return name, command.load() if isinstance(command, LazyCommand) else command, rest

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        if not args and not ctx.resilient_parsing:
            sys.stderr.write(f"{ctx.get_help()}\n")
            raise typer.Exit(UsageError.status)
        return super().parse_args(ctx, args)

    def format_commands(self, ctx: Any, formatter: Any) -> None:  # noqa: ARG002
        """List the commands under their panels, in the order of the table."""
        width = max(map(len, self.commands))
        panels: dict[str, list[tuple[str, str]]] = {}
        for name, command in self.commands.items():
            panel = getattr(command, "rich_help_panel", None) or "Commands"
            panels.setdefault(panel, []).append((name.ljust(width), command.help or ""))
        for panel, rows in panels.items():
            with formatter.section(panel):
                formatter.write_dl(rows)


def read_command_line(argv: Sequence[str], *, commands: Sequence[CommandEntry]) -> Invocation | int:
    """Read a command line without running anything.

    Returns:
        What to run; or an exit status, where help or the version has been told.

    Raises:
        UsageError: the command line is wrong.
    """
    try:
        outcome: Invocation | int = _root(commands).main(
            args=argv, prog_name=PROGRAM, standalone_mode=False
        )
    except typer.TyperException as err:
        # Usage errors carry the context they arose in; their class is not public.
        context = getattr(err, "ctx", None)
        path = context.command_path if context else PROGRAM
        raise _wrong_command_line(_reworded(err.format_message()), path=path) from None
    except SystemExit as stop:
        # Typer ends with 1 where the reader of its help has left.
        if isinstance(stop.__context__, BrokenPipeError):
            raise ClosedPipeError from None
        raise
    return outcome


def named_command(argv: Sequence[str], *, commands: Sequence[CommandEntry]) -> str:
    """Find the words that name a command in a command line that could not be read."""
    words: list[str] = []
    for word in argv:
        entry = next((entry for entry in commands if entry.name == word), None)
        if entry:
            words.append(word)
            commands = entry.commands
    return " ".join(words)


def _root(commands: Sequence[CommandEntry]) -> TyperGroup:
    app = typer.Typer(
        cls=LazyGroup,
        rich_markup_mode=None,
        pretty_exceptions_enable=False,
        context_settings=_CONTEXT,
    )
    app.callback()(_root_options)
    root = typer.main.get_command(app)
    assert isinstance(root, TyperGroup)
    for entry in commands:
        root.add_command(_placeholder(entry, words=entry.name))
    return root


def _placeholder(entry: CommandEntry, *, words: str) -> TyperCommand | TyperGroup:
    if not entry.commands:
        return LazyCommand(entry, words=words)
    group = LazyGroup(
        name=entry.name,
        help=entry.help,
        context_settings=_CONTEXT,
        rich_markup_mode=None,
        rich_help_panel=entry.panel,
        commands={
            inner.name: _placeholder(inner, words=f"{words} {inner.name}")
            for inner in entry.commands
        },
    )
    group.own = LazyCommand(entry, words=words) if entry.target else None
    return group


def _tell_version(wanted: bool) -> None:  # noqa: FBT001 - typer calls it
    if wanted:
        sys.stdout.write(f"{PROGRAM} {__version__}\n")
        raise typer.Exit


def _root_options(
    *,
    directory: Directory = HERE,
    version: Annotated[
        bool,
        typer.Option("--version", callback=_tell_version, is_eager=True, help="Tell the version."),
    ] = False,
) -> None:
    """Keep member records as plain files in git, sealed value by value."""


def _reader(function: Callable[..., Result], *, command: str) -> Callable[..., Invocation]:
    """Give a command the shared options, and let reading its command line return what to run.

    A parameter annotated ``Console`` is no option: the console that was asked for is handed in.
    """
    own = signature(function, eval_str=True).parameters
    shared = signature(console_from, eval_str=True).parameters
    consoles = [name for name, parameter in own.items() if parameter.annotation is Console]

    def read(**values: Any) -> Invocation:
        console = console_from(**{name: values[name] for name in shared})
        console = replace(console, directory=values.get("directory", HERE))
        arguments = {name: values[name] for name in own if name not in consoles}
        arguments.update(dict.fromkeys(consoles, console))
        return Invocation(command=command, console=console, call=partial(function, **arguments))

    options = [*own.values(), *(shared[name] for name in shared if name not in own)]
    read.__signature__ = Signature(  # type: ignore[attr-defined]
        [
            parameter.replace(kind=Parameter.KEYWORD_ONLY)
            for parameter in options
            if parameter.name not in consoles
        ]
    )
    return read


def _help_of(function: Callable[..., Result], following: Sequence[CommandEntry]) -> str:
    """Take the docstring for help with its examples line by line, and list what may follow."""
    text = re.sub(r"(?m)^(?=Examples?:)", "\b\n", getdoc(function) or "")
    if not following:
        return text
    width = max(len(entry.name) for entry in following)
    lines = [f"  {entry.name.ljust(width)}  {entry.help}" for entry in following]
    return "\n".join((text, "", "\b", "Instead of an argument:", *lines))


def _wrong_command_line(message: str, *, path: str) -> UsageError:
    """Tell what is wrong, and what would be right where that is known."""
    hint = f"run {path} --help"
    if path in _TAKING_A_QUERY and _SHORT_OPTION.match(message):
        hint = "a query that begins with - stands behind --, or in parentheses"
    elif path == f"{PROGRAM} list" and message.startswith("got unexpected extra argument"):
        hint = f"{path} --where QUERY, or {PROGRAM} search QUERY"
    elif path == PROGRAM and (unknown := _UNKNOWN_COMMAND.match(message)):
        meant = _CALLED_OTHERWISE.get(unknown[1])
        message, hint = (unknown[0], meant) if meant else (message, hint)
    return UsageError(message, hint=hint)


def _reworded(message: str) -> str:
    """Put typer's words in the form of all messages: lower case, no final stop."""
    text = re.sub(r" \(Possible options: (.*)\)$", r"; did you mean \1?", message)
    text = re.sub(r"\. Did you mean (.*)\?$", _suggestion, text).rstrip(".")
    return text[:1].lower() + text[1:]


def _suggestion(match: re.Match[str]) -> str:
    """Suggest anything but what cannot be taken back."""
    words = [word for word in match[1].split(", ") if word != "'purge'"]
    return f"; did you mean {', '.join(words)}?" if words else ""
