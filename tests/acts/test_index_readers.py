"""An index holds what the keys at hand open, and opens for exactly them."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest

from acts.colleague import Colleague, colleague, let_in
from acts.index_tables import pages, place, tables, upkeep
from builders import MOBILE, NOW, SHAN, WANG, Club, add
from memberarc.acts.key.keys_at_hand import open_replicas
from memberarc.archive.opened import open_archive
from memberarc.errors import UnusableIndexError
from memberarc.sealing.vault.fences import Fence
from memberarc.search.index.index_file import open_file

INTERNAL = ("--role", "office", "--levels", "internal")
CONFIDENTIAL = "110101199001011237"


@pytest.fixture
def li(club: Club, tmp_path: Path) -> Colleague:
    """Let in somebody who reads what is internal, and no more."""
    person = colleague(tmp_path, "li")
    let_in(club, person, *INTERNAL)
    return person


def holds(found: dict[str, Any], text: str) -> bool:
    """Tell whether any table holds a text."""
    return text in repr([found[name] for name in found if name != "fact"])


def state(club: Club) -> str:
    told: str = club.json("index", "status")["state"]
    return told


def test_what_a_reader_may_not_read_is_in_no_table_and_on_no_page(
    club: Club, li: Colleague
) -> None:
    mine, my_place = tables(club), place(club)
    with li.at_work(club):
        theirs, their_place = tables(club), place(club)
        their_pages = pages(club)
        levels = club.json("index", "status")["levels"]

    assert levels == ["open", "internal"]
    assert holds(mine, CONFIDENTIAL)
    assert not holds(theirs, CONFIDENTIAL)
    assert CONFIDENTIAL.encode() not in their_pages
    assert MOBILE.encode() in their_pages
    assert my_place != their_place
    assert their_place.exists()


def test_a_reader_of_less_cannot_open_the_index_of_one_who_reads_more(
    club: Club, li: Colleague
) -> None:
    tables(club)
    mine = place(club)

    with li.at_work(club):
        key = upkeep(club).place.key
    with pytest.raises(UnusableIndexError):
        open_file(mine, key=key)


def test_whoever_is_granted_more_gets_another_index(club: Club, li: Colleague) -> None:
    with li.at_work(club):
        before, _ = place(club), tables(club)
    let_in(club, li, "--role", "treasury", "--levels", "internal,confidential")
    with li.at_work(club):
        assert place(club) != before
        assert holds(tables(club), CONFIDENTIAL)


def test_keys_that_were_exchanged_make_another_index(club: Club) -> None:
    before, found = place(club), tables(club)

    club.run("key", "rotate", "internal")

    assert place(club) != before
    assert tables(club)["terms"] == found["terms"]
    with pytest.raises(UnusableIndexError):
        open_file(before, key=upkeep(club).place.key)


def test_without_keys_it_holds_what_every_clone_shows(
    club: Club, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MEMBERARC_IDENTITY", str(tmp_path / "none"))

    told = club.run("search", "status:active")

    assert (WANG in told.stdout, "王小明" in told.stdout) == (True, False)
    assert "values stay sealed" in told.stderr
    assert MOBILE.encode() not in pages(club)
    assert "小明".encode() not in pages(club)


def test_without_a_vault_it_is_the_same_as_without_keys(club: Club) -> None:
    club.vault.rename(club.home / "elsewhere")

    assert "values stay sealed" in club.run("search", "小明").stderr

    (club.home / "elsewhere").rename(club.vault)
    assert club.json("search", "小明", "--count")["found"] == 1


def test_a_fence_that_another_machine_raises_closes_at_once(club: Club) -> None:
    """A purge that was asked for here goes on elsewhere: the fence was there before."""
    replicas = open_replicas(open_archive(club.root), club.caller())
    uid, times = club.uid(WANG), {"requested": "2026-11-03T04:00:00Z"}
    fence = Fence(uid=uid, request="a" * 16, state="requested", times=times, id=WANG)
    replicas.put_fence(fence)
    assert club.json("search", "小明", "--count")["found"] == 1

    replicas.put_fence(fence.advanced("fenced", now=NOW))

    assert club.json("search", "小明", "--count")["found"] == 0
    current = tables(club)
    club.run("index", "rebuild")
    assert current == tables(club)
    assert not holds(current, MOBILE)


def test_no_keys_are_asked_for_when_they_are_unlocked(club: Club) -> None:
    club.run("unlock", status=None)
    before = tables(club)

    assert state(club) == "current"
    assert holds(before, MOBILE)


@pytest.mark.parametrize("options", [("--bare",), ()], ids=["bare", "with a work tree"])
def test_every_clone_has_one_of_its_own(
    club: Club, tmp_path: Path, options: tuple[str, ...]
) -> None:
    clone = club.clone(tmp_path / "clone", *options)

    assert clone.json("search", "小明", "--count")["found"] == 1
    assert clone.json("index", "status")["state"] == "current"
    assert place(clone).is_relative_to(clone.root)
    assert state(club) == "missing"


def test_a_linked_work_tree_has_one_of_its_own(club: Club, tmp_path: Path) -> None:
    club.git("worktree", "add", "--quiet", str(tmp_path / "linked"), "HEAD~1")
    linked = Club(root=tmp_path / "linked", home=club.home, archive=club.archive)

    assert linked.json("search", "小明", "--count")["found"] == 1
    assert place(linked) != place(club)
    assert linked.git("status", "--porcelain") == ""


def test_an_archive_without_members_has_an_index_that_follows(empty_club: Club) -> None:
    assert empty_club.json("list", "--count")["found"] == 0
    add(empty_club, name="王小明")

    assert empty_club.json("search", "wxm", "--count")["found"] == 1
    assert state(empty_club) == "current"


def test_a_repository_of_longer_ids_serves_as_well(club: Club, tmp_path: Path) -> None:
    root = tmp_path / "sha256"
    shutil.copytree(club.root, root, ignore=shutil.ignore_patterns(".git"))
    longer = Club(root=root, home=club.home, archive=club.archive)
    longer.git("init", "--quiet", "--object-format=sha256", "--initial-branch=main")
    longer.commit_by_hand()
    tables(longer)
    longer.run("update", SHAN, "--set", "name=单小明")

    assert longer.json("search", "小明", "--count")["found"] == 2
    current = tables(longer)
    longer.run("index", "rebuild")
    assert current == tables(longer)
