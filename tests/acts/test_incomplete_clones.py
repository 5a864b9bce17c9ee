"""Shallow and partial clones: every command answers exactly, or says what it cannot answer."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from builders import SCAN, SHAN, WANG, ZENG, Club, git

READS = (
    ("show", WANG),
    ("list",),
    ("search", "wxm"),
    ("log",),
    ("log", WANG),
    ("diff", "HEAD~1", "HEAD"),
    ("check",),
    ("verify",),
    ("classify", "--year", "2026"),
    ("ledger", "show", WANG),
    ("document", "list", WANG),
    ("key", "list"),
    ("key", "inspect"),
    ("purge", "status"),
    ("hold", "list"),
    ("vault", "status"),
    ("status",),
    ("doctor",),
)
UNSHALLOW = "git fetch --unshallow"


def clone_of(club: Club, *options: str) -> Club:
    """Clone as from another machine; over a path git would copy all objects."""
    target = club.root.parent / "clone"
    club.git("config", "uploadpack.allowFilter", "true")
    git(club.root.parent, "clone", "--quiet", *options, f"file://{club.root}", str(target))
    for name, value in (("user.name", "office"), ("user.email", "office@example.org")):
        git(target, "config", name, value)
    return Club(root=target, home=club.home, archive=club.archive)


def objects_of(club: Club) -> int:
    listing = ("cat-file", "--batch-all-objects", "--batch-check=%(objectname)")
    return len(club.git(*listing).splitlines())


@pytest.fixture
def shallow(club: Club) -> Club:
    return clone_of(club, "--depth=1")


@pytest.fixture
def partial(club: Club) -> Club:
    return clone_of(club, "--filter=blob:none", "--bare")


@pytest.mark.parametrize("words", [one for one in READS if one[0] not in ("log", "diff", "verify")])
def test_a_shallow_clone_answers_from_the_newest_commit(
    club: Club, shallow: Club, words: tuple[str, ...]
) -> None:
    here, there = (one.run(*words, "--format", "json").data for one in (club, shallow))

    if words == ("doctor",):
        here, there = ({one["verdict"] for one in each["findings"]} for each in (here, there))
    assert there == here


def test_the_log_of_a_shallow_clone_says_that_it_ends(shallow: Club) -> None:
    told = shallow.run("log")

    assert len(shallow.json("log")) == 1
    assert "this clone is shallow: what came before is not in it" in told.stderr
    assert UNSHALLOW in told.stderr


def test_what_stood_where_history_ends_is_not_taken_for_an_act(shallow: Club) -> None:
    assert shallow.json("log", SHAN) == []
    shallow.run("update", SHAN, "--set", "status=left")

    [act] = shallow.json("log", SHAN)

    assert [(one["field"], one["after"]) for one in act["changes"]] == [("status", "left")]
    assert UNSHALLOW in shallow.run("log", SHAN).stderr


def test_verify_names_the_history_that_it_did_not_see(club: Club, shallow: Club) -> None:
    assert "this clone is shallow" not in club.run("verify").stderr

    told = shallow.run("verify", status=None)

    assert "this clone is shallow" in told.stdout + told.stderr
    assert UNSHALLOW in told.stdout + told.stderr
    assert told.status in (0, 1)


@pytest.mark.parametrize(
    "words",
    [
        ("diff", "HEAD~1", "HEAD"),
        ("show", WANG, "--at", "HEAD~1"),
        ("show", WANG, "--at", "2020-01-01"),
    ],
)
def test_what_is_not_in_a_shallow_clone_is_not_said_never_to_have_been(
    shallow: Club, words: tuple[str, ...]
) -> None:
    told = shallow.run(*words, status=None)

    assert told.status in (3, 7)
    assert UNSHALLOW in told.stderr


def test_a_day_since_a_shallow_clone_begins_is_answered(club: Club, shallow: Club) -> None:
    words = ("show", WANG, "--at", "2099-01-01")

    assert shallow.json(*words) == club.json(*words)


@pytest.mark.parametrize("depth", ["--depth=1", "--filter=blob:none"])
def test_a_purge_and_a_rewriting_want_every_version(club: Club, depth: str) -> None:
    clone = clone_of(club, depth)
    before = clone.head(), club.fingerprint()

    for words in (
        ("purge", ZENG, "--reason", "duplicate", "--confirm", ZENG),
        ("leak", "rewrite", WANG),
    ):
        told = clone.run(*words, status=4)
        assert "this clone is " in told.stderr
        assert "hint: " in told.stderr

    assert (clone.head(), club.fingerprint()) == before


@pytest.mark.parametrize("depth", ["--depth=1", "--filter=blob:none"])
def test_a_search_for_leaks_says_what_it_has_not_searched(club: Club, depth: str) -> None:
    clone = clone_of(club, depth)

    for words in (("leak", "scan"), ("leak", "scan", WANG), ("purge", "verify")):
        told = clone.run(*words, status=None)
        assert "this clone is " in told.stdout + told.stderr, words


def test_a_shallow_clone_restores_no_share_and_lowers_no_level(club: Club, shallow: Club) -> None:
    document = club.json("document", "list", WANG)["documents"][0]["id"]
    scan = club.home / "scan.pdf"
    scan.write_bytes(b"%PDF newer")
    backup = club.home / "vault.age"
    club.run("vault", "backup", str(backup), "--days", "9")

    for words in (
        ("document", "update", WANG, document, str(scan)),
        ("vault", "restore", str(backup), "--into", str(club.home / "vault")),
    ):
        told = shallow.run(*words, status=7)
        assert "this clone is shallow, so nobody can say" in told.stderr
        assert UNSHALLOW in told.stderr


def test_a_shallow_clone_that_was_deepened_is_whole(club: Club, shallow: Club) -> None:
    shallow.git("fetch", "--quiet", "--unshallow")

    assert shallow.json("log", WANG) == club.json("log", WANG)
    assert "shallow" not in shallow.run("status").stderr


def test_status_and_doctor_tell_of_a_clone_that_is_not_whole(
    club: Club, shallow: Club, tmp_path: Path
) -> None:
    assert "this clone is" not in club.run("status").stderr
    assert "this clone is shallow" in shallow.run("status").stderr
    [found] = [one for one in shallow.json("doctor")["findings"] if one["subject"] == "clone"]
    assert (found["verdict"], found["fix"]) == ("warn", UNSHALLOW)
    shutil.rmtree(shallow.root)

    partial = clone_of(club, "--filter=blob:none")

    assert "this clone is partial" in partial.run("status").stderr


def test_a_new_member_of_a_shallow_clone_gets_the_next_code(club: Club, shallow: Club) -> None:
    club.run("purge", ZENG, "--reason", "duplicate", "--confirm", ZENG)
    shutil.rmtree(shallow.root)
    again = clone_of(club, "--depth=1")

    assert again.run("add", "--set", "name=李四").stdout.strip() == "M2026-000004"
    assert git(again.root, "status", "--porcelain") == ""


@pytest.mark.parametrize("words", READS)
def test_a_partial_clone_answers_as_a_whole_one(
    club: Club, partial: Club, words: tuple[str, ...]
) -> None:
    here, there = (one.run(*words, "--format", "json").data for one in (club, partial))

    if words == ("doctor",):
        here, there = ({one["verdict"] for one in each["findings"]} for each in (here, there))
    if words == ("check",):
        here, there = here["problems"], there["problems"]
    assert there == here


@pytest.mark.parametrize(
    "words", [("list",), ("log", WANG), ("verify",), ("check",), ("key", "list")]
)
def test_what_a_partial_clone_lacks_comes_in_few_fetches(
    club: Club, partial: Club, tmp_path: Path, words: tuple[str, ...]
) -> None:
    for number in range(12):
        club.run("update", SHAN, "--set", f"contact.mobile=1370013{number:04}")
    for _ in range(4):
        club.run("key", "rotate", "internal")
    partial.git("fetch", "--quiet", "origin", "main:main")
    before = objects_of(partial)
    wrapper = tmp_path / "bin" / "git"
    wrapper.parent.mkdir()
    real, trace = shutil.which("git"), tmp_path / "trace"
    noting = f'case "$*" in *" fetch "*) echo "$*" >> {trace};; esac'
    wrapper.write_text(f'#!/bin/sh\n{noting}\nexec {real} "$@"\n')
    wrapper.chmod(0o755)

    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PATH", f"{wrapper.parent}:{os.environ['PATH']}")
        partial.run(*words)

    assert objects_of(partial) > before + 2
    assert 1 <= len(trace.read_text().splitlines()) <= 5


def test_a_partial_clone_without_its_remote_answers_what_it_has(club: Club) -> None:
    clone = clone_of(club, "--filter=blob:none")  # with the files of the newest commit
    club.root.rename(club.root.with_name("gone"))

    assert clone.json("show", WANG)["record"]["name"] == "王小明"
    assert clone.problems("check") == []
    for words in (("log", WANG), ("diff", "HEAD~2", "HEAD"), ("verify",)):
        told = clone.run(*words, status=7)
        assert "this partial clone lacks what is asked for" in told.stderr
        assert "hint: git remote -v" in told.stderr


@pytest.mark.parametrize("words", READS)
def test_a_bare_partial_clone_without_its_remote_says_so(
    club: Club, partial: Club, words: tuple[str, ...]
) -> None:
    club.root.rename(club.root.with_name("gone"))

    told = partial.run(*words, status=None)

    if words != ("doctor",):
        assert told.status == 7
        assert "hint: git remote -v" in told.stderr
    assert "this partial clone lacks what is asked for" in told.stdout + told.stderr


def test_a_document_of_a_partial_clone_is_fetched_to_be_opened(club: Club, partial: Club) -> None:
    [document] = club.json("document", "list", WANG)["documents"]
    copy = club.home / "copy.pdf"

    partial.run("document", "get", WANG, document["id"], "-o", str(copy))

    assert copy.read_bytes() == SCAN


def test_a_partial_clone_can_be_written(club: Club) -> None:
    clone = clone_of(club, "--filter=blob:none")

    code = clone.run("add", "--set", "name=李四").stdout.strip()
    clone.run("update", WANG, "--set", "status=left")

    assert clone.json("show", code)["record"]["name"] == "李四"
    assert clone.json("log", WANG)[0]["act"] == "update"
    assert clone.git("status", "--porcelain") == ""


def test_a_bare_partial_clone_can_be_written(club: Club, partial: Club) -> None:
    partial.run("update", WANG, "--set", "status=left")

    assert partial.json("show", WANG)["record"]["status"] == "left"
    assert partial.json("show", SHAN)["record"] == club.json("show", SHAN)["record"]


def test_a_clone_without_trees_says_what_it_lacks(club: Club) -> None:
    clone = clone_of(club, "--filter=tree:0", "--bare")
    club.root.rename(club.root.with_name("gone"))

    told = clone.run("list", status=7)

    assert "this partial clone lacks what is asked for" in told.stderr


def test_no_git_command_of_ours_fetches_on_its_own(club: Club, partial: Club) -> None:
    from memberarc.archive.git import find_repository
    from memberarc.errors import IncompleteCloneError

    blob = club.git("rev-parse", f"HEAD:members/2026/0000/{WANG}.yaml").strip()
    repository = find_repository(partial.root)
    version = subprocess.run(["git", "--version"], capture_output=True, text=True).stdout

    with pytest.raises(IncompleteCloneError) as caught:
        repository.run("cat-file", "blob", blob)

    assert caught.value.missing == blob, version
