"""update of one member beside git add and git commit of the same file."""

from __future__ import annotations

import os
from functools import partial
from typing import TYPE_CHECKING, Final

from report import beside
from timing import Contender, race

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from big_archive import BigArchive
    from report import Row
    from workbench import Workbench

ROUNDS: Final = 15
# By strace and py-spy at 100,000 members.
BOUNDS: Final = (
    "Python, 110 of 175 ms: 40 are the hello-world, about 15 the definition of 66 dataclasses, 10"
    " the library that judges the record. 12 processes of git take 42 ms of processor time, 25 of"
    " them to write the index of all files once, mostly its checksum; the rest waits for the"
    " disk, 20 ms for an index that is on it before the act is told as done, which git does not"
    " ask for."
)
# What of a clone's own settings says who and where it is, not how git works.
_OF_ITS_OWN: Final = ("core.", "user.", "remote.", "branch.")


def bench_update(bench: Workbench) -> Iterator[Row]:
    """Both end with file, index and branch changed; once git is set as in the archive."""
    big = bench.big
    told = bench.run("git", "-C", str(big.directory), "config", "--local", "--list").decode()
    settings = [line for line in told.splitlines() if not line.startswith(_OF_ITS_OWN)]
    options = [f"--config={setting}" for setting in settings]
    equal = _git(big, big.clone(bench.folder / "equal", *options), name="git add, git commit")
    usual = _git(big, big.clone(bench.folder / "usual"), name="git with its defaults")
    mine, equals, usuals, hello = race(
        [big.update(), equal, usual, bench.hello()], rounds=bench.scale.rounds(ROUNDS)
    )
    work = f"`update` of one of {big.members:,}"
    note = f"git is set as in the archive: {', '.join(settings) or 'nothing is set'}."
    yield beside(work, [mine, equals, hello], at_most=1.0, note=note, bounds=BOUNDS)
    yield beside(f"{work}, git's defaults", [mine, usuals, hello])


def _git(big: BigArchive, clone: Path, *, name: str) -> Contender:
    path = next((clone / "members").rglob(f"{big.queries.changing[0]}.yaml"))
    script = 'git add -- "$0" && git commit --quiet --message update'
    return Contender(
        name=name,
        command=["sh", "-c", script, str(path)],
        environment=big.environment,
        directory=clone,
        prepare=partial(_change, path),
    )


def _change(path: Path) -> None:
    """Seal the last value anew, as far as git can tell."""
    head, _, text = path.read_text(encoding="utf-8").rpartition("enc:")
    path.write_text(f"{head}enc:{os.urandom(8).hex()}{text[16:]}", encoding="utf-8")
