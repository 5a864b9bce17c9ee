"""Readable makers: a club with members, people who work in it, and the command line.

The club is built once a process, by the command line itself, and copied for every test that asks
for it: archive, vault, keys and settings.
"""

from __future__ import annotations

import io
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import chdir, contextmanager, redirect_stderr, redirect_stdout
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from memberarc.acts.opening import Caller
from memberarc.cli import calling
from memberarc.cli.command_table import COMMANDS
from memberarc.cli.main import run as run_command_line
from memberarc.people.ssh import sign
from memberarc.people.user_files import user_files
from memberarc.sealing.keys.key_list import (
    next_key_list,
    parse_key_list,
    policy_digest,
    write_key_list,
)
from memberarc.sealing.keys.key_pin import KEY_LIST_NAMESPACE

NOW = datetime(2026, 11, 3, 4, 0, tzinfo=UTC)
MEMBERARC = [sys.executable, "-m", "memberarc"]

WANG, SHAN, ZENG = "M2026-000001", "M2026-000002", "M2026-000003"
MOBILE_BEFORE, MOBILE = "13800138001", "13900139001"
NOTE = "女儿来电说搬家了"
SCAN = b"%PDF-1.4 scan of the passport E12345678 of \xe7\x8e\x8b\xe5\xb0\x8f\xe6\x98\x8e\n"
# What of 王小明 tells who he is, and so must stand in clear nowhere.
SECRETS = (
    "王小明",
    MOBILE_BEFORE,
    MOBILE,
    "wang.xiaoming@example.org",
    "中山东一路18号",
    "110101199001011237",
    "抗洪救灾先进个人",
    "身份证复印件",
    "E12345678",
    NOTE,
)


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What one command line came to."""

    status: int
    stdout: str
    stderr: str

    @property
    def envelope(self) -> Any:
        """The JSON document on stdout."""
        return json.loads(self.stdout)

    @property
    def data(self) -> Any:
        """What the JSON document answers."""
        return self.envelope["data"]

    @property
    def commit(self) -> str:
        """The commit that was told on stderr."""
        told = re.search(r"\(commit ([0-9a-f]{7})\)", self.stderr)
        assert told, self.stderr
        return told[1]


@dataclass(frozen=True, kw_only=True)
class Club:
    """An archive that a person works in, and the home that person has."""

    root: Path
    home: Path
    archive: str = field(default="")

    @property
    def vault(self) -> Path:
        return self.home / "data" / "memberarc" / "vaults" / self.archive

    @property
    def identity(self) -> Path:
        return self.home / "config" / "memberarc" / "identity.txt"

    @property
    def signing_key(self) -> Path:
        return self.home / "config" / "memberarc" / "signing_key"

    @property
    def settings(self) -> Path:
        return self.home / "config" / "memberarc" / "archives" / f"{self.archive}.yaml"

    def run(self, *words: str, status: int | None = 0, stdin: bytes = b"") -> Outcome:
        """Run a command line here; it must end with this status (None: with any)."""
        outcome = run(*words, cwd=self.root, stdin=stdin)
        assert status is None or outcome.status == status, outcome
        return outcome

    def json(self, *words: str, status: int = 0, stdin: bytes = b"") -> Any:
        """Run a command line and return the data of its JSON answer."""
        return self.run(*words, "--format", "json", status=status, stdin=stdin).data

    def problems(self, *words: str) -> list[dict[str, Any]]:
        """Run a command line that finds flaws, and return them."""
        outcome = self.run(*words, "--format", "json", status=None)
        problems: list[dict[str, Any]] = outcome.envelope["problems"]
        assert outcome.status == (1 if problems else 0), outcome
        return problems

    def git(self, *arguments: str, stdin: str = "") -> str:
        """Run git here, as the person does."""
        return git(self.root, *arguments, stdin=stdin)

    def head(self) -> str:
        return self.git("rev-parse", "HEAD").strip()

    def path(self, code: str) -> Path:
        """Where the record with a code lies, or lay."""
        return self.root / "members" / code[1:5] / "0000" / f"{code}.yaml"

    def text(self, code: str) -> str:
        return self.path(code).read_text(encoding="utf-8")

    def uid(self, code: str) -> str:
        found = re.search(r"^uid: (\S+)$", self.text(code), re.MULTILINE)
        assert found
        return found[1]

    def edit(self, path: str, old: str, new: str) -> None:
        """Change a file by hand: the one place where ``old``, a regular expression, stands."""
        file = self.root / path
        text, count = re.subn(old, lambda _: new, file.read_text(encoding="utf-8"))
        assert count == 1, f"{old} stands {count} times in {path}"
        file.write_text(text, encoding="utf-8")

    def commit_by_hand(self, message: str = "by hand") -> str:
        """Commit whatever lies in the work tree, as a person does without memberarc."""
        self.git("add", "--all")
        self.git("commit", "--quiet", "--message", message)
        return self.head()

    def clone(self, target: Path, *options: str) -> Club:
        """Clone; the person and the vault stay the same."""
        git(self.root, "clone", "--quiet", *options, str(self.root), str(target))
        return Club(root=target, home=self.home, archive=self.archive)

    def caller(self) -> Caller:
        return caller(self.root)

    def fingerprint(self) -> str:
        """Digest every name, mode and byte of archive, vault and home."""
        return tree_digest(self.root, self.home)


def run(*words: str, cwd: Path, stdin: bytes = b"", now: datetime = NOW) -> Outcome:
    """Run the real command line in this process, at a fixed time."""
    out, err = _stream(), _stream()
    before, threads = signal.getsignal(signal.SIGTERM), {*threading.enumerate()}
    stdin_before, sys.stdin = sys.stdin, _stream(stdin)
    try:
        with chdir(cwd), redirect_stdout(out), redirect_stderr(err), clock(now):
            status = run_command_line(words, commands=COMMANDS)
    finally:
        sys.stdin = stdin_before
        signal.signal(signal.SIGTERM, before)
        # git's own housekeeping, which no command waits for, must not meet what a test does next.
        for thread in {*threading.enumerate()} - threads:
            thread.join(timeout=120)
    return Outcome(status=status, stdout=_text(out), stderr=_text(err))


def run_as_process(*words: str, cwd: Path, stdin: bytes = b"", **environment: str) -> Outcome:
    """Run the command line as a process of its own, without any terminal."""
    done = subprocess.run(
        [*MEMBERARC, *words],
        cwd=cwd,
        input=stdin,
        env={**os.environ, **environment},
        capture_output=True,
        timeout=60,
        start_new_session=True,
    )
    return Outcome(status=done.returncode, stdout=done.stdout.decode(), stderr=done.stderr.decode())


def caller(directory: Path, *, now: datetime = NOW) -> Caller:
    """Make the caller that the command line makes, at a fixed time."""
    return Caller(directory=directory, user=user_files(os.environ), clock=lambda: now)


@contextmanager
def clock(now: datetime) -> Iterator[None]:
    """Stop the clock by which acts tell the time."""

    class Stopped(datetime):
        @classmethod
        def now(cls, tz: Any = None) -> datetime:
            return now

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(calling, "datetime", Stopped)
        yield


def git(directory: Path, *arguments: str, stdin: str = "") -> str:
    """Run git in a directory; it must succeed."""
    done = subprocess.run(
        ["git", *arguments], cwd=directory, input=stdin, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def tree_digest(*roots: Path) -> str:
    """Digest names, modes and bytes of everything below some directories."""
    total = sha256()
    for root in roots:
        for path in sorted(root.rglob("*")):
            content = path.read_bytes() if path.is_file() and not path.is_symlink() else b""
            facts = f"{path.relative_to(root)}\0{path.lstat().st_mode:o}\0{len(content)}\0"
            total.update(facts.encode("utf-8", "surrogateescape") + content)
    return total.hexdigest()


def start_club(root: Path, home: Path, *words: str) -> Club:
    """Start an archive without members."""
    outcome = run(
        *("init", str(root), "--name", "东区商会", "--role-address", "office@example.org"),
        *words,
        "--format",
        "json",
        cwd=root.parent,
    )
    assert outcome.status == 0, outcome
    return Club(root=root, home=home, archive=outcome.data["archive"])


def add(club: Club, **values: str) -> str:
    """Add a member and return the code; a double underscore parts a path."""
    words = [f"--set={name.replace('__', '.')}={value}" for name, value in values.items()]
    return club.run("add", *words).stdout.strip()


def sign_next_key_list(
    club: Club, *, key: Path | None = None, exchange_a_key: bool = False
) -> None:
    """Commit a key list with the next number, signed; of the same keys, or one of them another."""
    path = club.root / "keys" / "keys.yaml"
    content = path.read_bytes()
    before = parse_key_list(content, path=path.name)
    first, *others = before.keys
    if exchange_a_key:
        first = replace(first, commitment=first.commitment[:8] + "0" * 24)
    policy = policy_digest((club.root / "policy" / "access.yaml").read_bytes())
    following = write_key_list(
        next_key_list(before, content=content, keys=(first, *others), access=policy)
    )
    path.write_bytes(following)
    signature = sign(following, key=key or club.signing_key, namespace=KEY_LIST_NAMESPACE)
    path.with_name("keys.yaml.sig").write_bytes(signature)
    club.commit_by_hand("next key list")


_built: dict[str, Path] = {}


@pytest.fixture
def club(isolated_user: Path, tmp_path: Path, tmp_path_factory: pytest.TempPathFactory) -> Club:
    """Give the test a club of three: 王小明 with a history and a document, 单雄信 and 曾国强."""
    return _copied("three", _three_members, isolated_user, tmp_path, tmp_path_factory)


@pytest.fixture
def empty_club(
    isolated_user: Path, tmp_path: Path, tmp_path_factory: pytest.TempPathFactory
) -> Club:
    """Give the test a club without members."""
    return _copied("empty", lambda _: None, isolated_user, tmp_path, tmp_path_factory)


def _three_members(club: Club) -> None:
    add(
        club,
        name="王小明",
        branch="east",
        joined="2025-03-15",
        sex="male",
        contact__mobile=MOBILE_BEFORE,
        contact__email="wang.xiaoming@example.org",
        contact__address="上海市黄浦区中山东一路18号",
        identity__number="110101199001011237",
    )
    add(club, name="单雄信", contact__mobile="13700137002", joined="2024-05-20")
    add(club, name="曾国强", contact__mobile="13600136003", status="applicant")
    scan = club.home / "scan.pdf"
    scan.write_bytes(SCAN)
    club.run(
        "document", "add", WANG, str(scan), "--level", "confidential", "--title", "身份证复印件"
    )
    scan.unlink()
    mobile = f"contact.mobile={MOBILE}"
    honour = ("honours[a1b2].title=抗洪救灾先进个人", "honours[a1b2].date=2026-07-01")
    club.run("update", WANG, "--set", mobile, "--reason", "moved", "--note", NOTE)
    club.run("update", WANG, *(word for text in honour for word in ("--set", text)))


def _copied(
    name: str,
    fill: Any,
    home: Path,
    tmp_path: Path,
    factory: pytest.TempPathFactory,
) -> Club:
    """Build a club in this home the first time; afterwards put a copy of it there."""
    if name not in _built:
        place = factory.mktemp(f"built-{name}")
        club = start_club(place / "club", home)
        fill(club)
        # The vault lies at its default place, so no settings with absolute paths are needed.
        club.settings.unlink()
        shutil.move(home, place / "home")
        (place / "archive").write_text(club.archive)
        _built[name] = place
    built = _built[name]
    shutil.copytree(built / "home", home, dirs_exist_ok=True)
    shutil.copytree(built / "club", tmp_path / "club", symlinks=True)
    return Club(root=tmp_path / "club", home=home, archive=(built / "archive").read_text())


def _stream(content: bytes = b"") -> io.TextIOWrapper:
    return io.TextIOWrapper(io.BytesIO(content), encoding="utf-8")


def _text(stream: io.TextIOWrapper) -> str:
    stream.flush()
    raw = stream.buffer
    assert isinstance(raw, io.BytesIO)
    return raw.getvalue().decode("utf-8")
