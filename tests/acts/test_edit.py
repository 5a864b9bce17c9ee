"""A member is edited as plain YAML, in any editor, and no text is lost."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest

from builders import MEMBERARC, MOBILE, SHAN, WANG, Club, Outcome, run_as_process


class Editor:
    """Scripts that edit the file they are given, one after the other."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self._folder = folder
        self._seen = folder / "seen"
        self._seen.mkdir(parents=True)
        self._runtime = folder / "runtime"
        self._runtime.mkdir(mode=0o700)
        monkeypatch.setenv("XDG_RUNTIME_DIR", str(self._runtime))
        monkeypatch.setenv("VISUAL", str(folder / "editor"))

    def does(self, *scripts: str) -> None:
        """Run the n-th shell script, with the file's name as $1, the n-th time."""
        cases = "\n".join(f"{n}) {script} ;;" for n, script in enumerate(scripts))
        editor = self._folder / "editor"
        editor.write_text(
            f'#!/bin/sh\nn=$(ls {self._seen} | wc -l)\ncp "$1" {self._seen}/$n\n'
            f'case "$n" in\n{cases}\n*) exit 9 ;;\nesac\n'
        )
        editor.chmod(0o755)

    def saw(self) -> list[str]:
        return [path.read_text() for path in sorted(self._seen.iterdir())]

    def left(self) -> list[Path]:
        return [path for path in self._runtime.rglob("*") if path.is_file()]


@pytest.fixture
def editor(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Editor:
    return Editor(tmp_path / "editor", monkeypatch)


def replace(old: str, new: str) -> str:
    return f"""sed -i 's/{old}/{new}/' "$1" """


def test_the_text_is_plain_and_without_what_memberarc_itself_writes(
    club: Club, editor: Editor
) -> None:
    editor.does("true")

    told = club.run("edit", WANG)

    [text] = editor.saw()
    assert "name: 王小明\n" in text.replace('"', "")
    assert f"mobile: {MOBILE}\n" in text.replace('"', "")
    assert not re.search(r"(?m)^(format|id|uid|key|kind|opened|documents):", text)
    assert told.stderr == f"nothing changed in {WANG}\n"
    assert editor.left() == []


def test_an_edit_is_committed_and_leaves_no_trace(club: Club, editor: Editor) -> None:
    editor.does(replace(MOBILE, "13122223333"))

    told = club.run("edit", WANG, "--reason", "moved")

    assert told.stdout == f"  contact.mobile: {MOBILE} -> 13122223333\n"
    [newest, *_] = club.json("log", WANG)
    assert (newest["act"], newest["reason"]) == ("update", "moved")
    assert [one["field"] for one in newest["changes"]] == ["contact.mobile"]
    assert editor.left() == []


def test_a_wrong_text_comes_back_with_its_problems_and_is_then_taken(
    club: Club, editor: Editor
) -> None:
    editor.does(replace("active", "gone"), replace("gone", "left"))

    club.run("edit", WANG)

    _, second = editor.saw()
    notes = [line for line in second.splitlines() if line.startswith("# memberarc: ")]
    assert any("status must be one of" in line for line in notes)
    assert "status: gone" in second
    assert club.json("show", WANG)["record"]["status"] == "left"


def test_text_that_is_no_yaml_comes_back_too(club: Club, editor: Editor) -> None:
    editor.does('printf "name: [\\n" >> "$1"', """sed -i -e '/\\[$/d' -e s/active/left/ "$1" """)

    club.run("edit", WANG)

    assert "# memberarc: member.yaml:" in editor.saw()[1]
    assert club.json("show", WANG)["record"]["status"] == "left"


def test_who_gives_up_keeps_the_text_and_changes_nothing(club: Club, editor: Editor) -> None:
    editor.does(replace("active", "gone"), "true")
    before = club.fingerprint()

    told = club.run("edit", WANG, status=1)

    assert "error: given up; nothing was changed" in told.stderr
    [kept] = editor.left()
    assert f"your text is kept in {kept}" in told.stderr
    assert "status: gone" in kept.read_text()
    assert kept.stat().st_mode & 0o077 == 0
    assert club.fingerprint() == before


def test_a_change_made_meanwhile_is_not_overwritten(club: Club, editor: Editor) -> None:
    other = f"{shlex.join(MEMBERARC)} -C {club.root} update {WANG} --set contact.phone=021-1 -q"
    editor.does(f"{replace('active', 'left')}; {other}")

    told = club.run("edit", WANG, status=4)

    assert f"{WANG} was changed while you edited it" in told.stderr
    record = club.json("show", WANG)["record"]
    assert (record["status"], record["contact"]["phone"]) == ("active", "021-1")
    [kept] = editor.left()
    assert "status: left" in kept.read_text()


def test_another_members_change_meanwhile_is_no_conflict(club: Club, editor: Editor) -> None:
    other = f"{shlex.join(MEMBERARC)} -C {club.root} update {SHAN} --set status=left -q"
    editor.does(f"{replace('active', 'suspended')}; {other}")

    club.run("edit", WANG)

    assert club.json("show", WANG)["record"]["status"] == "suspended"
    assert club.json("show", SHAN)["record"]["status"] == "left"


def test_a_dry_run_tells_the_change_and_makes_none(club: Club, editor: Editor) -> None:
    editor.does(replace("active", "left"))
    before = club.fingerprint()

    told = club.run("edit", WANG, "-n")

    assert told.stdout == "  status: active -> left\n"
    assert told.stderr == f"would change 1 field of {WANG}\n"
    assert club.fingerprint() == before


@pytest.mark.parametrize(
    "script", ["exit 3", "kill -TERM $$", 'rm "$1"', 'printf "\\377\\376" > "$1"'], ids=str
)
def test_an_editor_that_fails_changes_nothing(club: Club, editor: Editor, script: str) -> None:
    editor.does(script)
    before = club.fingerprint()

    told = club.run("edit", WANG, status=8)

    assert told.stderr.splitlines()[-1].startswith("memberarc: error: the edit")
    assert club.fingerprint() == before


def test_identity_and_documents_cannot_be_edited_in(club: Club, editor: Editor) -> None:
    editor.does("""printf 'uid: aaaaaaaaaaaaaaaa\\nid: M2026-000099\\n' >> "$1" """)
    uid = club.uid(WANG)

    told: Outcome = club.run("edit", WANG, status=None)

    assert club.uid(WANG) == uid
    assert club.json("show", WANG)["record"]["id"] == WANG
    assert told.status in (0, 1), told


def test_a_sealed_text_pasted_in_is_refused(club: Club, editor: Editor) -> None:
    sealed = re.search(r"(?m)^name: (enc:\S+)$", club.text(SHAN))
    assert sealed
    editor.does(replace("name: .*", f"name: {sealed[1]}"), "true")

    told = club.run("edit", WANG, status=1)

    assert "given up" in told.stderr
    assert "reserved-prefix" in editor.saw()[1]


def test_an_editor_nobody_named_is_told(club: Club, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VISUAL", "/nowhere/editor --wait")

    told = run_as_process("edit", WANG, cwd=club.root)

    assert told.status == 8
    assert "hint: set VISUAL or EDITOR" in told.stderr
