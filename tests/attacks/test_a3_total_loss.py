"""A3: no act on the replicas of a vault loses a share, a fence or a list, whatever fails."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from builders import MOBILE, WANG, ZENG, Club
from disposal.attempts import shares_in
from memberarc.errors import FileError
from memberarc.people import private_files

FOLDERS = ("segments", "fences", "replicas", "backups", "suppress")


def papers_in(vault: Path) -> set[str]:
    """Name the fences, the backups and the suppressed values that a replica knows."""
    listed = vault / "suppress" / "list.txt"
    lines = listed.read_text().splitlines() if listed.exists() else []
    names = [path.name for name in ("fences", "backups") for path in (vault / name).glob("*.yaml")]
    return {*names, *lines}


@pytest.fixture
def busy(club: Club, tmp_path: Path) -> Club:
    """A club with something of every kind in its vault."""
    club.run("vault", "backup", str(tmp_path / "one.age"), "--days", "30")
    club.run("purge", ZENG, "--reason", "duplicate", "--confirm", ZENG)
    return club


def fill(monkeypatch: pytest.MonkeyPatch, part: Path) -> None:
    """Let the disk be full for whatever is written below a folder."""
    write = private_files._write

    def full(path: Path, content: bytes) -> None:
        if path.is_relative_to(part):
            raise FileError("cannot write: No space left on device", where=str(path))
        write(path, content)

    monkeypatch.setattr(private_files, "_write", full)


@pytest.mark.parametrize("folder", FOLDERS)
def test_a_move_to_a_disk_that_fills_up_deletes_nothing(
    busy: Club, tmp_path: Path, folder: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    new, papers, shares = tmp_path / "new", papers_in(busy.vault), shares_in(busy.vault)
    assert len(papers) == 3
    with monkeypatch.context() as patch:
        fill(patch, new / folder)
        told = busy.run("vault", "move", str(new), status=None)

    assert told.status in (6, 8)
    assert papers_in(busy.vault) == papers
    assert shares_in(busy.vault) == shares
    busy.run("vault", "move", str(new))
    assert not busy.vault.exists()
    assert papers_in(new) == papers
    assert shares_in(new) == shares
    assert MOBILE in busy.run("show", WANG).stdout


@pytest.mark.parametrize("folder", FOLDERS)
def test_what_only_the_replica_that_goes_knows_is_not_lost_with_it(
    busy: Club, tmp_path: Path, folder: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    safe = tmp_path / "safe"
    busy.run("vault", "add-replica", str(safe))
    papers, shares = papers_in(safe), shares_in(safe)
    for path in [*(busy.vault / folder).glob("*.*"), *(busy.vault / folder).glob("key")]:
        path.unlink()
    with monkeypatch.context() as patch:
        fill(patch, busy.vault / folder)
        told = busy.run("vault", "retire", "safe", "--yes", status=None)

    assert told.status in (6, 8)
    assert papers_in(safe) == papers
    assert shares_in(safe) == shares
    busy.run("vault", "retire", "safe", "--yes")
    assert not safe.exists()
    assert papers_in(busy.vault) == papers
    assert shares_in(busy.vault) == shares


def test_after_the_loss_of_every_replica_a_backup_brings_all_of_it_back(
    busy: Club, tmp_path: Path
) -> None:
    busy.run("vault", "backup", str(tmp_path / "two.age"), "--days", "30")
    shares = shares_in(busy.vault)
    fences = {path.name for path in (busy.vault / "fences").glob("*.yaml")}
    shutil.rmtree(busy.vault)

    busy.run("vault", "restore", str(tmp_path / "two.age"), "--into", str(tmp_path / "new"))

    assert shares_in(tmp_path / "new") == shares
    assert {path.name for path in (tmp_path / "new" / "fences").glob("*.yaml")} == fences
    assert MOBILE in busy.run("show", WANG).stdout
