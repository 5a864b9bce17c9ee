"""A command imports only what it uses: that is what makes it quick."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from builders import WANG, Club

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
HEAVY = ("duckdb", "rich", "yaml", "importlib.metadata", "jsonschema", "git", "numpy", "pandas")


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


@pytest.mark.parametrize(
    "words",
    [
        ("show", WANG),
        ("show", WANG, "--at", "HEAD~1"),
        ("search", "wxm"),
        ("search", "8000", "category:A"),
        ("list",),
        ("log", WANG),
        ("status",),
        ("key", "list"),
        ("document", "list", WANG),
    ],
)
def test_what_reads_imports_nothing_heavy(
    club: Club, tmp_path: Path, words: tuple[str, ...]
) -> None:
    names = modules_after(tmp_path, *words, cwd=club.root)

    assert names.isdisjoint(HEAVY)
    assert "memberarc.acts" in names, "the command has run"


def test_showing_a_member_needs_no_pinyin_and_no_schema_library(club: Club, tmp_path: Path) -> None:
    names = modules_after(tmp_path, "show", WANG, cwd=club.root)

    assert names.isdisjoint(
        ("pypinyin", "jsonschema_rs", "phonenumbers", "stdnum", "python_calamine")
    )


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

    assert names.isdisjoint((*HEAVY, "pypinyin", "jsonschema_rs", "pyrage", "cryptography"))
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
    assert {*names}.isdisjoint({*HEAVY} - {"rich"})


def test_no_command_of_the_table_is_loaded_for_the_sake_of_another(
    club: Club, tmp_path: Path
) -> None:
    names = modules_after(tmp_path, "show", WANG, cwd=club.root)

    loaded = {name for name in names if name.startswith("memberarc.cli.commands.")}
    assert loaded == {"memberarc.cli.commands.show"}
