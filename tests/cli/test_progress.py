"""A bar for a person who waits, and for nobody else."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pexpect
import pytest

if TYPE_CHECKING:
    from cli.running import Run, Terminal


def test_a_terminal_gets_a_bar_whose_label_is_text(terminal: Terminal) -> None:
    child = terminal("work")
    child.expect(pexpect.EOF)

    assert "sealing [/bold]" in child.before
    assert "2/3" in child.before


@pytest.mark.parametrize(("words", "environment"), [(["-q"], {}), ([], {"TERM": "dumb"})])
def test_quiet_and_a_dumb_terminal_get_none(
    terminal: Terminal, words: list[str], environment: dict[str, str]
) -> None:
    child = terminal("work", *words, **environment)
    child.expect(pexpect.EOF)

    assert "sealing" not in child.before


def test_a_pipe_gets_none_and_does_not_even_import_rich(sample: Run) -> None:
    told = sample("work", "--format", "json", FORCE_COLOR="1")

    assert told.stderr == ""
    assert json.loads(told.stdout)["data"] == {"rich": False}
