"""A hold keeps a member from being purged, is kept by uid in one file, and is checked."""

from __future__ import annotations

import pytest
import yaml

from builders import SHAN, WANG, Club
from disposal.attempts import shares_in

PURGE = ("purge", WANG, "--reason", "member_request", "--confirm", WANG)
HOLDS = "policy/holds.yaml"


def test_no_hold_at_all_is_said_in_words(club: Club) -> None:
    assert club.run("hold", "list").stderr == "no member is held\n"
    assert club.json("hold", "list") == []


def test_a_hold_is_one_commit_that_says_act_and_reason(club: Club) -> None:
    club.run("hold", "place", WANG, "--reason", "legal_proceedings")

    [hold] = yaml.safe_load((club.root / HOLDS).read_text())["holds"]
    assert (hold["member"], hold["since"]) == (club.uid(WANG), "2026-11-03")
    message = club.git("log", "-1", "--format=%B")
    assert "Memberarc-Act: hold\n" in message
    assert f"Memberarc-Member: {WANG}\n" in message
    assert "Memberarc-Reason: legal_proceedings\n" in message
    assert club.git("diff", "--name-only", "HEAD~1").split() == [HOLDS]
    assert club.problems("check") == []
    assert club.problems("verify") == []


def test_a_held_member_is_not_purged_until_the_hold_is_released(club: Club) -> None:
    club.run("hold", "place", WANG, "--reason", "inquiry")
    shares = shares_in(club.vault)

    club.run(*PURGE, status=11)
    club.run(*PURGE, "-n", status=11)
    assert shares_in(club.vault) == shares
    club.run("hold", "release", WANG, "--reason", "case_closed")

    club.run(*PURGE)


def test_others_are_purged_all_the_same(club: Club) -> None:
    club.run("hold", "place", SHAN, "--reason", "inquiry")

    club.run(*PURGE)


def test_two_cases_hold_twice_and_are_released_one_by_one(club: Club) -> None:
    club.run("hold", "place", WANG, "--reason", "inquiry")
    club.run("hold", "place", WANG, "--reason", "legal_proceedings")
    first, second = (one["id"] for one in club.json("hold", "list"))

    club.run("hold", "release", WANG, "--reason", "case_closed", status=4)
    club.run("hold", "release", WANG, "--reason", "case_closed", "--hold", first)
    club.run(*PURGE, status=11)
    club.run("hold", "release", WANG, "--reason", "case_closed", "--hold", first, status=3)

    assert [one["id"] for one in club.json("hold", "list")] == [second]


def test_a_hold_stays_with_the_member_whose_code_changes(club: Club) -> None:
    club.run("hold", "place", SHAN, "--reason", "inquiry")
    other = club.path(SHAN).with_name("M2026-000008.yaml")
    club.git("mv", str(club.path(SHAN)), str(other))
    other.write_text(other.read_text().replace(SHAN, "M2026-000008"))
    club.commit_by_hand("another code")

    assert [one["member"] for one in club.json("hold", "list")] == ["M2026-000008"]
    words = ("--reason", "duplicate", "--confirm", "M2026-000008")
    club.run("purge", "M2026-000008", *words, status=11)


def test_a_dry_run_changes_nothing_and_a_wrong_reason_neither(club: Club) -> None:
    before = club.fingerprint()

    club.run("hold", "place", WANG, "--reason", "inquiry", "-n")
    club.run("hold", "place", WANG, "--reason", "moved", status=2)
    club.run("hold", "place", "M2026-000077", "--reason", "inquiry", status=3)
    club.run("hold", "release", WANG, "--reason", "case_closed", status=3)

    assert club.fingerprint() == before


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("format: holds/1", "format: holds/2"),
        ('since: "2026-11-03"', 'since: "2026-11-33"'),
        ("    reason: inquiry", "    why: inquiry"),
        ("    member: ", "    member: x"),
        ("holds:\n", "note: 王小明\nholds:\n"),
    ],
)
def test_a_file_of_holds_that_does_not_fit_is_a_finding_and_stops_every_purge(
    club: Club, old: str, new: str
) -> None:
    club.run("hold", "place", SHAN, "--reason", "inquiry")
    file = club.root / HOLDS
    assert old in file.read_text()
    file.write_text(file.read_text().replace(old, new))
    club.commit_by_hand()

    [problem] = [one for one in club.problems("check") if one["path"] == HOLDS]

    assert problem["rule"] == "policy"
    assert "王小明" not in problem["message"]
    club.run(*PURGE, status=5)
