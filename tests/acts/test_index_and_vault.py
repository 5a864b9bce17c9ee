"""What did not open when the index was made is read again as soon as it might."""

from __future__ import annotations

from pathlib import Path

import pytest

from acts.index_tables import place, upkeep
from builders import SHAN, WANG, Club
from memberarc.acts.index import upkeep as upkeep_module
from memberarc.archive.lock import hold_lock


def found(club: Club) -> list[str]:
    return club.run("search", "王小明", "--ids").stdout.split()


def test_shares_that_others_could_read_for_a_while(club: Club) -> None:
    files = [one for one in club.vault.rglob("*.txt") if one.name != "index.txt"]
    modes = {one: one.stat().st_mode for one in files}
    for one in files:
        one.chmod(0o644)
    assert found(club) == []

    for one, mode in modes.items():
        one.chmod(mode)

    assert found(club) == [WANG]
    assert upkeep(club).standing().unreadable() == []


def test_a_fence_that_was_a_mistake(club: Club) -> None:
    assert found(club) == [WANG]
    club.run("segment", "save", "a", "joined<2020")
    [removed] = [one["uid"] for one in club.json("segment", "list")]
    club.run("segment", "remove", removed, "--yes")
    fences = club.vault / "fences"
    mistaken = fences / f"{club.uid(WANG)}.yaml"
    text = (fences / f"{removed}.yaml").read_text()
    mistaken.write_text(text.replace(removed, club.uid(WANG)))
    mistaken.chmod(0o600)
    assert found(club) == []

    mistaken.unlink()

    assert found(club) == [WANG]


def test_a_drop_deletes_nothing_behind_a_link_and_nothing_that_is_no_index(
    club: Club, tmp_path: Path
) -> None:
    assert found(club) == [WANG]
    folder = place(club).parent
    for name in ("papers.index", "book.new", "notes.index-old"):
        (folder / name).touch()

    assert club.json("index", "drop")["dropped"] == 1

    names = {"papers.index", "book.new", "notes.index-old"}
    assert {one.name for one in folder.iterdir()} == names
    folder.rename(tmp_path / "elsewhere")
    folder.symlink_to(tmp_path / "elsewhere")
    (tmp_path / "elsewhere" / "0011223344556677.index").touch()
    club.run("index", "drop", status=8)
    assert len([*(tmp_path / "elsewhere").iterdir()]) == 4


def test_whoever_holds_the_index_for_long_is_not_waited_for(
    club: Club, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = place(club).parent
    monkeypatch.setattr(upkeep_module, "_LONGEST_WAIT_S", 0.05)

    with hold_lock(folder):
        told = club.run("search", "单雄信", "--ids")

    assert told.stdout.split() == [SHAN]
    assert "every search makes one in memory" in told.stderr
