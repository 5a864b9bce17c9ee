"""What every command owes: help with an example that works, an act, JSON that fits, and silence."""

from __future__ import annotations

import ast
import csv
import importlib
import inspect
import io
import json
import re
import shlex
import textwrap
from collections.abc import Callable
from pathlib import Path
from typing import get_args

import jsonschema
import pytest

from builders import WANG, Club, add, run
from contract.command_lines import (
    SOMEBODY,
    SUCCEEDS,
    asked_for,
    backed_up,
    commands,
    copies_of,
    document_of,
    held,
    in_escrow,
    interrupted,
    lay_out,
    let_in,
    purged,
    searched,
    second_replica,
    without_identity,
)
from memberarc.cli.app import Invocation, read_command_line
from memberarc.cli.command_table import COMMANDS
from memberarc.output.result import Format

ROOT = Path(__file__).parents[2]
OUTPUT = json.loads((ROOT / "docs" / "output.schema.json").read_text())
NAMES = [name for name, _ in commands()]
# What these print is what was asked for, so that -q leaves it as it is.
READERS = (
    *("purge status", "purge verify", "purge certificate", "hold list"),
    *("segment list", "segment show", "segment run"),
    *("show", "list", "search", "log", "diff", "document list", "ledger show", "key list"),
    "key inspect",
    *(
        "vault status",
        "vault backups",
        "status",
        "doctor",
        "check",
        "verify",
        "leak scan",
        "identity show",
    ),
)
# These need no archive.
ANYWHERE = ("doctor", "identity new", "identity show", "lock")


