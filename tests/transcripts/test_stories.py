"""Every story of this folder, played from its first command to its last."""

from __future__ import annotations

from pathlib import Path

import pytest

from builders import Club
from transcripts.story import agrees, play, read_story, shown

STORIES = sorted(Path(__file__).parent.glob("*.txt"))


@pytest.mark.parametrize("path", STORIES, ids=lambda path: path.stem)
def test_a_story_goes_as_it_is_told(club: Club, path: Path) -> None:
    story = read_story(path)
    assert story.title.startswith("# ")
    assert story.steps

    for step in story.steps:
        told = play(club, step)

        fits = agrees(told.stdout, step.stdout) and agrees(told.stderr, step.stderr)
        assert fits, f"{step.command}\n{shown(told)}"
        assert told.status == step.status, f"{step.command}\n{shown(told)}"


def test_there_are_stories() -> None:
    assert len(STORIES) >= 8


def test_a_wildcard_stands_for_a_part_of_one_line_only() -> None:
    assert agrees("commit 1a2b3c4\n", ("commit <...>",))
    assert agrees("", ())
    assert not agrees("a\nb\n", ("<...>",))
    assert not agrees("a\n", ("a", "b"))
    assert not agrees("a.b\n", ("a+b",))
