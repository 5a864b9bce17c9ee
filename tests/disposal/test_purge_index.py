"""A purge takes its members out of the index at once, and keeps it for all others."""

from __future__ import annotations

from pathlib import Path

import pytest

from acts.index_tables import pages, place, tables, upkeep
from builders import MOBILE, MOBILE_BEFORE, SHAN, WANG, Club, add, run_as_process
from disposal.killed_purge import STEPS
from disposal.test_purge_resumes import PURGE, kill_a_purge
from memberarc.acts.index.renewal import index_renewed
from memberarc.acts.key.keys_at_hand import open_keys
from memberarc.archive.opened import open_archive
from memberarc.errors import UnusableIndexError
from memberarc.search.index.index_file import open_file

# Values, what an index makes of them, and syllables and runs of letters that nobody else has.
HIS = (
    *("王小明", "小明", MOBILE, MOBILE_BEFORE, "110101199001011237", "抗洪", "中山东一路", "黄浦"),
    *("xiao", "ming", "0xm", "0wxm", "wang.xiaoming", "siobhan", "onnor"),
)
PLAIN = tuple(one.encode() for one in HIS)


def found_on_pages(club: Club, texts: tuple[bytes, ...] = PLAIN) -> list[bytes]:
    """Name what stands on a page beside the dictionary, which every index has alike."""
    content = pages(club)
    store = upkeep(club).standing()
    for character, reading in store.select("SELECT character, reading FROM usual"):
        content = content.replace(f"{character}{reading}".encode(), b"")
    store.connection.close()
    return [one for one in texts if one in content]


def test_no_table_and_no_page_keeps_anything_of_the_member(club: Club) -> None:
    club.run("update", WANG, "--set", "other_names=Siobhán O'Connor")
    tables(club)
    assert {*found_on_pages(club)} >= {b"xiao", MOBILE.encode(), b"siobhan"}

    club.run(*PURGE)

    assert found_on_pages(club) == []
    club.run("index", "drop")
    assert club.json("search", "xiongxin", "--count")["found"] == 1


def test_it_is_the_same_file_and_nothing_has_to_be_read_again(club: Club) -> None:
    tables(club)
    before, number = upkeep(club).place, place(club).stat().st_ino

    club.run(*PURGE)

    assert place(club).stat().st_ino == number
    assert upkeep(club).place.key != before.key
    with pytest.raises(UnusableIndexError):
        open_file(place(club), key=before.key)
    assert club.json("index", "status")["records"] == 2
    current = tables(club)
    assert place(club).stat().st_ino == number
    club.run("index", "rebuild")
    assert current == tables(club)


def test_many_members_are_purged_at_once(club: Club) -> None:
    tables(club)

    club.run("purge", WANG, SHAN, "--reason", "member_request", "--confirm", "2")

    assert found_on_pages(club) == []
    assert found_on_pages(club, ("单雄信".encode(), b"xiong", b"0sxx", b"13700137002")) == []
    assert [member["id"] for member in club.json("list")["members"]] == ["M2026-000003"]


@pytest.mark.parametrize("step", STEPS[:-1])
def test_killed_in_between_it_holds_what_a_new_one_holds(club: Club, step: str) -> None:
    tables(club)
    kill_a_purge(club, after=step)

    current = tables(club)

    fenced = STEPS.index(step) >= STEPS.index("fence raised")
    assert (found_on_pages(club) == []) == fenced
    club.run("index", "rebuild")
    assert current == tables(club)
    club.run(*PURGE)
    assert found_on_pages(club) == []


def test_an_index_in_another_clone_opens_for_nobody_any_more(club: Club, tmp_path: Path) -> None:
    clone = club.clone(tmp_path / "clone")
    tables(clone)
    key = upkeep(clone).place.key

    club.run(*PURGE)

    assert upkeep(clone).place.key != key
    assert clone.json("index", "status")["state"] == "unusable"
    assert clone.json("search", "小明", "--count")["found"] == 0
    assert clone.json("search", "xiongxin", "--count")["found"] == 1
    assert found_on_pages(clone) == []


def test_a_replica_that_was_away_lets_go_of_its_share_when_it_is_back(
    club: Club, tmp_path: Path
) -> None:
    club.run("vault", "add-replica", str(tmp_path / "second"))
    tables(club)
    away = (tmp_path / "second").rename(tmp_path / "away")
    club.run(*PURGE, status=None)
    assert found_on_pages(club) == []
    away.rename(tmp_path / "second")

    club.run("purge", "resume")
    club.run("vault", "sync")

    assert found_on_pages(club) == []
    assert club.json("search", "小明", "--count")["found"] == 0


def test_a_vault_that_gives_no_new_share_leaves_no_index_in_clear(club: Club) -> None:
    tables(club)
    archive, path = open_archive(club.root), place(club)
    keys = open_keys(archive, club.caller())

    with index_renewed(archive, club.caller(), keys=keys, without=[club.uid(WANG)]):
        (club.vault / "index.txt").unlink()
        (club.vault / "index.txt").mkdir()

    assert not path.exists()
    assert "every search makes one in memory" in club.run("search", "雄信").stderr


def test_a_new_replica_has_no_share_of_it(club: Club, tmp_path: Path) -> None:
    tables(club)
    share = (club.vault / "index.txt").read_bytes().split()[2]

    club.run("vault", "add-replica", str(tmp_path / "second"))
    club.run("vault", "sync")

    files = [path for path in (tmp_path / "second").rglob("*") if path.is_file()]
    assert [path for path in files if share in path.read_bytes()] == []
    assert club.problems("vault", "status") == []


def test_a_search_while_a_purge_waits_for_its_end_finds_the_others(club: Club) -> None:
    add(club, name="李四")
    tables(club)
    kill_a_purge(club, after="share destroyed")

    told = run_as_process("search", "xiongxin", "--ids", cwd=club.root)

    assert (told.status, told.stdout) == (0, f"{SHAN}\n")
