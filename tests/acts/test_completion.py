"""A real bash is offered codes, fields, values and saved searches of the archive it stands in."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pexpect
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
    "memberarc list --sort -joi": ["-joined"],
    "memberarc list --sort branch,-joi": ["branch,-joined"],
    "memberarc list --columns id,手": ["id,手机"],
    "memberarc search 手": ["手机:"],
    "memberarc search 性别:": ["male", "female", "other"],
    f"memberarc log {WANG[:6]}": [WANG, "M2026-000002", "M2026-000003"],
    f"memberarc update {WANG[:11]}": [WANG, "M2026-000002", "M2026-000003"],
    "memberarc update --set status=le": ["left"],
    "memberarc update --set 手": ["手机="],
    "memberarc update --set 性别=f": ["female"],
    "memberarc update --set contact.mo": ["contact.mobile="],
    "memberarc update --unset contact.mo": ["contact.mobile"],
    "memberarc update --where bra": ["branch:"],
    f"memberarc update {WANG} --reason mo": ["moved"],
    f"memberarc edit {WANG} --reason mo": ["moved"],
    f"memberarc document remove {WANG} h7w2 --reason mo": ["moved"],
    f"memberarc purge {WANG} --reason r": ["retention_expired", "relationship_ended"],
    f"memberarc purge cancel {WANG} --reason r": ["request_withdrawn"],
    f"memberarc hold place {WANG} --reason l": ["legal_proceedings"],
    f"memberarc hold release {WANG} --reason ca": ["case_closed"],
    f"memberarc purge {WANG[:11]}": [WANG, "M2026-000002", "M2026-000003"],
    "memberarc purge app": ["approve"],
    f"memberarc purge status {WANG[:11]}": [WANG, "M2026-000002", "M2026-000003"],
    f"memberarc purge resume {WANG[:11]}": [WANG, "M2026-000002", "M2026-000003"],
    "memberarc add --kind o": ["organisation"],
    f"memberarc classify --explain {WANG[:11]}": [WANG, "M2026-000002", "M2026-000003"],
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


@pytest.mark.parametrize(
    ("typed", "argument"),
    [
        ("memberarc segment run ol", "old two"),
        ("memberarc segment run old\\ t", "old two"),
        ("memberarc segment run 'ol", "old two"),
        ("memberarc segment run it", "it's $5; x"),
        ('memberarc segment run "it', "it's $5; x"),
        ("memberarc segment run 'it", "it's $5; x"),
        ("memberarc list --where 'branch:east status:act", "branch:east status:active"),
        ("memberarc list --where branch:east\\ status:act", "branch:east status:active"),
        ('memberarc list --where="status:act', "--where=status:active"),
        ("memberarc add --set=status=act", "--set=status=active"),
    ],
)
def test_what_tab_inserts_is_one_argument(searched: Club, typed: str, argument: str) -> None:
    for name in ("old two", "it's $5; x"):
        searched.run("segment", "save", name, "status:active", "--level", "internal")
    searched.run("index", "rebuild")
    program = Path(sys.executable).with_name("memberarc")
    bash = pexpect.spawn(
        "bash",
        ["--norc", "-i"],
        cwd=searched.root,
        encoding="utf-8",
        timeout=60,
        dimensions=(24, 200),
        env={
            **os.environ,
            "PATH": f"{program.parent}:{os.environ['PATH']}",
            "PS1": "$ ",
            "TERM": "dumb",
            "_TYPER_COMPLETE_TEST_DISABLE_SHELL_DETECTION": "1",
        },
    )
    bash.sendline("source <(memberarc --show-completion bash); echo rea''dy")
    bash.expect_exact("ready\r\n")
    # To the beginning of the line once the word is there: nothing is run, its words are told.
    bash.send(f"{typed}\t\x01printf '<%s>' \x05; echo en''d\r")
    bash.expect_exact("end\r\n")
    bash.close(force=True)

    assert bash.before.splitlines()[-1].endswith(f"<{argument}>")


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
