"""Fresh folders, a user of its own and archives to measure on."""

from __future__ import annotations

import csv
import os
import random
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from timing import Contender

if TYPE_CHECKING:
    from collections.abc import Mapping

    from big_archive import BigArchive

ROOT = Path(__file__).resolve().parents[1]
BIN = Path(sys.executable).parent
MEMBERARC = str(BIN / "memberarc")

_SURNAMES = "王李张刘陈杨黄赵周吴徐孙马朱胡郭何林高罗郑梁谢宋唐许韩冯邓曹彭曾肖田董袁潘于蒋蔡"
_GIVEN = "伟芳娜敏静丽强磊军洋勇艳杰娟涛明超秀霞平刚桂英华玉兰建国志文晓东海燕春梅思远雨晨"

MEMBERS_MAP = """\
format: map/1
target: members
kind: individual
key: registration.number
fields:
  registration.number: {column: number, required: true}
  name: {column: name, required: true}
  sex: {column: sex}
  birth_date: {column: birth}
  joined: {column: joined}
  contact.mobile: {column: mobile}
  contact.email: {column: email}
  contact.address: {column: address}
  identity.type: {value: resident_id}
  identity.number: {column: paper}
"""


# What somebody greets the world with who uses typer; its start is the price of Python.
HELLO = '''\
import typer

app = typer.Typer()


@app.command()
def hello(name: str) -> None:
    """Greet somebody."""
    print(f"hello {name}")


app()
'''


@dataclass(frozen=True, kw_only=True)
class Scale:
    """How large everything is made, and how often it is run; what is published is the default."""

    members: int = 100_000
    most_rounds: int = 100
    largest: bool = False

    @property
    def is_small(self) -> bool:
        """Only tried, not measured: what is large for other reasons is made small, too."""
        return self.members < Scale().members

    def rounds(self, wanted: int) -> int:
        return min(wanted, self.most_rounds)


class Workbench:
    """A new folder for one run, with a user who has no settings but these."""

    def __init__(self, folder: Path, *, scale: Scale, big: BigArchive | None = None) -> None:
        self.folder = folder
        self.scale = scale
        self.environment = user_environment(folder / "home")
        self._big = big

    @property
    def big(self) -> BigArchive:
        """The archive that all benches of a run share."""
        assert self._big is not None  # the bench that makes it has none
        return self._big

    def hello(self) -> Contender:
        """Make the program of one command that says hello; its help would take longer."""
        script = self.folder / "hello.py"
        script.write_text(HELLO, encoding="utf-8")
        return Contender(
            name="typer hello-world",
            command=[str(BIN / "python"), str(script), "World"],
            environment=self.environment,
            directory=self.folder,
        )

    def run(self, *command: str, stdin: bytes | None = None) -> bytes:
        """Run a command of the set-up.

        Raises:
            RuntimeError: it failed.
        """
        done = subprocess.run(
            command,
            env=self.environment,
            cwd=self.folder,
            input=stdin,
            capture_output=True,
            check=False,
        )
        if done.returncode:
            told = done.stderr.decode("utf-8", "replace")
            raise RuntimeError(f"{' '.join(command)}: status {done.returncode}: {told}")
        return done.stdout

    def fresh(self, name: str) -> Path:
        """Name a folder that does not exist yet."""
        number = 1
        while (self.folder / f"{name}-{number}").exists():
            number += 1
        return self.folder / f"{name}-{number}"

    def archive(self, name: str) -> Path:
        """Start an empty archive in a fresh folder."""
        directory = self.fresh(name)
        self.run(MEMBERARC, "init", str(directory), "--name", "bench", "--profile", "general", "-q")
        return directory

    def members_sheet(self, members: int, *, seed: int = 7) -> tuple[Path, Path]:
        """Write a sheet of made-up members and the mapping for it."""
        sheet, mapping = self.folder / f"members-{members}.csv", self.folder / "members.map.yaml"
        mapping.write_text(MEMBERS_MAP, encoding="utf-8")
        chance = random.Random(seed)
        with sheet.open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(
                ["number", "name", "sex", "birth", "joined", "mobile", "email", "address", "paper"]
            )
            writer.writerows(_member(chance, number) for number in range(1, members + 1))
        return sheet, mapping


def user_environment(home: Path) -> Mapping[str, str]:
    """Make the whole environment of a user who has nothing; of the machine's only the rest."""
    home.mkdir(parents=True)
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("GIT_", "XDG_", "MEMBERARC_", "PYTHON", "RIPGREP_"))
    }
    return {
        **kept,
        "HOME": str(home),
        "XDG_CONFIG_HOME": str(home / "config"),
        "XDG_STATE_HOME": str(home / "state"),
        "XDG_DATA_HOME": str(home / "data"),
        "XDG_CACHE_HOME": str(home / "cache"),
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_AUTHOR_NAME": "bench",
        "GIT_AUTHOR_EMAIL": "bench@example.org",
        "GIT_COMMITTER_NAME": "bench",
        "GIT_COMMITTER_EMAIL": "bench@example.org",
    }


def _member(chance: random.Random, number: int) -> list[str]:
    name = chance.choice(_SURNAMES) + "".join(chance.choices(_GIVEN, k=chance.choice([1, 2, 2])))
    year, month, day = chance.randint(1945, 2005), chance.randint(1, 12), chance.randint(1, 28)
    return [
        f"{number:07}",
        name,
        chance.choice(["male", "female"]),
        f"{year}-{month:02}-{day:02}",
        f"{chance.randint(1995, 2025)}-{chance.randint(1, 12):02}-{chance.randint(1, 28):02}",
        f"1{chance.randint(10**9, 10**10 - 1)}",
        f"member{number}@example.org",
        f"东区{chance.randint(1, 40)}号街{chance.randint(1, 999)}号{chance.randint(1, 30)}室",
        f"990101{year}{month:02}{day:02}{chance.randint(0, 999):03}X",
    ]
