"""A real bash is offered codes, fields, values and saved searches of the archive it stands in."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from builders import WANG, Club

LINES = {
    f"memberarc show {WANG[:6]}": [WANG, "M2026-000002", "M2026-000003"],
    f"memberarc document list {WANG}": [WANG],
    "memberarc search status:": ["active", "applicant"],
    "memberarc list --where bra": ["branch:"],
    "memberarc add --set contact.mo": ["contact.mobile="],
    "memberarc add --set status=ap": ["applicant"],
    "memberarc list --columns id,contact.mo": ["id,contact.mobile"],
    "memberarc list --sort joi": ["joined"],
    "memberarc segment run act": ["active-here"],
    "memberarc show X": [],
    # What is sealed is offered to nobody.
    "memberarc search name:": [],
}


@pytest.fixture
def searched(club: Club) -> Club:
    club.run("index", "rebuild")
    club.run("segment", "save", "active-here", "status:active", "--level", "open")
    return club


@pytest.mark.parametrize("line", LINES)
def test_bash_offers_what_the_archive_has(searched: Club, line: str) -> None:
    assert offered(searched.root, line) == LINES[line]


def test_without_an_index_none_is_made_and_nothing_is_said(club: Club) -> None:
    before = club.fingerprint()

    assert offered(club.root, f"memberarc show {WANG[:6]}") == []
    assert offered(club.root, "memberarc list --sort joi") == ["joined"]
    assert offered(club.home, f"memberarc show {WANG[:6]}") == []
    assert club.fingerprint() == before


def offered(directory: Path, line: str) -> list[str]:
    """Have bash take a line apart as it does when Tab is pressed, and ask."""
    program = Path(sys.executable).with_name("memberarc")
    script = f"""
        source <({program} --show-completion bash)
        words=({line.replace(":", " : ").replace("=", " = ")})
        COMP_WORDS=("${{words[@]}}"); COMP_CWORD=$(( ${{#words[@]}} - 1 ))
        _memberarc_completion {program}
        printf '%s\\n' "${{COMPREPLY[@]}}"
    """
    told = subprocess.run(
        ["bash", "--norc", "-c", script],
        cwd=directory,
        capture_output=True,
        text=True,
        env={**os.environ, "_TYPER_COMPLETE_TEST_DISABLE_SHELL_DETECTION": "1"},
    )
    assert told.stderr == ""
    return told.stdout.split()
