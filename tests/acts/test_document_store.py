"""Documents too large for git lie in a store, bound to the record as all others are."""

from __future__ import annotations

import os
from hashlib import sha256
from pathlib import Path

import pytest

from builders import SHAN, WANG, Club
from memberarc.errors import ConflictError
from memberarc.sealing.document.store import DocumentStore

LARGE = os.urandom(5000)
SMALL = b"small enough for git"
WORDS = ("--level", "secret", "--title", "护照")


@pytest.fixture
def store(club: Club, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Name a store, in an archive that keeps what is above 4,000 bytes there."""
    folder = tmp_path / "store"
    folder.mkdir()
    monkeypatch.setenv("MEMBERARC_DOCUMENTS", str(folder))
    set_limit(club, 4000)
    return folder


@pytest.fixture
def large(tmp_path: Path) -> Path:
    path = tmp_path / "护照.mp4"
    path.write_bytes(LARGE)
    return path


def set_limit(club: Club, limit: int) -> None:
    manifest = club.root / "memberarc.yaml"
    lines = [line for line in manifest.read_text().splitlines() if "document_limit" not in line]
    manifest.write_text("\n".join([*lines, f"document_limit: {limit}", ""]))
    club.commit_by_hand("limit")


def files(store: Path) -> list[Path]:
    return sorted(path for path in store.rglob("*") if path.is_file())


def test_a_large_document_goes_into_the_store_and_comes_back(
    club: Club, store: Path, large: Path, tmp_path: Path
) -> None:
    told = club.run("document", "add", SHAN, str(large), *WORDS, "--format", "json")

    [file] = files(store)
    item = told.data["document"]
    entry = club.json("show", SHAN)["record"]["documents"][0]
    digest = sha256(file.read_bytes()).hexdigest()
    assert (entry["sha256"], entry["stored"]) == (digest, "outside")
    place = store / club.archive / club.uid(SHAN) / f"{item}.{digest[:16]}.age"
    assert (file, told.data["path"], told.data["stored"]) == (place, str(place), "outside")
    assert f"its ciphertext lies outside git: {place}" in told.stderr
    assert file.stat().st_mode & 0o777 == 0o600
    assert {path.stat().st_mode & 0o777 for path in (place.parent, place.parent.parent)} == {0o700}
    assert club.uid(SHAN) not in club.git("ls-files", "documents")
    club.run("document", "get", SHAN, item, "-o", str(tmp_path / "out"))
    assert (tmp_path / "out").read_bytes() == LARGE
    assert club.json("document", "list", SHAN)["documents"][0]["stored"] == "outside"
    assert club.problems("verify") == []
    assert club.problems("check") == []


def test_a_store_with_the_setgid_bit_is_its_group_s(club: Club, store: Path, large: Path) -> None:
    store.chmod(0o2770)

    club.run("document", "add", SHAN, str(large), *WORDS)

    [file] = files(store)
    modes = [path.stat().st_mode & 0o7777 for path in (file.parent.parent, file.parent, file)]
    assert modes == [0o2770, 0o2770, 0o660]


def test_a_small_document_stays_in_git(club: Club, store: Path, large: Path) -> None:
    large.write_bytes(SMALL)

    told = club.json("document", "add", SHAN, str(large), *WORDS)

    assert (told["stored"], files(store)) == ("git", [])
    assert (club.root / told["path"]).is_file()


def test_without_a_limit_every_document_stays_in_git(club: Club, store: Path, large: Path) -> None:
    set_limit(club, 0)

    assert club.json("document", "add", SHAN, str(large), *WORDS)["stored"] == "git"
    assert files(store) == []


def test_the_settings_may_name_the_store(
    club: Club, store: Path, large: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("MEMBERARC_DOCUMENTS")
    club.settings.parent.mkdir(parents=True, exist_ok=True)
    club.settings.write_text(
        f'format: archive-settings/1\nvaults:\n  - "{club.vault}"\ndocuments: "{store}"\n'
    )

    club.run("document", "add", SHAN, str(large), *WORDS)

    assert len(files(store)) == 1


def test_an_unchanged_document_in_the_store_is_left(club: Club, store: Path, large: Path) -> None:
    first = club.json("document", "add", SHAN, str(large), *WORDS)
    before = club.fingerprint()

    again = club.json("document", "add", SHAN, str(large), *WORDS)

    assert (again["document"], again["path"]) == (first["document"], first["path"])
    assert (again["unchanged"], club.fingerprint(), len(files(store))) == (True, before, 1)


@pytest.mark.parametrize("name", ["", "nowhere"])
def test_without_a_store_a_large_document_is_refused_before_anything_is_written(
    club: Club, store: Path, large: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setenv("MEMBERARC_DOCUMENTS", str(store / name) if name else "")
    before = club.fingerprint()

    told = club.run("document", "add", SHAN, str(large), *WORDS, status=5)

    assert ("MEMBERARC_DOCUMENTS" if not name else "make or mount the folder") in told.stderr
    assert club.fingerprint() == before


def test_a_store_inside_the_archive_is_refused(
    club: Club, store: Path, large: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for folder in ("documents", ".git"):
        monkeypatch.setenv("MEMBERARC_DOCUMENTS", str(club.root / folder))
        club.run("document", "add", SHAN, str(large), *WORDS, status=2)

    assert club.git("status", "--porcelain") == ""


def test_a_document_moves_between_git_and_store_as_its_size_changes(
    club: Club, store: Path, large: Path, tmp_path: Path
) -> None:
    large.write_bytes(SMALL)
    added = club.json("document", "add", SHAN, str(large), *WORDS)
    item, in_git = added["document"], club.root / added["path"]

    large.write_bytes(LARGE)
    assert club.json("document", "update", SHAN, item, str(large))["stored"] == "outside"
    assert not in_git.exists()
    assert club.problems("verify") == []
    large.write_bytes(SMALL)
    assert club.json("document", "update", SHAN, item, str(large))["stored"] == "git"

    assert in_git.exists()
    assert len(files(store)) == 1  # what the older version names
    assert club.problems("verify") == []
    assert "no commit here lists" not in club.run("verify").stderr
    club.run("document", "get", SHAN, item, "-o", str(tmp_path / "out"))
    assert (tmp_path / "out").read_bytes() == SMALL


def test_an_act_that_fails_leaves_nothing_in_the_store(
    club: Club, store: Path, large: Path
) -> None:
    club.run("document", "add", SHAN, str(large), "--level", "secret", "--title", "", status=1)
    club.path(SHAN).write_text("edited by hand")
    club.run("document", "add", SHAN, str(large), *WORDS, status=ConflictError.status)

    assert files(store) == []


def test_a_dry_run_puts_nothing_into_the_store(club: Club, store: Path, large: Path) -> None:
    club.run("document", "add", SHAN, str(large), *WORDS, "--dry-run")

    assert [*store.iterdir()] == []


def test_a_store_that_is_not_at_hand_is_told(
    club: Club, store: Path, large: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    item = club.json("document", "add", SHAN, str(large), *WORDS)["document"]
    monkeypatch.delenv("MEMBERARC_DOCUMENTS")
    out = tmp_path / "out"

    told = club.run("document", "get", SHAN, item, "-o", str(out), status=5)

    assert "no store of large documents is named" in told.stderr
    assert not out.exists()
    assert club.problems("verify") == []
    assert "not verified: documents outside git (1): no store at hand" in club.run("verify").stderr


def test_files_that_nothing_lists_are_told_and_left(club: Club, store: Path, large: Path) -> None:
    club.run("document", "add", SHAN, str(large), *WORDS)
    spool = store / club.archive / "spool-killed"
    spool.mkdir()
    (spool / "abcd.age").write_bytes(b"half of it")
    stray = store / club.archive / club.uid(WANG) / f"abcd.{'0' * 16}.age"
    stray.parent.mkdir()
    stray.write_bytes(b"of a killed process, or of a clone that has not pushed")

    told = club.run("verify")
    findings = club.json("doctor")["findings"]

    assert f"no commit here lists {stray}" in told.stderr
    assert f"no commit here lists {spool / 'abcd.age'}" in told.stderr
    assert "护照" not in told.stderr
    [finding] = [one for one in findings if one["subject"] == "documents"]
    assert finding["verdict"] == "warn"
    assert finding["message"].startswith("2 files that no commit here lists")
    assert stray.exists()


def test_a_member_s_files_are_removed_and_no_others(club: Club, store: Path, large: Path) -> None:
    club.run("document", "add", SHAN, str(large), *WORDS)
    club.run("document", "add", WANG, str(large), *WORDS)
    opened = DocumentStore(directory=store / club.archive)

    assert opened.remove(club.uid(SHAN)) == (1, ())
    assert opened.remove(club.uid(SHAN)) == (0, ())

    [left] = files(store)
    assert left.parent.name == club.uid(WANG)
    assert not (opened.directory / club.uid(SHAN)).exists()


@pytest.mark.parametrize("value", ["-1", "1.5", '"4000"', "true", "ten"])
def test_a_limit_is_a_number_of_bytes(club: Club, value: str) -> None:
    manifest = club.root / "memberarc.yaml"
    manifest.write_text(manifest.read_text() + f"document_limit: {value}\n")

    assert club.problems("check", "memberarc.yaml")
