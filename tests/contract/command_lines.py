"""For every command a line that succeeds in the club of three, and the files it needs."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from builders import MOBILE, SHAN, WANG, ZENG, Club
from memberarc.cli.command_table import COMMANDS, CommandEntry

Words = tuple[str, ...]

MEMBERS_MAP = """\
format: map/1
target: members
kind: individual
key: registration.number
fields:
  registration.number: {column: number}
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

SUCCEEDS: dict[str, Callable[[Club, Path], Words]] = {
    "init": lambda _, files: (
        *("init", str(files / "new"), "--name", "西区商会"),
        *("--role-address", "west@example.org", "--vault", str(files / "vault")),
    ),
    "add": lambda *_: ("add", "--set", "name=李四"),
    "update": lambda *_: ("update", SHAN, "--set", "status=left", "--reason", "moved"),
    "edit": lambda *_: ("edit", SHAN),
    "show": lambda *_: ("show", WANG),
    "list": lambda *_: ("list",),
    "search": lambda *_: ("search", "小明"),
    "log": lambda *_: ("log", WANG),
    "diff": lambda *_: ("diff", "HEAD~2", "HEAD"),
    "import": lambda _, files: (
        *("import", str(files / "members.csv")),
        *("--map", str(files / "members.map.yaml")),
    ),
    "document add": lambda _, files: (
        *("document", "add", WANG, str(files / "id.pdf")),
        *("--level", "confidential", "--title", "护照"),
    ),
    "document list": lambda *_: ("document", "list", WANG),
    "document get": lambda club, files: (
        *("document", "get", WANG, document_of(club)),
        *("-o", str(files / "out.pdf")),
    ),
    "purge": lambda *_: ("purge", ZENG, "--reason", "duplicate", "--confirm", ZENG),
    "check": lambda *_: ("check",),
    "classify": lambda *_: ("classify", "--year", "2026", "--apply"),
    "ledger import": lambda _, files: (
        *("ledger", "import", str(files / "events.csv")),
        *("--map", str(files / "events.map.yaml")),
    ),
    "ledger show": lambda *_: ("ledger", "show", WANG),
    "encrypt": lambda *_: ("encrypt",),
    "verify": lambda *_: ("verify",),
    "key list": lambda *_: ("key", "list"),
    "vault status": lambda *_: ("vault", "status"),
    "status": lambda *_: ("status",),
    "doctor": lambda *_: ("doctor",),
}


def document_of(club: Club) -> str:
    """The id of the one document there is."""
    return str(club.json("document", "list", WANG)["documents"][0]["id"])


def lay_out(folder: Path) -> Path:
    """Put the files there that the command lines name."""
    folder.mkdir(exist_ok=True)
    (folder / "members.csv").write_text("number,name\n1,李四\n")
    (folder / "members.map.yaml").write_text(MEMBERS_MAP)
    (folder / "events.csv").write_text(f"who,day\n{MOBILE},2026-01-03\n")
    (folder / "events.map.yaml").write_text(LEDGER_MAP)
    (folder / "id.pdf").write_bytes(b"%PDF")
    editor = folder / "editor"
    editor.write_text('#!/bin/sh\nsed -i s/active/left/ "$1"\n')
    editor.chmod(0o755)
    return folder


def commands(
    entries: Sequence[CommandEntry] = COMMANDS, *, before: str = ""
) -> Iterator[tuple[str, CommandEntry]]:
    """Every command of the table by its words, those of groups included."""
    for entry in entries:
        words = f"{before} {entry.name}".strip()
        if entry.commands:
            yield from commands(entry.commands, before=words)
        else:
            yield words, entry
