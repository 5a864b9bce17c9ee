"""What is advised to somebody who works on an archive elsewhere can be run from there."""

from __future__ import annotations

import shlex
import shutil

import pytest

from builders import SHAN, WANG, Club, run


def advice(stderr: str) -> str:
    [line] = [line for line in stderr.splitlines() if line.startswith(("next: ", "hint: "))]
    return line[len("next: ") :]


@pytest.mark.parametrize("before", [True, False])
def test_the_next_command_names_the_directory_that_was_given(club: Club, *, before: bool) -> None:
    place = club.home / "our $club"
    shutil.copytree(club.root, place, symlinks=True)
    where = ("-C", str(place))
    words = (*where, "show", WANG) if before else ("show", WANG, *where)

    command = advice(run(*words, cwd=club.home).stderr)

    assert command == f"memberarc -C {shlex.quote(str(place))} log {WANG}"
    assert run(*shlex.split(command)[1:], cwd=club.home).status == 0


def test_every_command_in_a_hint_names_it_but_none_that_starts_an_archive(club: Club) -> None:
    there = ("-C", str(club.root))

    missing = run(*there, "show", "M2026-009999", cwd=club.home)
    nowhere = run("-C", "/", "show", WANG, cwd=club.home)

    program = f"memberarc -C {club.root}"
    assert advice(missing.stderr) == (
        f"{program} list shows the codes, {program} search finds names"
    )
    assert advice(nowhere.stderr) == (
        "cd into the archive, or -C DIR; memberarc init DIR starts one"
    )


def test_without_a_directory_commands_are_advised_as_they_are(club: Club) -> None:
    assert advice(club.run("show", SHAN).stderr) == f"memberarc log {SHAN}"
    assert advice(club.run("-C", ".", "show", SHAN).stderr) == f"memberarc log {SHAN}"


def test_machines_are_told_the_command_itself(club: Club) -> None:
    told = run("-C", str(club.root), "show", SHAN, "--format", "json", cwd=club.home)

    assert told.envelope["next"] == [f"memberarc log {SHAN}"]
