"""What goes to which stream, and in which form."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import pexpect
import pytest

from cli.running import SAMPLE
from memberarc.cli.streams import takes_colour

if TYPE_CHECKING:
    from cli.running import Run, Terminal


@pytest.mark.parametrize(
    ("choice", "environment", "on_a_terminal", "in_a_pipe"),
    [
        ("auto", {}, True, False),
        ("auto", {"NO_COLOR": "1"}, False, False),
        ("auto", {"NO_COLOR": ""}, True, False),
        ("auto", {"FORCE_COLOR": "1"}, True, True),
        ("auto", {"FORCE_COLOR": ""}, True, False),
        ("auto", {"NO_COLOR": "1", "FORCE_COLOR": "1"}, False, False),
        ("auto", {"TERM": "dumb"}, False, False),
        ("auto", {"TERM": "dumb", "FORCE_COLOR": "1"}, True, True),
        ("always", {"NO_COLOR": "1", "TERM": "dumb"}, True, True),
        ("always", {}, True, True),
        ("never", {"FORCE_COLOR": "1"}, False, False),
        ("never", {}, False, False),
    ],
)
def test_colour_obeys_the_option_then_the_environment_then_the_stream(
    choice: Literal["auto", "always", "never"],
    environment: dict[str, str],
    on_a_terminal: bool,
    in_a_pipe: bool,
) -> None:
    def decided(is_terminal: bool) -> bool:
        return takes_colour(is_terminal=is_terminal, choice=choice, environment=environment)

    assert (decided(True), decided(False)) == (on_a_terminal, in_a_pipe)


@pytest.mark.parametrize(
    ("words", "environment", "coloured"),
    [
        ([], {}, True),
        (["--no-color"], {}, False),
        (["--color", "never"], {}, False),
        ([], {"NO_COLOR": "1"}, False),
        (["--color", "always"], {"NO_COLOR": "1"}, True),
    ],
)
def test_a_table_on_a_terminal_is_coloured_unless_told_otherwise(
    terminal: Terminal, words: list[str], environment: dict[str, str], coloured: bool
) -> None:
    child = terminal("people", *words, **environment)
    child.expect("M3")

    assert ("\x1b[1mCode" in child.before) == coloured


def test_each_stream_is_judged_on_its_own(terminal: Terminal) -> None:
    answer, talk = terminal("people", through="cat"), terminal("fail", "GitError", through="cat")
    answer.expect(pexpect.EOF)
    talk.expect(pexpect.EOF)

    assert "\x1b" not in answer.before
    assert "\x1b[31merror:\x1b[0m no member M9" in talk.before


def test_a_table_on_a_terminal_fits_it_and_one_in_a_pipe_is_never_cut(
    terminal: Terminal, sample: Run
) -> None:
    note = "x" * 300
    child = terminal("people", "--note", note, width_cells=40)
    child.expect("M1[^\r]*\r\n")
    piped = sample("people", "--note", note, COLUMNS="20", FORCE_COLOR="1")

    assert child.after.startswith("M1")
    assert "…" in child.after
    assert f"王小明{note}" in piped.stdout
    assert "…" not in piped.stdout


def test_a_value_cannot_drive_the_terminal_in_csv_either(terminal: Terminal, sample: Run) -> None:
    child = terminal("people", "--format", "csv")
    child.expect("M3[^\r]*\r\n")

    assert "\\u{1b}[31mred" in child.after
    assert "\x1b[31mred" in sample("people", "--format", "csv").stdout


def test_only_a_file_of_csv_begins_with_a_byte_order_mark(tmp_path: Path, sample: Run) -> None:
    def written(form: str, mode: str) -> bytes:
        path = tmp_path / f"people.{form}"
        with path.open(mode) as file:
            words = [sys.executable, SAMPLE, "people", "--format", form]
            subprocess.run(words, stdout=file, check=True)
        return path.read_bytes()

    alone = written("csv", "wb")
    assert alone.startswith("\ufeffid,name,paid\n".encode())
    # Once, where another answer is put behind the first.
    assert written("csv", "ab").count("\ufeff".encode()) == 1
    assert written("tsv", "wb").startswith(b"id\t")
    assert written("table", "wb").startswith(b"Code")
    assert sample("people", "--format", "csv").stdout.encode() == alone[3:]


def test_tables_need_neither_rich_nor_tabulate_nor_package_metadata(sample: Run) -> None:
    code = (
        "import sys; sys.argv = ['sample', 'people']; import sample_app; "
        "from memberarc.cli.main import run; run(['people'], commands=sample_app.COMMANDS); "
        "print(*{'rich', 'tabulate', 'importlib.metadata', 'yaml'} & {*sys.modules})"
    )
    told = subprocess.run(
        [sys.executable, "-c", code], cwd=Path(SAMPLE).parent, capture_output=True, text=True
    )

    assert told.stdout.splitlines()[-1] == ""
    assert "王小明" in told.stdout


def test_quiet_silences_what_was_done_but_no_warning(sample: Run) -> None:
    loud, quiet = sample("change"), sample("change", "-q")

    assert loud.stderr == (
        "memberarc: warning: the vault has one replica only\n"
        "added M1 (commit 3f2a1c9)\n"
        "next: memberarc classify M1\n"
    )
    assert quiet.stderr == "memberarc: warning: the vault has one replica only\n"
    assert (loud.stdout, quiet.stdout) == ("", "")


def test_json_on_stdout_is_one_document_and_the_talk_is_on_stderr(sample: Run) -> None:
    told = sample("change", "-n", "--format", "json")

    document = json.loads(told.stdout)
    assert document["data"] == {"id": "M1", "dry_run": True}
    assert document["next"] == ["memberarc classify M1"]
    assert "added M1" in told.stderr


def test_problems_that_are_not_the_rows_are_told_beside_them(sample: Run) -> None:
    beside = sample("check", "--format", "csv")
    listed = sample("check", "--format", "csv", "--listed")

    assert beside.stdout == "checked\n2\n"
    assert beside.stderr.splitlines()[0] == "members/a.yaml:7:9: type: not a number"
    assert listed.stdout.splitlines()[1] == "members/a.yaml,7,9,type,,not a number,"
    assert listed.stderr == ""


@pytest.mark.parametrize("locale", ["C", "POSIX", "en_US.ISO-8859-1"])
def test_output_is_utf_8_whatever_the_locale_says(locale: str) -> None:
    environment = {**os.environ, "LC_ALL": locale, "LANG": locale, "PYTHONCOERCECLOCALE": "0"}
    told = subprocess.run(
        [sys.executable, "-X", "utf8=0", SAMPLE, "people"], env=environment, capture_output=True
    )

    assert "王小明" in told.stdout.decode("utf-8")


def test_a_file_name_that_is_no_utf_8_is_told_and_comes_back_from_json(sample: Run) -> None:
    assert sample("name").stdout == "caf\\u{dce9} 王\n"
    name = json.loads(sample("name", "--format", "json").stdout)["data"]["name"]
    assert os.fsencode(name) == b"caf\xe9 \xe7\x8e\x8b"


@pytest.mark.parametrize("unbuffered", ["", "1"])
def test_a_reader_who_leaves_ends_the_program_silently_with_141(unbuffered: str) -> None:
    told = subprocess.run(
        ["bash", "-c", f"{sys.executable} {SAMPLE} many | head -1; echo ${{PIPESTATUS[0]}}"],
        env={**os.environ, "PYTHONUNBUFFERED": unbuffered},
        capture_output=True,
        text=True,
    )

    assert told.stdout.split() == ["Code", "141"]
    assert told.stderr == ""


@pytest.mark.parametrize("words", ["--help", "show --help", "fail FindingsError", "people"])
def test_a_reader_who_was_never_there_ends_it_with_141_too(words: str) -> None:
    reader, writer = os.pipe()
    os.close(reader)
    told = subprocess.run(
        [sys.executable, SAMPLE, *words.split()], stdout=writer, stderr=subprocess.PIPE, text=True
    )
    os.close(writer)

    assert (told.returncode, told.stderr) == (141, "")


def test_a_pipe_that_breaks_elsewhere_is_a_defect_and_not_the_readers_doing(sample: Run) -> None:
    told = sample("broken-pipe")

    assert told.returncode == 70
    assert "unexpected BrokenPipeError" in told.stderr


@pytest.mark.parametrize("words", ["people", "check --format json", "fail FindingsError"])
def test_a_full_disk_is_told_and_ends_with_8(words: str) -> None:
    with Path("/dev/full").open("w") as full:
        told = subprocess.run(
            [sys.executable, SAMPLE, *words.split()], stdout=full, stderr=subprocess.PIPE, text=True
        )

    assert told.returncode == 8
    assert "the answer cannot be written: No space left on device" in told.stderr
    assert "Traceback" not in told.stderr
    assert "Exception ignored" not in told.stderr


def test_a_stdout_that_is_closed_is_no_defect() -> None:
    told = subprocess.run(
        ["bash", "-c", f"{sys.executable} {SAMPLE} people >&-"], capture_output=True, text=True
    )

    assert (told.returncode, told.stderr) == (0, "")
