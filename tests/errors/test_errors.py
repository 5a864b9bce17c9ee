"""Every error that can occur: the smallest club that shows it, and the words it is told in."""

from __future__ import annotations

import ast
import json
import os
import re
import signal
import subprocess
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from builders import MEMBERARC, SHAN, WANG, Club, Outcome, run, run_as_process, sign_next_key_list
from memberarc import errors
from memberarc.archive import transaction
from memberarc.archive.lock import hold_lock
from transcripts.story import agrees, play, read_story, shown

ROOT = Path(__file__).parents[2]
STORIES = sorted(Path(__file__).parent.glob("*.txt"))
CLASSES = {
    one.code: one
    for one in vars(errors).values()
    if isinstance(one, type) and issubclass(one, errors.MemberarcError)
}
OUTPUT = json.loads((ROOT / "docs" / "output.schema.json").read_text())
# Shown elsewhere, for want of a club that a few commands of a shell could bring there.
ELSEWHERE = {
    "bug": "tests/cli/test_main.py",
    "changed-commitment": "below",
    # Nobody meets it: whatever is wrong with an index, another one is made.
    "index": "tests/acts/test_index_damage.py",
    "locked": "below",
    "older-key-list": "below",
    "padding": "tests/vectors/test_m1.py",
    "purge-pending": "tests/disposal/test_purge_requests.py",
    "passphrase": "tests/sealing/test_age_passphrases.py",
    "sealing": "tests/sealing/test_age.py",
}


def raised_codes() -> Iterator[str]:
    """Find which classes of the tree the program raises or tells of."""
    by_name = {one.__name__: one.code for one in CLASSES.values()}
    for path in (ROOT / "src").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            name = (
                node.func.id
                if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
                else ""
            )
            if name in by_name and path.name != "errors.py":
                yield by_name[name]


def assert_told(outcome: Outcome, code: str) -> None:
    """An error is told in at most three lines, each in its form, and with its class's status.

    Under the second line may stand a mark that points at a place in it.
    """
    lines = outcome.stderr.splitlines()
    begin = next(at for at, line in enumerate(lines) if line.startswith("memberarc: error: "))
    error, *rest = lines[begin:]
    message = error.removeprefix("memberarc: error: ")
    rest = [line for line in rest if not re.fullmatch(r" {5,}\^", line)]
    assert outcome.status == CLASSES[code].status
    assert not message.endswith(".")
    assert not message[0].isupper() or re.match(r"HEAD |M20\d\d-", message), message
    parts = "".join(
        "a" if line.startswith("  at ") else "h" * (line[:6] == "hint: ") for line in rest
    )
    assert parts in ("", "a", "h", "ah")
    assert len(parts) == len(rest)


def assert_enveloped(outcome: Outcome, code: str) -> None:
    """Asked for JSON, the same error is one document on stdout that fits the public schema."""
    envelope = outcome.envelope
    jsonschema.validate(envelope, OUTPUT)
    assert (envelope["status"], envelope["data"]) == ("error", None)
    assert envelope["error"]["code"] == code
    assert envelope["error"]["status"] == outcome.status == CLASSES[code].status
    assert f"memberarc: error: {envelope['error']['message']}\n" in outcome.stderr


@pytest.mark.parametrize("path", STORIES, ids=lambda path: path.stem)
def test_an_error_is_told_as_its_story_says(club: Club, path: Path) -> None:
    story, code = read_story(path), path.stem

    for step in story.steps:
        before = club.fingerprint()
        told = play(club, step)
        fits = agrees(told.stdout, step.stdout) and agrees(told.stderr, step.stderr)
        assert fits, f"{step.command}\n{shown(told)}"
        assert told.status == step.status, shown(told)

    assert_told(told, code)
    if code != "work-tree-conflict":  # what was to be committed stays behind as a loose object
        assert club.fingerprint() == before, "an act that failed must leave nothing"
    assert_enveloped(play(club, step.with_option("--format json")), code)
    assert_told(play(club, step.with_option("-q")), code)


def test_every_error_that_is_raised_has_its_story() -> None:
    assert {path.stem for path in STORIES} | ELSEWHERE.keys() == {*raised_codes()} - {"error"}


def test_a_lock_that_somebody_else_holds_is_told(
    club: Club, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(transaction, "hold_lock", partial(hold_lock, wait_s=0.1))
    with hold_lock(club.root / ".git" / "memberarc"):
        for form in ((), ("--format", "json")):
            told = club.run("update", SHAN, "--set", "status=left", *form, status=4)
            assert_told(told, "locked")

    assert_enveloped(told, "locked")
    assert re.search(r"process \d+ on \S+ has held the lock", told.stderr)
    club.run("update", SHAN, "--set", "status=left")


def test_a_key_list_older_than_one_seen_before_is_told(club: Club) -> None:
    sign_next_key_list(club)
    club.run("list")
    club.git("reset", "--quiet", "--hard", "HEAD~1")

    told = club.run("update", SHAN, "--set", "status=left", "--format", "json", status=6)

    assert_told(told, "older-key-list")
    assert_enveloped(told, "older-key-list")
    assert club.run("list", status=6)


def test_a_level_key_that_was_exchanged_for_another_is_told(club: Club) -> None:
    sign_next_key_list(club, exchange_a_key=True)

    told = club.run("update", SHAN, "--set", "status=left", "--format", "json", status=6)

    assert_told(told, "changed-commitment")
    assert_enveloped(told, "changed-commitment")


@pytest.mark.parametrize(("number", "status"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_signal_ends_a_command_that_waits_and_changes_nothing(
    club: Club, number: int, status: int, tmp_path: Path
) -> None:
    pipe, before = tmp_path / "member.yaml", club.fingerprint()
    os.mkfifo(pipe)
    process = subprocess.Popen(
        [*MEMBERARC, "add", pipe],
        cwd=club.root,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    with pipe.open("w"):  # returns when the command has begun to read
        process.send_signal(number)
        out, err = process.communicate(timeout=120)

    assert (process.returncode, out) == (status, "")
    assert err.endswith("hint: run memberarc status\n")
    assert club.fingerprint() == before


def test_a_reader_who_leaves_ends_a_command_quietly_with_141(club: Club) -> None:
    reader, writer = os.pipe()
    os.close(reader)
    done = subprocess.run(
        [*MEMBERARC, "list"], cwd=club.root, stdout=writer, stderr=subprocess.PIPE, timeout=120
    )
    os.close(writer)

    assert (done.returncode, done.stderr) == (141, b"")


def test_a_defect_is_told_without_any_value(club: Club, monkeypatch: pytest.MonkeyPatch) -> None:
    from memberarc.acts import show_member

    secret = "".join(("王小", "明"))

    def broken(*_: Any, **__: Any) -> None:
        raise RuntimeError(secret)

    monkeypatch.setattr(show_member, "show_members", broken)

    told = club.run("show", WANG, "--format", "json", status=70)

    assert_enveloped(told, "bug")
    [log] = (club.home / "state" / "memberarc" / "log").iterdir()
    assert secret not in told.stdout + told.stderr + log.read_text()


def test_the_wrong_use_of_every_command_is_told_with_2(club: Club) -> None:
    for words in (("show",), ("edit", WANG, SHAN), ("purge", WANG), ("nonsense",), ("lsit",)):
        told = club.run(*words, "--format", "json", status=2)
        assert_told(told, "usage")
        assert_enveloped(told, "usage")
    assert "did you mean" in told.stderr
    assert run("--nonsense", cwd=club.root).status == 2
    assert run_as_process(cwd=club.root).status == 2
