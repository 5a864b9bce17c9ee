"""A command imports only what it uses: that is what makes it quick."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from builders import WANG, Club
from contract.command_lines import SUCCEEDS, commands, lay_out

LISTED = """
import json, sys
from memberarc.cli.main import main
sys.argv[0] = "memberarc"
try:
    main()
except SystemExit as end:
    status = end.code
else:
    status = 0
with open({target!r}, "w") as file:
    json.dump([status, sorted(sys.modules)], file)
"""
HEAVY = frozenset(
    (
        *("apsw", "cryptography", "duckdb", "git", "importlib.metadata", "jsonschema"),
        *("jsonschema_rs", "numpy", "pandas", "phonenumbers", "pypinyin", "pyrage"),
        *("python_calamine", "rich", "stdnum", "yaml"),
    )
)
WRAPS = {"pyrage"}
OPENS = {*WRAPS, "cryptography"}
SEARCHES = {*OPENS, "apsw", "pypinyin"}
JUDGES = {*OPENS, "jsonschema_rs", "phonenumbers", "stdnum"}
PARSES = {"yaml"}
FITS = {"jsonschema_rs"}
# What a command may import of that; whatever does not stand here, nothing.
MAY_IMPORT = {
    **dict.fromkeys(("show", "log", "diff", "document list", "document get"), OPENS),
    **dict.fromkeys(("list", "search", "segment run", "index rebuild"), SEARCHES),
    **dict.fromkeys(("segment save", "segment list", "segment show", "segment remove"), OPENS),
    **dict.fromkeys(("add", "document add", "document update"), JUDGES),
    **dict.fromkeys(("update", "edit", "import"), JUDGES | PARSES),
    **dict.fromkeys(("leak scan", "leak rewrite", "purge resume", "purge verify"), OPENS),
    **dict.fromkeys(("key revoke", "key rotate", "encrypt", "document remove"), OPENS | FITS),
    **dict.fromkeys(("verify", "purge"), OPENS | PARSES | FITS),
    "ledger import": OPENS | PARSES,
    **dict.fromkeys(("check", "purge cancel", "hold place", "hold release"), PARSES),
    **dict.fromkeys(("key list", "key grant", "key sign", "key export", "unlock"), WRAPS),
    **dict.fromkeys(("identity new", "identity show", "doctor"), WRAPS),
    **dict.fromkeys(("vault backup", "vault restore", "vault escrow"), WRAPS),
    "vault escrow-open": WRAPS,
    "index status": {"apsw", *WRAPS},
    "init": {*WRAPS, *PARSES},
    "classify": {"duckdb", "importlib.metadata", *PARSES, *FITS},
}


def modules_after(tmp_path: Path, *words: str, cwd: Path, **environment: str) -> set[str]:
    """Run a command line in a new process, and tell what it has imported."""
    target = tmp_path / "modules.json"
    script = LISTED.format(target=str(target))
    subprocess.run(
        [sys.executable, "-c", script, *words],
        cwd=cwd,
        env={**os.environ, **environment},
        capture_output=True,
        check=True,
    )
    status, names = json.loads(target.read_text())
    assert status in (0, None), words
    return set(names)


@pytest.mark.parametrize("name", [name for name, _ in commands() if name in SUCCEEDS])
def test_a_command_imports_of_what_is_heavy_only_what_it_may(
    club: Club, tmp_path: Path, name: str
) -> None:
    files = lay_out(tmp_path / "files")
    words = SUCCEEDS[name](club, files)

    names = modules_after(tmp_path, *words, cwd=club.root, EDITOR=str(files / "editor"))

    assert names & HEAVY <= MAY_IMPORT.get(name, set())
    assert "memberarc.acts" in names, "the command has run"


def test_the_table_names_no_command_that_is_not() -> None:
    assert MAY_IMPORT.keys() <= {name for name, _ in commands()}


@pytest.mark.parametrize(
    "words", [("show", WANG, "--at", "HEAD~1"), ("search", "8000", "category:A"), ("log", WANG)]
)
def test_nor_does_it_with_options(club: Club, tmp_path: Path, words: tuple[str, ...]) -> None:
    names = modules_after(tmp_path, *words, cwd=club.root)

    assert names & HEAVY <= MAY_IMPORT[words[0]]


def test_showing_a_member_starts_git_once(club: Club, tmp_path: Path) -> None:
    path, calls = noted_git(tmp_path)

    modules_after(tmp_path, "show", WANG, cwd=club.root, PATH=path)

    [call] = calls.read_text().splitlines()
    assert call.endswith("cat-file --batch-command")


def test_showing_a_member_reads_no_history_and_verifies_no_signature_again(
    club: Club, tmp_path: Path
) -> None:
    club.run("show", WANG)  # pins the key list

    names = modules_after(tmp_path, "show", WANG, cwd=club.root)

    idle = ("archive.history", "people.access", "people.ssh", "acts.key.chain")
    idle += ("formats.strict_yaml", "formats.schema_faults", "sealing.age.hybrid")
    assert names.isdisjoint(f"memberarc.{name}" for name in idle)


@pytest.mark.parametrize("words", [("search", "wxm"), ("list",), ("search", "joined>2020", "-v")])
def test_an_index_that_is_there_is_answered_from_without_opening_a_record(
    club: Club, tmp_path: Path, words: tuple[str, ...]
) -> None:
    club.run("search", "wxm")

    names = modules_after(tmp_path, *words, cwd=club.root)

    assert names & HEAVY == {"apsw", *WRAPS}


def noted_git(tmp_path: Path) -> tuple[str, Path]:
    """Make a git that notes each call: a PATH with it, and where it notes."""
    folder, calls = tmp_path / "bin", tmp_path / "calls"
    folder.mkdir()
    (folder / "git").write_text(
        f'#!/bin/sh\necho "$@" >> {calls}\nexec {shutil.which("git")} "$@"\n'
    )
    (folder / "git").chmod(0o755)
    return f"{folder}{os.pathsep}{os.environ['PATH']}", calls


@pytest.mark.parametrize(
    "words",
    [("--version",), ("--help",), ("show", "--help"), ("purge", "-h"), ("ledger", "--help")],
)
def test_help_and_version_import_nothing_and_ask_git_nothing(
    tmp_path: Path, words: tuple[str, ...]
) -> None:
    fake = tmp_path / "bin"
    fake.mkdir()
    for name in ("git", "ssh-keygen"):
        (fake / name).write_text(f"#!/bin/sh\ntouch {tmp_path}/asked\n")
        (fake / name).chmod(0o755)

    names = modules_after(
        tmp_path, *words, cwd=tmp_path, PATH=f"{fake}{os.pathsep}{os.environ['PATH']}"
    )

    assert names.isdisjoint(HEAVY)
    assert not (tmp_path / "asked").exists()
    assert not [name for name in names if name.startswith("memberarc.acts.")]


def test_the_version_alone_does_not_even_import_typer(tmp_path: Path) -> None:
    names = modules_after(tmp_path, "--version", cwd=tmp_path)

    assert "typer" not in names
    assert not [name for name in names if name.startswith("memberarc.cli.commands")]


def test_completion_imports_nothing_heavy_and_offers_commands(tmp_path: Path) -> None:
    script = LISTED.format(target=str(tmp_path / "modules.json"))
    done = subprocess.run(
        [sys.executable, "-c", script],
        cwd=tmp_path,
        env={
            **os.environ,
            "_MEMBERARC_COMPLETE": "complete_bash",
            "COMP_WORDS": "memberarc s",
            "COMP_CWORD": "1",
        },
        capture_output=True,
        text=True,
    )

    _, names = json.loads((tmp_path / "modules.json").read_text())
    assert {"show", "search", "status"} <= {*done.stdout.split()}
    # rich is barred, which shows as a name without a module.
    assert HEAVY.isdisjoint({*names} - {"rich"})


def test_no_command_of_the_table_is_loaded_for_the_sake_of_another(
    club: Club, tmp_path: Path
) -> None:
    names = modules_after(tmp_path, "show", WANG, cwd=club.root)

    loaded = {name for name in names if name.startswith("memberarc.cli.commands.")}
    assert loaded == {"memberarc.cli.commands.show"}
