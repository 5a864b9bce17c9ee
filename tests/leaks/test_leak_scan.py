"""A scan finds whatever a member's record ever held, wherever it stands in clear."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from builders import MOBILE_BEFORE, SECRETS, SHAN, WANG, ZENG, Club
from disposal.attempts import clear_texts
from disposal.test_purge_stops import TRACES

RECORD = f"members/2026/0000/{WANG}.yaml"


def scan(club: Club, *words: str, status: int = 1) -> list[dict[str, str]]:
    leaks: list[dict[str, str]] = club.json("leak", "scan", *words, status=status)["leaks"]
    return leaks


@pytest.mark.parametrize("trace", TRACES, ids=lambda trace: trace.__name__)
@pytest.mark.parametrize("whom", [(WANG,), ()], ids=["one", "all"])
def test_whatever_stops_a_purge_is_found(
    club: Club, trace: Callable[[Club], None], whom: tuple[str, ...]
) -> None:
    trace(club)
    before = club.fingerprint()

    told = club.run("leak", "scan", *whom, "--format", "json", status=1)

    assert {leak["member"] for leak in told.data["leaks"]} == {WANG}
    assert all(leak["place"] and leak["field"] for leak in told.data["leaks"])
    assert not clear_texts((told.stdout + told.stderr).encode(), SECRETS)
    assert club.fingerprint() == before


@pytest.mark.parametrize("whom", [(WANG,), (WANG, SHAN), ()], ids=["one", "two", "all"])
def test_a_clean_archive_has_no_leaks(club: Club, whom: tuple[str, ...]) -> None:
    told = club.run("leak", "scan", *whom)

    assert "nothing stands in clear" in told.stderr
    assert told.stdout == ""


@pytest.mark.parametrize("whom", [(WANG,), ()], ids=["one", "all"])
def test_object_path_and_first_commit_are_told(club: Club, whom: tuple[str, ...]) -> None:
    (club.root / "list.txt").write_text(f"call {MOBILE_BEFORE}\n")
    first = club.commit_by_hand()
    (club.root / "again.txt").write_text(f"call {MOBILE_BEFORE}\n")
    club.commit_by_hand()
    blob = club.git("rev-parse", "HEAD:list.txt").strip()

    [inside, *outside] = scan(club, *whom)

    assert inside == {
        "place": f"blob {blob[:12]}",
        "path": "again.txt, list.txt",
        "since": first[:12],
        "member": WANG,
        "field": "contact.mobile",
    }
    assert {leak["place"] for leak in outside} == {
        f"{club.root}/again.txt",
        f"{club.root}/list.txt",
    }


@pytest.mark.parametrize("whom", [(ZENG,), ()], ids=["one", "all"])
def test_a_day_in_clear_is_found_in_a_version_of_the_record(
    club: Club, whom: tuple[str, ...]
) -> None:
    """A purge does not search for days; in the record itself one is a leak all the same."""
    club.edit(f"members/2026/0000/{ZENG}.yaml", r"(?m)^name: enc:\S+$", 'name: "李"')
    commit = club.commit_by_hand()
    club.run("encrypt")

    [leak] = scan(club, *whom)

    assert (leak["field"], leak["since"]) == ("name", commit[:12])


@pytest.mark.parametrize("whom", [(WANG, SHAN), ()], ids=["two", "all"])
def test_a_value_that_two_members_share_is_told_of_both(club: Club, whom: tuple[str, ...]) -> None:
    for code in (WANG, SHAN):
        club.run("update", code, "--set", "contact.phone=02163291234")
    (club.root / "list.txt").write_text("021-6329-1234")

    assert {leak["member"] for leak in scan(club, *whom)} == {WANG, SHAN}


@pytest.mark.parametrize("whom", [(WANG,), ()], ids=["one", "all"])
def test_copies_are_searched_too(club: Club, tmp_path: Path, whom: tuple[str, ...]) -> None:
    copy = club.clone(tmp_path / "copy")
    (copy.root / "list.txt").write_text("王小明", encoding="gb18030")

    assert scan(club, *whom, status=0) == []
    [leak] = scan(club, *whom, "--copy", str(copy.root))

    assert leak["place"] == f"{copy.root}/list.txt"


def test_a_purged_member_is_not_looked_for_and_nobody_can(club: Club) -> None:
    club.run("purge", WANG, "--reason", "member_request", "--confirm", WANG)
    (club.root / "list.txt").write_text(f"call {MOBILE_BEFORE}\n")

    assert scan(club, status=0) == []
    assert (
        club.run("leak", "scan", WANG, "--format", "json", status=6).envelope["error"]["code"]
        == "member-purged"
    )


def test_what_cannot_be_searched_is_told(club: Club) -> None:
    club.git("init", "--quiet", "below")

    told = club.run("leak", "scan")

    assert "memberarc: warning: not searched: " in told.stderr
    assert "another repository lies here" in told.stderr


def test_the_organisations_own_words_are_told_and_are_no_leak(club: Club) -> None:
    club.run("update", WANG, "--set", "work.employer=东区商会")

    told = club.run("leak", "scan")

    assert "the organisation's own file" in told.stderr
    assert json.loads(club.run("leak", "scan", "--format", "json").stdout)["status"] == "ok"
