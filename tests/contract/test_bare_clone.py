"""A bare clone serves every command that needs no files to look at, and the others say so."""

from __future__ import annotations

from pathlib import Path

import pytest

from builders import Club, git
from contract.command_lines import SUCCEEDS, lay_out

# These are about files that a person edits, and a bare clone has none.
REFUSED = {
    "encrypt": "this is a bare clone, without files to look at",
}


def bare_clone(club: Club) -> Club:
    bare = club.clone(club.root.parent / "bare.git", "--bare")
    for name, value in (("user.name", "office"), ("user.email", "office@example.org")):
        bare.git("config", name, value)
    return bare


@pytest.fixture
def files(club: Club, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = lay_out(club.root.parent / "files")
    monkeypatch.setenv("EDITOR", str(folder / "editor"))
    return folder


@pytest.mark.parametrize("name", SUCCEEDS)
def test_a_bare_clone_serves_it_or_says_why_not(club: Club, files: Path, name: str) -> None:
    words = SUCCEEDS[name](club, files)
    bare = bare_clone(club)
    before = bare.head()

    told = bare.run(*words, status=None)

    if name in REFUSED:
        assert told.status not in (0, 70)
        assert REFUSED[name] in told.stderr
        assert "hint: " in told.stderr
        assert bare.head() == before
    else:
        assert told.status == 0, told
    assert git(bare.root, "fsck", "--full") == ""
    assert not (bare.root / "index").exists()


@pytest.mark.parametrize(
    "words", [("diff",), ("diff", "HEAD~1"), ("check", "members"), ("check", "--staged")]
)
def test_what_looks_at_files_is_refused(club: Club, words: tuple[str, ...]) -> None:
    told = bare_clone(club).run(*words, status=5)

    assert "this is a bare clone" in told.stderr
    assert "hint: " in told.stderr
