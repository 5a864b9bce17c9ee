"""A dry run tells what would be done, and touches nothing: no file, no git object, no vault."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from builders import MOBILE, SHAN, WANG, Club

MEMBERS_MAP = """\
format: map/1
target: members
kind: individual
fields:
  name: {column: name}
"""
LEDGER_MAP = """\
format: map/1
target: ledger
source: shop
member: {column: who, match: contact.mobile}
fields:
  kind: {value: purchase}
  date: {column: day}
"""


def files(club: Club) -> Path:
    """Put sheets, mappings and a document beside the archive; edit one record by hand."""
    folder = club.root.parent / "files"
    folder.mkdir()
    (folder / "members.csv").write_text("name\n李四\n")
    (folder / "members.map.yaml").write_text(MEMBERS_MAP)
    (folder / "events.csv").write_text(f"who,day\n{MOBILE},2026-01-03\n")
    (folder / "events.map.yaml").write_text(LEDGER_MAP)
    (folder / "scan.pdf").write_bytes(b"%PDF")
    (folder / "editor").write_text('#!/bin/sh\nsed -i s/active/left/ "$1"\n')
    (folder / "editor").chmod(0o755)
    club.edit(f"members/2026/0000/{SHAN}.yaml", r"(?<=  mobile: )enc:\S+", '"13111111111"')
    return folder


WRITERS: dict[str, Callable[[Path], tuple[str, ...]]] = {
    "add": lambda _: ("add", "--set", "name=李四"),
    "update": lambda _: ("update", WANG, "--set", "status=left", "--note", "left"),
    "edit": lambda _: ("edit", WANG),
    "import": lambda f: ("import", f"{f}/members.csv", "--map", f"{f}/members.map.yaml"),
    "ledger import": lambda f: (
        *("ledger", "import", f"{f}/events.csv"),
        *("--map", f"{f}/events.map.yaml"),
    ),
    "document add": lambda f: (
        *("document", "add", WANG, f"{f}/scan.pdf"),
        *("--level", "secret", "--title", "护照"),
    ),
    "encrypt": lambda _: ("encrypt",),
    "classify": lambda _: ("classify", "--year", "2026", "--apply"),
    "purge": lambda _: ("purge", WANG, "--reason", "duplicate", "--confirm", WANG),
}


@pytest.mark.parametrize("name", WRITERS)
@pytest.mark.parametrize("form", ["table", "json"])
def test_a_dry_run_changes_nothing_at_all(
    club: Club, name: str, form: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = files(club)
    monkeypatch.setenv("EDITOR", str(folder / "editor"))
    if name == "classify":  # it refuses edited records
        club.git("checkout", "--quiet", "--", ".")
    before = club.fingerprint()

    told = club.run(*WRITERS[name](folder), "--dry-run", "--format", form)

    assert club.fingerprint() == before
    assert told.stdout or told.stderr
    if form == "json":
        assert told.data["commit"] is None


@pytest.mark.parametrize("name", WRITERS)
def test_the_same_command_without_it_makes_commits(
    club: Club, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = files(club)
    monkeypatch.setenv("EDITOR", str(folder / "editor"))
    if name == "classify":
        club.git("checkout", "--quiet", "--", ".")
    if name == "purge":
        club.run("encrypt")
    before = club.head()

    told = club.run(*WRITERS[name](folder), "--format", "json")

    assert told.data["commit"] == club.head() != before


@pytest.mark.parametrize("name", [name for name in WRITERS if name != "purge"])
def test_the_plan_of_a_dry_run_is_what_the_real_run_does(
    club: Club, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = files(club)
    monkeypatch.setenv("EDITOR", str(folder / "editor"))
    if name == "classify":
        club.git("checkout", "--quiet", "--", ".")
    chance = ("commit", "uid", "document", "path", "size_bytes")

    dry, real = (
        club.run(*WRITERS[name](folder), *words, "--format", "json").data for words in (("-n",), ())
    )

    assert dry.keys() == real.keys()
    assert {key: dry[key] for key in dry if key not in chance} == {
        key: real[key] for key in real if key not in chance
    }


def test_the_forecast_of_a_code_comes_true(club: Club) -> None:
    forecast = club.run("add", "--set", "name=李四", "-n").stdout

    assert club.run("add", "--set", "name=李四").stdout == forecast
