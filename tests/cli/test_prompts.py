"""Questions, at a terminal and where there is none."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pexpect
import pytest

if TYPE_CHECKING:
    from cli.running import Run, Terminal


@pytest.mark.parametrize(("words", "flag"), [(["ask"], "--yes"), (["erase"], "--confirm M1")])
def test_without_a_terminal_the_flag_is_named_and_nothing_is_read_from_a_pipe(
    sample: Run, words: list[str], flag: str
) -> None:
    told = sample(*words, stdin="y\nM1\n")

    assert told.returncode == 9
    assert told.stderr == (
        "memberarc: error: there is no terminal to ask at; nothing was changed\n"
        f"hint: repeat with {flag}\n"
    )


@pytest.mark.parametrize("words", [["ask", "--yes"], ["ask", "-y"], ["erase", "--confirm", "M1"]])
def test_the_flag_answers_without_a_terminal(sample: Run, words: list[str]) -> None:
    assert sample(*words).returncode == 0


def test_another_id_confirms_nothing(sample: Run) -> None:
    told = sample("erase", "--confirm", "M2")

    assert told.returncode == 9
    assert "the id does not match; nothing was changed" in told.stderr


@pytest.mark.parametrize(("answer", "status"), [("y", 0), ("YES", 0), ("n", 9), ("", 9), ("M1", 9)])
def test_a_yes_must_be_typed(terminal: Terminal, answer: str, status: int) -> None:
    child = terminal("ask")
    child.expect_exact("remove \\u{1b}M1? [y/N] ")
    child.sendline(answer)
    child.expect(pexpect.EOF)
    child.close()

    assert child.exitstatus == status
    assert ("removed M1" in child.before) == (status == 0)


@pytest.mark.parametrize(("answer", "status"), [("M1", 0), ("m1", 9), ("y", 9), ("", 9)])
def test_a_purge_must_be_confirmed_by_the_id(terminal: Terminal, answer: str, status: int) -> None:
    child = terminal("erase")
    child.expect_exact("Type M1 to go on: ")
    child.sendline(answer)
    child.expect(pexpect.EOF)
    child.close()

    assert child.exitstatus == status


def test_the_end_of_input_is_no_answer(terminal: Terminal) -> None:
    child = terminal("ask")
    child.expect_exact("[y/N] ")
    child.sendeof()
    child.expect(pexpect.EOF)
    child.close()

    assert child.exitstatus == 9


def test_ctrl_c_at_the_question_ends_with_130(terminal: Terminal) -> None:
    child = terminal("ask")
    child.expect_exact("[y/N] ")
    child.sendintr()
    child.expect(pexpect.EOF)
    child.close()

    assert child.exitstatus == 130
    assert "interrupted" in child.before
