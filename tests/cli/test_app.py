"""Help, completion and what they import."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from cli.running import SAMPLE
from memberarc.cli.command_table import COMMANDS, CommandEntry

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from cli.running import Run

HEAVY = ("git", "duckdb", "jsonschema", "yaml", "rich", "pypinyin", "cryptography", "pyrage")
HEAVY += ("tabulate", "importlib.metadata", "memberarc.acts", "memberarc.cli.commands", "json")


def imported_by(code: str) -> list[str]:
    told = subprocess.run(
        [sys.executable, "-c", f"{code}\nimport sys; print(*sys.modules)"],
        capture_output=True,
        text=True,
        check=True,
    )
    return [name for name in told.stdout.splitlines()[-1].split() if name in HEAVY]


def test_the_app_imports_nothing_that_is_heavy() -> None:
    assert imported_by("import memberarc.cli.app") == []


def test_help_imports_nothing_that_is_heavy() -> None:
    code = (
        "from memberarc.cli.main import run; from memberarc.cli.command_table import COMMANDS\n"
        "for words in ([], ['--help'], ['document', '-h']): run(words, commands=COMMANDS)"
    )

    assert imported_by(code) == []


def test_help_of_a_command_imports_its_module_and_that_of_the_group_does_not(sample: Run) -> None:
    assert "Try a group." in sample("--help").stdout
    assert "Miss it." in sample("document", "--help").stdout
    assert sample("document", "missing", "--help").returncode == 70


def test_help_lists_the_commands_under_their_panels(sample: Run) -> None:
    lines = sample("--help").stdout.splitlines()

    assert lines[lines.index("Groups:") + 1] == "  document     Try a group."
    assert lines[lines.index("Groups:") + 2] == "  purge        Try a command that is a group, too."
    assert lines[lines.index("Commands:") + 1] == "  show         Try show."


def test_help_shows_the_examples_line_by_line_and_the_shared_options_last(sample: Run) -> None:
    text = sample("show", "--help").stdout

    assert (
        "  Example:\n"
        "    memberarc show M2026-000001\n"
        "    memberarc show M2026-000001 --format json\n"
    ) in text
    assert text.index("-C, --directory") < text.index("--format <") < text.index("-q, --quiet")
    assert sample("show", "-h").stdout == text


def test_help_is_the_same_in_every_environment(sample: Run) -> None:
    plain = sample("show", "--help").stdout

    assert sample("show", "--help", FORCE_COLOR="1", GITHUB_ACTIONS="true").stdout == plain
    assert plain.isascii()


@pytest.mark.parametrize("words", [[], ["document"]])
def test_no_command_at_all_shows_help_and_is_a_usage_error(sample: Run, words: list[str]) -> None:
    told = sample(*words)

    assert told.returncode == 2
    assert told.stdout == ""
    assert told.stderr == sample(*words, "--help").stdout


@pytest.mark.parametrize(
    ("words", "directory"),
    [
        ("show M1", "."),
        ("show M1 -C /a", "/a"),
        ("show -C /a M1", "/a"),
        ("-C /a show M1", "/a"),
        ("-C /a show M1 --directory /b", "/b"),
        ("-C /a document get M1", "/a"),
    ],
)
def test_the_directory_may_be_named_before_and_after_the_command(
    sample: Run, words: str, directory: str
) -> None:
    assert sample(*words.split()).stdout == f"M1 in {directory}\n"


def test_a_group_may_be_a_command_itself(sample: Run) -> None:
    assert sample("purge", "M1", "-C", "/a").stdout == "M1 in /a\n"
    assert sample("purge", "-C", "/a", "M1").stdout == "M1 in /a\n"
    assert "added M1" in sample("purge", "status").stderr
    assert sample("purge").returncode == 2
    assert "hint: run memberarc purge --help" in sample("purge").stderr


def test_its_help_lists_what_may_follow_in_the_place_of_an_argument(sample: Run) -> None:
    text = sample("purge", "--help").stdout

    assert "Show one member." in text
    assert "  Instead of an argument:\n    status  Tell it.\n" in text
    assert "Change something" in sample("purge", "status", "--help").stdout


def test_a_command_may_have_a_format_of_its_own(sample: Run) -> None:
    told = sample("check", "--format", "sarif")

    assert (told.stdout, told.returncode) == ("sarif it is\n", 1)
    assert "'sarif'" in sample("check", "--format", "xml").stderr
    assert "'sarif'" not in sample("show", "M1", "--format", "xml").stderr


def completed(words: str, *, shell: str = "bash") -> str:
    environment = {
        **os.environ,
        "_MEMBERARC_COMPLETE": f"complete_{shell}",
        "COMP_WORDS": words,
        "COMP_CWORD": str(len(words.split(" ")) - 1),
        "_TYPER_COMPLETE_ARGS": words,
        "_TYPER_COMPLETE_FISH_ACTION": "get-args",
    }
    told = subprocess.run(
        [sys.executable, "-X", "importtime", SAMPLE],
        env=environment,
        capture_output=True,
        text=True,
    )
    assert [line for line in told.stderr.splitlines() if not line.startswith("import time:")] == []
    assert " rich" not in told.stderr
    assert told.returncode == 0
    return told.stdout


@pytest.mark.parametrize(
    ("words", "offered"),
    [
        ("memberarc sh", ["show"]),
        ("memberarc document ", ["get", "missing", "lost"]),
        ("memberarc show --fo", ["--format"]),
        ("memberarc show --format js", ["json", "jsonl"]),
        ("memberarc document get --quie", ["--quiet"]),
    ],
)
def test_the_shell_completes_commands_options_and_values(words: str, offered: list[str]) -> None:
    assert completed(words).split() == offered


def test_zsh_and_fish_get_the_help_beside_each_word_without_rich() -> None:
    assert '"show":"Try show."' in completed("memberarc sh", shell="zsh")
    assert completed("memberarc sh", shell="fish") == "show\tTry show.\n"


def test_completion_says_nothing_of_a_command_that_cannot_be_loaded() -> None:
    assert completed("memberarc document missing --for") == ""
    assert completed("memberarc no-such-thing --for").strip() == ""


def entries_in(commands: Sequence[CommandEntry]) -> Iterator[CommandEntry]:
    for entry in commands:
        yield entry
        yield from entries_in(entry.commands)


def test_the_table_names_what_is_promised() -> None:
    names = {entry.name for entry in COMMANDS}
    groups = {
        entry.name: {inner.name for inner in entry.commands} for entry in COMMANDS if entry.commands
    }

    assert names >= {"init", "add", "update", "edit", "show", "list", "log", "diff", "import"}
    assert names >= {
        "check",
        "classify",
        "search",
        "encrypt",
        "purge",
        "verify",
        "status",
        "doctor",
    }
    assert groups == {
        "document": {"add", "update", "remove", "list", "get"},
        "ledger": {"import", "show"},
        "key": {"list", "grant", "revoke", "rotate", "sign", "inspect", "export"},
        "identity": {"new", "show"},
        "vault": {
            *("add-replica", "sync", "move", "retire", "status"),
            *("backup", "backups", "backup-destroyed", "restore", "escrow", "escrow-open"),
        },
        "purge": {"status", "approve", "cancel", "resume", "verify", "certificate"},
        "hold": {"place", "release", "list"},
        "leak": {"scan", "rewrite"},
        "index": {"status", "rebuild", "drop"},
        "segment": {"save", "list", "show", "run", "remove"},
    }


def test_an_entry_is_a_command_or_a_group_or_both_and_its_help_one_short_line() -> None:
    for entry in entries_in(COMMANDS):
        assert entry.target or entry.commands
        assert entry.help.endswith(".")
        assert len(entry.help) <= 60
