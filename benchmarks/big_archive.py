"""The one archive that the benches of a run share, its twin in clear, and commands over both."""

from __future__ import annotations

import json
import shutil
import sys
from dataclasses import dataclass
from functools import cached_property
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING

from timing import Contender, answer_of
from workbench import MEMBERARC, Workbench, user_environment

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from workbench import Scale

# Up to so many files a work tree is made; more take git minutes to check out.
_WORK_TREE = 100_000
_HERE = Path(__file__).parent


@dataclass(frozen=True, kw_only=True)
class Queries:
    """What is asked of an archive; all but the category answer with 50 members at most.

    ``initials`` and ``pinyin`` are those of ``called``; no query finds the members of ``changing``.
    """

    name: str
    initials: str
    pinyin: str
    called: str
    fragment: str
    category: str
    code: str
    changing: tuple[str, ...]


class BigArchive:
    """Made-up members, made when first asked for; whoever writes may only change a few."""

    def __init__(self, folder: Path, *, members: int, scale: Scale) -> None:
        self.members = members
        self._bench = Workbench(folder, scale=scale)
        # Somebody else who has the same keys and a replica of the same vault, and no index.
        self._colleagues = user_environment(folder / "colleague")
        self._numbers = count(1)

    @property
    def environment(self) -> Mapping[str, str]:
        """The user who has the keys and the vault."""
        return self._bench.environment

    @cached_property
    def directory(self) -> Path:
        directory = self._bench.folder / "archive"
        words = ["--members", str(self.members), "--to", str(directory)]
        if self.is_bare:
            words.append("--bare")
        self._python("make_archive.py", *words)
        # Now, while there is no index that would go with it.
        shutil.copytree(
            self.environment["HOME"], self._colleagues["HOME"], dirs_exist_ok=True, symlinks=True
        )
        return directory

    @property
    def is_bare(self) -> bool:
        return self.members > _WORK_TREE

    @cached_property
    def twin(self) -> Path:
        """The records in clear, each under its path, as somebody has them who seals nothing."""
        twin = self._bench.folder / "twin"
        self._python("clear_twin.py", str(self.directory), str(twin))
        return twin

    @cached_property
    def queries(self) -> Queries:
        return Queries(**json.loads(self.twin.with_suffix(".json").read_text(encoding="utf-8")))

    def build_index(self) -> None:
        """Build the index, so that the next command finds it warm."""
        self.run("index", "rebuild")

    def run(self, *words: str) -> None:
        """Run memberarc as the owner; RuntimeError if it fails."""
        answer_of(self.memberarc(*words))

    def memberarc(
        self, *words: str, name: str = "memberarc", prepare: Callable[[], None] = lambda: None
    ) -> Contender:
        """Make a command of the owner in the archive."""
        return Contender(
            name=name,
            command=[MEMBERARC, *words],
            environment=self.environment,
            directory=self.directory,
            prepare=prepare,
        )

    def update(self, *, who: Mapping[str, str] | None = None) -> Contender:
        """Make the command that gives somebody a telephone number, another one each time."""
        words = ["update", self.queries.changing[0], "--set", ""]
        command = [MEMBERARC, *words]

        def next_number() -> None:
            command[-1] = f"contact.mobile=154{next(self._numbers):08}"

        return Contender(
            name="memberarc",
            command=command,
            environment=who or self.environment,
            directory=self.directory,
            prepare=next_number,
        )

    def commit_of_a_colleague(self) -> None:
        """Let somebody else change a member."""
        answer_of(self.update(who=self._colleagues))

    def ripgrep(self, text: str) -> Contender:
        """Make ripgrep name the files in clear that hold a text."""
        options = ("--no-config", "--no-ignore", "--threads", "2", "--fixed-strings")
        return Contender(
            name="ripgrep",
            command=["rg", *options, "--files-with-matches", "--", text, "members"],
            environment=self.environment,
            directory=self.twin,
        )

    def clone(self, target: Path, *options: str) -> Path:
        """Clone the archive; the owner's keys, vault and index are good for the clone, too."""
        words = ("git", "clone", "--quiet", *options)
        self._bench.run(*words, str(self.directory), str(target))
        return target

    def _python(self, script: str, *words: str) -> None:
        self._bench.run(sys.executable, str(_HERE / script), *words)