@pytest.fixture
def files(club: Club, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = lay_out(club.root.parent / "files")
    monkeypatch.setenv("EDITOR", str(folder / "editor"))
    return folder


def help_of(name: str, where: Path) -> str:
    told = run(*name.split(), "--help", cwd=where)
    assert (told.status, told.stderr) == (0, "")
    return told.stdout


def examples_of(name: str, where: Path) -> list[str]:
    return re.findall(r"(?m)^\s*(?:Example: )?((?:\w+=\S+ )?memberarc .*)$", help_of(name, where))


def test_every_command_has_a_line_here() -> None:
    assert {*SUCCEEDS} == {*NAMES}


@pytest.mark.parametrize(("name", "target"), [(name, entry.target) for name, entry in commands()])
def test_a_command_calls_an_act_and_knows_nothing_else(name: str, target: str) -> None:
    module_name, function_name = target.split(":")
    function = getattr(importlib.import_module(module_name), function_name)
    tree = ast.parse(textwrap.dedent(inspect.getsource(function)))
    imported = {node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}

    assert any(str(module).startswith("memberarc.acts.") for module in imported), imported
    called = {
        node.func.id
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
    }
    assert not called & {"open", "print", "input", "exec", "eval"}


@pytest.mark.parametrize("name", NAMES)
def test_help_says_what_it_does_and_shows_an_example(name: str, tmp_path: Path) -> None:
    text = help_of(name, tmp_path)

    assert text.startswith(f"Usage: memberarc {name} ")
    assert examples_of(name, tmp_path)
    assert "-q, --quiet" in text
    assert "--format" in text


def test_the_list_of_commands_names_them_all(tmp_path: Path) -> None:
    text = run("--help", cwd=tmp_path).stdout

    for entry in COMMANDS:
        assert re.search(rf"(?m)^  {entry.name} +{re.escape(entry.help)}$", text), entry.name


@pytest.mark.parametrize("name", NAMES)
def test_every_example_is_a_command_line_that_can_be_read(name: str, tmp_path: Path) -> None:
    for example in examples_of(name, tmp_path):
        words = shlex.split(example)
        words = words[words.index("memberarc") + 1 :]

        invocation = read_command_line(words, commands=COMMANDS)

        assert isinstance(invocation, Invocation)
        assert invocation.command == name


# What an example names, by what it stands for here.
NAMED: dict[str, dict[str, str]] = {
    "import": {"members.xlsx": "members.csv", "members.map.yaml": "members.map.yaml"},
    "ledger import": {"purchases.csv": "events.csv", "purchases.map.yaml": "events.map.yaml"},
    "document add": {"id.pdf": "id.pdf"},
    "document update": {"id.pdf": "id.pdf"},
}


# What an example names, where that must be made first.
MADE: dict[str, Callable[[Club, Path], dict[str, str]]] = {
    "purge approve": lambda club, _: asked_for(club) or {},
    "purge cancel": lambda club, _: asked_for(club) or {},
    "purge resume": lambda club, _: interrupted(club) or {},
    "purge certificate": lambda club, _: purged(club) or {},
    "purge verify": lambda club, files: purged(club) or copies_of(club, files),
    "hold release": lambda club, _: held(club) or {},
    "segment show": lambda club, _: searched(club) or {},
    "segment run": lambda club, _: searched(club) or {},
    "segment remove": lambda club, _: searched(club) or {},
    "identity new": lambda club, _: without_identity(club) or {},
    "key grant": lambda *_: {"age1...": SOMEBODY},
    "key revoke": lambda club, _: let_in(club) or {},
    "key export": lambda club, _: {"h7w2": document_of(club)},
    "vault retire": lambda club, files: {"safe": second_replica(club, files)},
    "vault backup-destroyed": lambda club, files: {"k5x2w7n3q4v6t2zb": backed_up(club, files)},
    "vault restore": lambda club, files: {
        "../vault.age": str(files / f"{backed_up(club, files)}.age")
    },
    "vault escrow-open": lambda club, files: {
        "../e.age": str(files / f"{in_escrow(club, files)}.age"),
        "one.txt": str(files / "words" / "custodian-1.txt"),
        "three.txt": str(files / "words" / "custodian-3.txt"),
    },
}


@pytest.mark.parametrize("name", NAMES)
def test_every_example_runs(club: Club, files: Path, name: str) -> None:
    """In the club an example finds the member, the files and the document that it names."""
    for example in examples_of(name, club.root):
        words = shlex.split(example)
        words = words[words.index("memberarc") + 1 :]
        named = {word: str(files / file) for word, file in NAMED.get(name, {}).items()}
        if name in ("document update", "document get", "document remove"):
            named |= {words[3]: document_of(club)}
        if name in MADE:
            named = MADE[name](club, files)
        if name == "show":
            named = {"2026-06-30": "2099-12-31"}
        assert not named or named.keys() & {*words}

        told = club.run(*(named.get(word, word) for word in words), status=None)

        assert told.status == 0, (example, told)


@pytest.mark.parametrize("name", NAMES)
def test_json_is_one_document_that_fits_the_public_schema(
    club: Club, files: Path, name: str
) -> None:
    told = club.run(*SUCCEEDS[name](club, files), "--format", "json")

    jsonschema.validate(told.envelope, OUTPUT)
    assert told.envelope["command"] == name
    assert told.envelope["status"] == "ok"


@pytest.mark.parametrize("name", NAMES)
def test_quiet_a_command_that_succeeds_says_nothing_beside_its_answer(
    club: Club, files: Path, name: str
) -> None:
    loud = club.run(*SUCCEEDS[name](club, files)) if name in READERS else None

    told = club.run(*SUCCEEDS[name](club, files), "-q")

    warnings = {
        "init": "keep a copy of these three elsewhere",
        "purge approve": "cools off until",
        "vault restore": "is a replica from now on",
        "vault escrow-open": "is a replica from now on",
        "vault escrow": "hand each custodian one file",
        "key revoke": "take the vault from zhang",
        "key export": "neither a revocation nor a purge takes that back",
    }
    assert told.stderr == "" or warnings.get(name, "\0") in told.stderr
    if loud is not None:
        assert told.stdout == loud.stdout


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("form", [form for form in get_args(Format) if form != "json"])
def test_every_command_answers_in_every_format(
    club: Club, files: Path, name: str, form: str
) -> None:
    text = club.run(*SUCCEEDS[name](club, files), "--format", form, "-q").stdout

    if form == "jsonl":
        assert all(isinstance(json.loads(line), dict) for line in text.splitlines())
    elif form in ("csv", "tsv"):
        rows = [*csv.reader(io.StringIO(text), delimiter="," if form == "csv" else "\t")]
        assert len({len(row) for row in rows}) == 1
    elif form == "md":
        assert all(line.startswith("| ") for line in text.splitlines())
    assert text.endswith("\n") or text == ""


@pytest.mark.parametrize("name", NAMES)
def test_what_fails_is_one_json_document_too(club: Club, files: Path, name: str) -> None:
    words = SUCCEEDS[name](club, files)
    nowhere = str(club.home)

    told = run(*words, "--nonsense", "--format=json", cwd=club.root)
    away = run(*words, "-C", nowhere, "--format", "json", cwd=club.root) if name != "init" else told

    for outcome in (told, away):
        jsonschema.validate(outcome.envelope, OUTPUT)
        assert outcome.envelope["command"] == name
    assert told.envelope["error"]["status"] == told.status == 2
    assert away.status in ((0, 1) if name in ANYWHERE else (2, 5))


@pytest.mark.parametrize("name", NAMES)
def test_what_comes_next_can_be_run(club: Club, files: Path, name: str) -> None:
    envelope = club.run(*SUCCEEDS[name](club, files), "--format", "json").envelope

    for following in envelope["next"]:
        words = shlex.split(following)
        if words[0] == "git":
            club.git(*words[1:])
            continue
        assert words[0] == "memberarc"
        invocation = read_command_line(words[1:], commands=COMMANDS)
        assert isinstance(invocation, Invocation), following


WRITERS = (
    "leak rewrite",
    "add",
    "update",
    "edit",
    "import",
    "document add",
    "document update",
    "document remove",
    "purge",
    "purge approve",
    "purge cancel",
    "purge resume",
    "hold place",
    "hold release",
    "segment save",
    "segment remove",
    "classify",
    "ledger import",
    "encrypt",
    "key grant",
    "key revoke",
    "key rotate",
    "key sign",
    "identity new",
    "vault add-replica",
    "vault sync",
    "vault move",
    "vault retire",
    "vault backup",
    "vault backup-destroyed",
    "vault restore",
    "vault escrow",
    "vault escrow-open",
)


@pytest.mark.parametrize("name", NAMES)
def test_who_writes_into_an_archive_has_a_dry_run_and_nobody_else(
    name: str, tmp_path: Path
) -> None:
    has = "-n, --dry-run" in help_of(name, tmp_path)

    assert has == (name in (*WRITERS, "init"))


# These change what is beside the archive, and can be had again at any time.
PROJECTIONS = ("index rebuild", "index drop")


@pytest.mark.parametrize(
    "name", [name for name in NAMES if name not in (*WRITERS, "init", *PROJECTIONS)]
)
def test_who_reads_changes_nothing(club: Club, files: Path, name: str) -> None:
    words = SUCCEEDS[name](club, files)
    club.run("search", "小明")  # the first search makes the index
    before = club.fingerprint()

    club.run(*words)

    assert club.fingerprint() == before


def test_nothing_is_lost_in_a_pipe(club: Club, monkeypatch: pytest.MonkeyPatch) -> None:
    name = "长" * 150 + "end"
    add(club, name=name)
    for variable, value in (("COLUMNS", "20"), ("FORCE_COLOR", "1"), ("TERM", "xterm-256color")):
        monkeypatch.setenv(variable, value)

    for words in (("list",), ("search", "end"), ("show", "M2026-000004")):
        assert name in re.sub(r"\x1b\[[0-9;]*m", "", club.run(*words).stdout)


def test_colour_is_for_terminals_unless_it_is_asked_for(club: Club) -> None:
    assert "\x1b" not in club.run("list").stdout
    assert "\x1b[" in club.run("list", "--color", "always").stdout
    assert "\x1b" not in club.run("list", "--color", "always", "--no-color").stdout
    assert "\x1b" not in club.run("list", "--color", "always", "--format", "csv").stdout


def test_the_words_of_groups_show_their_commands(tmp_path: Path) -> None:
    for entry in COMMANDS:
        if entry.commands and not entry.target:
            told = run(entry.name, cwd=tmp_path)
            assert told.status == 2
            assert all(inner.name in told.stderr for inner in entry.commands)
            assert told.stdout == ""


def test_amounts_and_days_are_written_as_the_schema_promises(club: Club, files: Path) -> None:
    mapping = files / "events.map.yaml"
    mapping.write_text(mapping.read_text() + "  amount: {column: paid}\n")
    (files / "events.csv").write_text("who,day,paid\n13900139001,2026-01-03,12.50\n")
    club.run(*SUCCEEDS["ledger import"](club, files))

    [event] = club.json("ledger", "show", WANG)["events"]
    [act, *_] = club.json("log")

    assert (event["date"], event["amount"]) == ("2026-01-03", "12.50")
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", act["time"])


def test_the_schema_of_the_output_is_one_itself() -> None:
    jsonschema.Draft202012Validator.check_schema(OUTPUT)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({"memberarc": 2}, OUTPUT)
