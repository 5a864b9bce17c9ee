"""The editor loop: wrong text comes back, and nothing typed is lost."""

from __future__ import annotations

import json
import stat
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

    from cli.running import Run


@pytest.fixture
def runtime(tmp_path: Path) -> Path:
    """Stand in for the user's folder in memory."""
    folder = tmp_path / "run"
    folder.mkdir(mode=0o700)
    return folder


@pytest.fixture
def editor(tmp_path: Path) -> str:
    """Make an editor that saves the next of the texts prepared for it, and keeps what it saw."""
    script = tmp_path / "an editor.py"
    script.write_text(
        "import pathlib, shutil, stat, sys\n"
        "here, file = pathlib.Path(__file__).parent, pathlib.Path(sys.argv[-1])\n"
        "seen = len([*here.glob('seen*')])\n"
        "shutil.copy(file, here / f'seen{seen}')\n"
        "(here / 'modes').write_text(oct(stat.S_IMODE(file.stat().st_mode))"
        " + oct(stat.S_IMODE(file.parent.stat().st_mode)) + file.suffix)\n"
        "save = here / f'save{seen}'\n"
        "if save.exists(): shutil.copy(save, file); (file.parent / 'swap').touch()\n"
        "sys.exit((here / 'fails').exists())\n"
    )
    return f"python3 '{script}' --wait"


def test_a_text_that_is_right_is_taken_and_no_trace_is_left(
    sample: Run, tmp_path: Path, runtime: Path, editor: str
) -> None:
    (tmp_path / "save0").write_text("NEW 王\n")

    told = sample("edit", "old", "--format", "json", EDITOR=editor, XDG_RUNTIME_DIR=str(runtime))

    assert json.loads(told.stdout)["data"] == {"text": "NEW 王\n"}
    assert (tmp_path / "seen0").read_text() == "old\n"
    assert (tmp_path / "modes").read_text() == "0o6000o700.txt"
    assert [*runtime.iterdir()] == []


def test_visual_goes_before_editor(sample: Run, runtime: Path, editor: str) -> None:
    told = sample("edit", "old", VISUAL=editor, EDITOR="false", XDG_RUNTIME_DIR=str(runtime))

    assert told.returncode == 0


def test_an_unchanged_text_changes_nothing(sample: Run, runtime: Path, editor: str) -> None:
    told = sample("edit", "old", EDITOR=editor, XDG_RUNTIME_DIR=str(runtime))

    assert (told.returncode, told.stderr) == (0, "nothing changed\n")
    assert [*runtime.iterdir()] == []


def test_a_wrong_text_comes_back_with_its_problems_on_top(
    sample: Run, tmp_path: Path, runtime: Path, editor: str
) -> None:
    (tmp_path / "save0").write_text("# modeline\nwrong\n")
    (tmp_path / "save1").write_text("# memberarc: 1:1: an old note\n# RIGHT\n")

    told = sample("edit", "old", "--format", "json", EDITOR=editor, XDG_RUNTIME_DIR=str(runtime))

    head, problem, *rest = (tmp_path / "seen1").read_text().splitlines()
    assert head.startswith("# memberarc: correct this, or leave it as it is to give up")
    assert problem == "# memberarc: 1:1: 17 signs, and not all are capitals"
    assert rest == ["# modeline", "wrong"]
    assert json.loads(told.stdout)["data"] == {"text": "# RIGHT\n"}
    assert [*runtime.iterdir()] == []


def kept(told_on_stderr: str, runtime: Path) -> Path:
    [path] = [path for path in runtime.rglob("*") if path.suffix == ".txt"]
    assert f"memberarc: warning: your text is kept in {path}\n" in told_on_stderr
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    return path


def test_giving_up_keeps_the_text_without_the_notes(
    sample: Run, tmp_path: Path, runtime: Path, editor: str
) -> None:
    (tmp_path / "save0").write_text("wrong\n")

    told = sample("edit", "old", EDITOR=editor, XDG_RUNTIME_DIR=str(runtime))

    assert told.returncode == 1
    assert "given up; nothing was changed" in told.stderr
    assert kept(told.stderr, runtime).read_text() == "wrong\n"


def test_a_text_that_was_right_is_kept_when_what_follows_fails(
    sample: Run, tmp_path: Path, runtime: Path, editor: str
) -> None:
    (tmp_path / "save0").write_text("RIGHT\n")

    told = sample("edit", "old", "--then-fail", EDITOR=editor, XDG_RUNTIME_DIR=str(runtime))

    assert told.returncode == 4
    assert kept(told.stderr, runtime).read_text() == "RIGHT\n"


def test_an_editor_that_fails_loses_nothing(
    sample: Run, tmp_path: Path, runtime: Path, editor: str
) -> None:
    (tmp_path / "fails").touch()
    unchanged = sample("edit", "old", EDITOR=editor, XDG_RUNTIME_DIR=str(runtime))
    left = [*runtime.iterdir()]
    (tmp_path / "save1").write_text("RIGHT\n")
    changed = sample("edit", "old", EDITOR=editor, XDG_RUNTIME_DIR=str(runtime))

    assert (unchanged.returncode, left) == (8, [])
    assert changed.returncode == 8
    assert "the editor ended with status 1; nothing was changed" in changed.stderr
    assert kept(changed.stderr, runtime).read_text() == "RIGHT\n"


def test_a_text_in_another_encoding_is_kept_and_not_guessed_at(
    sample: Run, tmp_path: Path, runtime: Path, editor: str
) -> None:
    (tmp_path / "save0").write_bytes("王小明\n".encode("gb18030"))

    told = sample("edit", "old", EDITOR=editor, XDG_RUNTIME_DIR=str(runtime))

    assert told.returncode == 8
    assert kept(told.stderr, runtime).read_bytes().decode("gb18030") == "王小明\n"


@pytest.mark.parametrize("command", ["no-such-editor", "'unclosed"])
def test_an_editor_that_cannot_be_run_is_told(sample: Run, runtime: Path, command: str) -> None:
    told = sample("edit", "old", EDITOR=command, XDG_RUNTIME_DIR=str(runtime))

    assert told.returncode == 8
    assert f"  at {command}\nhint: set VISUAL or EDITOR\n" in told.stderr
    assert [*runtime.iterdir()] == []
