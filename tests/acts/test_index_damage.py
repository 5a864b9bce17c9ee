"""An index that is wrong, missing, foreign or cut short is made again without being asked."""

from __future__ import annotations

import os
import shutil
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest

from acts.index_tables import place, tables, upkeep
from builders import WANG, Club, add
from memberarc.search.index.index_file import PAGE_BYTES, create_file, open_file
from memberarc.search.index.store import Store


def no_file(path: Path) -> None:
    path.unlink()


def an_empty_file(path: Path) -> None:
    path.write_bytes(b"")


def a_text(path: Path) -> None:
    path.write_text("no index\n" * 1000)


def a_half(path: Path) -> None:
    os.truncate(path, path.stat().st_size // 2 // PAGE_BYTES * PAGE_BYTES)


def an_open_database(path: Path) -> None:
    path.unlink()
    connection = sqlite3.connect(path)
    connection.execute("CREATE TABLE fact(name, value)")
    connection.close()


def nothing_but_zeros(path: Path) -> None:
    path.write_bytes(bytes(path.stat().st_size))


def a_link_that_leads_nowhere(path: Path) -> None:
    path.unlink()
    path.symlink_to(path.with_name("nowhere"))


def a_journal_of_another(path: Path) -> None:
    path.unlink()
    path.with_name(f"{path.name}-journal").write_bytes(os.urandom(40_000))


def half_written_ones(path: Path) -> None:
    path.rename(path.with_suffix(".new"))
    path.with_name("0011223344556677.new").write_bytes(b"x")


@pytest.mark.parametrize(
    "damage",
    [
        *(no_file, an_empty_file, a_text, a_half, an_open_database),
        *(nothing_but_zeros, a_link_that_leads_nowhere, a_journal_of_another, half_written_ones),
    ],
    ids=lambda one: one.__name__.replace("_", " "),
)
def test_it_is_made_again(club: Club, damage: Callable[[Path], None]) -> None:
    sound = tables(club)
    path = place(club)
    damage(path)
    assert club.json("index", "status")["state"] in ("missing", "unusable")

    told = club.run("search", "小明")

    assert "王小明" in told.stdout
    assert club.json("index", "status")["state"] == "current"
    assert tables(club) == sound
    assert sorted(one.name for one in path.parent.iterdir()) == [path.name]


@pytest.mark.parametrize("fact", ["format", "version", "archive", "commit", "fences", "shares"])
def test_one_that_lacks_a_fact_is_made_again(club: Club, fact: str) -> None:
    sound = tables(club)
    store = upkeep(club).standing()
    store.execute("DELETE FROM fact WHERE name = ?", (fact,))
    store.connection.close()

    assert club.json("index", "status")["state"] == "unusable"
    assert tables(club) == sound


def test_one_bit_in_any_page_is_seen_when_the_page_is_read(club: Club) -> None:
    tables(club)
    path = place(club)
    sound = path.read_bytes()
    pages = len(sound) // PAGE_BYTES
    asked = [("小明", 1), ("3700137", 1), ("joined:2024", 1), ("honours.title:抗洪", 1), ("zgq", 1)]
    for page in range(0, pages + 1, max(1, pages // 12)):
        damaged = bytearray(sound)
        if page < pages:
            damaged[page * PAGE_BYTES + 1000] ^= 4
        path.write_bytes(damaged[:-100] if page == pages else damaged)
        for query, found in asked:
            assert club.json("search", query)["found"] == found, (page, query)
        add(club, name="李四")
        club.run("search", "李四")
        club.git("reset", "--quiet", "--hard", "HEAD~1")


def test_a_link_is_not_followed(club: Club, tmp_path: Path) -> None:
    tables(club)
    path = place(club)
    other = tmp_path / "a file of mine"
    shutil.copy(path, other)
    before = other.read_bytes()
    path.unlink()
    path.symlink_to(other)
    club.run("update", WANG, "--set", "branch=west")

    club.run("search", "小明")

    assert other.read_bytes() == before
    assert not path.is_symlink()


@pytest.mark.parametrize("kind", ["a folder", "a link", "a file"])
def test_where_it_cannot_be_kept_it_is_made_in_memory(
    club: Club, tmp_path: Path, kind: str
) -> None:
    tables(club)
    path = place(club)
    folder = path.parent
    if kind == "a folder":
        path.unlink()
        (path / "of mine").mkdir(parents=True)
    else:
        shutil.rmtree(folder)
    if kind == "a link":
        (tmp_path / "elsewhere").mkdir()
        folder.symlink_to(tmp_path / "elsewhere")
    if kind == "a file":
        folder.write_text("mine")

    told = club.run("search", "小明")
    rebuilt = club.run("index", "rebuild")

    assert "王小明" in told.stdout
    assert "the index cannot be kept, every search makes one in memory" in told.stderr
    assert "the index cannot be kept" in rebuilt.stderr
    assert kind != "a link" or not [*(tmp_path / "elsewhere").iterdir()]


def test_without_a_share_that_can_be_made_it_lives_in_memory(club: Club) -> None:
    (club.vault / "index.txt").mkdir()

    told = club.run("search", "小明")

    assert "王小明" in told.stdout
    assert "the vault has no share for it" in told.stderr
    assert not (club.root / ".git" / "memberarc" / "index").exists()


@pytest.mark.skipif(os.geteuid() == 0, reason="nothing is closed to root")
def test_a_folder_that_cannot_be_written_leaves_it_in_memory(club: Club) -> None:
    tables(club)
    club.run("update", WANG, "--set", "branch=west")
    place(club).parent.chmod(0o500)

    told = club.run("search", "branch:west")

    assert WANG in told.stdout
    assert "every search makes one in memory" in told.stderr


def test_one_of_another_archive_with_the_right_name_is_made_again(club: Club) -> None:
    sound = tables(club)
    path, key = place(club), upkeep(club).place.key
    layout = upkeep(club).standing().layout
    path.unlink()
    store = Store.create(create_file(path, key=key), place=path, layout=layout)
    store.note({"format": "index/1", "version": "0", "archive": "another", "commit": ""})
    store.connection.close()

    assert tables(club) == sound


def test_one_of_another_version_is_made_again(club: Club) -> None:
    sound = tables(club)
    store = Store(open_file(place(club), key=upkeep(club).place.key), place=place(club))
    store.note({"version": "0.0.1"})
    store.connection.close()

    assert tables(club) == sound


def test_what_keys_nobody_used_for_a_month_made_is_deleted(club: Club) -> None:
    tables(club)
    old = place(club).with_name("0011223344556677.index")
    young = place(club).with_name("8899aabbccddeeff.index")
    for path in (old, young, Path(f"{old}-journal")):
        path.write_bytes(b"x")
    for path in (old, Path(f"{old}-journal")):
        os.utime(path, (1_700_000_000, 1_700_000_000))

    club.run("index", "rebuild")

    assert young.exists()
    assert not old.exists()
    assert not Path(f"{old}-journal").exists()


def test_drop_deletes_all_of_them(club: Club) -> None:
    tables(club)
    folder = place(club).parent
    for name in (
        "8899aabbccddeeff.index",
        "8899aabbccddeeff.new",
        "8899aabbccddeeff.index-journal",
    ):
        (folder / name).write_bytes(b"x")

    assert club.json("index", "drop")["dropped"] == 3

    assert [*folder.iterdir()] == []
    assert club.json("index", "drop")["dropped"] == 0
    assert club.json("search", "小明", "--count")["found"] == 1
