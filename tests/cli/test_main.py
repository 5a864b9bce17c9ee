"""Errors, signals and exit statuses."""

from __future__ import annotations

import json
import signal
import stat
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from jsonschema import validate

from builders import WANG
from cli.running import SAMPLE
from memberarc import __version__, errors

if TYPE_CHECKING:
    from builders import Club
    from cli.running import Run

SCHEMA = json.loads((Path(__file__).parents[2] / "docs" / "output.schema.json").read_bytes())


def test_an_error_says_what_where_and_what_to_do(sample: Run) -> None:
    told = sample("fail", "MemberNotFoundError")

    assert told.returncode == 3
    assert told.stdout == ""
    assert told.stderr == (
        "memberarc: error: no member M9\n  at members/2026\nhint: run memberarc list\n"
    )


@pytest.mark.parametrize(
    ("kind", "status"),
    [
        ("InvalidRecordError", 1),
        ("UsageError", 2),
        ("NotFoundError", 3),
        ("LockedError", 4),
        ("NotAnArchiveError", 5),
        ("NoIdentityError", 6),
        ("GitError", 7),
        ("FileError", 8),
        ("ConfirmationMissingError", 9),
        ("ApprovalMissingError", 10),
        ("HeldError", 11),
        ("InternalError", 70),
    ],
)
def test_every_family_of_errors_has_its_status_and_its_envelope(
    sample: Run, kind: str, status: int
) -> None:
    told = sample("fail", kind, "--format", "json")

    document = json.loads(told.stdout)
    validate(document, SCHEMA)
    assert told.returncode == status
    assert document["command"] == "fail"
    assert document["error"]["code"] == getattr(errors, kind).code
    assert document["error"]["status"] == status
    assert told.stderr.startswith("memberarc: error: ")


def test_problems_of_an_error_are_lines_for_people_and_values_in_json(sample: Run) -> None:
    told, document = (
        sample("fail", "FindingsError"),
        sample("fail", "FindingsError", "--format", "json"),
    )

    assert told.returncode == 1
    assert told.stdout.splitlines() == [
        "members/a.yaml:7:9: type: not a number",
        "members/b.yaml: name: in the wrong folder",
    ]
    assert told.stderr == "memberarc: error: 2 flaws\n"
    assert [p["rule"] for p in json.loads(document.stdout)["problems"]] == ["type", "name"]


def test_findings_are_an_answer_and_not_an_error(sample: Run) -> None:
    told = sample("check", "--format", "json")

    document = json.loads(told.stdout)
    validate(document, SCHEMA)
    assert told.returncode == 1
    assert (document["status"], document["error"]) == ("findings", None)
    assert told.stderr == ""


@pytest.mark.parametrize(
    ("words", "command", "message"),
    [
        ("show", "show", "missing argument 'member'"),
        ("shwo M1", "", "no such command 'shwo'; did you mean 'show'?"),
        ("document gte", "document", "no such command 'gte'; did you mean 'get'?"),
        ("purgee M1", "", "no such command 'purgee'"),
        (
            "document get M1 --fromat x",
            "document get",
            "no such option: --fromat; did you mean --format?",
        ),
        (
            "show M1 --color pink",
            "show",
            "invalid value for '--color': 'pink' is not one of 'auto', 'always', 'never'",
        ),
    ],
)
def test_a_wrong_command_line_is_told_like_any_other_error(
    sample: Run, words: str, command: str, message: str
) -> None:
    told = sample(*words.split())
    document = json.loads(sample(*words.split(), "--format", "json").stdout)

    validate(document, SCHEMA)
    assert told.returncode == 2
    assert told.stdout == ""
    assert told.stderr == (
        f"memberarc: error: {message}\nhint: run {f'memberarc {command}'.strip()} --help\n"
    )
    assert document["command"] == command
    assert document["error"]["code"] == "usage"


def test_json_lines_are_not_json(sample: Run) -> None:
    assert sample("show", "--format", "jsonl").stdout == ""


def test_what_was_typed_cannot_drive_the_terminal(sample: Run) -> None:
    assert "\x1b" not in sample("\x1b[31mshow").stderr


