"""Killed before any change, sync, add-replica, move, retire and restore lose nothing and go on."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from builders import WANG, ZENG, Club, add
from disposal.attempts import shares_in
from faults.killing import MOST_STEPS, Killer


def kept(club: Club, tmp_path: Path) -> Path:
    """Put aside what the home and the vaults hold, to begin with it again and again."""
    place = tmp_path / "kept"
    shutil.copytree(club.home, place / "home")
    if (tmp_path / "safe").exists():
        shutil.copytree(tmp_path / "safe", place / "safe")
    return place


def put_back(club: Club, tmp_path: Path) -> None:
    for place in (club.home, tmp_path / "safe", tmp_path / "new"):
        shutil.rmtree(place, ignore_errors=True)
    for place in (tmp_path / "kept").iterdir():
        shutil.copytree(place, club.home if place.name == "home" else tmp_path / place.name)


def shares_anywhere(*places: Path) -> dict[str, set[bytes]]:
    found: dict[str, set[bytes]] = {}
    for place in places:
        if (place / "segments").exists() and (place / "shards").exists():
            for uid, share in shares_in(place).items():
                found.setdefault(uid, set()).add(share)
    return found


def flaws_but_leftovers(club: Club) -> list[str]:
    """Name what is wrong, once the files that a killed process left are removed as it is told."""
    for one in club.problems("vault", "status"):
        if one["rule"] == "vault-leftover":
            Path(one["hint"].split(": rm ")[1]).unlink()
    problems = club.problems("vault", "status")
    return [f"{one['path']}: {one['rule']}" for one in problems]


@pytest.mark.parametrize("words", [("vault", "move"), ("vault", "add-replica")], ids=" ".join)
def test_before_any_change_every_share_is_there_and_the_same_command_goes_on(
    club: Club, killer: Killer, tmp_path: Path, words: tuple[str, ...]
) -> None:
    command = (*words, str(tmp_path / "new"))
    shares, shown = shares_in(club.vault), club.run("show", WANG).stdout
    kept(club, tmp_path)

    for number in range(1, MOST_STEPS):
        put_back(club, tmp_path)
        if not killer.kills(club, number, *command):
            break

        found = shares_anywhere(club.vault, tmp_path / "new")
        assert {uid: {share} for uid, share in shares.items()} == found, number
        assert club.run("show", WANG).stdout == shown, number
        club.run(*command)
        assert flaws_but_leftovers(club) == [], number
        assert shares_in(tmp_path / "new") == shares, number
        assert club.vault.exists() == (words[1] == "add-replica"), number
    else:
        pytest.fail("the command never came to its end")
    assert number > 10
    assert club.problems("verify") == []


def test_a_sync_killed_anywhere_is_finished_by_the_next(
    club: Club, killer: Killer, tmp_path: Path
) -> None:
    safe, uid = tmp_path / "safe", club.uid(ZENG)
    club.run("vault", "add-replica", str(safe))
    shutil.copytree(safe, tmp_path / "early")
    club.run("purge", ZENG, "--reason", "duplicate", "--confirm", ZENG)
    add(club, name="李四")
    shutil.rmtree(safe)
    (tmp_path / "early").rename(safe)
    shares = shares_in(club.vault)
    kept(club, tmp_path)

    for number in range(1, MOST_STEPS):
        put_back(club, tmp_path)
        assert uid in shares_in(safe)
        if not killer.kills(club, number, "vault", "sync", "-q"):
            break

        assert shares_in(club.vault) == shares, number
        club.run("vault", "sync", "-q")
        assert shares_in(safe) == shares, number
        assert flaws_but_leftovers(club) == [], number
    else:
        pytest.fail("the command never came to its end")
    assert number > 5
    assert club.problems("verify") == []


def test_a_replica_killed_while_it_is_retired_gives_all_it_alone_held(
    club: Club, killer: Killer, tmp_path: Path
) -> None:
    safe = tmp_path / "safe"
    club.run("vault", "add-replica", str(safe))
    shares = shares_in(safe)
    for one in (club.vault / "segments").iterdir():
        one.unlink()
    kept(club, tmp_path)
    command = ("vault", "retire", str(safe), "--yes")

    for number in range(1, MOST_STEPS):
        put_back(club, tmp_path)
        if not killer.kills(club, number, *command):
            break

        found = shares_anywhere(club.vault, safe)
        assert {uid: {share} for uid, share in shares.items()} == found, number
        club.run(*command, status=None)
        assert not safe.exists(), number
        assert shares_in(club.vault) == shares, number
        assert flaws_but_leftovers(club) == [], number
    else:
        pytest.fail("the command never came to its end")
    assert number > 10
    assert club.problems("verify") == []


def test_a_restore_killed_anywhere_is_finished_by_the_next_and_leaves_no_unknown_share(
    club: Club, killer: Killer, tmp_path: Path
) -> None:
    club.run("vault", "backup", str(tmp_path / "vault.age"), "--days", "9")
    shares, new = shares_in(club.vault), tmp_path / "new"
    kept(club, tmp_path)
    command = (
        "vault",
        "restore",
        str(tmp_path / "vault.age"),
        "--into",
        str(new),
        "--accept-expired",
    )

    for number in range(1, MOST_STEPS):
        put_back(club, tmp_path)
        if not killer.kills(club, number, *command):
            break

        if shares_anywhere(new):
            assert len(club.json("vault", "status", status=None)["replicas"]) == 2, number
        club.run(*command)
        assert shares_in(new) == shares, number
        assert flaws_but_leftovers(club) == [], number
    else:
        pytest.fail("the command never came to its end")
    assert number > 10
