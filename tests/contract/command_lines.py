"""For every command a line that succeeds in the club of three, and the files it needs."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from builders import MOBILE, SHAN, WANG, ZENG, Club, sign_next_key_list
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

SOMEBODY = "age1zvkyg2lqzraa2lnjvqej32nkuu0ues2s82hzrye869xeexvn73equnujwj"
TO_WRAP = ("--recipient", SOMEBODY)
GRANT = ("key", "grant", "zhang", "--role", "office", "--confirm", "zhang")

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
    "index status": lambda *_: ("index", "status"),
    "index rebuild": lambda *_: ("index", "rebuild"),
    "index drop": lambda *_: ("index", "drop"),
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
    "document update": lambda club, files: (
        *("document", "update", WANG, document_of(club), str(files / "id.pdf")),
    ),
    "document list": lambda *_: ("document", "list", WANG),
    "document get": lambda club, files: (
        *("document", "get", WANG, document_of(club)),
        *("-o", str(files / "out.pdf")),
    ),
    "document remove": lambda club, _: ("document", "remove", WANG, document_of(club)),
    "purge": lambda *_: ("purge", ZENG, "--reason", "duplicate", "--confirm", ZENG),
    "purge status": lambda *_: ("purge", "status"),
    "purge approve": lambda club, _: asked_for(club) or ("purge", "approve", WANG),
    "purge cancel": lambda club, _: (
        asked_for(club) or ("purge", "cancel", WANG, "--reason", "mistake")
    ),
    "purge resume": lambda club, _: interrupted(club) or ("purge", "resume"),
    "purge verify": lambda club, _: purged(club) or ("purge", "verify"),
    "purge certificate": lambda club, _: purged(club) or ("purge", "certificate", WANG),
    "hold place": lambda *_: ("hold", "place", SHAN, "--reason", "inquiry"),
    "hold release": lambda club, _: (
        held(club) or ("hold", "release", WANG, "--reason", "case_closed")
    ),
    "segment save": lambda *_: ("segment", "save", "calls", "contact.mobile:139"),
    "segment list": lambda club, _: searched(club) or ("segment", "list"),
    "segment show": lambda club, _: searched(club) or ("segment", "show", "active-east"),
    "segment run": lambda club, _: searched(club) or ("segment", "run", "active-east"),
    "segment remove": lambda club, _: searched(club) or ("segment", "remove", "春节未访", "--yes"),
    "hold list": lambda *_: ("hold", "list"),
    "check": lambda *_: ("check",),
    "classify": lambda *_: ("classify", "--year", "2026", "--apply"),
    "ledger import": lambda _, files: (
        *("ledger", "import", str(files / "events.csv")),
        *("--map", str(files / "events.map.yaml")),
    ),
    "ledger show": lambda *_: ("ledger", "show", WANG),
    "encrypt": lambda *_: ("encrypt",),
    "verify": lambda *_: ("verify",),
    "leak scan": lambda *_: ("leak", "scan"),
    "leak rewrite": lambda *_: ("leak", "rewrite", WANG),
    "key list": lambda *_: ("key", "list"),
    "key grant": lambda *_: (*GRANT, "--levels", "internal", *TO_WRAP),
    "key revoke": lambda club, _: let_in(club) or ("key", "revoke", "zhang", "--confirm", "zhang"),
    "key rotate": lambda *_: ("key", "rotate", "internal"),
    "key sign": lambda club, _: widened(club) or ("key", "sign", "--yes"),
    "key inspect": lambda *_: ("key", "inspect"),
    "key export": lambda club, files: (
        *("key", "export", WANG, document_of(club)),
        *("--to", str(files / "one.txt")),
    ),
    "identity new": lambda club, _: without_identity(club) or ("identity", "new"),
    "identity show": lambda *_: ("identity", "show"),
    "unlock": lambda *_: ("unlock", "--for", "1m"),
    "lock": lambda *_: ("lock",),
    "vault status": lambda *_: ("vault", "status"),
    "vault add-replica": lambda _, files: ("vault", "add-replica", str(files / "safe")),
    "vault sync": lambda *_: ("vault", "sync"),
    "vault move": lambda _, files: ("vault", "move", str(files / "safe")),
    "vault retire": lambda club, files: (
        *("vault", "retire", second_replica(club, files), "--yes"),
    ),
    "vault backup": lambda _, files: ("vault", "backup", str(files / "new.age"), "--days", "90"),
    "vault backups": lambda *_: ("vault", "backups"),
    "vault backup-destroyed": lambda club, files: (
        *("vault", "backup-destroyed", backed_up(club, files), "--yes"),
    ),
    "vault restore": lambda club, files: (
        *("vault", "restore", str(files / f"{backed_up(club, files)}.age")),
        *("--into", str(files / "vault")),
    ),
    "vault escrow": lambda _, files: (
        *("vault", "escrow", str(files / "new.age"), "--days", "90"),
        *("--custodians", "3", "--threshold", "2", "--words-to", str(files / "words")),
    ),
    "vault escrow-open": lambda club, files: (
        *("vault", "escrow-open", str(files / f"{in_escrow(club, files)}.age")),
        *("--words", str(files / "words" / "custodian-1.txt")),
        *("--words", str(files / "words" / "custodian-3.txt")),
    ),
    "status": lambda *_: ("status",),
    "doctor": lambda *_: ("doctor",),
}


def document_of(club: Club) -> str:
    """The id of the one document there is."""
    return str(club.json("document", "list", WANG)["documents"][0]["id"])


def let_in(club: Club) -> None:
    """Let somebody read, if nobody has yet."""
    club.run(*GRANT, *(() if "office" in _policy(club) else ("--levels", "internal")), *TO_WRAP)


def widened(club: Club) -> None:
    """Change the policy by hand."""
    rule = "approvals:\n  - act: purge\n    roles:\n      - administrator\n"
    club.edit("policy/access.yaml", r"\Z", rule)


def asked_for(club: Club) -> None:
    """Ask for a purge that must cool off first."""
    rule = "approvals:\n  - act: purge\n    roles:\n      - administrator\n"
    club.edit("policy/access.yaml", r"\Z", f"{rule}    cooling_off_days: 3\n")
    sign_next_key_list(club)
    club.run("purge", WANG, "--reason", "duplicate", "--confirm", WANG, status=4)


def interrupted(club: Club) -> None:
    """Begin a purge that cannot end: somebody keeps a copy of the shares in the vault."""
    copy = club.vault / "copy.txt"
    copy.write_bytes(b"".join(one.read_bytes() for one in (club.vault / "segments").iterdir()))
    copy.chmod(0o600)
    club.run("purge", WANG, "--reason", "duplicate", "--confirm", WANG, status=6)
    copy.unlink()


def purged(club: Club) -> None:
    """Purge a member, who is purged only once."""
    if club.path(WANG).exists():
        club.run("purge", WANG, "--reason", "duplicate", "--confirm", WANG)


def copies_of(club: Club, files: Path) -> dict[str, str]:
    """Make a mirror and a bundle, under the names that an example has for them."""
    club.clone(files / "mirror.git", "--mirror")
    club.git("bundle", "create", "--quiet", str(files / "backup.bundle"), "--all")
    return {f"../{name}": str(files / name) for name in ("mirror.git", "backup.bundle")}


def searched(club: Club) -> None:
    """Save the searches that examples name."""
    club.run("segment", "save", "active-east", "status:active branch:east", "--replace")
    club.run("segment", "save", "春节未访", "joined<2026-01-01 -status:left", "--replace")


def held(club: Club) -> None:
    """Place a hold."""
    club.run("hold", "place", WANG, "--reason", "inquiry")


def _policy(club: Club) -> str:
    return (club.root / "policy" / "access.yaml").read_text()


def without_identity(club: Club) -> None:
    """Take the identity away, as from somebody who is new."""
    club.identity.unlink()


def second_replica(club: Club, files: Path) -> str:
    """Make a second replica of the vault."""
    club.run("vault", "add-replica", str(files / "safe"))
    return "safe"


def backed_up(club: Club, files: Path) -> str:
    """Make a backup of the vault, in a file of its name."""
    file = files / "made.age"
    told = club.run("vault", "backup", str(file), "--days", "90")
    identifier = told.stdout.strip()
    file.rename(files / f"{identifier}.age")
    return identifier


def in_escrow(club: Club, files: Path) -> str:
    """Make an escrow of the vault, in a file of its name."""
    file = files / "made.age"
    words = ("--custodians", "3", "--threshold", "2", "--words-to", str(files / "words"))
    told = club.run("vault", "escrow", str(file), "--days", "90", *words)
    identifier = told.stdout.strip()
    file.rename(files / f"{identifier}.age")
    return identifier


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
        if entry.target:
            yield words, entry
        yield from commands(entry.commands, before=words)