def test_a_defect_is_one_line_and_a_private_file_without_values(
    sample: Run, isolated_user: Path
) -> None:
    told = sample("crash")

    [log] = (isolated_user / "state" / "memberarc" / "log").iterdir()
    text = log.read_text()
    assert told.returncode == 70
    assert told.stderr == (
        f"memberarc: error: unexpected KeyError; details, without any value, are in {log}\n"
    )
    assert stat.S_IMODE(log.stat().st_mode) == 0o600
    assert "command: crash" in text
    assert "ValueError\n" in text
    assert "KeyError\n" in text
    assert "sample_app.py" in text
    assert "王小明 1" not in text


def test_a_defect_whose_details_cannot_be_kept_is_still_told(sample: Run, tmp_path: Path) -> None:
    (tmp_path / "file").touch()

    told = sample("crash", XDG_STATE_HOME=str(tmp_path / "file"))

    assert told.returncode == 70
    assert "its details cannot be kept: Not a directory" in told.stderr


@pytest.mark.parametrize("words", ["document missing M1", "document lost M1"])
def test_a_command_that_cannot_be_loaded_spoils_nothing_but_itself(sample: Run, words: str) -> None:
    broken = sample(*words.split())

    assert broken.returncode == 70
    assert f"the command {words.removesuffix(' M1')} cannot be loaded" in broken.stderr
    assert sample("document", "get", "M1").returncode == 0
    assert sample("document", "--help").returncode == 0


@pytest.mark.parametrize(
    ("sent", "status", "word"),
    [(signal.SIGINT, 130, "interrupted"), (signal.SIGTERM, 143, "terminated")],
)
def test_a_signal_is_told_quietly(
    tmp_path: Path, sent: signal.Signals, status: int, word: str
) -> None:
    started = tmp_path / "started"
    child = subprocess.Popen(
        [sys.executable, SAMPLE, "wait", str(started)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    while not started.exists():
        time.sleep(0.02)
    child.send_signal(sent)
    out, err = child.communicate(timeout=120)

    assert child.returncode == status
    assert (out, err) == ("", f"memberarc: error: {word}\nhint: run memberarc status\n")


@pytest.mark.parametrize("words", [["--version"], ["--version", "-C", "."]])
def test_the_version_is_told(words: list[str]) -> None:
    told = subprocess.run(
        [sys.executable, "-m", "memberarc", *words], capture_output=True, text=True
    )

    assert (told.returncode, told.stdout) == (0, f"memberarc {__version__}\n")


def test_the_version_alone_is_told_without_typer() -> None:
    code = (
        "import sys; sys.argv = ['memberarc', '--version']; from memberarc.cli.main import main; "
        "main(); print('typer' in sys.modules, 'dataclasses' in sys.modules)"
    )
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)

    assert told.stdout.splitlines()[-1] == "False False"


@pytest.mark.parametrize(
    ("word", "hint"),
    [
        ("undo", "git revert COMMIT"),
        ("export", "memberarc list --format csv"),
        ("delete", "memberarc update ID --set status=left"),
        ("remove", "memberarc update ID --set status=left"),
        ("find", "memberarc search"),
    ],
)
def test_a_word_that_other_programs_use_is_told_what_it_is_called_here(
    empty_club: Club, word: str, hint: str
) -> None:
    told = empty_club.run(word, status=2).stderr

    assert told.startswith(f"memberarc: error: no such command '{word}'\nhint: {hint}")


def test_a_mistyped_command_is_never_taken_for_purge(empty_club: Club) -> None:
    assert "purge" not in empty_club.run("purg", status=2).stderr
    assert "purge" not in empty_club.run("merge", status=2).stderr


def test_a_query_without_its_option_is_told_where_it_stands(empty_club: Club) -> None:
    told = empty_club.run("list", "副会长", status=2).stderr

    assert "hint: memberarc list --where QUERY, or memberarc search QUERY" in told


@pytest.mark.parametrize(
    ("command", "reason"),
    [
        ("purge", "retention_expired"),
        ("purge cancel", "request_withdrawn"),
        ("hold place", "legal_proceedings"),
        ("hold release", "case_closed"),
    ],
)
def test_who_gives_no_reason_is_told_those_there_are(club: Club, command: str, reason: str) -> None:
    told = club.run(*command.split(), WANG, status=2).stderr

    assert "is given" in told
    assert reason in told
